"""brainsets HDF5: a tree of `Data`, `ArrayDict`, `Interval` and time series, as temporaldata writes it.

Large arrays are opened as memory maps of copies (`neurofm.io._copies`) and never loaded as a whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import Series, Spikes, clean_spikes
from neurofm.errors import DataError
from neurofm.io._hdf5 import array, children, decoded, text
from neurofm.io._names import named, plain
from neurofm.io._optional import optional
from neurofm.io._rows import (
    axes,
    common,
    events,
    labels,
    left_out,
    number,
    row_table,
    rows,
    stretches,
    timed,
    vector,
    with_region,
)
from neurofm.process import move
from neurofm.specs import ReaderSpec

BLOCK = 1 << 20  # times checked in one go
BASE = "values"  # the column of a series that has its group to itself
NAMES = "neurofm_names"  # attribute that says what names stand in for others
ABOUT = ("session", "subject", "device", "brainset")  # groups that say what it is a recording of
RESERVED = ("timestamps", "timestamp_indices_1s", "domain")


def accepts(path: Path) -> bool:
    """Whether the root says that it is a `Data` object."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return text(file.attrs.get("object", "")) == "Data"


@dataclass
class _Tree:
    """What the tree holds, collected while walking it."""

    path: Path
    series: dict[str, Series] = field(default_factory=dict)
    intervals: dict[str, pd.DataFrame] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    spikes: h5py.Group | None = None
    units: h5py.Group | None = None
    domain: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))


def read(path: Path) -> Recording:
    """Spikes, units, every time series and every interval table of the tree."""
    with h5py.File(path) as file:
        if text(file.attrs.get("object", "")) != "Data":
            raise DataError(
                path, "", "is HDF5 of no known kind, neither an image with axes z, y, x nor Data of brainsets"
            )
        tree = _Tree(path)
        _walk(tree, file, "")
        session, subject = _name(file, "session") or path.stem, _name(file, "subject")
        units = _units(tree, session)
        spikes = _spikes(tree, len(units))
        names = text(file.attrs.get(NAMES, ""))
    recording = Recording(
        session=session,
        subject=subject,
        spikes=spikes,
        units=units,
        series=tree.series,
        intervals=tree.intervals,
        domain=tree.domain,
        paths=(str(path),),
        notes=(*tree.notes, *left_out(tree.unread)),
    )
    return named(recording, names)


def _walk(tree: _Tree, group: Any, prefix: str) -> None:
    """Each child by what it says it is; what nobody knows is noted and left."""
    for name, child in children(group, tree.notes):
        with optional(tree.notes, prefix + name):
            _take(tree, child, name, prefix + name)


def _take(tree: _Tree, child: Any, name: str, full: str) -> None:
    """One child, by what it says it is."""
    kind = text(child.attrs.get("object", "")) if isinstance(child, h5py.Group) else ""
    if full in ABOUT:
        tree.unread += [f"{full}.{part}" for part in child] if kind else []
    elif kind == "Data":
        _walk(tree, child, f"{full}.")
    elif kind == "Interval":
        _take_interval(tree, child, full)
    elif kind == "ArrayDict" and name == "units" and tree.units is None:
        tree.units = child
    elif kind == "IrregularTimeSeries" and name == "spikes" and tree.spikes is None:
        tree.spikes = child
    elif kind in ("IrregularTimeSeries", "RegularTimeSeries") and name != "spikes":
        _take_series(tree, child, full, kind)
    elif kind and kind not in ("ArrayDict", "IrregularTimeSeries"):
        tree.notes.append(f"{full}: of unknown kind '{kind}', left out")
    else:
        tree.unread.append(full)


def _take_interval(tree: _Tree, group: Any, name: str) -> None:
    columns = _columns(tree, group, name)
    if not {"start", "end"} <= set(columns):
        raise DataError(tree.path, name, f"an Interval needs start and end, got {', '.join(columns) or 'nothing'}")
    start, end = (vector(tree.path, f"{name}.{key}", columns[key]) for key in ("start", "end"))
    if len(start) != len(end):
        raise DataError(tree.path, name, f"has {len(start)} starts and {len(end)} ends; the file is damaged")
    if name == "domain":
        tree.domain = np.stack([start, end], 1).astype(float)
    elif name.rpartition(".")[2] != "domain":
        table, notes = row_table(columns, len(start), name)
        rows, more = stretches(table.rename(columns={"end": "stop"}), name)
        tree.intervals |= {} if rows is None else {name: rows}
        tree.notes += [*notes, *more]


def _columns(tree: _Tree, group: Any, name: str) -> dict[str, NDArray[Any]]:
    """The arrays of a group; groups in it are none."""
    there = dict(children(group, tree.notes))
    tree.unread += [f"{name}.{key}" for key, child in there.items() if isinstance(child, h5py.Group)]
    arrays: dict[str, NDArray[Any]] = {}
    for key, child in there.items():
        if isinstance(child, h5py.Dataset):
            with optional(tree.notes, f"{name}.{key}"):
                arrays[key] = array(tree.path, child, f"{name}.{key}")
    return arrays


