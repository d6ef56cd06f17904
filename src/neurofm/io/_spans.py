"""Columns of a table that say when trials start and stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.io._bouts import ALIASES
from neurofm.io._called import named

START = (
    *ALIASES["start"], "trial_start", "start_trial", "trial_onset", "trial_on", "trial_begin", "starttime",
    "trialstart", "go_cue", "cue", "stim_on", "stimulus_on",
)  # fmt: skip
STOP = (
    *ALIASES["stop"], "trial_stop", "trial_end", "end_trial", "trial_offset", "trial_off", "offset", "stoptime",
    "endtime", "trialend",
)  # fmt: skip
LASTS = ALIASES["duration"]
BRIEF = 100  # seconds; trials last less, and hardly as few milliseconds

Numbers = NDArray[Any]


def span_of(columns: Mapping[str, Numbers], start: str = "", stop: str = "") -> tuple[str, str] | None:
    """What says when each trial starts, and when it stops or how long it lasts; None if nothing does.

    Parameters
    ----------
    start, stop : names of them, where they are known
    """
    start = start or named(columns, START)
    others = [name for name in columns if name != start]
    stop = stop or named(others, STOP) or named(others, LASTS)
    if not {start, stop} <= set(columns):
        return None
    starts, stops = ends(columns, start, stop)
    backwards = (stops < starts).any() or (np.diff(starts[np.isfinite(starts)]) < 0).any()
    return None if backwards else (start, stop)


def ends(columns: Mapping[str, Numbers], start: str, stop: str) -> tuple[Numbers, Numbers]:
    """When each trial starts and stops, as it stands there."""
    starts, stops = columns[start].astype(float), columns[stop].astype(float)
    return starts, starts + stops if named([stop], LASTS) else stops


def during(values: Numbers, start: Numbers, stop: Numbers) -> bool:
    """Whether they are times of something in each trial, on the same clock."""
    if values.dtype.kind not in "fiu":
        return False
    there = np.isfinite(values) & np.isfinite(start) & np.isfinite(stop)
    inside = (values >= start) & (values <= stop)
    return bool(there.sum() > 1 and inside[there].all())


def lasting(seconds: Numbers) -> tuple[Any, str, bool]:
    """The likeliest unit of times of trials that last so long, in words why, and whether it can hardly be another."""
    length = float(np.nanmedian(seconds)) if np.isfinite(seconds).any() else 0.0
    return ("s", f"trials last {length:.3g} of it", True) if length < BRIEF else (
        "ms", f"s, ms or samples (trials last {length:,.6g} of it)", False
    )  # fmt: skip
