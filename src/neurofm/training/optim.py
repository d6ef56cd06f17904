"""Optimisers and the learning rate, a function of the step alone: a resumed run ends where it would have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from neurofm.specs import Schedule
from neurofm.training.network import Network


def thaw(schedule: Schedule) -> int:
    """The step from which on all of a model learns, and not only vectors of units and sessions."""
    return round(schedule.freeze * schedule.steps)


def rate(schedule: Schedule, step: int) -> float:
    """Learning rate at `step`: a linear rise, a plateau, then a cosine down to 1e-4 of the peak.

    Where vectors have a rate of their own while only they learn, these steps rise and fall for themselves.
    """
    first = thaw(schedule) if schedule.vector_lr else 0
    if step < first:
        return _rate(schedule, schedule.vector_lr, first, step)
    return _rate(schedule, schedule.lr, schedule.steps - first, step - first)


def _rate(schedule: Schedule, peak: float, steps: int, step: int) -> float:
    done = (step + 1) / steps
    if done < schedule.rise:
        return peak * done / schedule.rise
    hold = max(schedule.hold, schedule.rise)
    fall = min(max((done - hold) / max(1 - hold, 1e-9), 0.0), 1.0)
    return peak * (1e-4 + (1 - 1e-4) * (1 + math.cos(math.pi * fall)) / 2)


def optimizer(model: Network, tables: Sequence[Tensor], schedule: Schedule) -> torch.optim.Optimizer:
    """AdamW or LAMB over what may be trained; embedding tables are not decayed, nor are norms and biases."""
    table = [p for p in tables if p.requires_grad]
    rest = [p for p in model.parameters() if p.requires_grad and not any(p is t for t in table)]
    groups = [
        {"params": [p for p in rest if p.ndim > 1], "weight_decay": schedule.weight_decay, "rows": False},
        {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0, "rows": False},
        {"params": table, "weight_decay": 0.0, "rows": True},
    ]
    groups = [g for g in groups if g["params"]]
    if schedule.optimizer == "lamb":
        return Lamb(groups, lr=schedule.lr)
    return torch.optim.AdamW(groups, lr=schedule.lr, fused=True)  # one pass over each tensor


class Lamb(torch.optim.Optimizer):
    """LAMB (You et al. 2020) that does not collapse on embedding tables.

    Groups with `rows=True` step only the rows that have a gradient: the others keep weights and moments, and the trust
    ratio is taken over the rows that step. (The published optimiser takes it over the whole table and wipes the moments
    of absent rows, which drives weights to zero under newer versions of torch.)
    """

    def __init__(
        self, params: Any, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-6
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": 0.0, "rows": False})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One update."""
        loss = closure() if closure else None
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(p, p.grad, group)
        return loss

    def _update(self, p: Tensor, full: Tensor, group: dict[str, Any]) -> None:
        state = self.state[p]
        if not state:
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(p), torch.zeros_like(p)
        here: Any = full.flatten(1).any(1).nonzero()[:, 0] if group["rows"] else slice(None)
        grad, (b1, b2) = full[here], group["betas"]
        mean = state["exp_avg"][here] * b1 + grad * (1 - b1)
        square = state["exp_avg_sq"][here] * b2 + grad.square() * (1 - b2)
        state["exp_avg"][here], state["exp_avg_sq"][here] = mean, square
        move = mean / (square.sqrt() + group["eps"]) + group["weight_decay"] * p[here]
        weight, length = p[here].norm().clamp(0, 10), move.norm()
        trust = torch.where((weight > 0) & (length > 0), weight / length, torch.ones_like(weight))
        p[here] = p[here] - group["lr"] * trust * move
