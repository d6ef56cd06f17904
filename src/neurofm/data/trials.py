"""Spikes counted in equal bins of every trial: what models of binned activity learn from."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.data import bins as binning
from neurofm.data import spans
from neurofm.data.libraries import library
from neurofm.data.recording import Recording
from neurofm.data.regions import regions
from neurofm.data.shown import Shown
from neurofm.errors import DataError

PIECE = 2.0  # seconds of the pieces that stand in for trials where there are none
MOST_BINS = 200  # a longer trial is cut off there
BEFORE, AFTER = 0.5, 1.5  # seconds around an event
JUDGED = 64  # trials that a score of filled-in rates is of at most, and twice as many units
LIKED = ("stimon", "stim_on", "stim", "go_cue", "gocue", "cue", "target_on")  # events to align to, the best first


@dataclass(frozen=True, kw_only=True)
class Cut:
    """How trials are cut and binned: the first sizes of every model that learns from them."""

    bin: Annotated[float, {"min": 0.001, "max": 10.0}] = 0.1  # seconds a bin
    event: str = ""  # column of the trials that is time zero; "" is their start
    before: Annotated[float, {"min": 0.0, "max": 60.0}] = 0.0  # seconds seen before it
    after: Annotated[float, {"min": 0.0, "max": 60.0}] = 0.0  # seconds seen after it; with both 0 the whole trial
    bins: Annotated[int, {"min": 0, "max": 2000}] = 0  # of a trial at most; 0 for the longest one's


@dataclass(frozen=True, eq=False, repr=False)
class Trials(Shown):
    """Counts of one recording.

    Parameters
    ----------
    recording : that they are of
    counts : (trial, bin, unit) spikes, 0 where `seen` is False
    seen : (trial, bin) True where the bin lies in its trial and in the recording
    start : (trial,) seconds at which each trial's bin 0 begins
    width : seconds a bin
    row : (trial,) row of the recording's trials; -1 for pieces of time that stand in for trials
    answer : (trial, bin, feature) what is to be decoded, NaN where it is unknown; None if nothing is
    """

    recording: Recording
    counts: NDArray[np.uint16]
    seen: NDArray[np.bool_]
    start: NDArray[np.float64]
    width: float
    row: NDArray[np.int64]
    answer: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.counts)

    def facts(self) -> dict[str, Any]:
        """How many, of which size."""
        trials, bins, units = self.counts.shape
        size = {"trials": f"{trials:,}", "bins": bins, "units": f"{units:,}"}
        return {"of": self.recording.session, **size, "bin": f"{self.width:g} s"}

    def take(self, k: Any) -> Trials:
        """Some of the trials, by their numbers, a mask or a slice."""
        answer = None if self.answer is None else self.answer[k]
        return replace(
            self, counts=self.counts[k], seen=self.seen[k], start=self.start[k], row=self.row[k], answer=answer
        )

    def to_frame(self) -> pd.DataFrame:
        """A row for each bin that is seen and a column of counts for each unit, indexed by `trial` and `time`."""
        trial, _ = np.nonzero(self.seen)
        index = pd.MultiIndex.from_arrays([trial, self.times[self.seen]], names=["trial", "time"])
        return pd.DataFrame(self.counts[self.seen], index, self.recording.units["label"].astype(str).tolist())

    def to_xarray(self) -> Any:
        """A DataArray (trial, bin, unit) of counts, with the seconds of each bin's centre as `time` (trial, bin)."""
        coords = {"unit": self.recording.units["label"].astype(str).tolist(), "time": (("trial", "bin"), self.times)}
        return library("xarray").DataArray(self.counts, coords, ("trial", "bin", "unit"))

    @property
    def times(self) -> NDArray[np.float64]:
        """(trial, bin) seconds of the bins' centres."""
        return self.start[:, None] + (np.arange(self.counts.shape[1]) + 0.5) * self.width

    @property
    def stop(self) -> NDArray[np.float64]:
        """(trial,) seconds at which each trial's last bin ends."""
        last = self.seen.shape[1] - np.argmax(self.seen[:, ::-1], 1)
        return self.start + last * self.width

    @property
    def regions(self) -> NDArray[np.str_]:
        """(unit,) brain region, "" where unknown."""
        return regions(self.recording)

    def values(self, name: str) -> NDArray[np.float32]:
        """(trial, bin, feature) a series in the bins: its mean there, or interpolated where it has no sample; NaN else.

        Nothing is interpolated over more than a bin.
        """
        series, times = self.recording.series[name], self.times.ravel()
        good = np.isfinite(series.values).all(1)
        at, value = series.times[good], series.values[good].astype(float)
        if not len(at):
            return np.full((*self.seen.shape, len(series.names)), np.nan, np.float32)
        total = np.concatenate([np.zeros((1, value.shape[1])), value.cumsum(0)])
        half = self.width / 2 * (1 - 1e-6)
        first, last = np.searchsorted(at, times - half), np.searchsorted(at, times + half, "right")
        mean = (total[last] - total[first]) / np.maximum(last - first, 1)[:, None]
        after = np.clip(np.searchsorted(at, times), 1, len(at) - 1) if len(at) > 1 else np.zeros(len(times), int)
        near = (at[after] - times < self.width) & (times - at[after - 1] < self.width)
        between = np.stack([np.interp(times, at, v) for v in value.T], 1)
        values = np.where((last > first)[:, None], mean, np.where(near[:, None], between, np.nan))
        values[~self.seen.ravel()] = np.nan
        return values.reshape(*self.seen.shape, -1).astype(np.float32)

    def within(self, inner: ArrayLike, apart: Sequence[ArrayLike] = ()) -> NDArray[np.bool_]:
        """(trial,) whose middle lies in the spans `inner` and no part of which lies in any of `apart`."""
        chosen = spans.inside((self.start + self.stop) / 2, inner)
        for other in apart:
            for begin, end in spans.tidy(other):
                chosen[(self.stop > begin + 1e-9) & (self.start < end - 1e-9)] = False
        return chosen


