"""Columns of a table that say when trials start and stop, and in which unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.io._bouts import ALIASES
from neurofm.io._called import TIME, named, says_spikes, unit_of_time
from neurofm.io._time_unit import SCALES, goes_on

START = (
    *ALIASES["start"], "trial_start", "start_trial", "trial_onset", "trial_on", "trial_begin", "starttime",
    "trialstart", "go_cue", "cue", "stim_on", "stimulus_on",
)  # fmt: skip
STOP = (
    *ALIASES["stop"], "trial_stop", "trial_end", "end_trial", "trial_offset", "trial_off", "offset", "stoptime",
    "endtime", "trialend",
)  # fmt: skip
LASTS = (*ALIASES["duration"], "dur", "trial_duration", "trial_dur", "trial_length")
OURS = ("start", "stop", "start_time", "stop_time", "begin", "end")  # what `recording` takes as starts and stops
SHORT, BRIEF = 5, 100  # seconds that trials last: fewer are hardly milliseconds, and more hardly seconds
INSIDE = 0.9  # share of trials in which something happens between start and stop, where it is an event of them

Numbers = NDArray[Any]
Columns = Mapping[str, Numbers]


def span_of(columns: Columns, start: str = "", stop: str = "") -> tuple[str, str] | None:
    """What is called as what says when each trial starts, and when it stops or how long it lasts; None if nothing is.

    Columns that count frames or samples are taken where none is in a unit of time.

    Parameters
    ----------
    start, stop : names of them, where they are known
    """
    timed = [name for name in columns if unit_of_time(name) != "samples"]
    start = start or named(timed, START) or named(columns, START)
    others = [name for name in timed if name != start] or [name for name in columns if name != start]
    stop = stop or named(others, STOP) or named(others, LASTS)
    stop = stop or named([name for name in columns if name != start], STOP)
    if not {start, stop} <= set(columns) or len(columns[start]) != len(columns[stop]):
        return None
    return start, stop


def are_trials(columns: Columns, start: str, stop: str) -> bool:
    """Whether rows can be trials: each starts after the one before and stops later, and none is a spike or a sample."""
    others = [name for name in columns if name not in (start, stop)]
    if named(others, TIME) or any(map(says_spikes, columns)):
        return False
    try:
        starts, stops = ends(columns, start, stop, SCALES.get(unit_of_time(start), 1.0))
    except ValueError:
        return False
    known = starts[np.isfinite(starts)]
    bins = goes_on(starts) and bool(np.allclose(starts[1:], stops[:-1], rtol=0, atol=1e-6))
    return len(known) > 0 and not bins and bool((np.diff(known) > 0).all()) and not bool((stops < starts).any())


def ends(columns: Columns, start: str, stop: str, scale: float) -> tuple[Numbers, Numbers]:
    """When each trial starts and stops, in seconds.

    Parameters
    ----------
    scale : seconds that one step of the starts lasts

    Raises
    ------
    ValueError
        If stops count samples, and starts do not.
    """
    starts, stops = (_seconds(columns, name, start, scale) for name in (start, stop))
    lasts = named([stop], LASTS) or (not named([stop], STOP) and (stops < starts).any())
    return starts, starts + stops if lasts else stops


def unit_of(columns: Columns, start: str, stop: str) -> tuple[Any, str, bool]:
    """The likeliest unit of the starts, in words why, and whether it can hardly be another."""
    own, beside = unit_of_time(start), unit_of_time(stop)
    if own or (beside and not named([stop], LASTS)):
        return own or beside, f"it is called '{start if own else stop}'", True
    if beside:
        return "s", f"s or ms (only '{stop}' says its unit)", False
    starts, stops = ends(columns, start, stop, 1.0)
    length = float(np.nanmedian(stops - starts)) if np.isfinite(stops - starts).any() else 0.0
    broken = bool((starts[np.isfinite(starts)] % 1 != 0).any())
    sure = length < SHORT or (broken and length < BRIEF)
    words = f"trials last {length:,.6g} of it"
    return ("s", words, True) if sure else ("ms" if length >= BRIEF else "s", f"s, ms or samples ({words})", False)


def table_of(columns: Columns, numeric: Columns, span: tuple[str, str], scale: float) -> tuple[pd.DataFrame, list[str]]:
    """A row for each trial in the order of their starts, what happens in trials in seconds; and what was done.

    Parameters
    ----------
    columns, numeric : all columns, and those that are numbers
    scale : seconds that one step of the starts lasts
    """
    start, stop = ends(numeric, *span, scale)
    told = {name: values for name, values in columns.items() if name not in span and len(values) == len(start)}
    table = pd.DataFrame({f"{n} (of the file)" if n in OURS else n: values for n, values in told.items()})
    moved = []
    for name in [name for name in told if name in numeric]:
        try:
            times = _seconds(numeric, name, span[0], scale)
        except ValueError:
            continue
        there = np.isfinite(times) & np.isfinite(start) & np.isfinite(stop)
        inside = ((times >= start) & (times <= stop))[there]
        if len(inside) > 1 and inside.mean() >= INSIDE and not np.array_equal(times, numeric[name]):
            bare = name.rsplit("_", 1)[0] if unit_of_time(name) and "_" in name else name
            bare = bare if bare not in (*table, "start", "stop") else name
            table = table.assign(**{name: times}).rename(columns={name: bare})
            moved.append(name)
    notes = [f"trials: {', '.join(moved)} were put into seconds"] if moved else []
    order = np.argsort(start, kind="stable")
    notes += ["trials: rows were put into the order of their starts"] if (np.diff(order) != 1).any() else []
    return table.assign(start=start, stop=stop).iloc[order].reset_index(drop=True), notes


def _seconds(columns: Columns, name: str, start: str, scale: float) -> Numbers:
    own = unit_of_time(name)
    if own in ("", unit_of_time(start)):
        return columns[name].astype(float) * scale
    if own == "samples":
        raise ValueError(f"'{name}' counts samples and '{start}' does not; choose columns of one unit")
    return columns[name].astype(float) * SCALES[own]
