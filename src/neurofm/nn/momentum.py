"""What models of patches share that learn to foresee a slower copy of themselves (Grill et al. 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from neurofm.batch import Batch
from neurofm.data.patches import Cut
from neurofm.nn.pictures import Pictures
from neurofm.nn.readout import Readout

M = TypeVar("M", bound=nn.Module)


def head(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """Projector or predictor: one hidden layer."""
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU(inplace=True), nn.Linear(hidden, outputs)
    )


def slow(network: M) -> M:
    """A copy that learns nothing by itself."""
    return deepcopy(network).requires_grad_(False)


@torch.no_grad()
def follow(target: nn.Module, online: nn.Module, momentum: float) -> None:
    """Let the copy come a little nearer to what it is a copy of; running means are taken over."""
    for slower, faster in zip(target.parameters(), online.parameters()):
        slower.data.lerp_(faster.data, 1 - momentum)
    for mean, now in zip(target.buffers(), online.buffers()):
        mean.copy_(now)


def apart(said: Tensor, target: Tensor) -> Tensor:
    """2 - 2 cos of what is foreseen (row, dim) and what it is, in the mean over rows."""
    return 2 - 2 * F.cosine_similarity(said, target.detach(), dim=-1).mean()


@dataclass(frozen=True, kw_only=True)
class Sizes(Cut):
    """Sizes of every such model that learn in minutes on one core."""

    reader: Literal["plain", "resnet18"] = "plain"  # what reads a picture: four layers, or ResNet-18 of one channel
    width: Annotated[int, {"min": 4, "max": 256}] = 16  # channels of the first of four layers; the others double it
    brightness: bool = True  # linear read-outs are better with it
    reach: Annotated[int, {"min": 0, "max": 256}] = 16  # voxels by which two views of a patch may lie apart
    hidden: Annotated[int, {"min": 8, "max": 8192}] = 256  # width of projector and predictor
    dim: Annotated[int, {"min": 4, "max": 1024}] = 64  # numbers that are foreseen
    momentum: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.98  # of the slower copy; nearer to 1 for longer trainings


class Twin(Pictures):
    """Reads pictures, projects what it reads and foresees what a slower copy says; areas are read out afterwards.

    Parameters
    ----------
    config : sizes
    """

    views = 2  # of a patch in a batch
    say: Readout  # of areas

    def __init__(self, config: Sizes) -> None:
        super().__init__(config)
        self.project, self.foresee = head(self.dim, config.hidden, config.dim), self.predictor()
        self.slow_read, self.slow_project = slow(self.read), slow(self.project)

    def predictor(self) -> nn.Sequential:
        """From what is projected to as many numbers; a second projector has this form, too."""
        return head(self.config.dim, self.config.hidden, self.config.dim)

    @property
    def copies(self) -> Sequence[tuple[nn.Module, nn.Module]]:
        """Each slower copy, and what it is a copy of."""
        return [(self.slow_read, self.read), (self.slow_project, self.project)]

    def step_on(self) -> None:
        """The slower copies follow, one step behind."""
        for target, online in self.copies:
            follow(target, online, self.config.momentum)

    def viewed(self, batch: Batch) -> list[Tensor]:
        """The views of a batch, on the network's own scale."""
        return [self.seen(batch[f"view {k}"]) for k in range(self.views)]

    def fit(self, latent: NDArray[np.float32], area: NDArray[np.int64]) -> None:
        """Fit the readout of areas."""
        self.say.fit(latent, area)

    def answer(self, latent: Tensor) -> Tensor:
        """(batch, area) how probable each area is."""
        return self.say.probable(latent)
