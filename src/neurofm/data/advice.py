"""What suits a model to recordings: how trials are cut, its width and its steps, each with the reason for it."""

from __future__ import annotations

import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neurofm.data import spans
from neurofm.data.recording import Recording
from neurofm.data.trials import lengths, suit
from neurofm.specs import Effort

MORE, LEAST = 4, 0.2  # times the usual steps, at most and at least
PATIENCE = 600.0  # seconds that a training should take on this machine, unless told otherwise
MOST_CORES = 4  # that make a small network faster
FEWEST = 100  # steps, however slow the machine
NARROWEST = 4  # times that a network may be narrower than usual


@dataclass(frozen=True)
class Advice:
    """Settings in place of a model's defaults.

    Parameters
    ----------
    settings : by name
    reasons : a sentence for each
    step : seconds that one takes on this machine, about
    """

    settings: dict[str, Any]
    reasons: list[str]
    step: float = 0.0

    def patient(self, steps: int) -> Advice:
        """Fewer steps than `steps`, if those would take too long here."""
        most = max(round(PATIENCE / self.step, -2) if self.step else steps, FEWEST)
        if steps <= most:
            return self
        reason = (
            f"{most:,.0f} steps and not {steps:,}, which would take {steps * self.step / 60:.0f} min on this machine"
        )
        return Advice(self.settings | {"steps": int(most)}, [*self.reasons[:-1], reason], self.step)


def advise(
    course: str,
    effort: Effort,
    sizes: Mapping[str, Any],
    recordings: Sequence[Recording],
    given: Container[str] = (),
) -> Advice:
    """What suits a model to recordings.

    Parameters
    ----------
    course, effort : of the model, as its SPEC says
    sizes : its Config and Schedule by name, as they would be
    given : names of those that are set already and stay as they are

    Raises
    ------
    DataError
        If the recordings cannot be cut as they would be.
    """
    found, reasons = suit(recordings, given) if course == "trials" else ({}, [])
    sizes = {**sizes, **found}
    shown = [(_windows if course == "windows" else _trials)(effort, sizes, r) for r in recordings]
    items, bins, counts = sum(n for n, _, _ in shown), *(float(np.mean([x[k] for x in shown])) for k in (1, 2))
    step = sizes["batch"] * (effort.each * bins + effort.million * counts / 1e6) / min(os.cpu_count() or 1, MOST_CORES)
    part = _narrower(effort, items) if effort.width not in given else 1
    if part > 1:
        usual, words = sizes[effort.width], f"{items:,.0f} {effort.item}s, which a wider network learns by heart"
        found[effort.width], step = usual // part, step / part
        reasons = [*reasons, f"width {usual // part} and not {usual} for {words}"]
    if "steps" not in given:
        usual, once = sizes["steps"], max(items, 1) / sizes["batch"]
        few = effort.most * once < usual
        least = max(round(effort.most * once, -2), LEAST * usual) if few else usual
        steps = found["steps"] = int(np.clip(round(effort.passes * once, -2), least, MORE * usual))
        heart = ", and more would be learned by heart" if few and least > LEAST * usual else ""
        reasons = [*reasons, f"{steps:,} steps show each {effort.item} about {steps / once:,.0f} times{heart}"]
    return Advice(found, reasons, step)


def _narrower(effort: Effort, items: float) -> int:
    """Times that a network should be narrower than usual for so few items: 1, 2 or 4."""
    part = 1
    while part < NARROWEST and effort.width and items * part < effort.enough:
        part *= 2
    return part


def _windows(effort: Effort, sizes: Mapping[str, Any], recording: Recording) -> tuple[float, float, float]:
    """How many windows a recording has, 1, and how many tokens are in a window."""
    seconds, units = max(spans.duration(recording.domain), 1e-9), max(len(recording.units), 1)
    spikes = len(recording.spikes) / units / seconds * sizes["window"]
    return seconds / sizes["window"], 1.0, min(units, sizes["usual_units"]) * (2 + spikes)


def _trials(effort: Effort, sizes: Mapping[str, Any], recording: Recording) -> tuple[float, float, float]:
    """How many items the trials of a recording have, and how many bins and counts are in one."""
    bins = lengths(recording, sizes["bin"], event=sizes["event"], before=sizes["before"], after=sizes["after"])
    whole = float(bins.mean()) if len(bins) else 1.0
    sees = float(sizes[effort.sees] if isinstance(effort.sees, str) else effort.sees or whole)
    return bins.sum() / sees, sees, len(recording.units) * sees
