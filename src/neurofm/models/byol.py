"""BYOL: patches that tell of themselves, seen another way (Grill et al. 2020; for MTNeuro, Quesada et al. 2022).

Two views of one patch, each cut out, turned and mirrored in its own way, are read. From the one, the online network
foresees what a slower copy of it says of the other. Nobody says what a patch is of; areas are read out afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from neurofm.batch import Batch, Output
from neurofm.data.target import Target
from neurofm.data.volume import Volume
from neurofm.nn.momentum import Sizes, Twin, apart
from neurofm.nn.readout import Readout
from neurofm.specs import Effort, ModelSpec, Schedule


@dataclass(frozen=True, kw_only=True)
class Config(Sizes):
    """Nothing beside what all such models have; the published sizes are `PAPER`."""


PAPER = Config(edge=256, reader="resnet18", hidden=4096, dim=256, momentum=0.996, reach=0)


class Byol(Twin):
    """Pictures of patches in, latents out.

    Parameters
    ----------
    config : sizes
    vocab : names and numbers of the areas, as the course wrote them
    target : names of the areas that are read out
    """

    def __init__(self, config: Config, vocab: Mapping[str, Any], target: Target) -> None:
        super().__init__(config)
        self.say = Readout(self.dim, max(len(target.names), 1))

    def forward(self, batch: Batch) -> Output:
        """What is foreseen (view, batch, dim), and latents (view, batch, dim) of the reader."""
        if self.training:
            self.step_on()
        views = self.viewed(batch)
        latent = [self.read(view) for view in views]
        said = [self.foresee(self.project(x)) for x in latent]
        self.slower = [self.slow_project(self.slow_read(view)) for view in views]
        return Output(torch.stack(said), torch.stack(latent))

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """How far what is foreseen of either view is from what the slower copy says of it."""
        (one, other), (slow_one, slow_other) = output.prediction, self.slower
        return apart(one, slow_other) + apart(other, slow_one)


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
