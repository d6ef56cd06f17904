"""Units compared by what a trained network says of each of them alone, in each bin of each condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.animals import Animal, Prepared
from neurofm.analysis.cells import Step, silent
from neurofm.analysis.conditions import Shared, Sorted, together
from neurofm.analysis.profiles import Rates
from neurofm.errors import DataError

OPTIONS: Mapping[str, Any] = {"run": "", "conditions": ""}
CUT = ("bin", "bins", "event", "before", "after")  # sizes of a network by which it cuts trials

Floats = NDArray[np.float32]


class Learned(Rates):
    """Mean squared difference of mean features, over bins of conditions and features.

    Parameters
    ----------
    shared : trials by conditions
    features : of each animal, (trial, bin, unit, feature) of the same trials
    """

    def __init__(self, shared: Shared, features: Sequence[Floats]) -> None:
        super().__init__(shared)
        self._learned = features
        wide = features[0].shape[3]
        self.features = tuple(f"{name}, feature {k}" for name in self.features for k in range(wide))
        self.conditions = {name: wide * count for name, count in self.conditions.items()}
        everything = (np.ones(len(each), bool) for each in features)
        self._roots = [self._means(k, some, shared.cells) for k, some in enumerate(everything)]

    def halves(self, k: int, seed: int) -> Floats:
        """(unit, unit) distances from a random half of the trials to the other."""
        animal, count = self.shared.animals[k], len(self.shared.names)
        half = animal.half(count, seed)
        seen = [animal.seen(count, some) > 0 for some in (half, ~half)]
        both = self.shared.cells & seen[0] & seen[1]
        return self.between(self._means(k, half, both), self._means(k, ~half, both))

    def _means(self, k: int, some: NDArray[np.bool_], cells: NDArray[np.bool_]) -> Floats:
        """(unit, feature) means over some of the trials, in the bins of conditions that are looked at."""
        animal, count = self.shared.animals[k], len(self.shared.names)
        own = (animal.condition == np.arange(count)[:, None]) & some  # (condition, trial)
        total = np.einsum("ct,tb,tbud->ucbd", own, animal.trials.seen, self._learned[k], optimize=True)
        mean = total / np.maximum(animal.seen(count, some), 1)[..., None]
        return mean[:, cells].reshape(len(mean), -1).astype(np.float32)


def by_learned(
    animals: Sequence[Animal], *, seed: int = 0, step: Step = silent, run: Any = "", conditions: str = ""
) -> Prepared:
    """Animals of recordings, ready to be compared by the features that a run has learned of their units.

    Parameters
    ----------
    run : folder of a run that knows all of the recordings, or the run
    conditions : as `together` takes them

    Raises
    ------
    DataError
        If no run is named, it says nothing of single units, or the animals share no condition.
    UnknownUnits
        If the run has never seen one of the recordings.
    """
    from neurofm.training.run import Run

    if not run:
        raise DataError(animals[0].label, "run", "is missing; name one that has learned of units one by one")
    trained = run if isinstance(run, Run) else Run(Path(run), "cpu")
    if not hasattr(trained.model, "alone"):
        raise DataError(trained.path, "model", "says nothing of single units in each bin; train one that does")
    sizes = trained.config["config"]
    recordings: list[Any] = [animal.source for animal in animals]
    shared = together(recordings, conditions=conditions, **{name: sizes[name] for name in CUT})
    features = []
    for k, sorted_trials in enumerate(shared.animals):
        step(k / len(animals), f"features of units of {animals[k].label}")
        features.append(learned_features(trained, sorted_trials))
    learned = Learned(shared, features)
    learned.told = {"run": str(trained.path), "conditions": shared.told.get("conditions", "")}
    return learned


def learned_features(run: Any, sorted_trials: Sorted) -> Floats:
    """(trial, bin, unit, feature) what the network of a run says of each unit alone."""
    import torch

    from neurofm.training.trials import check_units

    check_units(run, sorted_trials.trials.recording)
    with torch.inference_mode():
        said: Floats = run.model.alone(sorted_trials.trials).float().cpu().numpy()
    return said
