"""Ways to tell how alike units of different animals are, by the words that users choose among, and several together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis import clouds, conditions
from neurofm.analysis.animals import Animal, Prepared, Way
from neurofm.analysis.cells import Step, silent
from neurofm.analysis.columns import by_position, by_waveform
from neurofm.analysis.learned import OPTIONS as OF_RUN
from neurofm.analysis.learned import by_learned
from neurofm.analysis.profiles import by_denoised, by_rates, by_shapes
from neurofm.analysis.wired import OPTIONS as WIRING
from neurofm.analysis.wired import by_wiring
from neurofm.checks import check_choice, number
from neurofm.data.graph import NODE, Graph
from neurofm.data.recording import UNIT, Recording

__all__ = ["WAYS", "Animal", "Prepared", "Way", "way_of", "ways_of"]

AND = "+"  # between ways that are taken together
SLOW = 2  # splits of a way that takes seconds for each
NOISE = 3  # splits that tell the noise of a way among several

Floats = NDArray[np.float32]

WAYS: dict[str, Way] = {
    "rates": Way(Recording, UNIT, conditions.OPTIONS, by_rates),
    "denoised rates": Way(Recording, UNIT, conditions.OPTIONS, by_denoised),
    "rate shape": Way(Recording, UNIT, conditions.OPTIONS, by_shapes),
    "transport": Way(Recording, UNIT, clouds.OPTIONS, clouds.by_clouds),
    "correlations": Way(Recording, UNIT, clouds.CUTTING, clouds.by_correlations, SLOW),
    "learned": Way(Recording, UNIT, OF_RUN, by_learned),
    "position": Way(Recording, UNIT, {}, by_position),
    "waveform": Way(Recording, UNIT, {}, by_waveform),
    "wiring": Way(Graph, NODE, WIRING, by_wiring, SLOW),
}


def ways_of(animals: Sequence[Animal]) -> list[str]:
    """Ways in which units of these can be compared, the most usual first."""
    return [name for name, way in WAYS.items() if all(isinstance(animal.source, way.takes) for animal in animals)]


def way_of(by: str, animals: Sequence[Animal]) -> Way:
    """The way of a name, or of several with "+" between; LookupError unless each is one of those there are."""
    names = [name.strip() for name in by.split(AND)]
    for name in names:
        check_choice("way", name, ways_of(animals))
    if len(names) == 1:
        return WAYS[names[0]]
    ways = [WAYS[name] for name in names]

    def prepare(
        animals: Sequence[Animal], *, seed: int = 0, step: Step = silent, weights: Sequence[float] = (), **options: Any
    ) -> Prepared:
        each = [{key: value for key, value in options.items() if key in way.options} for way in ways]
        parts = [way.prepare(animals, seed=seed, step=step, **own) for way, own in zip(ways, each)]
        return Together(names, parts, weights or [1.0] * len(parts), len(animals), seed)

    every = {key: value for way in ways for key, value in way.options.items()}
    return Way(ways[0].takes, ways[0].space, {**every, "weights": ()}, prepare, min(way.splits for way in ways))


class Together:
    """Several ways, each divided by what a unit and itself are apart by it, or by its median where nothing tells that.

    Parameters
    ----------
    names, parts, weights : of the ways
    count : of animals
    seed : of the halves that tell the noise
    """

    def __init__(
        self, names: Sequence[str], parts: Sequence[Prepared], weights: Sequence[float], count: int, seed: int
    ) -> None:
        if len(weights) != len(parts) or any(number("weights", weight) < 0 for weight in weights) or not any(weights):
            raise ValueError(f"weights must be {len(parts)} numbers from 0 on, one for each way, got {list(weights)}")
        self.parts = parts
        self.weights = [w / _noise(part, count, seed) / sum(weights) for w, part in zip(weights, parts)]
        told = {key: value for part in parts for key, value in part.told.items()}
        self.told: Mapping[str, Any] = {**told, "weights": list(weights)}
        self.notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
        first = next((part for part in parts if part.conditions), None)
        alone = first is not None and all(part.conditions or not part.features for part in parts)
        self._shown = [first] if first is not None and alone else [part for part in parts if part.features]
        self.features = tuple(feature for part in self._shown for feature in part.features)
        self.conditions: Mapping[str, int] = first.conditions if first is not None and alone else {}

    def profile(self, k: int) -> Floats:
        each = [part.profile(k) for part in self._shown]
        return np.concatenate(each, 1) if each else self.parts[0].profile(k)

    def whole(self, i: int, j: int) -> Floats:
        return self._sum([part.whole(i, j) for part in self.parts])

    def halves(self, k: int, seed: int) -> Floats | None:
        each = [part.halves(k, seed) for part in self.parts]
        if all(half is None for half in each):
            return None
        return self._sum([part.whole(k, k) if half is None else half for part, half in zip(self.parts, each)])

    def used(self, k: int) -> NDArray[np.bool_]:
        used: NDArray[np.bool_] = np.all([part.used(k) for part in self.parts], 0)
        return used

    def _sum(self, each: Sequence[Floats]) -> Floats:
        return np.sum([np.float32(w) * away for w, away in zip(self.weights, each)], 0, dtype=np.float32)


def _noise(part: Prepared, count: int, seed: int) -> float:
    """What units and themselves are apart between halves, in the median; what all are apart where there are none."""
    own = []
    for k in range(count):
        used = part.used(k)
        halves = [part.halves(k, seed + split) for split in range(NOISE)]
        own += [np.diag(half)[used] for half in halves if half is not None]
    some = (
        np.concatenate(own) if own else np.concatenate([part.whole(k, k)[part.used(k)].ravel() for k in range(count)])
    )
    some = some[some > 0]
    return float(np.median(some)) if len(some) else 1.0
