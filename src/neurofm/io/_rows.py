"""Arrays that say something of each row: a unit, a trial, a sample. Their shapes are checked against the count.

Nothing is guessed by its order in the file: what lies the other way round is turned and told, what fits no way is left
out and told.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.series import Series, clean_series
from neurofm.errors import DataError

WIDEST = 12  # columns that one array becomes
MOST = 30  # names in a note
SPARE = 0.01  # share of the samples that a clock may have more or less
PLAIN = "fiubOSU"  # kinds of numbers and words
REGION = (
    "region", "brain_region", "brain_area", "area_name", "brainLocationAcronyms_ccf_2017", "acronym", "acronyms",
    "brainAcronyms", "brain_acronym", "area", "region_name", "brain_structure", "structure", "cortical_area",
    "anatomical_location", "location",
)  # fmt: skip


def counts_rows(column: pd.Series[Any]) -> bool:
    """Whether it is but the number of each row, from 0 or 1 on, as libraries write it."""
    first = column.iloc[0] if column.dtype.kind == "i" and len(column) else -1
    return bool(first in (0, 1) and np.array_equal(column, np.arange(first, first + len(column))))


def rows(values: Any, count: int, name: str) -> tuple[NDArray[Any] | None, list[str]]:
    """(row, ...) values for `count` rows, None where their shape does not fit, and what is told of it."""
    values = np.atleast_1d(values)
    if values.size == count and max(values.shape) == count:
        return _flat(values), []
    if len(values) == count:
        square = values.ndim == 2 and values.shape[1] == count
        told = [f"{name}: is {_said(values)} for {count} rows, so its axes cannot be told apart; the first was taken"]
        return values, told if square else []
    if values.ndim > 1 and values.shape[-1] == count:
        return values.T, [f"{name}: is {_said(values)} for {count} rows; turned"]
    return None, [f"{name}: is {_said(values)} for {count} rows, left out"]


def columns(values: Any, count: int, name: str) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """The columns of a table with `count` rows that an array becomes: one of its name, or `name_0`, `name_1`, ..."""
    fitting, notes = rows(values, count, name)
    if fitting is None:
        return {}, notes
    if fitting.ndim > 2 or not _plain(fitting) or math.prod(fitting.shape[1:]) > WIDEST:
        return {}, [f"{name}: is {_said(fitting)} of {fitting.dtype.name}, more than a column, left out"]
    if fitting.ndim == 1:
        return {name: fitting}, notes
    return {f"{name}_{k}": fitting[:, k] for k in range(fitting.shape[1])}, notes


def row_table(arrays: Mapping[str, Any], count: int, name: str) -> tuple[pd.DataFrame, list[str]]:
    """A table of `count` rows from arrays by name; words are str."""
    flat: dict[str, Any] = {}
    notes: list[str] = []
    for key, values in arrays.items():
        new, told = columns(values, count, f"{name}.{key}")
        flat |= {full.removeprefix(f"{name}."): column for full, column in new.items()}
        notes += told
    return pd.DataFrame({key: _words(column) for key, column in flat.items()}, index=range(count)), notes


def common(arrays: Mapping[str, Any], least: int = 0) -> int:
    """How many rows most of the arrays have, of those with `least` or more; `least` where none has."""
    lengths = [np.shape(values)[0] for values in arrays.values() if np.ndim(values)]
    lengths = [length for length in lengths if length >= least]
    return max(lengths, key=lambda length: (lengths.count(length), length), default=least)


def timed(
    times: Any, values: Any, names: tuple[str, ...] = (), unit: str = "", label: str = "series"
) -> tuple[Series | None, list[str]]:
    """A series of values that have a time each, None where they do not fit, and what was mended."""
    times = np.asarray(times)
    if max(times.shape, default=1) != times.size:
        return None, [f"{label}: its times are {_said(times)}, where one a sample is needed, left out"]
    if not times.size:
        return None, [f"{label}: holds no samples, left out"]
    times = _flat(times)
    values, notes = _near(np.atleast_1d(values), len(times), label)
    if values is None or values.dtype.kind not in "fiub":
        return None, notes or [f"{label}: holds no numbers, left out"]
    if len(values) != len(times):
        short = min(len(values), len(times))
        notes.append(f"{label}: {len(values)} values for {len(times)} times; the first {short} were kept")
        times, values = times[:short], values[:short]
    width = math.prod(values.shape[1:])
    series, more = clean_series(times, values, names if len(names) == width else axes(width), unit, label)
    return (series if len(series.times) else None), [*notes, *more]


def axes(width: int) -> tuple[str, ...]:
    """Names of the features of a place or a velocity."""
    return ("x", "y", "z")[:width] if width in (2, 3) else ()


def vector(path: Path, field: str, values: Any) -> NDArray[Any]:
    """(row,) numbers, however they lie.

    Raises
    ------
    DataError
        If they are a matrix, or no numbers.
    """
    values = np.atleast_1d(values)
    if values.dtype.kind not in "fiub":
        raise DataError(path, field, f"must be numbers, got {values.dtype.name}")
    if max(values.shape) != values.size and values.size:
        raise DataError(path, field, f"must be one number a row, got {_said(values)}")
    return _flat(values)


def number(path: Path, field: str, value: Any) -> float:
    """One number, however it is wrapped.

    Raises
    ------
    DataError
        If it is none, or several.
    """
    try:
        return float(np.asarray(value).reshape(()))
    except (TypeError, ValueError) as error:
        raise DataError(path, field, f"must be one number, got {str(value)[:40]}") from error


def events(times: Any, label: str, columns: Mapping[str, Any] | None = None) -> tuple[pd.DataFrame, list[str]]:
    """A table of what happens at moments, each of which starts and stops at once, and what was left out of it."""
    times = np.asarray(times, float)
    told, notes = row_table(columns or {}, len(times), label)
    known = np.isfinite(times)
    if not known.all():
        notes.append(f"{label}: {(~known).sum()} of {len(times)} times are NaN and were left out")
    told = told.drop(columns=["start", "stop"], errors="ignore")
    return pd.DataFrame({"start": times, "stop": times}).join(told)[known].reset_index(drop=True), notes


def stretches(table: pd.DataFrame, label: str) -> tuple[pd.DataFrame | None, list[str]]:
    """A table with `start` as one with a stop in each row, too; None where these are no numbers, and what is told."""
    worded = [name for name in ("start", "stop") if name in table and table[name].dtype.kind not in "fiub"]
    if worded:
        return None, [f"{label}: its {worded[0]} is {table[worded[0]].dtype.name}, where seconds are needed, left out"]
    rest = [name for name in table if name not in ("start", "stop")]
    notes = [] if "stop" in table else [f"{label}: has no stop; each row was taken for the moment of its start"]
    return table.assign(stop=table.get("stop", table["start"]))[["start", "stop", *rest]], notes


def labels(names: Iterable[Any], label: str) -> tuple[list[str], list[str]]:
    """Names of units, each once: those that repeat are numbered, those without one are called by their row."""
    given = pd.Series(list(names), dtype=object)
    missing = given.isna().to_numpy()
    words = [f"#{k}" if missing[k] else _word(name) for k, name in enumerate(given)]
    again = pd.Series(words, dtype=object).duplicated().to_numpy()
    taken, once = set(words), list[str]()
    for word, repeats in zip(words, again):
        free = (f"{word} #{k}" for k in range(2, len(words) + 2) if f"{word} #{k}" not in taken)
        once.append(next(free) if repeats else word)
        taken.add(once[-1])
    notes = [f"{label}: {missing.sum()} ids are missing; named by their row"] if missing.any() else []
    return once, notes + ([f"{label}: {again.sum()} ids repeat and were numbered"] if again.any() else [])


def with_region(units: pd.DataFrame) -> pd.DataFrame:
    """With the column that says where each unit is under the name `region`."""
    named = {str(column).lower(): column for column in units if units[column].dtype.kind in "OUTS"}
    column = next((named[name.lower()] for name in REGION if name.lower() in named), None)
    return units if column is None or "region" in units else units.rename(columns={column: "region"})


def left_out(names: Any) -> list[str]:
    """The note on parts that nothing is made of."""
    names = sorted(set(names))
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return [f"not read: {', '.join(names[:MOST])}{more}"] if names else []


def _near(values: NDArray[Any], count: int, label: str) -> tuple[NDArray[Any] | None, list[str]]:
    """Values whose samples come first, of about as many samples as there are times."""
    fitting, notes = rows(values, count, label)
    if fitting is not None or not count:
        return fitting, notes
    room = SPARE * count
    if abs(len(values) - count) <= max(room, 1):
        return values, []
    if values.ndim > 1 and abs(values.shape[-1] - count) <= room:
        return values.T, [f"{label}: is {_said(values)} for {count} times; turned"]
    return None, [f"{label}: {len(values)} values for {count} times, left out"]


def _plain(values: NDArray[Any]) -> bool:
    """Whether they are numbers or words, and no lists."""
    lists = values.dtype.kind == "O" and any(isinstance(v, (list, tuple, dict, np.ndarray)) for v in values.flat)
    return values.dtype.kind in PLAIN and not lists


def _flat(values: NDArray[Any]) -> NDArray[Any]:
    """Without its axes of one; a map that needs nothing stays as it is."""
    return values if values.ndim == 1 else values.reshape(values.size)


def _said(values: NDArray[Any]) -> str:
    return f"({', '.join(map(str, values.shape))}{',' if values.ndim == 1 else ''})"


def _word(name: Any) -> str:
    return str(int(name)) if isinstance(name, float | np.floating) and float(name).is_integer() else str(name)


def _words(column: NDArray[Any]) -> Any:
    if column.dtype.kind not in "OSU":
        return column
    words = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in column]
    return pd.Series(words, dtype=str)
