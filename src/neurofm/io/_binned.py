"""Spikes that are counted in equal bins: when each bin is, and spikes that stand for the counts."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.checks import floats, number
from neurofm.data.series import Series, Spikes, clean_spikes
from neurofm.io._by_trial import APART, FEWEST, Lengths, by_trial
from neurofm.io._counts import spread
from neurofm.io._foreign import Counts, counts_of
from neurofm.io._seconds import in_seconds, is_quantity, seconds

BINS = "spikes per bin"  # the unit of a series of counts
UNEQUAL = 0.01  # share of a bin by which its time may be apart from where it should be
BLOCK = 1 << 12  # bins that are checked in one go
LONG = 5.0  # seconds of a bin from which they may be meant in milliseconds
UNITS = "units"  # among what tells which axis is which
MANY = 3  # times more units than bins tell that an array lies the wrong way round

Floats = NDArray[np.float64]


class Bins:
    """Counts in equal bins.

    Parameters
    ----------
    given : (bin, unit), an array or a table, or of pynapple, xarray or AnnData; or as `by_trial` takes them
    dt, start : seconds a bin, and at which the first begins; told by the table if None
    zero : the date that is second 0, where times are dates
    others : rows that something else has, by name: they tell which axis is which

    Raises
    ------
    ValueError
        If they are no counts, or nothing says how long a bin is.
    """

    def __init__(self, given: Any, dt: Any, start: Any, zero: pd.Timestamp | None, others: dict[str, int]) -> None:
        trials = by_trial(given)
        held = counts_of(given) if trials is None else trials[0]
        self.lengths = None if trials is None else trials[1]
        self.counts = np.asarray(held.values)
        if self.counts.ndim != 2:
            raise ValueError(f"counts must be (bin, unit), got shape {self.counts.shape}")
        others = others if self.lengths is None else {name: rows for name, rows in others.items() if name == UNITS}
        _check_turned(self.counts.shape, held, others)
        self.notes = _doubt(self.counts.shape, held, others)
        if self.lengths is None:
            self.width, self.begin = _clock(held, len(self.counts), dt, start, zero)
        else:
            self.width, self.begin, laid = _clock_of_trials(held, self.lengths, dt, start, zero)
            self.notes += laid
        self.notes += long(dt)
        _check_whole(self.counts)
        names = range(self.counts.shape[1]) if held.labels is None else held.labels
        self.labels = [name if isinstance(name, str) else f"unit {name}" for name in names]
        self.named = held.labels is not None
        self.dim = next(iter(getattr(given, "dims", ())), None)  # along which xarray has them
        self.units, self.behaviour = held.units, held.behaviour

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def times(self) -> Floats:
        """(bin,) seconds of the middle of each."""
        return self.begin + self.width / 2

    @property
    def domain(self) -> Floats:
        """(k, 2) seconds from the first to the last, of each stretch in which they follow each other."""
        last = np.flatnonzero(np.diff(self.begin) > 1.5 * self.width)
        first, ends = np.r_[0, last + 1][: len(self)], np.r_[last, len(self) - 1][: len(self)]
        return np.stack([self.begin[first], self.begin[first] + (ends - first + 1) * self.width], 1)

    @property
    def trials(self) -> pd.DataFrame:
        """Seconds of each trial; none unless counts are given trial by trial."""
        lengths = np.zeros(0, int) if self.lengths is None else self.lengths
        stop = np.cumsum(lengths)
        edges = {"start": self.begin[stop - lengths], "stop": self.begin[stop - 1] + self.width}
        return pd.DataFrame(edges)

    def spikes(self) -> Spikes:
        """Spread evenly inside each bin."""
        return clean_spikes(*spread(self.counts, self.begin, self.width))[0]

    def series(self) -> Series:
        """The counts themselves."""
        return Series(self.times, self.counts.astype(np.float32, copy=False), tuple(self.labels), BINS)


def _check_whole(counts: NDArray[Any]) -> None:
    """Refuse what is no number of spikes; a part at a time, as all may be large."""
    for a in range(0, len(counts), BLOCK):
        part = floats("counts", counts[a : a + BLOCK])
        wrong = ~(np.isfinite(part) & (part >= 0) & (part % 1 == 0))
        if wrong.any():
            raise ValueError(f"counts must be whole numbers of spikes from 0 on, got {part[wrong][0]:g}")


def _clock(held: Counts, rows: int, dt: Any, start: Any, zero: pd.Timestamp | None) -> tuple[float, Floats]:
    """Seconds of a bin, and (bin,) at which each begins."""
    width = None if dt is None else _length(dt)
    begin = None if start is None else _begin(start, zero)
    if held.times is None:
        if width is None:
            raise ValueError("dt must be the seconds of a bin of the counts, got None")
        return width, np.asarray((begin or 0.0) + width * np.arange(rows), float)
    times = seconds("times of the counts", held.times, zero)
    if width is None and rows < 2:
        raise ValueError("one bin does not say how long it is; give dt, the seconds of a bin of the counts")
    own, place = _grid(times) if rows > 1 else (width or 0.0, np.zeros(1))
    if width is not None and abs(own - width) > UNEQUAL * width:
        raise ValueError(f"times of the counts are {own:g} s apart and dt is {width:g} s; leave dt out")
    width = round(own, 9) if width is None else width
    first = times[0] - (width / 2 if held.middles else 0.0) if begin is None else begin
    return width, first + width * place


def _clock_of_trials(
    held: Counts, lengths: Lengths, dt: Any, start: Any, zero: pd.Timestamp | None
) -> tuple[float, Floats, list[str]]:
    """The same, and what is told of it; trials that do not follow each other by their own times are laid apart."""
    edges = np.cumsum(lengths)[:-1]
    each = [held] * len(lengths)
    if held.times is not None:
        each = [held._replace(times=times) for times in np.split(np.asarray(held.times), edges)]
        longest = int(lengths.argmax())
        dt = _clock(each[longest], int(lengths[longest]), dt, None, zero)[0] if dt is None else dt
    clocks = [_clock(one, int(rows), dt, None, zero) for one, rows in zip(each, lengths)]
    width = clocks[0][0]
    begins = [begin for _, begin in clocks]
    follow = all(a[-1] + (1 - UNEQUAL) * width <= b[0] for a, b in pairwise(begins))
    if held.times is not None and follow:
        begin = np.concatenate(begins)
        return width, np.asarray(begin if start is None else begin - begin[0] + _begin(start, zero), float), []
    apart = np.repeat(np.arange(len(lengths)), lengths) * max(int(np.ceil(APART / width)), FEWEST)
    first = 0.0 if start is None else _begin(start, zero)
    laid = f"counts: {len(lengths):,} trials, put behind each other with at least {APART:g} s between them"
    return width, np.asarray(first + width * (np.arange(len(apart)) + apart), float), [laid]


def _grid(times: Floats) -> tuple[float, Floats]:
    """Seconds of a bin, and (bin,) how many bins after the first each is: some may be left out."""
    steps = np.diff(times)
    usual = float(np.median(steps))
    place = np.r_[0.0, np.cumsum(np.round(steps / usual))] if usual > 0 else np.zeros(len(times))
    own = (times[-1] - times[0]) / max(place[-1], 1.0)
    even = np.abs(times - times[0] - own * place).max() <= UNEQUAL * own
    if not own > 0 or not even or (np.diff(place) < 1).any():
        between = f"from {steps.min():g} to {steps.max():g} s"
        raise ValueError(f"bins of the counts must be equal, got steps {between}; count again in equal bins")
    return own, place


def _length(dt: Any) -> float:
    if is_quantity(dt):
        dt = float(in_seconds("dt", dt))
    elif hasattr(dt, "total_seconds"):
        dt = dt.total_seconds()
    if not number("dt", dt, "seconds a bin") > 0:
        raise ValueError(f"dt must be the seconds of a bin of the counts, got {dt}")
    return float(dt)


def long(dt: Any) -> list[str]:
    """What is told of a plain number of so many seconds that it may be meant in another unit."""
    if dt is None or is_quantity(dt) or hasattr(dt, "total_seconds") or dt < LONG:
        return []
    return [f"counts: a bin lasts {dt:g} s; if that is in milliseconds, give dt={dt / 1000:g}"]


def _begin(start: Any, zero: pd.Timestamp | None) -> float:
    if is_quantity(start):
        return float(in_seconds("start", start))
    if hasattr(start, "year"):
        return float(seconds("start", [start], zero)[0])
    return number("start", start, "a number of seconds")


def _check_turned(shape: tuple[int, ...], held: Counts, others: dict[str, int]) -> None:
    """Refuse (unit, bin), as far as anything tells that it is."""
    rows, columns = shape
    turn = f"counts must be (bin, unit), got shape {shape}"
    for name, count in others.items():
        if count == columns != rows and name != UNITS:
            raise ValueError(f"{turn}, and {name} has {count} rows, one for each of its columns; give counts.T")
        if count == rows != columns and name == UNITS:
            raise ValueError(f"{turn}, and units has {count} rows, one for each of its rows; give counts.T")
    if held.labels is not None and all(isinstance(name, float) and name % 1 for name in held.labels[1:] or [0]):
        raise ValueError(f"{turn}, and its columns are named by times; give counts.T")


def _doubt(shape: tuple[int, ...], held: Counts, others: dict[str, int]) -> list[str]:
    """What is told of counts that may lie the other way round."""
    rows, columns = shape
    told = held.labels is not None or held.times is not None or others.get(UNITS) == columns
    if told or not rows or columns < MANY * rows or columns <= 1000:
        return []
    return [f"counts: has {columns:,} units and {rows:,} bins; if it lies the other way round, give counts.T"]
