"""Trials of several recordings in the same bins, sorted by conditions that all of them have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.analysis import places
from neurofm.analysis.binned import BIN
from neurofm.checks import number
from neurofm.data.classes import class_names, word
from neurofm.data.recording import TRIALS, Recording
from neurofm.data.shown import several
from neurofm.data.trials import Trials, cut, lengths, own_width, suit
from neurofm.errors import DataError
from neurofm.words import counted

NEARLY = 0.9  # of the trials have as many bins as are used
LEAST = 4  # trials that a bin of a condition is seen in, so that each half of them has two
OPTIONS: Mapping[str, Any] = {
    "conditions": "", "bin": 0.0, "bins": 0, "event": "", "before": 0.0, "after": 0.0,
}  # fmt: skip
AGAIN = "match by transport, which needs none"  # what can still be done

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Sorted:
    """Trials of one recording.

    Parameters
    ----------
    trials : all in the same bins
    condition : (trial,) which of the shared conditions each is of, -1 for none
    """

    trials: Trials
    condition: NDArray[np.int64]

    def seen(self, count: int, some: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """(condition, bin) in how many trials each was seen, of all or of some (trial,)."""
        return (self._of(count, some) @ self.trials.seen).round().astype(np.int64)

    def roots(self, count: int, some: NDArray[np.bool_] | None = None) -> Floats:
        """(unit, condition, bin) mean square root of the counts, of all trials or of some; 0 where none was seen."""
        trials, bins, units = self.trials.counts.shape
        flat = np.sqrt(self.trials.counts, dtype=np.float32).reshape(trials, bins * units)
        total = (self._of(count, some) @ flat).reshape(count, bins, units)
        seen = np.maximum(self.seen(count, some), 1).astype(np.float32)
        mean: Floats = total / seen[:, :, None]
        return mean.transpose(2, 0, 1)

    def variances(self, count: int, some: NDArray[np.bool_] | None = None) -> Floats:
        """(unit, condition, bin) of these means, by how trials of a condition differ; 0 where less than two were."""
        trials, bins, units = self.trials.counts.shape
        total = self._of(count, some) @ self.trials.counts.reshape(trials, bins * units).astype(np.float32)
        seen = self.seen(count, some)
        mean = total.reshape(count, bins, units).transpose(2, 0, 1) / np.maximum(seen, 1)
        spread = np.maximum(mean - self.roots(count, some) ** 2, 0) / np.maximum(seen - 1, 1)
        return spread.astype(np.float32)  # the square of a root is the count

    def half(self, count: int, seed: int) -> NDArray[np.bool_]:
        """(trial,) a random half of the trials of each condition."""
        rng, chosen = np.random.default_rng(seed), np.zeros(len(self.condition), bool)
        for k in range(count):
            rows = rng.permutation(np.flatnonzero(self.condition == k))
            chosen[rows[: (len(rows) + k % 2) // 2]] = True
        return chosen

    def _of(self, count: int, some: NDArray[np.bool_] | None) -> Floats:
        """(condition, trial) 1 where a trial is of a condition."""
        own = self.condition == np.arange(count)[:, None]
        return (own if some is None else own & some).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Shared:
    """Trials of several recordings by the same conditions, in the same bins.

    Parameters
    ----------
    animals : of each recording
    names : of the conditions, such as "target 3"
    cells : (condition, bin) which were seen in enough trials of every recording
    notes : how they were chosen, and what was left out
    told : the options of `together` as they came to be
    """

    animals: tuple[Sorted, ...]
    names: tuple[str, ...]
    cells: NDArray[np.bool_]
    notes: tuple[str, ...]
    told: Mapping[str, Any]


def together(recordings: Sequence[Recording], **options: Any) -> Shared:
    """Trials of recordings by the conditions that they share; without trials, pieces of time by places.

    Parameters
    ----------
    conditions : column of the trials with the condition of each; the first whose few values all have if ""
    bin : seconds; 0 for those of the files, the widest where they differ, or 0.1 where they hold spikes
    bins : first bins that are used; 0 for as many as nearly all trials have
    event, before, after : as `neurofm.data.trials.cut` takes them

    Raises
    ------
    DataError
        If there are no trials, no condition or too few trials of it are shared, or bins do not fit.
    LookupError
        If the trials of a recording have no such column.
    """
    options = {**OPTIONS, **options}
    series = places.named(recordings) if not options["conditions"] else []
    if series:
        width = number("bin", options["bin"]) or places.PIECE
        each = [Sorted(*places.by_place(one, name, width)) for one, name in zip(recordings, series)]
        return _shared(
            recordings, each, places.NAMES, {"bin": width}, [f"conditions are places, in pieces of {width:g} s"]
        )
    for recording in recordings:
        if recording.trials is None or not len(recording.trials):
            raise DataError(recording.origin, TRIALS, f"are missing, so there is no condition; {AGAIN}")
    column, values = shared_values(recordings, options["conditions"])
    cutting, notes = binning(recordings, options)
    notes = [f"conditions are {column}, {counted(len(values), 'value')}", *notes]
    animals = []
    for recording in recordings:
        trials = cut(recording, **cutting)
        words = trials.recording.intervals[TRIALS][column].iloc[trials.row].map(said)
        number_of = {value: k for k, value in enumerate(values)}
        condition = np.array([number_of.get(word, -1) for word in words], np.int64)
        animals.append(Sorted(trials, condition))
        notes += _lost(recording, trials, condition, column)
    told = {"conditions": column, "bin": cutting["width"], **{key: cutting[key] for key in OPTIONS if key in cutting}}
    return _shared(recordings, animals, [f"{column} {value}" for value in values], told, notes)


def _shared(
    recordings: Sequence[Recording], animals: Sequence[Sorted], names: Sequence[str], told: Mapping[str, Any],
    notes: Sequence[str],
) -> Shared:  # fmt: skip
    """What of the conditions was seen in enough trials of all."""
    seen = np.min([animal.seen(len(names)) for animal in animals], 0)
    cells = seen >= LEAST
    if not cells.any():
        column = told.get("conditions")
        other = f"have no {column} that was seen in {LEAST} trials of each; choose another column, or {AGAIN}"
        lost = f"is at no place for {LEAST} pieces of time in each; {AGAIN}"
        raise DataError(recordings[0].origin, TRIALS if column else "position", other if column else lost)
    left = int((~cells).sum())
    if left:
        less = f"{left} of {cells.size} bins of conditions were left out, seen in less than {LEAST} trials of one"
        notes = [*notes, less]
    return Shared(tuple(animals), tuple(names), cells, tuple(notes), told)


def shared_values(recordings: Sequence[Recording], column: str = "") -> tuple[str, list[str]]:
    """The column of the trials that holds their condition, and those of its values that all recordings have."""
    tables = [recording.intervals[TRIALS] for recording in recordings]
    for recording, table in zip(recordings, tables):
        if column and column not in table:
            has = ", ".join(class_names(table)) or "none that could be conditions"
            raise LookupError(f"trials of {recording.session} have no column '{column}'; they have {has}")
    for name in [column] if column else sorted(class_names(tables[0])):  # of any order of animals and columns
        if all(name in table for table in tables):
            sets = [{said(value) for value in table[name].dropna()} for table in tables]
            values = sorted(set.intersection(*sets), key=_order)
            if len(values) > 1 and (column or all(name in class_names(table) for table in tables)):
                return name, values
    told = [f"{r.session} {several(class_names(table)) or 'none'}" for r, table in zip(recordings, tables)]
    problem = f"share no condition ({'; '.join(told)}); name a column of which two values are in all, or {AGAIN}"
    raise DataError(recordings[0].origin, TRIALS, problem)


def _lost(recording: Recording, trials: Trials, condition: NDArray[np.int64], column: str) -> list[str]:
    """What is not used of the trials of a recording, and what halves of them share."""
    notes, none = [], int((condition < 0).sum())
    if none:
        trials_of = f"{counted(len(condition), 'trial')} of {recording.session}"
        notes.append(f"{none} of {trials_of} are left out: not all animals have their {column}")
    if (trials.start[1:] < trials.stop[:-1] - 1e-9).any():
        notes.append(f"trials of {recording.session} overlap: halves share spikes, and units are found too often")
    return notes


def binning(recordings: Sequence[Recording], options: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """How trials of all are cut, as arguments of `cut`, and why.

    Raises
    ------
    DataError
        If the bins of a file do not fit into those that are used.
    """
    given = {name for name in ("bin", "event", "before", "after") if options[name]}
    best, notes = suit(recordings, given)
    chosen = {name: best.get(name, options[name]) for name in ("event", "before", "after")}
    own = [own_width(recording) for recording in recordings]
    width = number("bin", options["bin"]) or max((w for w in own if w), default=BIN)
    for recording, w in zip(recordings, own):
        if w and (width < w - 1e-9 or abs(width / w - round(width / w)) > 1e-6):
            problem = f"come in bins of {1000 * w:g} ms, which do not fit into {1000 * width:g} ms; choose a multiple"
            raise DataError(recording.origin, "counts", problem)
    if len({w for w in own if w}) > 1:
        notes = [f"bins of {1000 * width:g} ms were made of those of the files"]
    count = int(options["bins"])
    if not count:
        each = [lengths(recording, width, **chosen) for recording in recordings]
        count = min(int(np.quantile(some, 1 - NEARLY, method="lower")) if len(some) else 1 for some in each)
        notes.append(f"the first {counted(count, 'bin')} are used, which nearly all trials have")
    return {"width": width, "bins": count, **chosen}, notes


def said(value: object) -> Any:
    """A value as a word, the same for equal ones: 3 for 3.0; missing ones stay so."""
    if value is None or value is pd.NA or value != value:
        return None
    return word(value)


def _order(word: str) -> tuple[bool, float, str]:
    """Numbers by size, then words."""
    try:
        return False, float(word), word
    except ValueError:
        return True, 0.0, word
