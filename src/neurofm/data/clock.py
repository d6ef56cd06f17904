"""Clocks that disagree: times in other units or with another zero than the spikes, and clocks that start again."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Span = tuple[float, float]
UNITS = {  # of time: seconds that one lasts, and how it is written
    "s": (1.0, ("s", "sec", "secs", "second", "seconds")),
    "ms": (1e-3, ("ms", "msec", "msecs", "millisecond", "milliseconds")),
    "us": (1e-6, ("us", "µs", "μs", "usec", "microsecond", "microseconds")),
    "ns": (1e-9, ("ns", "nsec", "nanosecond", "nanoseconds")),
    "min": (60.0, ("min", "mins", "minute", "minutes")),
    "h": (3600.0, ("h", "hr", "hour", "hours")),
}
NUMBERED = "samples"  # as times are that number samples, of which it must be known how many there are a second
NUMBERS = ("samples", "sample", "tick", "ticks", "frame", "frames", "idx", "index")  # how that is written
SAMPLES = (15_000.0, 50_000.0)  # a second, of machines that record spikes
FRAMES = (8.0, 1_000.0)  # a second, of cameras
SHARED = 0.15  # of the longer of two spans; parts that share more run on one clock
ALIKE = 0.5  # of the longer of two spans; so much is shared once both are in seconds
UNIX = 1e8  # seconds; nothing is recorded so long
MOST_BACK = 10  # samples by which times that were only written in disorder go back


class Misfit(NamedTuple):
    """Why times are no seconds on the clock of the spikes.

    Parameters
    ----------
    spikes : whether those of the spikes are the wrong ones
    looks : "as if ..."
    remedy : what is to be done with them
    """

    spikes: bool
    looks: str
    remedy: str


def unit_of(word: str) -> str:
    """The unit of time that a word means: "ms" of "Milliseconds", "samples" of "ticks"; "" if it means none."""
    word = word.strip().lower()
    there = {name: words for name, (_, words) in UNITS.items()} | {NUMBERED: NUMBERS}
    return next((name for name, words in there.items() if word in words), "")


def unit_seconds(word: str) -> float | None:
    """How many seconds a unit of time lasts: 0.001 of "ms" or "milliseconds"; None of what is none."""
    unit = unit_of(word)
    return UNITS[unit][0] if unit in UNITS else None


def unit_words(unit: str) -> str:
    """What several of a unit are called: "milliseconds"."""
    return NUMBERED if unit == NUMBERED else UNITS[unit][1][-1]


def misfit(part: Span, spikes: Span, *, numbered: bool = False, sparse: bool = False) -> Misfit | None:
    """What is wrong with the clock of a part of a recording beside that of its spikes; None if nothing is.

    Parameters
    ----------
    part, spikes : first and last second of each
    numbered : whether the part's times are whole numbers without a gap, as those of frames are
    sparse : whether spikes are so far apart that they may be in finer units
    """
    if _shared(part, spikes) > SHARED * max(_length(part), _length(spikes)):
        return None
    for name, times in _finer():
        if _alike(part, spikes, times):
            return Misfit(False, f"as if they were {name}", f"divide them by {times:,.0f}")
        if sparse and _alike(spikes, part, times):
            return Misfit(True, f"as if they were {name}", f"divide them by {times:,.0f}")
    rate = _length(part) / max(_length(spikes), 1e-9)
    if SAMPLES[0] <= rate <= SAMPLES[1] and _alike(part, spikes, rate):
        return Misfit(False, "as if they were samples", f"divide them by the sampling rate, about {rate:,.0f}")
    if sparse and SAMPLES[0] <= 1 / max(rate, 1e-9) <= SAMPLES[1] and _alike(spikes, part, 1 / rate):
        return Misfit(True, "as if they were samples", f"divide them by the sampling rate, about {1 / rate:,.0f}")
    if numbered and FRAMES[0] <= rate <= FRAMES[1]:
        return Misfit(False, "as if they were numbers of frames", f"divide them by the frame rate, about {rate:,.0f}")
    return _offset(part, spikes)


def _offset(part: Span, spikes: Span) -> Misfit | None:
    if _shared(part, spikes) > 0:
        return None
    if part[0] > UNIX > spikes[1]:
        return Misfit(False, "as if they were Unix time", "subtract the second at which the recording began")
    if spikes[0] > UNIX > part[1]:
        return Misfit(True, "as if they were Unix time", "subtract the second at which the recording began")
    return Misfit(False, "as if they had another zero", "put both on one clock")


def _alike(fine: Span, seconds: Span, times: float) -> bool:
    """Whether two spans lie together once one is divided by `times`."""
    coarse = fine[0] / times, fine[1] / times
    return _shared(coarse, seconds) > ALIKE * max(_length(coarse), _length(seconds))


def _shared(a: Span, b: Span) -> float:
    return min(a[1], b[1]) - max(a[0], b[0])


def _length(span: Span) -> float:
    return span[1] - span[0]


def carried(seconds: ArrayLike, before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where seconds lie once frames are shown no longer `before` but `after`; beyond those, at their mean pace."""
    seconds = np.asarray(seconds, float)
    if not len(before):
        return seconds
    lasted = float(np.ptp(before))
    beyond = np.minimum(seconds - before[0], 0) + np.maximum(seconds - before[-1], 0)
    pace = float(np.ptp(after)) / lasted if lasted else 1.0
    return np.asarray(np.interp(seconds, before, after) + pace * beyond, float)


