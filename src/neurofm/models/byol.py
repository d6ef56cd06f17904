"""BYOL: patches that tell of themselves, seen another way (Grill et al. 2020; for MTNeuro, Quesada et al. 2022).

Two views of one patch, each cut out, turned and mirrored in its own way, are read. From the one, the online network
foresees what a slower copy of it says of the other. Nobody says what a patch is of; areas are read out afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neurofm.batch import Batch, Output
from neurofm.data.patches import Cut
from neurofm.data.target import Target
from neurofm.data.volume import Volume
from neurofm.nn.momentum import apart, follow, head, slow
from neurofm.nn.pictures import Pictures
from neurofm.nn.readout import Readout
from neurofm.specs import Effort, ModelSpec, Schedule


@dataclass(frozen=True, kw_only=True)
class Config(Cut):
    """Sizes that learn in minutes on one core; the published ones are `PAPER`."""

    reader: Literal["plain", "resnet18"] = "plain"  # what reads a picture: four layers, or ResNet-18 of one channel
    width: Annotated[int, {"min": 4, "max": 256}] = 16  # channels of the first of four layers; the others double it
    reach: Annotated[int, {"min": 0, "max": 256}] = 16  # voxels by which two views of a patch may lie apart
    hidden: Annotated[int, {"min": 8, "max": 8192}] = 256  # width of projector and predictor
    dim: Annotated[int, {"min": 4, "max": 1024}] = 64  # numbers that are foreseen
    momentum: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.98  # of the slower copy; nearer to 1 for longer trainings


PAPER = Config(edge=256, reader="resnet18", hidden=4096, dim=256, momentum=0.996, reach=0)


class Byol(Pictures):
    """Pictures of patches in, latents out.

    Parameters
    ----------
    config : sizes
    vocab : names and numbers of the areas, as the course wrote them
    target : names of the areas that are read out
    """

    views = 2  # of a patch in a batch

    def __init__(self, config: Config, vocab: Mapping[str, Any], target: Target) -> None:
        super().__init__(config)
        c = config
        self.project, self.foresee = head(self.dim, c.hidden, c.dim), head(c.dim, c.hidden, c.dim)
        self.slow_read, self.slow_project = slow(self.read), slow(self.project)
        self.say = Readout(self.dim, max(len(target.names), 1))

    def forward(self, batch: Batch) -> Output:
        """What is foreseen (view, batch, dim), and latents (view, batch, dim) of the reader."""
        if self.training:
            self.step_on()
        views = [self.seen(batch[f"view {k}"]) for k in range(self.views)]
        latent = [self.read(view) for view in views]
        said = [self.foresee(self.project(x)) for x in latent]
        self.slower = [self.slow_project(self.slow_read(view)) for view in views]
        return Output(torch.stack(said), torch.stack(latent))

    def step_on(self) -> None:
        """The slower copy follows, one step behind."""
        follow(self.slow_read, self.read, self.config.momentum)
        follow(self.slow_project, self.project, self.config.momentum)

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """How far what is foreseen of either view is from what the slower copy says of it."""
        (one, other), (slow_one, slow_other) = output.prediction, self.slower
        return apart(one, slow_other) + apart(other, slow_one)

    def fit(self, latent: NDArray[np.float32], area: NDArray[np.int64]) -> None:
        """Fit the readout of areas."""
        self.say.fit(latent, area)

    def answer(self, latent: Tensor) -> Tensor:
        """(batch, area) how probable each area is."""
        return self.say.probable(latent)


SPEC = ModelSpec(
    title="BYOL",
    paper="Grill et al. 2020",
    config=Config,
    schedule=Schedule(steps=1000, batch=64, lr=2e-3, weight_decay=1e-4, clip=1.0, rise=0.05, hold=0.3),
    build=Byol,
    takes=Volume,
    spaces=("patch",),
    course="patches",
    decodes="label",
    supervised=False,
    effort=Effort(passes=12, item="patch", each=5e-7, million=0.0),
)