def cut(
    recording: Recording, width: float, *, event: str = "", before: float = 0.0, after: float = 0.0, bins: int = 0
) -> Trials:
    """Counts of all trials of a recording.

    Parameters
    ----------
    width : seconds a bin
    event : column of the trials with the second that is time zero; their start if ""
    before, after : seconds around it; where both are 0, the trial from start to stop
    bins : as many, longer trials are cut off; as many as the longest trial has (at most 200) if 0

    Raises
    ------
    DataError
        If there is no such event, or no trial is as long as a bin.
    """
    begin, end, row = _spans(recording, event, before, after)
    count = binning.whole(end - begin, width)
    long = count > 0
    begin, count, row = begin[long], count[long], row[long]
    if not len(begin):
        raise DataError(recording.origin, "trials", f"none lasts {width:g} s; choose a shorter bin")
    bins = bins or int(min(count.max(), MOST_BINS))
    inside = spans.inside(begin[:, None] + (np.arange(bins) + 0.5) * width, recording.domain)
    seen = (np.arange(bins) < count[:, None]) & inside
    there = np.flatnonzero(seen.any(1))
    counts = _count(recording, begin[there], width, bins)
    counts[~seen[there]] = 0
    return Trials(recording, counts, seen[there], begin[there], width, row[there])


def judged(trials: Trials, most: int = JUDGED) -> tuple[Trials, NDArray[np.int64]]:
    """The trials and the rows of the units whose rates are judged: those that fire, evenly chosen if they are too many.

    Parameters
    ----------
    most : trials, and twice as many units; 0 for all
    """
    trials = trials.take(_some(len(trials), most))
    active = np.flatnonzero(trials.counts.sum((0, 1)) > 0)
    return trials, active[_some(len(active), 2 * most)]


def lengths(
    recording: Recording, width: float, *, event: str = "", before: float = 0.0, after: float = 0.0
) -> NDArray[np.int64]:
    """(trial,) bins of each trial that `cut` would give, without counting spikes."""
    begin, end, _ = _spans(recording, event, before, after)
    count = np.minimum(binning.whole(end - begin, width), MOST_BINS)
    return count[count > 0]