def restarts(times: ArrayLike) -> NDArray[np.intp]:
    """Rows at which a clock starts again, so that times which were passed already come once more.

    Times that are only written in disorder, and files joined in the wrong order, do not restart.
    """
    times = np.asarray(times, float)
    step = np.diff(times)
    back = np.flatnonzero(step < 0) + 1
    if not len(back) or len(back) * MOST_BACK > len(times):
        return np.zeros(0, np.intp)
    edges = np.r_[0, back, len(times)]
    first, last = times[edges[:-1]], times[edges[1:] - 1]  # of each ascending run
    shared = np.minimum(last[1:], last[:-1]) - np.maximum(first[1:], first[:-1])
    usual = float(np.median(step[step > 0]))
    return back[shared > MOST_BACK * usual]


def longest(times: ArrayLike, edges: NDArray[np.intp]) -> slice:
    """Rows of the stretch between `edges` that lasts longest, the first of those that last as long."""
    times = np.asarray(times, float)
    ends = np.r_[0, edges, len(times)]
    k = _first_longest([float(np.ptp(times[a:b])) for a, b in pairwise(ends)])
    return slice(int(ends[k]), int(ends[k + 1]))


def _first_longest(lasts: list[float]) -> int:
    """The first that lasts as long as any, but for a tenth: parts of one recording begin and end a little apart."""
    return int(np.argmax(np.array(lasts) >= 0.9 * max(lasts)))


def one_stretch(times: NDArray[np.float64], unit: NDArray[np.integer]) -> NDArray[np.bool_]:
    """(spike,) of the stretch that lasts longest, where the clock of half of the units starts again; else all.

    The times of a single unit may overlap for other reasons: two clusters that were merged.
    """
    kept = np.ones(len(times), bool)
    if not len(times) or not (np.diff(times) < 0).any():
        return kept
    order = np.argsort(unit, kind="stable")
    rows_of = np.split(order, np.flatnonzero(np.diff(unit[order])) + 1)
    rows_of = [rows for rows in rows_of if len(rows) >= 2 * MOST_BACK]
    edges_of = [restarts(times[rows]) for rows in rows_of]
    number = sum(len(edges) > 0 for edges in edges_of)
    if number < max(2, len(rows_of) / 2):
        return kept
    most = max(len(edges) for edges in edges_of)
    parts = [np.split(times[rows], edges) for rows, edges in zip(rows_of, edges_of) if len(edges) == most]
    lasts = [max(float(np.ptp(part[k])) for part in parts) for k in range(most + 1)]
    for rows, edges in zip(rows_of, edges_of):
        if len(edges) == most:
            kept[rows] = np.searchsorted(edges, np.arange(len(rows)), "right") == _first_longest(lasts)
    return kept


def _finer() -> list[tuple[str, float]]:
    """Units shorter than a second, the longest first, and how many make one."""
    return [(unit_words(unit), round(1 / lasts)) for unit, (lasts, _) in UNITS.items() if lasts < 1]
