"""How bare arrays are to be read: what they hold, which of them is the time, in which unit. Guessed, and said why.

Where it cannot be told, such as whether whole numbers are milliseconds or samples, that is said, too: who reads asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.clock import unit_words
from neurofm.io import _spans
from neurofm.io._beside import Beside, beside
from neurofm.io._called import COUNTS, MANY, RATES, TIME, WIDTHS, named, says_rows, says_spikes, unit_of_time
from neurofm.io._contents import Contents, names
from neurofm.io._time_unit import FIRST, SCALES, SOME, ascend, goes_on, likeliest, ragged, rising, steady
from neurofm.io._whose import parts, whose, with_channels

Numbers = NDArray[Any]
IMAGE = "image"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How bare arrays or a table are to be read; what is empty is told from the file."""

    # a row per spike; times by unit; bins; behaviour; a row per trial; a picture
    holds: Literal["", "spikes", "trains", "counts", "samples", "trials", "image"] = ""
    time: str = ""  # array or column that holds the times, or when each trial starts
    stop: str = ""  # array or column that says when each trial stops, or how long it lasts
    unit: str = ""  # array or column that says whose each spike is
    time_in: Literal["", "s", "ms", "us", "ns", "min", "h", "samples"] = ""  # what one step of the times is
    rate_hz: Annotated[float, {"min": 0.0, "max": 1e9}] = 0.0  # samples a second, of times in samples
    values: str = ""  # array that holds counts, or times by unit
    rows: Literal["", "bin", "unit"] = ""  # what a row of counts is
    dt: Annotated[float, {"min": 0.0, "max": 1e6}] = 0.0  # seconds a bin, of counts without times


@dataclass(frozen=True, kw_only=True)
class Asking:
    """What can be chosen of how a file is read.

    Parameters
    ----------
    guess : every choice as it was given, or else as it seems
    given : what was given
    choices : what each of those that name something can be
    told : what was taken for what, and why
    unsure : the name of a choice that nobody but the user knows, "" where there is none
    why : what is not known
    again : the same with other choices given
    """

    guess: Layout
    given: Layout = Layout()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    unsure: str = ""
    why: str = ""
    again: Callable[[Layout], Asking] = field(default=lambda given: Asking(guess=given), repr=False)


def asking(held: Contents, given: Layout) -> Asking:
    """How a file is to be read, with what was given taken as it is."""
    return replace(_asking(with_channels(held), given), given=given, again=partial(asking, held))


def _asking(held: Contents, given: Layout) -> Asking:
    choices = _choices(held)
    for name, there in choices.items():
        if getattr(given, name) not in there:
            return Asking(guess=given, choices=choices, unsure=name, why=_missing(getattr(given, name), there))
    layout, told = holds(held, given)
    if not layout.holds:
        from neurofm.io.choices import lacking

        lack = lacking(list(held.vectors)) if held.table else ""
        why = f"neither spikes nor counts can be told among {names(held)}" + (f"; {lack}" if lack else "")
        return Asking(guess=layout, choices=choices, told=tuple(told), unsure="holds", why=why)
    if layout.holds == IMAGE:
        return Asking(guess=layout, choices=choices)
    alone = "" if given.holds or given.dt or given.rows else _one_column(held, layout)
    if alone:
        why = f"whether '{alone}' counts spikes of a unit or is behaviour cannot be told"
        return Asking(guess=replace(layout, holds="samples"), choices=choices, unsure="holds", why=why)
    layout, more = _LAID_OUT[layout.holds](held, layout)
    layout, clock, unsure, why = _lacking(held, layout) or _clocked(held, layout)
    also = {} if unsure else behaviour(held, layout)
    said = [f"behaviour: {', '.join(names)}, at the times '{time}'" for time, (_, names) in also.items()]
    return Asking(guess=layout, choices=choices, told=(*told, *more, *clock, *said), unsure=unsure, why=why)


# ---- what it holds


