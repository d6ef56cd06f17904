"""Optimal transport between clouds of samples, one a unit: exact, sliced, between Gaussians, and Gromov-Wasserstein.

All are squared Wasserstein distances of order 2: the least mean squared way to move one cloud onto another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.cells import Step, silent
from neurofm.analysis.profiles import squared
from neurofm.checks import check_shape

DIRECTIONS = 64  # that clouds are projected on
LEVELS = 100  # quantiles that sliced clouds are told by at most
BLOCK = 1 << 16  # pairs of covariances at once

Floats = NDArray[np.floating]
Distances = NDArray[np.float32]


def on_a_line(one: Floats, other: Floats) -> Distances:
    """(unit, unit) exact transport between clouds of numbers: the squared difference of their quantile functions.

    Parameters
    ----------
    one, other : (unit, sample) as many samples for all units of each
    """
    check_shape("one", one, "unit sample")
    check_shape("other", other, "unit sample")
    n, m = one.shape[1], other.shape[1]
    steps = np.unique(np.concatenate([np.arange(1, n + 1) * m, np.arange(1, m + 1) * n]))  # of n * m
    weight = np.sqrt(np.diff(steps, prepend=0) / (n * m) * len(steps)).astype(np.float32)
    first, second = (
        np.sort(cloud, 1).astype(np.float32)[:, (steps - 1) // other_count] * weight
        for cloud, other_count in ((one, m), (other, n))
    )
    return squared(first, second)


def sliced(
    one: Floats, other: Floats, *, directions: int = DIRECTIONS, seed: int = 0, levels: int = LEVELS,
    step: Step = silent,
) -> Distances:  # fmt: skip
    """(unit, unit) mean over directions of the transport between projections, times the count of dimensions.

    That is exact for clouds that differ by a shift (Bonneel et al. 2015). Directions are drawn in sets that are
    orthogonal to each other.

    Parameters
    ----------
    one, other : (unit, sample, dim)
    levels : means of as many parts of the sorted samples stand for them
    """
    check_shape("one", one, "unit sample dim")
    check_shape("other", other, "unit sample dim")
    dims = one.shape[2]
    if other.shape[2] != dims:
        raise ValueError(f"clouds must have as many dimensions, got {dims} and {other.shape[2]}")
    if dims == 1:
        return on_a_line(one[..., 0], other[..., 0])
    total = np.zeros((len(one), len(other)), np.float32)
    flat = [np.ascontiguousarray(cloud, np.float32).reshape(-1, dims) for cloud in (one, other)]
    count = max(min(levels, one.shape[1], other.shape[1]), 1)
    for done, axis in enumerate(_axes(dims, directions, seed)):
        step(done / directions, "projecting clouds")
        first, second = (
            _levels(np.sort((rows @ axis).reshape(cloud.shape[:2]), 1), count)
            for rows, cloud in zip(flat, (one, other))
        )
        total += squared(first, second)
    return total * np.float32(dims / directions)


def gaussian(one: Floats, other: Floats) -> Distances:
    """(unit, unit) transport between Gaussians with the mean and covariance of clouds (Bures; Dowson and Landau 1982).

    Parameters
    ----------
    one, other : (unit, sample, dim)
    """
    check_shape("one", one, "unit sample dim")
    check_shape("other", other, "unit sample dim")
    means, spreads = zip(*(_moments(cloud) for cloud in (one, other)))
    apart = squared(*(mean.astype(np.float32) for mean in means)).astype(float) * one.shape[2]
    traces = [np.trace(spread, axis1=1, axis2=2) for spread in spreads]
    roots = _root(spreads[0])
    shared = np.zeros(apart.shape)
    some = max(BLOCK // max(len(other), 1), 1)
    for low in range(0, len(one), some):
        root = roots[low : low + some, None]
        values = np.linalg.eigvalsh(root @ spreads[1] @ root)
        shared[low : low + some] = np.sqrt(np.maximum(values, 0)).sum(-1)
    return np.maximum(apart + traces[0][:, None] + traces[1] - 2 * shared, 0).astype(np.float32)


def exact(one: Floats, other: Floats, *, step: Step = silent) -> Distances:
    """(unit, unit) transport as a linear programme for each pair; slow, and needs POT.

    Parameters
    ----------
    one, other : (unit, sample, dim)
    """
    check_shape("one", one, "unit sample dim")
    check_shape("other", other, "unit sample dim")
    emd2 = pot().emd2
    away = np.zeros((len(one), len(other)), np.float32)
    for i, cloud in enumerate(one):
        step(i / len(one), f"moving clouds of unit {i + 1} of {len(one)}")
        for j, to in enumerate(other):
            cost = squared(cloud.astype(np.float32), to.astype(np.float32)).astype(float) * one.shape[2]
            away[i, j] = emd2([], [], cost, numItermax=10_000_000)
    return away


def gromov(one: Floats, other: Floats) -> Distances:
    """(unit, unit) how much a unit's correlations differ from another's, where units are coupled by all correlations.

    Gromov-Wasserstein transport (Memoli 2011; POT) couples the units of both so that coupled pairs are correlated
    alike. It gives no distance between two units but that coupling, and a local optimum of it; given the coupling,
    the mean squared difference of two units' correlations to all others is the distance.

    Parameters
    ----------
    one, other : (unit, unit) correlations of units of the same animal
    """
    check_shape("one", one, "unit unit")
    check_shape("other", other, "unit unit")
    first, second = (np.asarray(own, float) for own in (one, other))
    weights = [np.full(len(own), 1 / len(own)) for own in (first, second)]
    start = _start(first, second)
    coupling = pot().gromov.gromov_wasserstein(first, second, *weights, "square_loss", G0=start, symmetric=True)
    squares = (first**2 @ weights[0])[:, None] + second**2 @ weights[1]
    return np.maximum(squares - 2 * first @ coupling @ second, 0).astype(np.float32)


def pot() -> Any:
    """The package POT; an ImportError that says how to install it where it is missing."""
    try:
        import ot
    except ImportError as error:
        raise ImportError(
            "exact and Gromov-Wasserstein transport need POT; pip install 'napari-neurofm[pot]'"
        ) from error
    return ot


def _start(first: Floats, second: Floats) -> Floats:
    """A coupling by how strongly each unit is correlated with all others, whatever their order."""
    levels = [_levels(np.sort(own, 1).astype(np.float32), min(len(first), len(second))) for own in (first, second)]
    count = [len(own) for own in (first, second)]
    coupling: Floats = pot().emd([], [], squared(*levels).astype(float), numItermax=10_000_000)
    return coupling if coupling.shape == tuple(count) else np.full(count, 1 / np.prod(count))


def _axes(dims: int, directions: int, seed: int) -> Iterator[NDArray[np.float32]]:
    """As many unit vectors, in sets that are orthogonal."""
    rng = np.random.default_rng(seed)
    for low in range(0, directions, dims):
        turned, upper = np.linalg.qr(rng.normal(size=(dims, dims)))
        turned = turned * np.sign(np.diag(upper))
        yield from turned.T[: directions - low].astype(np.float32)


def _levels(ordered: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """(unit, count) means of equal parts of sorted samples."""
    samples = ordered.shape[1]
    if samples == count:
        return ordered
    if samples % count == 0:
        return ordered.reshape(len(ordered), count, -1).mean(2)
    edges = np.linspace(0, samples, count + 1)
    sums = np.concatenate([np.zeros((len(ordered), 1), np.float32), ordered.cumsum(1, dtype=np.float64)], 1)
    whole = np.minimum(edges.astype(int), samples - 1)
    at = sums[:, whole] + (edges - whole) * ordered[:, whole]
    return (np.diff(at, axis=1) * count / samples).astype(np.float32)


def _moments(cloud: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (unit, dim) and covariance (unit, dim, dim)."""
    mean = cloud.mean(1, dtype=float)
    centred = cloud - mean[:, None]
    return mean, centred.transpose(0, 2, 1) @ centred / cloud.shape[1]


def _root(spread: NDArray[np.float64]) -> NDArray[np.float64]:
    """Square roots of covariances."""
    values, vectors = np.linalg.eigh(spread)
    scaled: NDArray[np.float64] = vectors * np.sqrt(np.maximum(values, 0))[:, None]
    return scaled @ vectors.transpose(0, 2, 1)
