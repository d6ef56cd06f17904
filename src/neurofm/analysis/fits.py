"""One of our models, trained on some trials of a recording to be set beside other decoders."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurofm import registry
from neurofm.analysis.binned import Data, Floats, Ints
from neurofm.data import Recording, spans
from neurofm.data.split import Split
from neurofm.specs import ModelSpec, Shown
from neurofm.training import train
from neurofm.training.course import Step

Call = Callable[[Step], Floats]  # gives answers of all moments

MODELS = "neurofm.models"
ONCE = "bins, read out"  # the way of models that are trained once, whatever is made of them
READ_OUT = ", read out"
NOTHING = np.zeros((0, 2))


@dataclass(frozen=True)
class Plan:
    """How our models are trained.

    Parameters
    ----------
    settings : of each that takes part, by its name
    seed : of all
    folder : where each stays as a run called `FOLDER-MODEL-WHAT IT IS SHOWN`; nowhere if None
    """

    settings: Mapping[str, Mapping[str, Any]]
    seed: int = 0
    folder: Path | None = None

    def run(self, name: str, what: str) -> Path | None:
        """Where a model stays that is shown so much."""
        words = [name] if way(registry.get(MODELS, name)) == ONCE else [name, *what.split()]
        return self.folder and self.folder / "-".join([self.folder.name, *words])


@dataclass(frozen=True, eq=False)
class Fit:
    """A model, by its name, and the trials `learn` of the data that it is trained on."""

    name: str
    data: Data
    learn: Ints
    plan: Plan

    @property
    def spec(self) -> ModelSpec:
        spec: ModelSpec = registry.get(MODELS, self.name)
        return spec

    @property
    def shown(self) -> Sequence[Shown]:
        """What it is shown where a target of this kind is decoded."""
        shown = self.spec.compared.shown if self.spec.compared else ()
        return [each for each in shown if each.kind in ("", self.data.target.kind)]

    @property
    def sizes(self) -> Mapping[str, Any]:
        """Sizes of the model and how it is trained, as far as the plan says."""
        return vars(self.spec.config()) | dict(self.plan.settings[self.name])

    def train(
        self, recording: Recording, what: str, settings: Mapping[str, Any], step: Step, places: Floats | None = None
    ) -> Any:
        """The model, trained on a recording with nothing of other trials, in windows that lie in `places`."""
        split = {recording.session: Split(spans.tidy(self.data.spans[self.learn]), NOTHING, NOTHING)}
        domains = None if places is None else {recording.session: places}
        with tempfile.TemporaryDirectory() as folder:
            trained = train(
                self.name, recording, self.plan.run(self.name, what) or Path(folder) / "run", seed=self.plan.seed,
                device="cpu", settings={**self.plan.settings[self.name], **settings}, splits=split, domains=domains,
                step=step,
            )  # fmt: skip
            return trained.model


def way(spec: ModelSpec) -> str:
    """How a model is set beside other decoders; "" if it is not."""
    return spec.compared.way if spec.compared else ""


def title(spec: ModelSpec) -> str:
    """What a model is called among decoders ("NAME, read out")."""
    return spec.title + (READ_OUT if way(spec).endswith(READ_OUT) else "")
