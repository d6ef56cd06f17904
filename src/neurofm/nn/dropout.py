"""Dropout that draws four coins at once on a CPU, where drawing them one by one costs as much as a small layer."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GRAIN = 2**16  # shares are rounded to one in so many


class Dropout(nn.Dropout):
    """Zero a share of the numbers while learning and enlarge the others, so that the mean stays."""

    def forward(self, x: Tensor) -> Tensor:
        return drop(x, self.p if self.training else 0.0)


def drop(x: Tensor, rate: float) -> Tensor:
    """`x` with a share of `rate` of its numbers at zero and the others as much larger."""
    if rate == 0:
        return x
    if x.device.type != "cpu":
        return F.dropout(x, rate)
    return _Drop.apply(x, rate)


class _Drop(torch.autograd.Function):
    """Keeps one byte a number for the way back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, rate: float) -> Tensor:
        kept, ctx.scale = coins(x.shape, rate)
        ctx.save_for_backward(kept)
        return (x * kept).mul_(ctx.scale)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (kept,) = ctx.saved_tensors
        return (grads[0] * kept).mul_(ctx.scale), None


def coins(shape: torch.Size, rate: float, generator: torch.Generator | None = None) -> tuple[Tensor, float]:
    """What to keep (True) where a share of `rate` falls, and by how much the rest grows."""
    kept, count = min(round((1 - rate) * GRAIN), GRAIN - 1), shape.numel()  # 16 bits cannot say that all stay
    drawn = torch.empty(-(-count // 4), dtype=torch.int64).random_(-(2**63), None, generator=generator)
    return (drawn.view(torch.int16)[:count] < kept - GRAIN // 2).view(shape), GRAIN / max(kept, 1)