def holds(held: Contents, given: Layout) -> tuple[Layout, list[str]]:
    """What a file holds, if that can be told."""
    if given.holds:
        return given, []
    if given.stop:
        return replace(given, holds="trials"), []
    bare = held.table and not (given.unit or given.time or given.dt or given.rows or given.values)
    span = _spans.span_of(held.numeric()) if bare else None
    if span and _spans.are_trials(held.numeric(), *span):
        return replace(given, holds="trials", time=span[0], stop=span[1]), []
    unit = given.unit or whose(held)
    time = given.time or _when(held, unit)
    if {time, unit} <= set(held.vectors) and (given.unit or _of_spikes(held, time, unit)):
        return replace(given, holds="spikes", time=time, unit=unit), []
    pair = _pair(held)
    if pair:
        return replace(given, holds="spikes", time=pair[0], unit=pair[1]), []
    if given.dt or given.rows or given.values in held.matrices:
        return replace(given, holds="counts"), []
    columns = {name: v for name, v in held.numeric().items() if name != time}
    if not held.table and _sampled(held, time):
        return replace(given, holds="samples", time=time), []
    if held.lists or (not held.table and ascend(columns.values()) and len({*map(len, columns.values())}) > 1):
        return replace(given, holds="trains"), []
    if held.table and columns and ragged(columns):
        return replace(given, holds="trains"), []
    time = time or (_even(held) if held.table else "")
    columns.pop(time, None)
    if any(whole(matrix) for matrix in held.matrices.values()):
        return replace(given, holds="counts"), []
    wide = held.table and len(columns) == len(held.vectors) - bool(time) and bool(time or len(columns) > 1)
    counted = [values for name, values in columns.items() if not says_rows(name)]
    countable = wide and bool(counted) and all(map(whole, counted))
    if countable:
        return replace(given, holds="counts", time=time), []
    time = time or (_frames(held) if held.table else "")
    if held.table and columns and time:
        return replace(given, holds="samples", time=time), []
    single = len(columns) == 1 and not held.table and ascend(columns.values())
    return (replace(given, holds="trains"), ["one array of ascending numbers: the spikes of one unit"]) if single else (
        given, []
    )  # fmt: skip


def _when(held: Contents, unit: str) -> str:
    """What is called as times are, as many as what says whose each is if there are such."""
    many = {name: v for name, v in held.vectors.items() if name != unit and len(v) == len(held.vectors.get(unit, ()))}
    spiking = [name for name in many if says_spikes(name)]
    return named(spiking, TIME) or named(many, TIME) or named(held.vectors, TIME)


def _of_spikes(held: Contents, time: str, unit: str) -> bool:
    """Whether times and what is called as units are can be spikes and whose each is."""
    alike = len(held.vectors[time]) == len(held.vectors[unit])
    if says_spikes(time) or says_spikes(unit):
        return alike or not (held.matrices or held.lists)
    return alike and not named([unit], MANY) and not steady(held.vectors[time])


def _sampled(held: Contents, time: str) -> bool:
    """Whether arrays have a value for each of the times of something that is no spike."""
    counts = named(held.matrices, COUNTS) or any(map(whole, held.matrices.values()))
    if time not in held.numeric() or says_spikes(time) or held.lists or counts:
        return False
    others = [values for name, values in held.numeric().items() if name != time]
    return len(held.vectors[time]) in {len(values) for values in (*others, *held.matrices.values())}


def _one_column(held: Contents, layout: Layout) -> str:
    """The only column of a table of counts, which may be behaviour; "" if it is called as counts or units are."""
    columns = [n for n in held.numeric() if n != layout.time and not says_rows(n)] if held.table else []
    if layout.holds != "counts" or layout.values or len(columns) != 1 or named(columns, COUNTS):
        return ""
    return columns[0]