def _take_series(tree: _Tree, group: Any, name: str, kind: str) -> None:
    """Each column of a time series, in seconds; of words, or of nothing but times, events."""
    columns = {key: child for key, child in children(group, tree.notes) if key not in RESERVED}
    tree.unread += [f"{name}.{key}" for key, child in columns.items() if not isinstance(child, h5py.Dataset)]
    columns = {key: child for key, child in columns.items() if isinstance(child, h5py.Dataset)}
    words = [key for key, child in columns.items() if child.dtype.kind not in "fiub"]
    if kind == "IrregularTimeSeries" and "timestamps" not in group:
        raise DataError(tree.path, f"{name}.timestamps", "is missing")
    if kind == "IrregularTimeSeries" and (words or not columns):
        times = vector(tree.path, f"{name}.timestamps", array(tree.path, group["timestamps"]))
        tree.intervals[name], notes = events(times, name, {key: array(tree.path, columns[key]) for key in columns})
        tree.notes += notes
        return
    for column, child in columns.items():
        with optional(tree.notes, f"{name}.{column}"):
            _take_column(tree, group, name, kind, column, child)


def _take_column(tree: _Tree, group: Any, name: str, kind: str, column: str, child: Any) -> None:
    """One array of a time series."""
    full, values = name if column == BASE else f"{name}.{column}", array(tree.path, child)
    if kind == "IrregularTimeSeries":
        times = array(tree.path, group["timestamps"])
    else:
        times, values, told = _on_grid(tree.path, group, name, values)
        tree.notes += told
    names = tuple(decoded(child.attrs["names"]).ravel()) if "names" in child.attrs else ()
    series, told = timed(times, values, names, text(child.attrs.get("unit", "")), full)
    tree.notes += told
    if series is not None:
        width = series.values.shape[1]
        tree.series[full] = series if len(names) == width else replace(series, names=_axes(column, width))


def _axes(column: str, width: int) -> tuple[str, ...]:
    return axes(width) or ((column,) if width == 1 else tuple(f"{column}_{k}" for k in range(width)))


def _on_grid(
    path: Path, group: Any, name: str, values: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[Any], list[str]]:
    """Times and values of the samples that are real: a regular series fills its gaps."""
    rate = number(path, f"{name}.sampling_rate", group.attrs.get("sampling_rate", 0))
    if rate <= 0 or "domain" not in group:
        raise DataError(path, name, "needs a sampling_rate and a domain; the file is damaged")
    start, end = (vector(path, f"{name}.domain", array(path, group["domain"][key])) for key in ("start", "end"))
    span = round((end[-1] - start[0]) * rate) + 1 if len(start) else 0
    count = span if span in values.shape[1:] and len(values) != span else len(values)
    fitting, notes = rows(values, count, name)
    values = values if fitting is None else fitting
    times = (start[0] if len(start) else 0.0) + np.arange(len(values)) / rate
    if len(start) < 2:
        return times, values, notes
    place = np.searchsorted(start - 0.5 / rate, times, "right") - 1  # half a sample of room for rounding
    seen = (place >= 0) & (times < end[np.maximum(place, 0)] - 0.5 / rate)
    return times[seen], values[seen], notes


def _name(file: Any, key: str) -> str:
    return text(file[key].attrs.get("id", "")) if isinstance(file.get(key), h5py.Group) else ""


def _units(tree: _Tree, session: str) -> pd.DataFrame:
    """The units table with a `label` that is unique, and `region` under that name."""
    if tree.units is None:
        return pd.DataFrame({"label": pd.Series(dtype=str)})
    columns = _columns(tree, tree.units, "units")
    count = np.size(columns["id"]) if "id" in columns else common(columns)
    table, notes = row_table(columns, count, "units")
    tree.notes += notes
    if "label" not in table:
        names = table.pop("id") if "id" in table else pd.Series([f"unit {k}" for k in range(len(table))])
        table.insert(0, "label", names)
    elif "id" in table and (table["id"].astype(str) == session + "/" + table["label"].astype(str)).all():
        table = table.drop(columns="id")
    once, told = labels(table["label"], "units")
    tree.notes += told
    return with_region(table.assign(label=pd.Series(once, dtype=str)))


def _spikes(tree: _Tree, units: int) -> Spikes:
    """Spikes as they lie on disk where they are sorted, else mended."""
    group = tree.spikes
    if group is None:
        return Spikes(np.zeros(0), np.zeros(0, np.int32))
    for key in ("timestamps", "unit_index"):
        if key not in group:
            raise DataError(tree.path, f"spikes.{key}", "is missing; the file is damaged")
    keys = ("timestamps", "unit_index")
    times, unit = (vector(tree.path, f"spikes.{key}", array(tree.path, group[key])) for key in keys)
    tree.unread += [f"spikes.{key}" for key in group if key not in (*keys, *RESERVED)]
    if len(times) != len(unit):
        raise DataError(tree.path, "spikes.unit_index", f"has {len(unit)} entries for {len(times)} timestamps")
    if unit.dtype.kind == "f" and (unit % 1).any():
        raise DataError(tree.path, "spikes.unit_index", "holds numbers that are not whole")
    if len(unit) and (unit.min() < 0 or unit.max() >= units):
        raise DataError(tree.path, "spikes.unit_index", f"names unit {unit.max()} but there are {units} units")
    if times.dtype == np.float64 and _ascending(times):
        return Spikes(times, unit.astype(np.int32, copy=False))
    spikes, notes = clean_spikes(times, unit)
    tree.notes += notes or ["spikes: the times were not sorted; sorted"]
    return spikes


