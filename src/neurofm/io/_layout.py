"""How bare arrays are to be read: what they hold, which of them is the time, in which unit. Guessed, and said why.

Where it cannot be told, such as whether whole numbers are milliseconds or samples, that is said, too: who reads asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from neurofm.io._bouts import plain
from neurofm.io._contents import Contents

TIME = ("time", "times", "t", "timestamps", "timestamp", "ts", "spike_time", "spike_times", "spiketimes", "sample")
UNIT = (
    "unit", "units", "unit_id", "cluster", "clusters", "cluster_id", "clu", "neuron", "neuron_id", "cell", "cell_id",
    "spike_clusters", "spike_units", "id", "label",
)  # fmt: skip
COUNTS = ("counts", "spike_counts", "spikes", "binned", "binned_spikes", "rates", "x")
WIDTHS = ("dt", "bin", "bin_size", "binsize", "bin_width", "bin_width_s", "binwidth")
RATES = ("fs", "sampling_rate", "sample_rate", "samplerate", "sr", "rate_hz", "sampling_frequency")
SCALES = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
ENDINGS = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "ms": ("ms", "msec", "millisecond", "milliseconds"),
    "us": ("us", "usec", "microsecond", "microseconds"),
    "samples": ("sample", "samples", "tick", "ticks", "idx", "index", "frame", "frames"),
}
SHORT = 0.3  # the shortest intervals of a unit's spikes, in seconds, are below
RARE, BUSY = 0.02, 0.2  # spikes a second: fewer are none in seconds, more can be

Numbers = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How bare arrays or a table are to be read; what is empty is told from the file."""

    holds: Literal["", "spikes", "trains", "counts", "samples"] = ""  # a row per spike; times by unit; bins; behaviour
    time: str = ""  # array or column that holds the times
    unit: str = ""  # array or column that says whose each spike is
    time_in: Literal["", "s", "ms", "us", "samples"] = ""  # what one step of the times is
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
    return replace(_asking(held, given), given=given, again=partial(asking, held))


def _asking(held: Contents, given: Layout) -> Asking:
    choices = _choices(held)
    for name, there in choices.items():
        if getattr(given, name) not in there:
            return Asking(guess=given, choices=choices, unsure=name, why=_missing(getattr(given, name), there))
    layout, told = holds(held, given)
    if not layout.holds:
        why = f"neither spikes nor counts can be told among {_names(held)}"
        return Asking(guess=layout, choices=choices, told=tuple(told), unsure="holds", why=why)
    layout, more = {"spikes": _spikes, "trains": _trains, "counts": _counts, "samples": _samples}[layout.holds](
        held, layout
    )
    layout, said, unsure, why = _lacking(held, layout) or _clocked(held, layout)
    return Asking(guess=layout, choices=choices, told=(*told, *more, *said), unsure=unsure, why=why)


# ---- what it holds


def holds(held: Contents, given: Layout) -> tuple[Layout, list[str]]:
    """What a file holds, if that can be told."""
    if given.holds:
        return given, []
    time, unit = given.time or _named(held.vectors, TIME), given.unit or _named(held.vectors, UNIT)
    alone = not held.matrices and not held.lists
    if {time, unit} <= set(held.vectors) and (alone or len(held.vectors[time]) == len(held.vectors[unit])):
        return replace(given, holds="spikes", time=time, unit=unit), []
    pair = _pair(held)
    if pair:
        return replace(given, holds="spikes", time=pair[0], unit=pair[1]), []
    if given.dt or given.rows or given.values in held.matrices:
        return replace(given, holds="counts"), []
    columns = {name: v for name, v in held.numeric().items() if name != time}
    if held.lists or (not held.table and _ascend(columns.values()) and len({*map(len, columns.values())}) > 1):
        return replace(given, holds="trains"), []
    if held.table and columns and _ragged(columns):
        return replace(given, holds="trains"), []
    time = time or (_even(held) if held.table else "")
    columns.pop(time, None)
    if any(whole(matrix) for matrix in held.matrices.values()):
        return replace(given, holds="counts"), []
    wide = held.table and len(columns) == len(held.vectors) - bool(time) and bool(time or len(columns) > 1)
    countable = wide and all(map(whole, columns.values()))
    if countable or (held.table and columns and time):
        return replace(given, holds="counts" if countable else "samples", time=time), []
    single = len(columns) == 1 and not held.table and _ascend(columns.values())
    return (replace(given, holds="trains"), ["one array of ascending numbers: the spikes of one unit"]) if single else (
        given, []
    )  # fmt: skip


