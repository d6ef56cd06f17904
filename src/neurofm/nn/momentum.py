"""What models share that learn to foresee a slower copy of themselves (Grill et al. 2020)."""

from __future__ import annotations

from copy import deepcopy
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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
