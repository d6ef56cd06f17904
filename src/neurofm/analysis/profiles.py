"""Units compared by what they do in each bin of each condition: mean square roots of their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.animals import Animal, Prepared
from neurofm.analysis.cells import Step, silent
from neurofm.analysis.conditions import LEAST, Shared, together

Floats = NDArray[np.float32]


class Rates:
    """Mean squared difference of the mean roots of counts, over bins of conditions."""

    def __init__(self, shared: Shared) -> None:
        count, bins = shared.cells.shape
        width = 1000 * shared.animals[0].trials.width
        self.shared, self.told, self.notes = shared, shared.told, shared.notes
        self.features = tuple(
            f"{shared.names[k]}, {b * width:g} ms" for k in range(count) for b in range(bins) if shared.cells[k, b]
        )
        self.conditions: Mapping[str, int] = {
            name: int(own.sum()) for name, own in zip(shared.names, shared.cells) if own.any()
        }
        self._roots = [animal.roots(count)[:, shared.cells] for animal in shared.animals]

    def profile(self, k: int) -> Floats:
        return self._roots[k]

    def whole(self, i: int, j: int) -> Floats:
        return self.between(self._roots[i], self._roots[j])

    def halves(self, k: int, seed: int) -> Floats:
        return self.between(*(roots for roots, _ in self._halves(k, seed)))

    def used(self, k: int) -> NDArray[np.bool_]:
        animal = self.shared.animals[k]
        fired = (animal.trials.counts[animal.condition >= 0] > 0).any(1).sum(0)
        used: NDArray[np.bool_] = fired >= LEAST
        return used

    def between(self, one: Floats, other: Floats) -> Floats:
        """(unit, unit) distances between the rows of two tables of the same features."""
        return squared(one, other)

    def _halves(self, k: int, seed: int) -> list[tuple[Floats, Floats]]:
        """Roots and their variances of two halves of the trials, in the bins that both saw."""
        animal, count = self.shared.animals[k], len(self.shared.names)
        half = animal.half(count, seed)
        both = self.shared.cells & np.all([animal.seen(count, some) > 0 for some in (half, ~half)], 0)
        return [(animal.roots(count, some)[:, both], animal.variances(count, some)[:, both]) for some in (half, ~half)]


class Shapes(Rates):
    """1 - Pearson's correlation of the mean roots of counts: how strongly a unit fires does not count."""

    def between(self, one: Floats, other: Floats) -> Floats:
        return squared(standard(one), standard(other)) * np.float32(one.shape[1] / 2)


class Denoised(Rates):
    """As `Rates`, of what remains of the mean roots when a linear filter has taken out what is likelier noise.

    What units of all animals have in common in how they vary over bins of conditions, beyond what trials of the same
    condition vary, is signal; the filter is Wiener's for that covariance. Between halves it is learned from the two
    halves, of which it does not know which units are the same.
    """

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        count = range(len(shared.animals))
        noise = [animal.variances(len(shared.names))[:, shared.cells] for animal in shared.animals]
        self._roots = denoised(self._roots, noise, [self.used(k) for k in count])

    def halves(self, k: int, seed: int) -> Floats:
        roots, noise = zip(*self._halves(k, seed))
        return self.between(*denoised(roots, noise, [self.used(k)] * 2))


def denoised(tables: Sequence[Floats], noise: Sequence[Floats], used: Sequence[NDArray[np.bool_]]) -> list[Floats]:
    """Tables of the same features through a Wiener filter learned from all of them together.

    Parameters
    ----------
    tables : (unit, feature) each
    noise : the variances of these by noise
    used : (unit,) of each, those that are learned from
    """
    rows = np.concatenate([table[some] for table, some in zip(tables, used)]).astype(float)
    if len(rows) < 2:
        return list(tables)
    mean = rows.mean(0)
    each = np.concatenate([own[some] for own, some in zip(noise, used)]).mean(0, dtype=float)
    each = np.maximum(each, 1e-3 * each.mean() + 1e-9)
    values, vectors = np.linalg.eigh(np.cov(rows.T).reshape(len(each), -1) - np.diag(each))
    signal = (vectors * np.maximum(values, 0)) @ vectors.T
    kept = np.linalg.solve(signal + np.diag(each), signal)
    return [((table - mean) @ kept + mean).astype(np.float32) for table in tables]


def by_rates(
    animals: Sequence[Animal], *, seed: int = 0, step: Step = silent, kind: type[Rates] = Rates, **options: Any
) -> Prepared:
    """Animals of recordings, ready to be compared by `Rates`, or by another `kind`; options as in `together`.

    Raises
    ------
    DataError
        If they share no condition.
    """
    step(0.0, f"sorting trials of {len(animals)} animals by condition")
    return kind(together([animal.source for animal in animals], **options))  # type: ignore[misc]


def by_shapes(animals: Sequence[Animal], *, seed: int = 0, step: Step = silent, **options: Any) -> Prepared:
    """As `by_rates`, compared by `Shapes`."""
    return by_rates(animals, seed=seed, step=step, kind=Shapes, **options)


def by_denoised(animals: Sequence[Animal], *, seed: int = 0, step: Step = silent, **options: Any) -> Prepared:
    """As `by_rates`, compared by `Denoised`."""
    return by_rates(animals, seed=seed, step=step, kind=Denoised, **options)


def squared(one: Floats, other: Floats) -> Floats:
    """(row, row) mean squared differences of the rows of two tables."""
    middle = (one.mean(0) + other.mean(0)) / 2  # products of small numbers lose less
    one, other = one - middle, other - middle
    sums = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * (one @ other.T)
    return np.maximum(sums, 0, out=sums) / max(one.shape[1], 1)


def standard(rows: Floats) -> Floats:
    """Rows with mean 0 and length 1; those that are constant become 0."""
    centred = rows - rows.mean(1, keepdims=True)
    length = np.sqrt((centred**2).sum(1, keepdims=True))
    return centred / np.where(length > 1e-6, length, np.inf)
