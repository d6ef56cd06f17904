"""MYOW: patches that tell of themselves and of others that look alike (Azabou et al. 2021).

As in BYOL, two views of one patch foresee each other across a slower copy. Besides, each patch is given another of the
batch that is nearest to it in latent space, a mined view; a second projector and predictor, behind the first, foresee
it. What that weighs rises from nothing, since at first nearness says little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neurofm.batch import Batch, Output
from neurofm.data.target import Target
from neurofm.data.volume import Volume
from neurofm.nn.momentum import Sizes, Twin, apart, slow
from neurofm.nn.readout import Readout
from neurofm.specs import Effort, ModelSpec, Schedule


@dataclass(frozen=True, kw_only=True)
class Config(Sizes):
    """What mining needs beside; the published sizes are `PAPER`."""

    mined: Annotated[float, {"min": 0.0, "max": 10.0}] = 0.1  # weight of mined views
    near: Annotated[int, {"min": 1, "max": 64}] = 1  # of the nearest patches, one of which is mined
    ramp: Annotated[int, {"min": 0, "max": 1_000_000}] = 200  # steps in which that weight rises


PAPER = Config(edge=256, reader="resnet18", hidden=4096, dim=256, momentum=0.996, reach=0)


class Myow(Twin):
    """Pictures of patches in, latents out.

    Parameters
    ----------
    config : sizes
    vocab : names and numbers of the areas, as the course wrote them
    target : names of the areas that are read out
    """

    steps: Tensor

    def __init__(self, config: Config, vocab: Mapping[str, Any], target: Target) -> None:
        super().__init__(config)
        self.mine, self.foresee_mined = self.predictor(), self.predictor()
        self.slow_mine = slow(self.mine)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))
        self.say = Readout(self.dim, max(len(target.names), 1))

    def forward(self, batch: Batch) -> Output:
        """What is foreseen (view and mined view, batch, dim), and latents (view, batch, dim) of the reader."""
        if self.training:
            self.step_on()
        views = self.viewed(batch)
        latent = [self.read(view) for view in views]
        projected = [self.project(x) for x in latent]
        slower = [self.slow_read(view) for view in views]
        self.slower = [self.slow_project(x) for x in slower]
        near = nearest(latent[0], slower[1], self.config.near)
        self.slower.append(self.slow_mine(self.slower[1][near]))
        said = [*map(self.foresee, projected), self.foresee_mined(self.mine(projected[0]))]
        return Output(torch.stack(said), torch.stack(latent))

    @property
    def copies(self) -> Sequence[tuple[nn.Module, nn.Module]]:
        return [*super().copies, (self.slow_mine, self.mine)]

    def step_on(self) -> None:
        super().step_on()
        self.steps += 1

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """How far what is foreseen of the other view, and of the mined one, is from what the slower copy says."""
        (one, other, mined), (slow_one, slow_other, slow_mined) = output.prediction, self.slower
        rise = (self.steps / max(self.config.ramp, 1)).clamp(max=1.0)
        return apart(one, slow_other) + apart(other, slow_one) + self.config.mined * rise * apart(mined, slow_mined)


@torch.no_grad()
def nearest(online: Tensor, slower: Tensor, near: int) -> Tensor:
    """(batch,) rows of other patches: one at random of the `near` whose slower latents are nearest by cosine."""
    alike = F.normalize(online, dim=-1) @ F.normalize(slower, dim=-1).T
    alike.fill_diagonal_(-torch.inf)
    rows = alike.topk(min(near, max(len(alike) - 1, 1)), -1).indices
    drawn = torch.randint(rows.shape[1], (len(rows), 1), device=rows.device)
    return rows.gather(1, drawn)[:, 0]


SPEC = ModelSpec(
    title="MYOW",
    paper="Azabou et al. 2021",
    config=Config,
    schedule=Schedule(steps=1000, batch=64, lr=2e-3, weight_decay=1e-4, clip=1.0, rise=0.05, hold=0.3),
    build=Myow,
    takes=Volume,
    spaces=("patch",),
    course="patches",
    decodes="label",
    supervised=False,
    effort=Effort(passes=12, item="patch", each=5e-7, million=0.0),
)
