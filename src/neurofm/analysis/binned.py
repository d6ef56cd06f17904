"""A recording in bins with what is to be decoded in each of them. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Recording, Series, Spikes, spans
from neurofm.data.activity import best
from neurofm.data.classes import word
from neurofm.data.target import CLASSES, Target, choose, moves, told
from neurofm.data.trials import Trials, cut, suit
from neurofm.errors import DataError
from neurofm.metrics import scores

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

FOLDS = 5
FEWEST = 2 * FOLDS  # trials
BIN, PIECE_BIN = 0.1, 0.2  # seconds, where a file has no bins of its own: in trials, and in pieces without


@dataclass(frozen=True, eq=False)
class Data:
    """A recording in bins.

    Parameters
    ----------
    trials : with what is to be decoded
    rows : (trial, bin) True for the moments: bins in which it is known
    activity : (trial, bin, unit) fluorescence, or whatever cells without spikes did; None of spikes
    """

    trials: Trials
    target: Target
    rows: NDArray[np.bool_]
    activity: NDArray[np.float32] | None = None

    @property
    def classes(self) -> bool:
        """Whether classes are decoded, not values."""
        return self.target.kind == CLASSES

    @property
    def trial(self) -> Ints:
        """(moment,) number of its trial."""
        return np.nonzero(self.rows)[0]

    @property
    def times(self) -> NDArray[np.float64]:
        """(moment,) seconds of its middle."""
        return self.trials.times[self.rows]

    @property
    def counts(self) -> NDArray[np.uint16]:
        """(moment, unit) spikes."""
        return self.trials.counts[self.rows]

    @property
    def answer(self) -> Floats:
        """(moment, feature) the truth."""
        return np.asarray(self.trials.answer, float)[self.rows]

    @property
    def spans(self) -> NDArray[np.float64]:
        """(trial, 2) seconds."""
        return np.stack([self.trials.start, self.trials.stop], 1)

    def of(self, trials: Ints) -> NDArray[np.bool_]:
        """(moment,) True in these trials."""
        return np.isin(self.trial, trials)

    def score(self, answer: Floats, asked: NDArray[np.bool_]) -> float:
        """Accuracy, or the mean R2 of the features over the moments `asked` at which they move."""
        moving = None if self.classes else self._moving[asked]
        by_metric = scores(self.target.kind, self.target.names, self.answer[asked], answer[asked], moving)
        return float(by_metric.get("accuracy" if self.classes else "r2", np.nan))

    @cached_property
    def _moving(self) -> NDArray[np.bool_]:
        return spans.inside(self.times, moves(self.trials.recording, self.target.series))


def binned(recording: Recording) -> Data:
    """The recording in bins of its own, or of 100 ms, with the class of its trials or a behaviour.

    Raises
    ------
    DataError
        If there are no spikes, nothing to decode, or too few trials in which it is known.
    """
    if not len(recording.spikes):
        problem = "are missing, so there is nothing to decode from; open it with its spike file"
        raise DataError(recording.origin, "spikes", problem)
    return _binned(recording, BIN if len(recording.intervals.get("trials", ())) else PIECE_BIN)


def with_activity(recording: Recording) -> Data:
    """The same, or with the mean activity of cells in each bin where they have no spikes; no bin is below a frame.

    Raises
    ------
    DataError
        As `binned`, if there is no activity either.
    """
    names = () if len(recording.spikes) else best(recording)
    if not names:
        return binned(recording)
    usual = BIN if len(recording.intervals.get("trials", ())) else PIECE_BIN
    frame = max(float(np.median(np.diff(recording.series[name].times))) for name in names)
    data = _binned(recording, max(usual, frame))
    activity = np.concatenate([data.trials.values(name) for name in names], -1)
    rows = data.rows & np.isfinite(activity).all(-1)
    there = rows.any(1)
    if there.sum() < FEWEST:
        problem = f"is known beside {data.target.series} in {there.sum()} trials; {FEWEST} or more are needed"
        raise DataError(recording.origin, names[0], problem)
    return Data(data.trials.take(there), data.target, rows[there], activity[there])


def _binned(recording: Recording, usual: float) -> Data:
    target = choose([recording], classes_first=True)
    recording = recording if target.kind == CLASSES else told(recording, target)  # what stands quite still is not known
    trials = cut(recording, suit([recording], {"event"})[0].get("bin", usual))
    answer = _classes(trials, target) if target.kind == CLASSES else trials.values(target.series)
    rows = trials.seen & np.isfinite(answer).all(-1)
    there = rows.any(1)
    if there.sum() < FEWEST:
        problem = f"is known in {there.sum()} trials; {FEWEST} or more are needed"
        raise DataError(recording.origin, target.series, problem)
    return Data(replace(trials, answer=answer).take(there), target, rows[there])


def only(data: Data, learn: Ints) -> Recording:
    """The recording as if the other trials had never been: without their spikes, their rows and their behaviour."""
    recording = data.trials.recording
    others = np.delete(data.spans, learn, 0)
    spikes, target = recording.spikes, recording.series.get(data.target.series)
    left = ~spans.inside(spikes.times, others)
    intervals = dict(recording.intervals)
    if (data.trials.row >= 0).all():
        intervals["trials"] = intervals["trials"].iloc[data.trials.row[learn]].reset_index(drop=True)
    series = {}
    if target is not None:
        learned = spans.inside(target.times, data.spans[learn])
        series[data.target.series] = Series(target.times[learned], target.values[learned], target.names, target.unit)
    return replace(
        recording, spikes=Spikes(spikes.times[left], spikes.unit[left]), intervals=intervals, series=series,
        domain=spans.subtract(recording.domain, others),
    )  # fmt: skip


def _classes(trials: Trials, target: Target) -> NDArray[np.float32]:
    """(trial, bin, class) 1 for the trial's own, NaN where it is unknown."""
    column = trials.recording.intervals["trials"][target.series].iloc[trials.row]
    labelled = column.notna().to_numpy()
    number = [target.names.index(word(v)) if k else 0 for v, k in zip(column, labelled)]
    each = np.where(labelled[:, None], np.eye(len(target.names))[number], np.nan)
    return np.repeat(each[:, None], trials.seen.shape[1], 1).astype(np.float32)
