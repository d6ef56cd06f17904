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
        animal, count = self.shared.animals[k], len(self.shared.names)
        half = animal.half(count, seed)
        both = [animal.seen(count, some)[self.shared.cells] > 0 for some in (half, ~half)]
        one, other = (animal.roots(count, some)[:, self.shared.cells] for some in (half, ~half))
        return self.between(one[:, both[0] & both[1]], other[:, both[0] & both[1]])

    def used(self, k: int) -> NDArray[np.bool_]:
        animal = self.shared.animals[k]
        fired = (animal.trials.counts[animal.condition >= 0] > 0).any(1).sum(0)
        used: NDArray[np.bool_] = fired >= LEAST
        return used

    def between(self, one: Floats, other: Floats) -> Floats:
        """(unit, unit) distances between the rows of two tables of the same features."""
        return squared(one, other)


class Shapes(Rates):
    """1 - Pearson's correlation of the mean roots of counts: how strongly a unit fires does not count."""

    def between(self, one: Floats, other: Floats) -> Floats:
        return squared(standard(one), standard(other)) * np.float32(one.shape[1] / 2)


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