def events(recording: Recording) -> list[str]:
    """Columns of the trials that hold seconds: what trials can be aligned to."""
    trials = recording.intervals.get("trials")
    if trials is None:
        return []
    numbers = [str(n) for n in trials if pd.api.types.is_float_dtype(trials[n]) and n not in ("start", "stop")]
    return [n for n in numbers if spans.inside(trials[n].dropna(), recording.domain).mean() > 0.5]


def suit(recordings: Sequence[Recording], given: Container[str]) -> tuple[dict[str, Any], list[str]]:
    """How the trials of recordings are best cut, as arguments of `cut`, with a reason for each.

    Parameters
    ----------
    given : arguments that are set already and stay as they are
    """
    cutting: dict[str, Any] = {}
    reasons = []
    widths = [own_width(r) for r in recordings]
    if all(widths) and "bin" not in given:
        cutting["bin"] = max(w for w in widths if w)
        reasons.append(f"bins last {1000 * cutting['bin']:g} ms, as in the file")
    shared = [n for n in events(recordings[0]) if all(n in events(r) for r in recordings)]
    liked = [n for word in LIKED for n in shared if word in n.lower()]
    if liked and not any(name in given for name in ("event", "before", "after")):
        cutting |= {"event": liked[0], "before": BEFORE, "after": AFTER}
        reasons.append(f"trials are cut from {BEFORE:g} s before to {AFTER:g} s after {liked[0]}")
    without = [r.session for r in recordings if not len(r.intervals.get("trials", ()))]
    if without:
        verb = "has" if len(without) == 1 else "have"
        reasons.append(f"{', '.join(without)} {verb} no trials; pieces of {PIECE:g} s stand in for them")
    return cutting, reasons


def _some(count: int, most: int) -> NDArray[np.int64]:
    """Rows, evenly chosen where there are more than `most`."""
    return np.arange(count) if not most or count <= most else np.linspace(0, count - 1, most).round().astype(np.int64)


def own_width(recording: Recording) -> float | None:
    """Seconds of the bins in which a file holds counts and not spikes; None if it holds spikes."""
    counts = recording.series.get("counts")
    if counts is None or counts.unit != "spikes per bin" or len(counts.times) < 2:
        return None
    return round(float(np.diff(counts.times).min()), 6)


def _spans(
    recording: Recording, event: str, before: float, after: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Begin and end (s) of each trial and its row in the table."""
    trials = recording.intervals.get("trials")
    if trials is None or not len(trials):
        if event:
            raise DataError(recording.origin, "trials", f"are missing, so there is no event '{event}'; leave it empty")
        length = before + after or PIECE
        pieces = [a + length * np.arange(int(binning.whole(b - a, length))) for a, b in recording.domain]
        begin = np.concatenate([np.zeros(0), *pieces])
        return begin, begin + length, np.full(len(begin), -1)
    if event and event not in trials:
        has = ", ".join(["start", *events(recording)])
        raise DataError(recording.origin, "trials", f"have no event '{event}'; they have {has}")
    zero = trials[event or "start"].to_numpy(float)
    whole = not event and before + after == 0
    begin, end = (zero, trials["stop"].to_numpy(float)) if whole else (zero - before, zero + after)
    good = np.flatnonzero(np.isfinite(begin) & np.isfinite(end))
    good = good[np.argsort(begin[good], kind="stable")]
    return begin[good], end[good], good


def _count(recording: Recording, begin: NDArray[np.float64], width: float, bins: int) -> NDArray[np.uint16]:
    units = len(recording.units)
    counts = np.zeros((len(begin), bins, units), np.uint16)
    for k, start in enumerate(begin):
        place, unit = binning.placed(recording.spikes, start, width, bins)
        counts[k] = np.bincount(place * units + unit, minlength=bins * units).reshape(bins, units)
    return counts
