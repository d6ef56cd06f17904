"""What lies in the parts of an NWB file beside units and trials: series, events, tables of intervals, and the rest."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.outward import COLUMNS
from neurofm.data.series import Series
from neurofm.errors import DataError
from neurofm.io._hdf5 import array, children, decoded, text
from neurofm.io._nwb_rois import PLANE, RESPONSE, of_response
from neurofm.io._optional import optional
from neurofm.io._rows import events, left_out, number, row_table, stretches, timed, vector

WIDEST = 1024  # features of a behaviour; more is raw data, which is not read
SKIPPED = ("ElectricalSeries", "SpikeEventSeries")
PLACES = ("processing", "acquisition", "stimulus/presentation", "analysis", "scratch")
TIMES = {"start": "start_time", "stop": "stop_time"}  # what our columns are called there
KNOWN = {
    "processing", "acquisition", "stimulus", "analysis", "scratch", "general", "intervals", "units", "specifications",
    "file_create_date", "identifier", "session_description", "session_start_time", "timestamps_reference_time",
}  # fmt: skip
DEEPEST = 8  # groups in groups; a link may lead back to where it came from


@dataclass
class Parts:
    """What was read.

    Parameters
    ----------
    series, intervals : by name
    notes : what was mended or left out
    unread : names of what nothing is made of
    units : tables of units elsewhere than in their usual place
    """

    series: dict[str, Series] = field(default_factory=dict)
    intervals: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    units: list[Any] = field(default_factory=list)

    def name(self, group: Any) -> str:
        """The shortest end of its path that nothing is called yet."""
        path = group.name.strip("/").split("/")
        names = (".".join(path[-k:]) for k in range(1, len(path) + 1))
        return next((n for n in names if n not in self.series and n not in self.intervals), ".".join(path))


def read_parts(path: Path, file: Any) -> Parts:
    """Everything with a clock in the modules, the acquisition and the stimuli; what is left is named."""
    parts = Parts()
    parts.unread += [name for name in file if name not in KNOWN and not name.startswith(".")]
    templates = children(file.get("stimulus/templates"), parts.notes)  # shown again and again, on no clock
    parts.unread += [f"templates.{name}" for name, _ in templates]
    for place in PLACES:
        for child in leaves(file.get(place), parts.notes):
            with optional(parts.notes, parts.name(child)):
                _take(parts, path, child)
    return parts


def apart_from(group: Any, types: Container[str], depth: int = 0) -> Iterator[str]:
    """Names of what lies in a group, at any depth, and is of none of these types of NWB."""
    for name, child in children(group, []):
        if isinstance(child, h5py.Group) and text(child.attrs.get("neurodata_type", "")) in types:
            continue
        if isinstance(child, h5py.Group) and any(isinstance(c, h5py.Group) for c in child.values()):
            yield from apart_from(child, types, depth + 1) if depth < DEEPEST else [name]
        elif not isinstance(child, h5py.Group) or len(child):
            yield name


def unread(file: Any, types: Container[str]) -> list[str]:
    """What somebody who reads nothing but these types leaves in a file."""
    return [name for place in (*PLACES, "intervals") for name in apart_from(file.get(place), types)]


def table(path: Path, group: Any, apart: tuple[str, ...] = ()) -> tuple[pd.DataFrame, list[str]]:
    """Columns of a dynamic table in its order; lists of words become one word with commas.

    Parameters
    ----------
    apart : columns that somebody else reads
    """
    name, notes = group.name.strip("/").removeprefix("intervals/"), list[str]()
    if "id" not in group:
        raise DataError(path, name, "has no ids; the file is damaged")
    count, indices = array(path, group["id"]).size, {f"{key}_index" for key in group}
    there = dict(children(group, notes))
    order = [key for key in decoded(group.attrs.get("colnames", [])).ravel() if key in there]
    order += [key for key in there if key not in order]
    arrays: dict[str, Any] = {}
    unread: list[str] = []
    for key in order:
        if key in apart or key == "id" or key in indices:
            continue
        with optional(notes, f"{name}.{key}"):
            values = _column(path, group, key, count)
            arrays |= {} if values is None else {key: values}
            unread += [f"{name}.{key}"] if values is None else []
    columns, told = row_table(arrays, count, name)
    return columns, [*notes, *told, *left_out(unread)]


def _column(path: Path, group: Any, key: str, count: int) -> Any:
    """Its values, a list of words joined; None of what is no column: lists of numbers, references, records."""
    dataset = group[key]
    plain = isinstance(dataset, h5py.Dataset) and not h5py.check_ref_dtype(dataset.dtype) and not dataset.dtype.fields
    if not plain or f"{key}_index" not in group:
        return array(path, dataset) if plain else None
    if not h5py.check_string_dtype(dataset.dtype):
        return None
    ends = vector(path, f"{key}_index", array(path, group[f"{key}_index"])).astype(np.int64)
    words = array(path, dataset).ravel()
    if len(ends) != count or (np.diff(ends, prepend=0) < 0).any() or (ends[-1:] > len(words)).any():
        raise DataError(path, f"{group.name.strip('/')}.{key}_index", f"does not fit {count} rows")
    return [",".join(part) for part in np.split(words, ends)[:-1]]


def intervals(path: Path, group: Any) -> tuple[pd.DataFrame | None, list[str]]:
    """A table with a start and a stop in each row; None where it has none."""
    columns, notes = table(path, group)
    name = group.name.rpartition("/")[2]
    twice = [new for new, old in TIMES.items() if {new, old} <= set(columns)]
    notes += [f"{name}.{new}: {TIMES[new]} tells the same, left out" for new in twice]
    columns = columns.drop(columns=twice).rename(columns={old: new for new, old in TIMES.items()})
    if "start" not in columns:
        return None, [*notes, f"{name}: has no start_time, left out"]
    rows, more = stretches(columns, name)
    return rows, [*notes, *more]


def leaves(group: Any, notes: list[str], depth: int = 0) -> Iterator[Any]:
    """Groups and arrays that hold data, at any depth; links that lead nowhere are told."""
    for _, child in children(group, notes):
        holds_groups = isinstance(child, h5py.Group) and any(isinstance(c, h5py.Group) for c in child.values())
        is_part = not isinstance(child, h5py.Group) or "timestamps" in child or "data" in child or "id" in child
        if is_part or (not holds_groups and len(child)):
            yield child
        elif depth < DEEPEST:
            yield from leaves(child, notes, depth + 1)


def _take(parts: Parts, path: Path, group: Any) -> None:
    """One part, by what it holds."""
    name = parts.name(group)
    if not isinstance(group, h5py.Group):
        parts.unread.append(name)
    elif {"spike_times", "spike_times_index"} <= set(group):
        parts.units.append(group)
    elif not ("timestamps" in group or "starting_time" in group):
        _take_untimed(parts, path, group, name)
    elif "data" not in group:
        times = vector(path, f"{name}.timestamps", array(path, group["timestamps"]))
        parts.intervals[name], notes = events(times, name)
        parts.notes += notes
    else:
        _take_timed(parts, path, group, name)


def _take_untimed(parts: Parts, path: Path, group: Any, name: str) -> None:
    """What has no clock of its own: a table of intervals, or nothing that is read."""
    if {"id", "start_time"} <= set(group):
        rows, notes = intervals(path, group)
        parts.intervals |= {} if rows is None else {name: rows}
        parts.notes += notes
    elif "data" in group and text(group.attrs.get("neurodata_type", "")).endswith("Series"):
        parts.notes.append(f"{name}: has neither timestamps nor a starting_time with a rate, left out")
    elif text(group.attrs.get("neurodata_type", "")) != PLANE:  # whose rows are units
        parts.unread.append(name)


def _take_timed(parts: Parts, path: Path, group: Any, name: str) -> None:
    """What has data and a clock: a series, or what happened when."""
    data, kind = group["data"], text(group.attrs.get("neurodata_type", ""))
    if isinstance(data, h5py.Dataset) and not data.size:
        parts.notes.append(f"{name}: holds no samples, left out")
        return
    if not isinstance(data, h5py.Dataset) or kind in SKIPPED:
        parts.notes.append(f"{name}: raw data, not read")
        return
    values, times, notes = _timed(path, group, name)
    most = values.size if kind == RESPONSE else WIDEST
    if times is None:
        parts.notes += notes
    elif kind == "IntervalSeries" and values.ndim == 1 and values.dtype.kind in "iuf":
        parts.intervals[name], more = _edges(times, values, name)
        parts.notes += notes + more
    elif values.dtype == object and values.size == times.size:
        parts.intervals[name], more = events(times, name, {"text": values.ravel()})
        parts.notes += notes + more
    elif values.ndim > 2 or values.dtype.kind not in "fiub" or _width(values, times.size) > most:
        parts.notes.append(f"{name}: raw data, not read")
    else:
        values = _scaled(path, data, values, name)
        names = of_response(path, group) if kind == RESPONSE else _names(group)
        series, more = timed(times, values, names, text(data.attrs.get("unit", "")), name)
        parts.series |= {} if series is None else {name: series}
        parts.notes += notes + more


def _width(values: NDArray[Any], count: int) -> int:
    """Features of each sample, whichever way it lies."""
    return 1 if values.ndim < 2 else values.shape[0] if values.shape[1] == count != len(values) else values.shape[1]


def _timed(path: Path, group: Any, name: str) -> tuple[NDArray[Any], NDArray[Any] | None, list[str]]:
    """Values and their times; without times of their own, few samples of many features lie the wrong way round."""
    data = group["data"]
    if data.ndim > 2:
        return np.zeros((0, 0, 0)), np.zeros(0), []  # raw, and large
    values = array(path, data, name)
    if "timestamps" in group:
        return values, vector(path, f"{name}.timestamps", array(path, group["timestamps"])), []
    begin = group["starting_time"]
    rate = number(path, f"{name}.rate", begin.attrs.get("rate", 0.0))
    if rate <= 0:
        return (
            values,
            None,
            [f"{name}: its rate is {rate:g}, left out; a positive number of samples a second is needed"],
        )
    notes = []
    cells = group["rois"].size if "rois" in group else 0
    turned = len(values) == cells != values.shape[-1] if cells else len(values) < values.shape[-1]
    if values.ndim == 2 and turned:
        notes.append(f"{name}: is {values.shape}, more features than samples; turned")
        values = values.T
    return values, number(path, f"{name}.starting_time", begin[()]) + np.arange(len(values)) / rate, notes


def _scaled(path: Path, data: Any, values: NDArray[Any], name: str) -> NDArray[Any]:
    """In the unit that the file names."""
    conversion, offset = (
        number(path, f"{name}.{key}", data.attrs.get(key, usual))
        for key, usual in (("conversion", 1.0), ("offset", 0.0))
    )
    return values if conversion == 1.0 and offset == 0.0 else np.asarray(values * conversion + offset)


def _names(group: Any) -> tuple[str, ...]:
    """Names of the features, from our comment."""
    comments = text(group.attrs.get("comments", ""))
    return tuple(comments.removeprefix(COLUMNS).split(", ")) if comments.startswith(COLUMNS) else ()


def _edges(times: NDArray[Any], values: NDArray[Any], name: str) -> tuple[pd.DataFrame, list[str]]:
    """Intervals from the moments at which each begins (1) and ends (-1); events where these do not pair."""
    if len(times) != len(values):
        return events(times, name)
    order = np.argsort(times, kind="stable")
    times, values = np.asarray(times, float)[order], values[order]
    start, stop = times[values > 0], times[values < 0]
    if len(start) == len(stop) and (start <= stop).all() and (start[1:] >= stop[:-1]).all():
        return pd.DataFrame({"start": start, "stop": stop, "value": values[values > 0]}), []
    table, notes = events(times, name, {"value": values})
    return table, [*notes, f"{name}: its beginnings and ends do not pair; each is told as an event"]
