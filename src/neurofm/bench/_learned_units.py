"""How often units find themselves between halves of their trials, by counts and by features of EIT."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.conditions import together
from neurofm.analysis.confidence import found
from neurofm.analysis.learned import Learned, learned_features
from neurofm.analysis.profiles import Rates, Shapes, squared, standard
from neurofm.data import Recording
from neurofm.data.split import Split

BINS, HALVES = 4, 20
SETTINGS: dict[str, Any] = {"bins": BINS, "length": 2, "steps": 400, "batch": 16, "lr": 1e-3}
AS_DRAWN = {"steps": 1, "lr": 1e-7}  # moves no weight by more than 1e-7
Halves = Callable[[int], NDArray[np.float32]]  # (unit, unit) distances between halves drawn with a seed


class Alike(Learned):
    """As `Learned`, by 1 - Pearson's correlation."""

    def between(self, one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
        return squared(standard(one), standard(other))


def gauges(recording: Recording, column: str, seed: int, *, quick: bool) -> Iterator[tuple[str, float]]:
    """Systems, and the share of active units that are nearest to themselves over random halves of the trials.

    Active is the upper half of the units that fire, by their counts.

    Parameters
    ----------
    column : of the trials that holds their condition
    """
    shared = together([recording], bins=BINS, conditions=column)
    total = shared.animals[0].trials.counts.sum((0, 1), dtype=np.int64)
    active = np.argsort(-total, kind="stable")[: (total > 0).sum() // 2]

    def told(halves: Halves) -> float:
        count = 2 if quick else HALVES
        return float(np.mean([found(halves(seed + k)[np.ix_(active, active)]) for k in range(count)]))

    yield "counts, L2", told(lambda k: Rates(shared).halves(0, k))
    yield "counts, correlation", told(lambda k: Shapes(shared).halves(0, k))
    for name, changed in (("EIT", {"steps": 4} if quick else {}), ("EIT, random weights", AS_DRAWN)):
        features = [learned_features(_trained(recording, column, seed, changed), shared.animals[0])]
        for distance, kind in (("L2", Learned), ("correlation", Alike)):
            prepared = kind(shared, features)
            yield f"{name}, {distance}", told(lambda k, prepared=prepared: prepared.halves(0, k))  # type: ignore[misc]


def _trained(recording: Recording, column: str, seed: int, changed: dict[str, Any]) -> Any:
    """EIT of all trials, since what is asked is how it tells units apart, not how well it decodes."""
    from neurofm.training import train

    trials = recording.intervals["trials"][["start", "stop"]].to_numpy(float)
    everything = {recording.session: Split(trials, np.zeros((0, 2)), np.zeros((0, 2)))}
    with tempfile.TemporaryDirectory() as folder:
        settings = {**SETTINGS, "target": column, **changed}
        place = Path(folder) / "run"
        run = train("eit", recording, place, seed=seed, device="cpu", settings=settings, splits=everything)
        run.model  # noqa: B018  # is read before the folder goes
        return run
