"""Files with a number for each spike, read side by side in one pass, part by part: they may hold a hundred million."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.series import Spikes, clean_spikes
from neurofm.errors import DataError
from neurofm.io._copies import Numbers, line_npy

BLOCK = 1 << 18  # spikes looked at in one go
TABLE = 1 << 24  # ids up to here are looked up in a table

Find = Callable[[NDArray[Any]], NDArray[np.intp]]  # cluster ids -> rows of the units; one past the last if left out


class Tally(Protocol):
    """Adds up what a file tells of each unit."""

    def add(self, a: int, b: int, row: NDArray[np.intp]) -> None:
        """Of spikes from a to b, which are of the units in these rows."""


def line(file: Path) -> Numbers:
    """Where the numbers of a file lie.

    Raises
    ------
    DataError
        If it is damaged, or holds a matrix or no numbers.
    """
    try:
        return line_npy(file)
    except (ValueError, OSError, EOFError) as error:
        raise DataError(file, "", f"cannot be read ({str(error).splitlines()[0]}); is it damaged?") from error


def of_each(file: Path, count: int) -> Numbers:
    """Where the numbers of a file lie, one for each of `count` spikes."""
    numbers = line(file)
    if numbers.shape[0] != count:
        raise DataError(file, "", f"has {numbers.shape[0]} entries for {count} spike times")
    return numbers


def distinct(clusters: Numbers) -> NDArray[np.int64]:
    """All ids, ascending.

    Raises
    ------
    DataError
        If one is no whole number.
    """
    seen, others = np.zeros(TABLE, bool), [np.zeros(0, np.int64)]
    for part in parts(clusters):
        if part.dtype.kind in "iu" and part.min() >= 0 and part.max() < TABLE:
            seen[part] = True
        else:
            others.append(_whole(clusters.path, pd.unique(part)))
    return np.unique(np.concatenate([np.flatnonzero(seen), *others]))


def finder(ids: NDArray[np.int64], kept: NDArray[np.bool_]) -> Find:
    """Finds the row of each id among those that are kept."""
    row = np.where(kept, np.cumsum(kept) - 1, kept.sum())
    first = ids[0]
    if ids[-1] - first >= TABLE:
        return lambda part: row[np.searchsorted(ids, part.astype(np.int64, copy=False))]
    table = np.zeros(int(ids[-1] - first) + 1, np.intp)
    table[ids - first] = row
    return lambda part: table[part.astype(np.intp, copy=False) - first]


class Means:
    """(unit,) mean of a number over the spikes of each unit."""

    def __init__(self, numbers: Numbers, units: int) -> None:
        self.numbers, self.units = numbers, units
        self.total, self.count = np.zeros(units + 1), np.zeros(units + 1)

    def add(self, a: int, b: int, row: NDArray[np.intp]) -> None:
        """Of spikes from a to b."""
        self.total += np.bincount(row, self.numbers.rows(a, b), self.units + 1)
        self.count += np.bincount(row, minlength=self.units + 1)

    def value(self) -> NDArray[np.float64]:
        return self.total[:-1] / self.count[:-1]


class Most:
    """(unit,) the kind, below `kinds`, of most spikes of each unit that is asked for; -1 of all others."""

    def __init__(self, numbers: Numbers, asked: NDArray[np.bool_], kinds: int) -> None:
        self.numbers, self.asked, self.kinds = numbers, np.r_[asked, False], kinds
        self.place = np.cumsum(self.asked) - 1
        self.count = np.zeros(int(asked.sum()) * kinds, np.int64)

    def add(self, a: int, b: int, row: NDArray[np.intp]) -> None:
        """Of spikes from a to b."""
        kind = self.numbers.rows(a, b)
        known = np.flatnonzero(self.asked[row])
        row, kind = row[known], kind[known]
        sure = (kind >= 0) & (kind < self.kinds)
        cell = self.place[row[sure]] * self.kinds + kind[sure].astype(np.intp)
        self.count += np.bincount(cell, minlength=len(self.count))

    def value(self) -> NDArray[np.int64]:
        kinds, most = self.count.reshape(-1, self.kinds), np.full(len(self.asked) - 1, -1)
        most[self.asked[:-1]] = np.where(kinds.any(1), kinds.argmax(1), -1)
        return most


def gather(
    times: Numbers, clusters: Numbers, find: Find, units: int, rate: float, tallies: Sequence[Tally]
) -> tuple[Spikes, list[str]]:
    """Seconds and unit of each spike that is kept; sorted only where they are not, which is told.

    Parameters
    ----------
    times, clusters : of each spike
    find : gives the row of each cluster
    units : how many are kept
    rate : steps of the times a second
    tallies : what else is added up by the way
    """
    seconds, unit = np.empty(times.shape[0]), np.empty(times.shape[0], np.int32)
    stop, last, ascending = 0, -np.inf, True
    for k, (when, of) in enumerate(zip(parts(times), parts(clusters), strict=True)):
        row = find(of)
        for tally in tallies:
            tally.add(k * BLOCK, k * BLOCK + len(row), row)
        kept = slice(None) if row.max() < units else row < units
        row, when = row[kept], when[kept] / rate
        start, stop = stop, stop + len(row)
        seconds[start:stop], unit[start:stop] = when, row
        ascending = ascending and bool((when[1:] >= when[:-1]).all() and (when[:1] >= last).all())
        last = when[-1] if len(when) else last
    seconds, unit = seconds[:stop], unit[:stop]
    if ascending and np.isfinite(seconds[[0, -1]]).all():  # and no NaN, beside which nothing is in order
        return Spikes(seconds, unit), []
    spikes, notes = clean_spikes(seconds, unit)
    return spikes, [*notes, f"{times.path.name}: is not in order; sorted"]


def parts(numbers: Numbers) -> Iterator[NDArray[Any]]:
    """All numbers of a file, some at a time."""
    count = numbers.shape[0]
    return (numbers.rows(a, min(a + BLOCK, count)) for a in range(0, count, BLOCK))


def _whole(file: Path, ids: NDArray[Any]) -> NDArray[np.int64]:
    wrong = ids[~np.isfinite(ids) | (ids % 1 != 0)] if ids.dtype.kind == "f" else ids[:0]
    if len(wrong):
        raise DataError(file, "", f"names cluster {wrong[0]}, where whole numbers are needed")
    return ids.astype(np.int64)
