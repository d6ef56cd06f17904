"""Units compared by what they do at any time, whatever the condition: clouds of counts, and correlations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis import transport
from neurofm.analysis.animals import Animal, Prepared
from neurofm.analysis.cells import Step, silent
from neurofm.analysis.conditions import LEAST, binning
from neurofm.analysis.profiles import standard
from neurofm.checks import check_choice
from neurofm.data.recording import Recording
from neurofm.data.trials import Trials, cut
from neurofm.errors import DataError
from neurofm.words import counted

FEWEST = 2 * LEAST  # trials, or pieces of time that stand in for them
COSTS = ("sliced", "gaussian", "exact")  # how clouds of several dimensions are moved
CUTTING: Mapping[str, Any] = {"bin": 0.0, "bins": 0, "event": "", "before": 0.0, "after": 0.0}
OPTIONS: Mapping[str, Any] = {**CUTTING, "successive": 1, "cost": COSTS[0]}

Floats = NDArray[np.float32]


class Clouds:
    """Transport between the roots of counts in all bins, or in a few successive ones, of each unit."""

    conditions: Mapping[str, int] = {}
    features: tuple[str, ...] = ()
    told: Mapping[str, Any] = {}

    def __init__(
        self, trials: Sequence[Trials], notes: Sequence[str], *, successive: int = 1, cost: str = COSTS[0],
        seed: int = 0, step: Step = silent,
    ) -> None:  # fmt: skip
        self.trials, self.notes, self.successive, self.cost = trials, tuple(notes), successive, cost
        self.told: Mapping[str, Any] = {"bin": trials[0].width, "bins": trials[0].seen.shape[1]}
        self.seed, self.step = seed, step
        self.roots = [np.sqrt(one.counts, dtype=np.float32) for one in trials]

    def profile(self, k: int) -> Floats:
        return np.zeros((self.roots[k].shape[2], 0), np.float32)

    def whole(self, i: int, j: int) -> Floats:
        return self.between(self._cloud(i), self._cloud(j))

    def halves(self, k: int, seed: int) -> Floats:
        count = len(self.trials[k])
        half = np.isin(np.arange(count), np.random.default_rng(seed).permutation(count)[: count // 2])
        return self.between(self._cloud(k, half), self._cloud(k, ~half))

    def used(self, k: int) -> NDArray[np.bool_]:
        used: NDArray[np.bool_] = (self.trials[k].counts > 0).any(1).sum(0) >= LEAST
        return used

    def between(self, one: Floats, other: Floats) -> Floats:
        """(unit, unit) distances between clouds (unit, sample, dim)."""
        if one.shape[2] == 1:
            return transport.on_a_line(one[..., 0], other[..., 0])
        if self.cost == "sliced":
            return transport.sliced(one, other, seed=self.seed, step=self.step)
        return (
            transport.gaussian(one, other) if self.cost == "gaussian" else transport.exact(one, other, step=self.step)
        )

    def _cloud(self, k: int, some: NDArray[np.bool_] | None = None) -> Floats:
        """(unit, sample, dim) successive bins of trials, those in which all of them were seen."""
        rows = slice(None) if some is None else some
        roots, seen = self.roots[k][rows], self.trials[k].seen[rows]
        window = np.lib.stride_tricks.sliding_window_view
        together = window(seen, self.successive, 1).all(-1)
        return window(roots, self.successive, 1)[together].transpose(1, 0, 2)


class Correlations(Clouds):
    """Gromov-Wasserstein transport between the correlations of units of each animal with each other."""

    def between(self, one: Floats, other: Floats) -> Floats:
        return transport.gromov(*(_correlations(cloud) for cloud in (one, other)))


def by_clouds(
    animals: Sequence[Animal], *, seed: int = 0, step: Step = silent, successive: int = 1, cost: str = COSTS[0],
    **options: Any,
) -> Prepared:  # fmt: skip
    """Animals of recordings, ready to be compared by `Clouds`.

    Parameters
    ----------
    successive : bins that are a sample together
    cost : "sliced", "gaussian" or "exact" transport of samples of several bins; samples of one are moved exactly
    options : how trials, or pieces of time, are cut, as `neurofm.analysis.conditions.together` takes them

    Raises
    ------
    DataError
        If a recording has too few trials, or none as long as a sample.
    """
    check_choice("cost", cost, COSTS)
    if successive < 1:
        raise ValueError(f"successive must be 1 bin or more, got {successive}")
    step(0.0, f"counting spikes of {len(animals)} animals")
    trials, notes = _cut([animal.source for animal in animals], successive, options)  # type: ignore[misc]
    prepared = Clouds(trials, notes, successive=successive, cost=cost, seed=seed, step=step)
    prepared.told = {**prepared.told, "successive": successive, "cost": cost}
    return prepared


def by_correlations(animals: Sequence[Animal], *, seed: int = 0, step: Step = silent, **options: Any) -> Prepared:
    """Animals of recordings, ready to be compared by `Correlations`; needs POT.

    Raises
    ------
    DataError
        If a recording has too few trials, or POT is missing.
    """
    try:
        transport.pot()
    except ImportError as error:
        raise DataError(animals[0].label, "", str(error)) from error
    step(0.0, f"correlating units of {len(animals)} animals")
    return Correlations(*_cut([animal.source for animal in animals], 1, options))  # type: ignore[misc]


def _cut(
    recordings: Sequence[Recording], successive: int, options: Mapping[str, Any]
) -> tuple[list[Trials], list[str]]:
    cutting, notes = binning(recordings, {**CUTTING, **options})
    trials = [cut(recording, **cutting) for recording in recordings]
    for recording, one in zip(recordings, trials):
        if len(one) < FEWEST:
            problem = (
                f"are {len(one)}, where {FEWEST} are needed to be split in halves; record more, or cut them shorter"
            )
            raise DataError(recording.origin, "trials", problem)
        if one.seen.shape[1] < successive:
            problem = f"have {counted(one.seen.shape[1], 'bin')}, fewer than {successive} successive ones; ask for less"
            raise DataError(recording.origin, "trials", problem)
    return trials, notes


def _correlations(cloud: Floats) -> Floats:
    """(unit, unit) Pearson's correlations over samples; 0 of units that are constant, but for 1 with themselves."""
    rows = standard(cloud.reshape(len(cloud), -1))
    own: Floats = rows @ rows.T
    np.fill_diagonal(own, 1)
    return own