def _pair(held: Contents) -> tuple[str, str] | None:
    """Of a table of two columns, times that ascend or have fractions, and few whole numbers that come again."""
    numeric = held.numeric()
    if not held.table or len(held.vectors) != 2 or not numeric:
        return None
    for time, unit in (tuple(held.vectors), tuple(held.vectors)[::-1]):
        whose, when = held.vectors[unit][:FIRST], held.vectors[time][:FIRST]
        few = len(np.unique(whose)) <= max(len(whose) // 2, 1)
        names = whose.dtype.kind == "U" or whole(whose)
        moving = time in numeric and len(np.unique(when)) > len(np.unique(whose))
        other = says_rows(unit) or named([unit], MANY) or (time in numeric and steady(when))
        if few and names and moving and not other and (not whole(when) or rising(when)):
            return time, unit
    return None


def whole(values: Numbers) -> bool:
    """Whether they can be counts."""
    return (values.dtype.kind in "iub" and bool((values >= 0).all())) or (
        values.dtype.kind == "f" and bool((np.isfinite(values) & (values >= 0) & (values % 1 == 0)).all())
    )


# ---- each of them


def _spikes(held: Contents, layout: Layout) -> tuple[Layout, list[str]]:
    time = layout.time or _when(held, layout.unit or whose(held))
    others = [name for name in held.vectors if name != time]
    unit = layout.unit or next((name for name in [whose(held)] if name != time), "")
    if not time and len(others) == 2 and unit:
        time = next(name for name in others if name != unit)
    unit = unit or (others[0] if time and len(others) == 1 else "")
    return replace(layout, time=time, unit=unit), [f"spikes: times are '{time}', units '{unit}'"]


def _trains(held: Contents, layout: Layout) -> tuple[Layout, list[str]]:
    values = layout.values or named(held.lists, TIME) or next(iter(held.lists), "")
    words = f"'{values}'" if values else "a unit in each column" if held.table else "a unit in each array"
    return replace(layout, values=values), [f"spikes: times by unit, {words}"]


def _counts(held: Contents, layout: Layout) -> tuple[Layout, list[str]]:
    time = layout.time or _even(held)
    largest = max(held.matrices, key=lambda name: held.matrices[name].size, default="")
    values = layout.values or named(held.matrices, COUNTS) or largest
    rows, told = layout.rows, list[str]()
    if values and not rows and values in held.matrices:
        height, width = held.matrices[values].shape
        along = len(held.vectors[time]) if time in held.vectors else 0
        rows = "unit" if along == width != height else "bin" if along == height else ""
        rows = rows or ("bin" if height >= 3 * width else "unit" if width >= 3 * height else "")
        told = [f"counts: a row is a {rows}, since '{values}' is {height} x {width}"] if rows else []
    rows = rows or ("bin" if held.table else "")
    layout = replace(layout, time=time, values=values, rows=rows)
    own = held.numbers.get(named(held.numbers, WIDTHS), 0.0)
    clocked = layout.time_in and len(held.vectors.get(time, [])) == bins(held, layout)
    return replace(layout, dt=layout.dt or (0.0 if clocked else own)), told


def _samples(held: Contents, layout: Layout) -> tuple[Layout, list[str]]:
    time = layout.time or _even(held) or _frames(held)
    return replace(layout, time=time), [f"behaviour: a row is a sample, its time '{time}'"]


def _trials(held: Contents, layout: Layout) -> tuple[Layout, list[str]]:
    time, stop = _spans.span_of(held.numeric(), layout.time, layout.stop) or (layout.time, layout.stop)
    return replace(layout, time=time, stop=stop), [f"trials: a row is one, from '{time}' to '{stop}'"]


_LAID_OUT = {"spikes": _spikes, "trains": _trains, "counts": _counts, "samples": _samples, "trials": _trials}


def _even(held: Contents) -> str:
    """The vector that says when each row was: one that is called so, or whose steps are equal."""
    numeric = held.numeric()
    return named(numeric, TIME) or next((n for n, v in numeric.items() if goes_on(v) and not says_rows(n)), "")


def _frames(held: Contents) -> str:
    """The vector that numbers samples, "" if there is none."""
    return next((n for n, v in held.numeric().items() if goes_on(v) and unit_of_time(n) == "samples"), "")


def _lacking(held: Contents, layout: Layout) -> tuple[Layout, list[str], str, str] | None:
    """What nobody but the user can tell."""
    there = names(held)
    if layout.holds in ("spikes", "samples", "trials") and layout.time not in held.numeric():
        return layout, [], "time", f"which of {there} holds the times cannot be told"
    if layout.holds == "trials" and _spans.span_of(held.numeric(), layout.time, layout.stop) is None:
        return layout, [], "stop", f"which of {there} says when a trial stops cannot be told"
    if layout.holds == "spikes" and layout.unit not in held.vectors:
        return layout, [], "unit", f"which of {there} says whose each spike is cannot be told"
    if layout.holds == "counts" and not held.table and layout.values not in held.matrices:
        return layout, [], "values", f"which of {there} holds counts cannot be told"
    if layout.holds == "counts" and not layout.rows:
        height, width = held.matrices[layout.values].shape
        return layout, [], "rows", f"'{layout.values}' is {height} x {width}: is a row a bin or a unit"
    if layout.holds == "counts" and not layout.dt and layout.time not in held.numeric():
        return layout, [], "dt", "no array says how many seconds a bin lasts"
    return None


# ---- units of time


def _clocked(held: Contents, layout: Layout) -> tuple[Layout, list[str], str, str]:
    """In which unit the times are, where there are any, and why that is so."""
    trains = _times(held, layout)
    rate = layout.rate_hz or held.numbers.get(named(held.numbers, RATES), 0.0)
    if layout.holds == "counts" and (layout.dt or not trains):
        return _beside_width(held, layout, rate)
    if not trains:
        return replace(layout, time_in=layout.time_in or "s"), [], "", ""
    if layout.time_in:
        known = replace(layout, rate_hz=rate if layout.time_in == "samples" else layout.rate_hz)
        return (known, [], *_of_samples(known))
    name = layout.time or layout.values
    unit: Any = unit_of_time(name)
    why, sure = f"it is called '{name}'", True
    if layout.holds == "trials":
        unit, why, sure = _spans.unit_of(held.numeric(), layout.time, layout.stop)
    elif not unit:
        unit, why, sure = likeliest(trains, rate, spikes=layout.holds in ("spikes", "trains"))
    guess = replace(layout, time_in=unit, rate_hz=rate if unit == "samples" else layout.rate_hz)
    if not sure:
        told = [f"times: {why}; guessed {unit_words(unit)}"]
        return guess, told, "time_in", f"whether times are {why} cannot be told"
    return (guess, [f"times: taken as {unit_words(unit)}, since {why}"], *_of_samples(guess))


def _beside_width(held: Contents, layout: Layout, rate: float) -> tuple[Layout, list[str], str, str]:
    """The unit in which times of bins go on by as much as a bin lasts."""
    times = held.numeric().get(layout.time)
    if layout.time_in or times is None or len(times) != bins(held, layout) or len(times) < 2:
        return replace(layout, time_in=layout.time_in or "s"), [], "", ""
    step = float(np.median(np.diff(times)))
    scales = SCALES | ({"samples": 1 / rate} if rate else {})
    unit: Any = next((unit for unit, scale in scales.items() if abs(step * scale - layout.dt) <= 0.01 * layout.dt), "")
    if not unit:
        why = f"'{layout.time}' goes on by {step:g} a bin, and in no unit is that the {layout.dt:g} s which a bin lasts"
        return replace(layout, time_in="s"), [], "time_in", why
    said = f"times: taken as {unit_words(unit)}, since they go on by {step:g} a bin, which lasts {layout.dt:g} s"
    return replace(layout, time_in=unit, rate_hz=rate if unit == "samples" else layout.rate_hz), [said], "", ""


def bins(held: Contents, layout: Layout) -> int:
    """How many rows of counts there are."""
    if layout.values in held.matrices:
        return held.matrices[layout.values].shape[layout.rows == "unit"]
    return max(map(len, held.vectors.values()), default=0)


def _of_samples(layout: Layout) -> tuple[str, str]:
    lacks = layout.time_in == "samples" and not layout.rate_hz
    return ("rate_hz", "times are samples, and nothing says how many there are a second") if lacks else ("", "")


def _times(held: Contents, layout: Layout) -> list[Numbers]:
    """Times of each unit as they stand there."""
    if layout.holds == "trains":
        return trains(held, layout)[1][:SOME]
    times = held.numeric().get(layout.time)
    if times is None:
        return []
    if layout.holds != "spikes" or len(times) != len(held.vectors[layout.unit]):
        return [times[:FIRST]]
    of, _ = pd.factorize(held.vectors[layout.unit][:FIRST])
    times, of = times[:FIRST][of >= 0], of[of >= 0]
    order = np.argsort(of, kind="stable")
    return np.split(times[order], np.cumsum(np.bincount(of))[:-1])


# ---- for the reader


def trains(held: Contents, layout: Layout) -> tuple[list[str], list[Numbers]]:
    """Names of units and the times of each, as they stand there."""
    if layout.values in held.lists:
        parts = held.lists[layout.values]
        return [f"unit {k}" for k in range(len(parts))], parts
    columns = {name: values for name, values in held.numeric().items() if name != layout.unit}
    filled = [v[np.isfinite(v)] if v.dtype.kind == "f" and held.table else v for v in columns.values()]
    return list(columns), filled


def behaviour(held: Contents, layout: Layout) -> Beside:
    """What was measured beside the spikes: by the name of its times their unit in seconds, and the arrays."""
    if layout.holds not in ("spikes", "trains"):
        return {}
    times = trains(held, layout)[1] if layout.holds == "trains" else [held.vectors[layout.time]]
    taken = (
        {layout.time, *parts(layout.unit), layout.values}
        if layout.values or layout.holds == "spikes"
        else {*held.vectors}
    )
    flat = np.concatenate([np.ravel(one).astype(float) for one in times])
    flat = flat[np.isfinite(flat)]
    return beside(held, taken, float(np.ptp(flat)) * scale(layout) if len(flat) else 0.0)


def scale(layout: Layout) -> float:
    """Seconds of one step of the times."""
    return 1 / layout.rate_hz if layout.time_in == "samples" else SCALES[layout.time_in or "s"]


def _missing(name: str, there: tuple[str, ...]) -> str:
    return f"there is no '{name}'; there are {', '.join(filter(None, there)) or 'no names'}"


def _choices(held: Contents) -> dict[str, tuple[str, ...]]:
    return {
        "time": ("", *held.numeric()),
        "stop": ("", *held.numeric()),
        "unit": ("", *held.vectors),
        "values": ("", *held.matrices, *held.lists),
    }
