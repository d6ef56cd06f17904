"""What a model learns to say: a behaviour series, the class of each trial, or the rates of the units themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from neurofm.checks import nearest
from neurofm.data import motion, sentinels
from neurofm.data.activity import activities
from neurofm.data.bins import whole
from neurofm.data.classes import class_names, in_order, word
from neurofm.data.recording import Recording
from neurofm.data.series import Series
from neurofm.data.spans import SpanArray
from neurofm.errors import DataError

VALUES, CLASSES, RATES = "values", "classes", "rates"
STEP = 0.1  # seconds between the moments at which a trial's class is asked for
COUNTED = "spikes per bin"  # the unit of counts, which are no behaviour
MOST_FEATURES = 12  # a series with more is no behaviour but an image or LFP


@dataclass(frozen=True, kw_only=True)
class Target:
    """What is decoded.

    Parameters
    ----------
    series : name of a behaviour series, or of a column of the trials; "" for rates
    names : of its features, or of its classes
    unit : of its values
    kind : "values", "classes" or "rates"
    """

    series: str = ""
    names: tuple[str, ...] = ()
    unit: str = ""
    kind: str = VALUES


def choose(recordings: Sequence[Recording], wanted: str = "", *, classes_first: bool = False) -> Target:
    """The target asked for, else a velocity, else a position, else the first series that all have, else a class.

    Parameters
    ----------
    wanted : name of a series or of a column of the trials
    classes_first : prefer the class of a trial to a series

    Raises
    ------
    DataError
        If a recording has no such series or column, or nothing that could be decoded.
    """
    first = recordings[0]
    shared = targets(recordings)
    columns = [n for n in shared if n in class_columns(first)]
    series = [n for n in shared if n not in columns]
    if wanted:
        for r in recordings:
            if wanted not in r.series and wanted not in class_columns(r):
                there = targets([r])
                has = ", ".join(there) or "none that could be decoded"
                raise DataError(r.origin, "series", f"has no series '{wanted}'; it has {has}{nearest(wanted, there)}")
        return _target(recordings, wanted)
    if not shared:
        raise _nothing_shared(recordings)
    order = _usual_first(series)
    return _target(recordings, ([*columns, *order] if classes_first else [*order, *columns])[0])


def moves(recording: Recording, name: str = "") -> SpanArray:
    """(k, 2) seconds at which a series moves, or the one that is decoded unless a user chooses; none of no series."""
    small = [n for n in recording.series if _is_behaviour(recording, n)]
    name = name or next(iter(_usual_first(small)), "")
    return motion.moving(recording.series[name]) if name in recording.series else np.zeros((0, 2))


def _usual_first(series: Sequence[str]) -> list[str]:
    """Velocities, then positions, then all others."""
    return [*(n for n in series if "vel" in n.lower()), *(n for n in series if "pos" in n.lower()), *series]


def told(recording: Recording, target: Target) -> Recording:
    """The recording with the target among its series; of classes the series is 1 for the trial's own, else 0.

    Numbers that stand for "not seen" are NaN in it, and so is what stands quite still for long (`motion.still`), as
    where a tracker stopped, of which no spike could tell.
    """
    if target.kind == CLASSES:
        return replace(recording, series={**recording.series, target.series: _as_series(recording, target)})
    series = recording.series.get(target.series)
    if series is None:
        return recording
    values, marked = sentinels.without(series.values)
    stands = motion.stands(series)
    if not marked and not stands.any():
        return recording
    if stands.any():
        values = values.astype(float) if values.dtype.kind in "iub" else values.copy()
        values[stands] = np.nan
    return replace(recording, series={**recording.series, target.series: replace(series, values=values)})


def targets(recordings: Sequence[Recording]) -> list[str]:
    """What could be decoded from all of these recordings: small series, and columns of the trials that name classes."""
    if not recordings:
        return []
    first, rest = recordings[0], recordings[1:]
    series = [n for n in first.series if _is_behaviour(first, n) and all(n in r.series for r in rest)]
    classes = [n for n in class_columns(first) if all(n in class_columns(r) for r in rest)]
    return [*series, *(n for n in classes if n not in series)]


def class_columns(recording: Recording) -> list[str]:
    """Columns of the trials that name a few classes."""
    return class_names(recording.trials)


def _nothing_shared(recordings: Sequence[Recording]) -> DataError:
    """Which recording has nothing to decode, or that each has something else."""
    bare = next((r for r in recordings if not targets([r])), None)
    if bare is not None:
        problem = "has no behaviour that could be decoded; open it with its behaviour file (as FILE+OTHER in a command)"
        return DataError(bare.origin, "series", problem)
    each = "; ".join(f"{r.session} has {', '.join(targets([r]))}" for r in recordings)
    return DataError(recordings[0].origin, "series", f"and the others share no behaviour ({each}); train them apart")


def _target(recordings: Sequence[Recording], name: str) -> Target:
    if all(name in r.series for r in recordings):
        series = recordings[0].series[name]
        return Target(series=name, names=series.names, unit=series.unit)
    values = pd.concat([r.intervals["trials"][name] for r in recordings]).dropna()
    return Target(series=name, names=tuple(in_order(map(word, values.unique()))), kind=CLASSES)


def _as_series(recording: Recording, target: Target) -> Series:
    """Every `STEP` seconds of each trial of one of the classes: (moment, class) of 1 and 0."""
    known = {name: k for k, name in enumerate(target.names)}
    trials = recording.intervals["trials"]
    trials = trials[np.isfinite(trials[["start", "stop"]].to_numpy(float)).all(1) & trials[target.series].notna()]
    trials = trials[[word(v) in known for v in trials[target.series]]]
    begin, end = trials["start"].to_numpy(float), trials["stop"].to_numpy(float)
    count = np.maximum(whole(end - begin, STEP), 1)
    place = np.arange(count.sum()) - np.repeat(count.cumsum() - count, count)
    times = np.repeat(begin, count) + np.minimum(STEP, np.repeat(end - begin, count)) * (place + 0.5)
    column = np.array([known[word(v)] for v in trials[target.series]], int)
    values = np.eye(len(known), dtype=np.float32)[np.repeat(column, count)]
    times, first = np.unique(times, return_index=True)
    return Series(times, values[first], target.names)


def _is_behaviour(recording: Recording, name: str) -> bool:
    series = recording.series[name]
    if not len(recording.spikes) and name in activities(recording):  # what it is decoded from
        return False
    return series.values.shape[1] <= MOST_FEATURES and len(series.times) > 1 and series.unit != COUNTED
