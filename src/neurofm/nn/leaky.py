"""Leaky integrators whose rates are given at each step: what follows a stream as fast as it is told to."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def integrate(rate: Tensor, value: Tensor) -> Tensor:
    """(..., time, dim) states from zero on, each moved by `rate` (0 to 1) from the one before towards `value`."""
    state: Tensor = _Integrate.apply(rate, value)
    return state


class _Integrate(torch.autograd.Function):
    """One pass forward and one back, without a graph of as many steps as trials."""

    @staticmethod
    def forward(ctx: Any, rate: Tensor, value: Tensor) -> Tensor:
        state = torch.empty_like(value)
        now = torch.zeros_like(value[..., 0, :])
        for t in range(value.shape[-2]):
            now = torch.lerp(now, value[..., t, :], rate[..., t, :])
            state[..., t, :] = now
        ctx.save_for_backward(rate, value, state)
        return state

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor]:
        rate, value, state = ctx.saved_tensors
        total, carried = torch.empty_like(value), torch.zeros_like(value[..., 0, :])
        keep = 1 - rate
        for t in range(value.shape[-2] - 1, -1, -1):
            here = torch.add(grads[0][..., t, :], carried, out=total[..., t, :])
            carried = here * keep[..., t, :]
        before = F.pad(state[..., :-1, :], (0, 0, 1, 0))
        return total * (value - before), total * rate
