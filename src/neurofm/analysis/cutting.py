"""Cutting: a thing that is two or more in truth is cut where it is narrow, by itself or around voxels that are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import Pyramid

AROUND, MOST = 64, 1 << 25  # voxels around places that are looked at first, and that are looked at at all
NARROW = (0.5, 0.4, 0.3, 0.2, 0.1)  # of the depth, by which it is less deep between two parts, the clearest first
Parts = NDArray[np.int64]


def parts(pyramid: Pyramid, places: Sequence[Sequence[int]]) -> list[Parts]:
    """Sorted places, counted along x, y, z, of the part of a thing that is around each of some voxels of it.

    Of a single voxel the thing is cut in two where it is narrow, the part with the voxel first.

    Raises
    ------
    ValueError
        If the voxels are not within the labels or not of one number, or the thing is too large or cannot be cut.
    """
    at = np.atleast_2d(np.asarray(places, np.int64))
    number = _number(pyramid, at)
    low, inside = _around(pyramid, at, number)
    cut = _seeded(inside, at - low, pyramid.spacing[0]) if len(at) > 1 else _halved(inside, at[0] - low, pyramid)
    if cut.max() < 2:
        raise ValueError(f"{number} is narrow nowhere near {at[0].tolist()}; give two voxels of it, or more")
    every = (np.argwhere(cut == k + 1) + low for k in range(int(cut.max())))
    return [np.ravel_multi_index(tuple(one.T), pyramid.shape) for one in every]


def _number(pyramid: Pyramid, at: Parts) -> int:
    if at.shape[1:] != (3,) or not len(at):
        raise ValueError(f"give voxels as z, y and x, got shape {at.shape}")
    if (at < 0).any() or (at >= pyramid.shape).any():
        size = " x ".join(f"{n:,}" for n in pyramid.shape)
        raise ValueError(f"voxels {at.tolist()} are not all within the {size} voxels, z y x")
    numbers = sorted({int(pyramid.levels[0][tuple(place)]) for place in at.tolist()})
    if len(numbers) > 1 or numbers == [0]:
        raise ValueError(f"the voxels are of {' and '.join(map(str, numbers))}; give some of one number that is not 0")
    return numbers[0]


def _around(pyramid: Pyramid, at: Parts, number: int) -> tuple[Parts, NDArray[np.bool_]]:
    """First voxel of a box that holds all of a thing, and where it is in there."""
    from scipy.ndimage import label

    shape, edge = np.array(pyramid.shape), AROUND
    while True:
        low, high = np.maximum(at.min(0) - edge, 0), np.minimum(at.max(0) + edge + 1, shape)
        if np.prod((high - low).astype(float)) > MOST:
            raise ValueError(f"{number} is larger than {2 * edge} voxels; erase a line through it instead")
        pieces, _ = label(pyramid.levels[0][tuple(slice(a, b) for a, b in zip(low.tolist(), high.tolist()))] == number)
        inside = np.isin(pieces, np.unique(pieces[tuple((at - low).T)]))
        where = np.argwhere(inside)
        first, last = where.min(0), where.max(0)
        if not (((first == 0) & (low > 0)) | ((last + low == high - 1) & (high < shape))).any():
            return low, inside
        edge *= 2


def _seeded(inside: NDArray[np.bool_], seeds: Parts, spacing: NDArray[np.float64]) -> Parts:
    """The voxels around each seed, from 1 on."""
    from skimage.segmentation import watershed

    marks = np.zeros(inside.shape, np.int32)
    marks[tuple(seeds.T)] = np.arange(1, len(seeds) + 1)
    return np.asarray(watershed(-depth(inside, spacing), marks, mask=inside), np.int64)


def _halved(inside: NDArray[np.bool_], place: Parts, pyramid: Pyramid) -> Parts:
    """Two parts, that with a place the first; one where it is narrow nowhere."""
    deep = depth(inside, pyramid.spacing[0])
    every = (middles(deep, share * float(deep.max())) for share in NARROW)
    seeds = next((one for one in every if len(one) > 1), np.zeros((0, 3), np.int64))
    if not len(seeds):
        return inside.astype(np.int64)
    cut = _seeded(inside, seeds[np.argsort(-deep[tuple(seeds.T)])[:2]], pyramid.spacing[0])
    return np.where(cut == 0, 0, 3 - cut) if cut[tuple(place)] == 2 else cut


def middles(deep: NDArray[np.float64], least: float) -> Parts:
    """(place, 3) where it is deepest, of places between which it is less deep by so much at least."""
    from scipy.ndimage import label, maximum_position
    from skimage.morphology import h_maxima

    tops, count = label(h_maxima(deep, max(least, 1e-6)), np.ones((3, 3, 3)))
    return np.array(maximum_position(deep, tops, range(1, count + 1)), np.int64).reshape(-1, 3)


def depth(inside: NDArray[np.bool_], spacing: NDArray[Any]) -> NDArray[np.float64]:
    """(z, y, x) um from each voxel of a thing to its edge; a single plane has none above and below."""
    from scipy.ndimage import distance_transform_edt

    around = [(int(inside.shape[0] > 1),) * 2, (1, 1), (1, 1)]
    deep = distance_transform_edt(np.pad(inside, around), sampling=spacing)
    return np.asarray(deep[tuple(slice(a, n - a) for (a, _), n in zip(around, deep.shape))], float)