def _ascending(times: NDArray[np.float64]) -> bool:
    """Sorted and free of NaN, looked at block by block so that a memory map stays on disk."""
    blocks = (times[a : a + BLOCK + 1] for a in range(0, len(times), BLOCK))
    return all(np.isfinite(b[:1]).all() and (np.diff(b) >= 0).all() for b in blocks)


def write(recording: Recording, path: str | os.PathLike[str]) -> Path:
    """Write a recording; temporaldata opens it, and `read` gives it back equal."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with h5py.File(unfinished, "w", track_order=True) as file:
            _write(recording, file)
        move(unfinished, path)
    except (OSError, ValueError) as error:
        raise DataError(path, "", f"cannot be written ({error})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _write(recording: Recording, file: Any) -> None:
    recording, names = plain(recording)
    file.attrs.update({"object": "Data", "absolute_start": 0.0, **({NAMES: json.dumps(names)} if names else {})})
    for key, name in (("session", recording.session), ("subject", recording.subject)):
        _group(file, key, "Data").attrs.update({"id": name, "absolute_start": 0.0})
    _put(_group(file, "units", "ArrayDict"), {"id": recording.unit_names, **recording.units})
    spikes = _timed(file, "spikes", recording.spikes.times, recording.domain)
    spikes["unit_index"] = recording.spikes.unit
    for name, columns in _shared(recording.series).items():
        group = _timed(file, name, next(iter(columns.values())).times, recording.domain)
        for column, series in columns.items():
            dataset = group.create_dataset(column, data=series.values)
            dataset.attrs["names"] = np.array(series.names, h5py.string_dtype())
            dataset.attrs["unit"] = series.unit
    for name, table in recording.intervals.items():
        _interval(file, name, {"end" if key == "stop" else str(key): table[key] for key in table})
    _interval(file, "domain", dict(zip(("start", "end"), recording.domain.T)))


def _shared(series: Mapping[str, Series]) -> dict[str, dict[str, Series]]:
    """Groups of columns: `cursor.pos` and `cursor.vel` share `cursor` if they share its times."""
    together: dict[str, dict[str, Series]] = {}
    for name, one in series.items():
        group, _, column = name.partition(".")
        columns = together.setdefault(group, {})
        fits = column not in RESERVED and all(np.array_equal(one.times, other.times) for other in columns.values())
        if fits:
            columns[column or BASE] = one
        else:
            together[name] = {BASE: one}
    return {name: columns for name, columns in together.items() if columns}


def _group(parent: Any, name: str, kind: str) -> Any:
    if "/" in name or name in parent:
        raise ValueError(f"the name '{name}' is used twice or has a / in it; rename it")
    group = parent.create_group(name, track_order=True)
    group.attrs["object"] = kind
    return group


def _timed(file: Any, name: str, times: NDArray[np.float64], domain: NDArray[np.float64]) -> Any:
    group = _group(file, name, "IrregularTimeSeries")
    group.attrs.update({"timekeys": np.array(["timestamps"], "S"), "_unicode_keys": np.array([], "S")})
    group["timestamps"] = np.asarray(times, np.float64)
    grid = np.arange(domain[0, 0], domain[-1, 1] + 1.0) if len(domain) else np.zeros(0)
    group["timestamp_indices_1s"] = np.searchsorted(times, grid)
    _interval(group, "domain", dict(zip(("start", "end"), domain.T)))
    return group


def _interval(parent: Any, name: str, columns: Mapping[str, ArrayLike]) -> None:
    group = _group(parent, name, "Interval")
    group.attrs["timekeys"] = np.array(["start", "end"], "S")
    _put(group, columns)


def _put(group: Any, columns: Mapping[str, ArrayLike]) -> None:
    """Columns as datasets; text as bytes, which temporaldata turns back if it is ASCII."""
    ascii_names = []
    for name, column in columns.items():
        values = np.asarray(column)
        if values.dtype.kind not in "fiub":
            words = ["" if pd.isna(v) else str(v) for v in values]
            ascii_names += [name] if all(word.isascii() for word in words) else []
            values = np.array([word.encode() for word in words], "S")
        group.create_dataset(name, data=values)
    group.attrs["_unicode_keys"] = np.array(ascii_names, "S")


SPEC = ReaderSpec(
    title="brainsets HDF5", patterns=("*.h5", "*.hdf5"), accepts=accepts, read=read, write=write, native=".h5"
)
