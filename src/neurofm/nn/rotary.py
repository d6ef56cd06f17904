"""Rotary time: turn pairs of features by an angle that grows with time, so that attention sees time differences."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

USUAL = (1e-4, 2.0627)  # seconds, where nobody chose others


class Rotary(nn.Module):
    """Turns of `dim // 2` feature pairs, periods log-spaced from `t_min` to `t_max` seconds, both inclusive.

    Whole turns are taken off in float64: the fastest pair turns 6e4 rad a second, float32 would blur it by 0.007 rad.
    """

    def __init__(self, dim: int, t_min: float, t_max: float) -> None:
        super().__init__()
        count = dim // 2
        self.rates = [1 / (t_min * (t_max / t_min) ** (k / max(count - 1, 1))) for k in range(count)]  # turns a second

    def forward(self, times: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
        """(...,) seconds to (..., dim // 2) complex unit numbers with parts of `dtype`."""
        place = "cpu" if times.device.type == "mps" else times.device  # mps has no float64
        turns = times.to(place, torch.float64)[..., None] * torch.tensor(self.rates, device=place, dtype=torch.float64)
        angle = (2 * math.pi * (turns - turns.round())).to(times.device, dtype)
        return torch.polar(torch.ones_like(angle), angle)


def periods(omega: Tensor, stated: tuple[float, float] | None = None) -> tuple[float, float]:
    """Shortest and longest period (s) of stored frequencies (pair,) in rad/s, which rounding may have moved.

    They are those that are stated, if any; else the usual ones where these fit, else read off where that can be exact.

    Raises
    ------
    ValueError
        If what is stated does not fit, or nothing is and they are rounded to half precision.
    """
    shortest, longest = 2 * math.pi / float(omega[0]), 2 * math.pi / float(omega[-1])
    if stated:
        if not _fit(omega, *stated):
            problem = f"says t_min {stated[0]:g} and t_max {stated[1]:g}, but the frequencies in the weights are"
            raise ValueError(f"{problem} those of {shortest:g} and {longest:g}; the file contradicts itself")
        return stated
    exact = (shortest, longest) if omega.dtype.itemsize >= 4 else USUAL
    written = float(f"{exact[0]:.5g}"), float(f"{exact[1]:.5g}")  # as people write them, before float32 rounded them
    choices = [pair for pair in (USUAL, written, exact) if _fit(omega, *pair)]
    if not choices:
        problem = f"does not say t_min and t_max, and the frequencies in the weights ({omega.dtype}) do not tell them"
        raise ValueError(f"{problem} exactly; save it with its hyper_parameters, or in 32 bits")
    return choices[0]


def _fit(omega: Tensor, t_min: float, t_max: float) -> bool:
    """Whether frequencies are those of these periods, but for how they are rounded."""
    rates = torch.tensor(Rotary(2 * len(omega), t_min, t_max).rates, dtype=torch.float64)
    stored = (2 * math.pi * rates).to(omega.dtype).double()  # beyond the range of half precision is infinity
    room = max(torch.finfo(omega.dtype).eps, 4e-6)
    return torch.allclose(omega.double(), stored, rtol=room, atol=0.0)


def turn_(x: Tensor, turns: Tensor) -> Tensor:
    """Multiply adjacent pairs of the first features of `x` (..., head, dim) in place by `turns` (..., pair)."""
    torch.view_as_complex(x[..., : 2 * turns.shape[-1]].unflatten(-1, (-1, 2))).mul_(turns.unsqueeze(-2))
    return x


class _Rotate(torch.autograd.Function):
    """One pass over memory each way: the gradient turns back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, turns: Tensor) -> Tensor:
        ctx.save_for_backward(turns)
        return turn_(x.clone(memory_format=torch.contiguous_format), turns)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (turns,) = ctx.saved_tensors
        return turn_(grads[0].clone(memory_format=torch.contiguous_format), turns.conj()), None


class _GatherRotate(torch.autograd.Function):
    """Rows of a table, turned; the gradient turns back and adds up a row."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, row: Tensor, turns: Tensor) -> Tensor:
        ctx.save_for_backward(row, turns)
        ctx.rows = len(table)
        return turn_(table.index_select(0, row), turns)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        row, turns = ctx.saved_tensors
        back = turn_(grads[0].clone(memory_format=torch.contiguous_format), turns.conj())
        total = torch.ops.aten.embedding_dense_backward(back.flatten(1), row, ctx.rows, -1, False)
        return total.view(ctx.rows, *back.shape[1:]), None, None


def rotate(x: Tensor, turns: Tensor) -> Tensor:
    """`x` (..., time, head, dim) turned by `turns` (..., time, pair); features beyond the pairs stay.

    Raises
    ------
    ValueError
        If there are more pairs than features.
    """
    if 2 * turns.shape[-1] > x.shape[-1]:
        raise ValueError(f"cannot turn {turns.shape[-1]} pairs of {x.shape[-1]} features")
    return _Rotate.apply(_wide(x), turns).to(x.dtype)


def gather_rotate(table: Tensor, row: Tensor, turns: Tensor) -> Tensor:
    """`rotate(table[row], turns)` for a table (row, head, dim), in half the passes over memory."""
    return _GatherRotate.apply(_wide(table), row, turns).to(table.dtype)


def _wide(x: Tensor) -> Tensor:
    """At least float32, so that half precision does not blur the turn."""
    return x if x.dtype in (torch.float32, torch.float64) else x.float()