def _pair(held: Contents) -> tuple[str, str] | None:
    """Of a table of two columns, times that ascend or have fractions, and few whole numbers that come again."""
    numeric = held.numeric()
    if not held.table or len(held.vectors) != 2 or not numeric:
        return None
    for time, unit in (tuple(held.vectors), tuple(held.vectors)[::-1]):
        whose = held.vectors[unit]
        few = len(np.unique(whose)) <= max(len(whose) // 2, 1)
        names = whose.dtype.kind == "U" or whole(whose)
        moving = time in numeric and len(np.unique(numeric[time])) > len(np.unique(whose))
        if few and names and moving and (not whole(numeric[time]) or _rising(numeric[time])):
            return time, unit
    return None


def _ragged(columns: Mapping[str, Numbers]) -> bool:
    """Whether every column ascends, and ends where it likes."""
    floats = [values.astype(float) for values in columns.values()]
    filled = [values[np.isfinite(values)] for values in floats]
    from_the_top = all(np.isfinite(values[: len(first)]).all() for first, values in zip(filled, floats))
    return len({*map(len, filled)}) > 1 and from_the_top and _ascend(filled)


def _ascend(vectors: Iterable[Numbers]) -> bool:
    vectors = list(vectors)
    return bool(vectors) and all(_rising(values) for values in vectors)


def _rising(values: Numbers) -> bool:
    return values.dtype.kind in "fiu" and bool((np.diff(values) >= 0).all()) and bool(values[-1:] > values[:1])


def whole(values: Numbers) -> bool:
    """Whether they can be counts."""
    return (values.dtype.kind in "iub" and bool((values >= 0).all())) or (
        values.dtype.kind == "f" and bool((np.isfinite(values) & (values >= 0) & (values % 1 == 0)).all())
    )


def _named(there: Iterable[str], names: tuple[str, ...]) -> str:
    """The first that is called so, also behind a dot or before a unit of time."""
    endings = {ending for several in ENDINGS.values() for ending in several}
    for wanted in names:
        for name in there:
            words = plain(name.rsplit(".", 1)[-1])
            first, _, last = words.rpartition("_")
            if wanted in (words, first if last in endings else words):
                return name
    return ""


# ---- each of them


def _spikes(held: Contents, layout: Layout) -> tuple[Layout, list[str]]:
    time = layout.time or _named(held.vectors, TIME)
    others = [name for name in held.vectors if name != time]
    unit = layout.unit or _named(others, UNIT)
    if not time and len(others) == 2 and unit:
        time = next(name for name in others if name != unit)
    unit = unit or (others[0] if time and len(others) == 1 else "")
    return replace(layout, time=time, unit=unit), [f"spikes: times are '{time}', units '{unit}'"]


def _trains(held: Contents, layout: Layout) -> tuple[Layout, list[str]]:
    values = layout.values or _named(held.lists, TIME) or next(iter(held.lists), "")
    words = f"'{values}'" if values else "a unit in each column" if held.table else "a unit in each array"
    return replace(layout, values=values), [f"spikes: times by unit, {words}"]


def _counts(held: Contents, layout: Layout) -> tuple[Layout, list[str]]:
    time = layout.time or _even(held)
    values = (
        layout.values
        or _named(held.matrices, COUNTS)
        or max(held.matrices, key=lambda name: held.matrices[name].size, default="")
    )
    dt = layout.dt or next((held.numbers[n] for n in [_named(held.numbers, WIDTHS)] if n), 0.0)
    rows, told = layout.rows, list[str]()
    if values and not rows and values in held.matrices:
        height, width = held.matrices[values].shape
        along = len(held.vectors[time]) if time in held.vectors else 0
        rows = "unit" if along == width != height else "bin" if along == height else ""
        rows = rows or ("bin" if height >= 3 * width else "unit" if width >= 3 * height else "")
        told = [f"counts: a row is a {rows}, since '{values}' is {height} x {width}"] if rows else []
    rows = rows or ("bin" if held.table else "")
    return replace(layout, time=time, values=values, dt=dt, rows=rows), told


def _samples(held: Contents, layout: Layout) -> tuple[Layout, list[str]]:
    time = layout.time or _named(held.numeric(), TIME) or _even(held)
    return replace(layout, time=time), [f"behaviour: a row is a sample, its time '{time}'"]


def _even(held: Contents) -> str:
    """The vector that says when each row was: one that is called so, or whose steps are equal."""
    numeric = held.numeric()
    steps = {name: np.diff(values.astype(float)) for name, values in numeric.items() if len(values) > 2}
    return _named(numeric, TIME) or next((name for name, s in steps.items() if np.ptp(s) < 1e-6 < s[0]), "")


def _lacking(held: Contents, layout: Layout) -> tuple[Layout, list[str], str, str] | None:
    """What nobody but the user can tell."""
    names = _names(held)
    if layout.holds in ("spikes", "samples") and layout.time not in held.numeric():
        return layout, [], "time", f"which of {names} holds the times cannot be told"
    if layout.holds == "spikes" and layout.unit not in held.vectors:
        return layout, [], "unit", f"which of {names} says whose each spike is cannot be told"
    if layout.holds == "counts" and not held.table and layout.values not in held.matrices:
        return layout, [], "values", f"which of {names} holds counts cannot be told"
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
    if not trains or (layout.holds == "counts" and layout.dt):
        return replace(layout, time_in=layout.time_in or "s"), [], "", ""
    rate = layout.rate_hz or next((held.numbers[n] for n in [_named(held.numbers, RATES)] if n), 0.0)
    if layout.time_in:
        known = replace(layout, rate_hz=rate if layout.time_in == "samples" else layout.rate_hz)
        return (known, [], *_of_samples(known))
    named = plain((layout.time or layout.values).rsplit(".", 1)[-1]).split("_")[-1]
    by_name: Any = next((unit for unit, endings in ENDINGS.items() if named in endings), "")
    unit, why, sure = (
        (by_name, f"it is called '{layout.time or layout.values}'", True) if by_name else _scale(trains, layout, rate)
    )
    guess = replace(layout, time_in=unit, rate_hz=rate if unit == "samples" else layout.rate_hz)
    if not sure:
        return guess, [f"times: {why}; guessed {_word(unit)}"], "time_in", f"whether times are {why} cannot be told"
    return (guess, [f"times: taken as {_word(unit)}, since {why}"], *_of_samples(guess))


def _of_samples(layout: Layout) -> tuple[str, str]:
    lacks = layout.time_in == "samples" and not layout.rate_hz
    return ("rate_hz", "times are samples, and nothing says how many there are a second") if lacks else ("", "")


def _times(held: Contents, layout: Layout) -> list[Numbers]:
    """Times of each unit as they stand there."""
    if layout.holds == "trains":
        return trains(held, layout)[1]
    times = held.numeric().get(layout.time)
    if times is None:
        return []
    if layout.holds != "spikes" or len(times) != len(held.vectors[layout.unit]):
        return [times]
    _, of = np.unique(held.vectors[layout.unit], return_inverse=True)
    order = np.argsort(of, kind="stable")
    return np.split(times[order], np.cumsum(np.bincount(of))[:-1])


def _scale(trains: list[Numbers], layout: Layout, rate: float) -> tuple[Any, str, bool]:
    """The likeliest unit of times, in words why, and whether it can hardly be another."""
    trains = [np.sort(train.astype(float)) for train in trains]  # NaN last
    flat = np.concatenate(trains)
    flat, steps = flat[np.isfinite(flat)], np.concatenate([np.diff(train) for train in trains])
    steps = steps[steps > 0]
    if not len(steps):
        return "s", "s or ms", False
    short, integer = float(np.quantile(steps, 0.05)), bool((flat % 1 == 0).all())
    if layout.holds != "spikes" and layout.holds != "trains":
        step = float(np.median(steps))
        return ("s", f"rows are {step:g} apart", True) if step < 1 and not integer else (
            "ms", f"s or ms (rows are {step:g} apart)", False
        )  # fmt: skip
    busy = float(np.median([len(train) for train in trains])) / max(float(np.ptp(flat)), 1e-9)
    if integer:
        guess = "samples" if rate or short > 200 else "ms"
        if rate:
            return guess, f"they are whole numbers, and the file says that there are {rate:g} a second", True
        return guess, f"ms, us or samples (whole numbers up to {flat.max():,.0f})", False
    if short < SHORT and busy > BUSY:
        return "s", f"so units fire {busy:.3g} times a second, and spikes of one come {short:.3g} apart", True
    if short >= SHORT and busy < RARE:
        unit = "ms" if busy * 1e3 > RARE else "us"
        words = f"in seconds units would fire {busy:.2g} times a second, spikes {short:.3g} s apart"
        return unit, words, True
    return "s" if short < SHORT else "ms", f"s or ms (spikes of a unit come {short:.3g} apart)", False


def _word(unit: str) -> str:
    return {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "samples": "samples"}[unit]


# ---- for the reader


def trains(held: Contents, layout: Layout) -> tuple[list[str], list[Numbers]]:
    """Names of units and the times of each, as they stand there."""
    if layout.values in held.lists:
        parts = held.lists[layout.values]
        return [f"unit {k}" for k in range(len(parts))], parts
    columns = {name: values for name, values in held.numeric().items() if name != layout.unit}
    filled = [v[np.isfinite(v)] if v.dtype.kind == "f" and held.table else v for v in columns.values()]
    return list(columns), filled


def scale(layout: Layout) -> float:
    """Seconds of one step of the times."""
    return 1 / layout.rate_hz if layout.time_in == "samples" else SCALES[layout.time_in or "s"]


def _missing(name: str, there: tuple[str, ...]) -> str:
    return f"there is no '{name}'; there are {', '.join(filter(None, there)) or 'no names'}"


def _choices(held: Contents) -> dict[str, tuple[str, ...]]:
    return {
        "time": ("", *held.numeric()),
        "unit": ("", *held.vectors),
        "values": ("", *held.matrices, *held.lists),
    }


def _names(held: Contents) -> str:
    names = [f"'{name}'" for name in (*held.vectors, *held.matrices, *held.lists)]
    return ", ".join(names[:9]) + (f" and {len(names) - 9} more" if len(names) > 9 else "") or "what is in it"
