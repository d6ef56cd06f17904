"""What suits a model to how much there is to learn from: its width and its steps, each with the reason for it."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from neurofm.specs import Effort

MORE = 4  # times the usual steps, at most
PATIENCE = 600.0  # seconds that a training should take on this machine, unless told otherwise
MOST_CORES = 4  # that make a small network faster
FEWEST = 100  # steps, however slow the machine
NARROWEST = 4  # times that a network may be narrower than usual


class Amount(NamedTuple):
    """How much there is to learn from in one source.

    Parameters
    ----------
    items : of which batches are made
    bins : in one item, or however its cost is told
    counts : in one item, or tokens
    """

    items: float
    bins: float
    counts: float


@dataclass(frozen=True)
class Advice:
    """Settings in place of a model's defaults.

    Parameters
    ----------
    settings : by name
    reasons : a sentence for each
    step : seconds that one takes on this machine, about; 0 if nobody knows
    """

    settings: dict[str, Any] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    step: float = 0.0

    def patient(self, steps: int) -> Advice:
        """Fewer steps than `steps`, if those would take too long here."""
        most = max(round(PATIENCE / self.step, -2) if self.step else steps, FEWEST)
        if steps <= most:
            return self
        reason = (
            f"{most:,.0f} steps and not {steps:,}, which would take {steps * self.step / 60:.0f} min on this machine"
        )
        others = self.reasons[:-1] if "steps" in self.settings else self.reasons
        return Advice(self.settings | {"steps": int(most)}, [*others, reason], self.step)


def advise(effort: Effort, sizes: Mapping[str, Any], amounts: Sequence[Amount], given: Container[str] = ()) -> Advice:
    """Width and steps that suit a model to how much there is.

    Parameters
    ----------
    effort : of the model, as its SPEC says
    sizes : its Config and Schedule by name, as they would be
    amounts : one a source
    given : names of settings that are set already and stay as they are
    """
    items = sum(a.items for a in amounts)
    narrow = _narrower(effort, items) if effort.width not in given else 1
    width = _width(effort, sizes, items, narrow) if narrow > 1 else Advice()
    steps = _steps(effort, sizes, items) if "steps" not in given else Advice()
    cost = _cost(effort, sizes["batch"], amounts) / narrow
    return Advice(width.settings | steps.settings, [*width.reasons, *steps.reasons], cost)


def _cost(effort: Effort, batch: int, amounts: Sequence[Amount]) -> float:
    """Seconds that a step takes here."""
    bins, counts = (float(np.mean(x)) for x in ([a.bins for a in amounts], [a.counts for a in amounts]))
    return batch * (effort.each * bins + effort.million * counts / 1e6) / min(os.cpu_count() or 1, MOST_CORES)


def _narrower(effort: Effort, items: float) -> int:
    """Times that a network should be narrower than usual for so few items: 1, 2 or 4."""
    times = 1
    while times < NARROWEST and effort.width and items * times < effort.enough:
        times *= 2
    return times


def _width(effort: Effort, sizes: Mapping[str, Any], items: float, narrow: int) -> Advice:
    usual = sizes[effort.width]
    words = f"{items:,.0f} {effort.item}s, which a wider network learns by heart"
    return Advice({effort.width: usual // narrow}, [f"width {usual // narrow} and not {usual} for {words}"])


def _steps(effort: Effort, sizes: Mapping[str, Any], items: float) -> Advice:
    usual, once = sizes["steps"], max(items, 1) / sizes["batch"]
    few = effort.most * once < usual
    least = max(_even(effort.most * once), effort.least * usual) if few else usual
    steps = int(np.clip(_even(effort.passes * once), least, MORE * usual))
    heart = ", and more would be learned by heart" if few and least > effort.least * usual else ""
    words = f"{steps:,} steps show each {effort.item} about {steps / once:,.0f} times{heart}"
    return Advice({"steps": steps}, [words])


def _even(steps: float) -> float:
    """In hundreds; where there are few, in tens."""
    return round(steps, -2 if steps >= 100 else -1)
