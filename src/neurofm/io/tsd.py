"""Files that pynapple saves (`.npz`): a TsGroup is spikes, a Tsd or TsdFrame a series, others intervals.

What pynapple pickles beside, names of columns and metadata, is read and never run. A series, and a table of intervals,
is called as its file.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import clean_spikes
from neurofm.errors import DataError
from neurofm.io import _plain
from neurofm.io._file import check_size, head
from neurofm.io._rows import events, left_out, row_table, timed, vector, with_region
from neurofm.specs import ReaderSpec

SUPPORT, TIMES, VALUES, UNIT, UNITS = ("start", "end"), "t", "d", "index", "keys"
COLUMNS, METADATA, KIND = "columns", "_metadata", "type"
KINDS = ("TsGroup", "TsdFrame", "TsdTensor", "Tsd", "Ts", "IntervalSet")
OWN = (*SUPPORT, TIMES, VALUES, UNIT, UNITS, COLUMNS, METADATA, KIND)

Arrays = dict[str, Any]


def accepts(path: Path) -> bool:
    """Whether it is a zip of arrays with a time support, and says what it is or has times."""
    if head(path, 2) != b"PK":
        return False
    with zipfile.ZipFile(path) as file:
        names = {name.removesuffix(".npy") for name in file.namelist()}
    return {*SUPPORT} <= names and bool({TIMES, KIND} & names)


def read(path: Path) -> Recording:
    """Spikes, one series, or one table, over the object's time support."""
    arrays, notes = _arrays(path)
    missing = next((name for name in SUPPORT if name not in arrays), None)
    if missing:
        raise DataError(path, missing, "is missing; a file of pynapple says when each epoch starts and ends")
    start, end = (vector(path, name, arrays[name]).astype(float) for name in SUPPORT)
    if len(start) != len(end):
        raise DataError(path, "end", f"has {len(end)} entries for {len(start)} starts")
    kind = _kind(arrays)
    made = {"TsGroup": _group, "Ts": _events, "IntervalSet": _intervals}.get(kind, _series)(path, arrays)
    domain = made.domain if kind == "IntervalSet" else np.stack([start, end], 1)
    return replace(made, session=path.stem, paths=(str(path),), domain=domain, notes=(*notes, *made.notes))


def _arrays(path: Path) -> tuple[Arrays, list[str]]:
    """Every array, and what was pickled as far as it is plain."""
    arrays: Arrays = {}
    notes: list[str] = []
    if not zipfile.is_zipfile(path):
        raise DataError(path, "", "is no whole .npz; was the copy cut off?")
    with zipfile.ZipFile(path) as file:
        for item in file.infolist():
            check_size(path, item.filename, item.file_size, item.compress_size)
            name = item.filename.removesuffix(".npy")
            with file.open(item) as member:
                try:
                    arrays[name] = _array(member)
                except ValueError as error:
                    notes.append(f"{name}: {error}, left out")
    return arrays, notes


def _array(member: Any) -> Any:
    version = np.lib.format.read_magic(member)
    of = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = of(member)
    if dtype.hasobject:
        return _plain.values(_plain.loads(member.read()))
    flat = np.frombuffer(member.read(), dtype)
    return flat.reshape(shape, order="F" if fortran else "C").astype(dtype.newbyteorder("="))


def _kind(arrays: Arrays) -> str:
    """What it was, as it says itself, or else by what is in it."""
    said = str(np.ravel(arrays[KIND])[0]) if np.size(arrays.get(KIND, ())) else ""
    if said in KINDS:
        return said
    if TIMES not in arrays:
        return "IntervalSet"
    return "TsGroup" if UNIT in arrays else "Tsd" if VALUES in arrays else "Ts"


def _times(path: Path, arrays: Arrays) -> NDArray[np.float64]:
    if TIMES not in arrays:
        raise DataError(path, TIMES, "is missing; it says when each sample was")
    return vector(path, TIMES, arrays[TIMES]).astype(float)


def _group(path: Path, arrays: Arrays) -> Recording:
    """Spikes of units that keep their names, silent ones, too."""
    times, of = _times(path, arrays), vector(path, UNIT, arrays.get(UNIT, ()))
    if len(of) != len(times):
        raise DataError(path, UNIT, f"has {len(of)} entries for {len(times)} times")
    names = vector(path, UNITS, arrays[UNITS]) if UNITS in arrays else np.unique(of)
    unit = pd.Index(names).get_indexer(of) if len(np.unique(names)) == len(names) else np.full(len(of), -1)
    if (unit < 0).any():
        raise DataError(path, UNITS, f"do not name once each of the units that spikes are of: {np.unique(of)[:9]}")
    spikes, notes = clean_spikes(times, unit)
    told, more = _about(arrays, len(names), "units")
    units = with_region(pd.DataFrame({"label": [f"unit {name}" for name in names.tolist()]}).join(told))
    values = [f"{VALUES}: values at the spikes were left out"] if VALUES in arrays else []
    return Recording(session="", spikes=spikes, units=units, notes=(*notes, *more, *values))


def _series(path: Path, arrays: Arrays) -> Recording:
    if VALUES not in arrays:
        raise DataError(path, VALUES, "is missing; it holds a value for each time")
    names = tuple(str(name) for name in np.ravel(arrays.get(COLUMNS, ())))
    series, notes = timed(_times(path, arrays), arrays[VALUES], names, label=path.stem)
    if series is None:
        raise DataError(path, VALUES, notes[-1].removeprefix(f"{path.stem}: ").removesuffix(", left out"))
    inside, more = _metadata(arrays)
    unread = left_out([*inside, *(name for name in arrays if name not in OWN)])
    return Recording(session="", series={path.stem: series}, notes=(*notes, *more, *unread))


def _events(path: Path, arrays: Arrays) -> Recording:
    table, notes = events(_times(path, arrays), path.stem)
    unread = left_out(name for name in arrays if name not in OWN)
    return Recording(session="", intervals={path.stem: table}, notes=(*notes, *unread))


def _intervals(path: Path, arrays: Arrays) -> Recording:
    start, stop = (np.ravel(arrays[name]).astype(float) for name in SUPPORT)
    told, notes = _about(arrays, len(start), path.stem)
    table = pd.DataFrame({"start": start, "stop": stop}).join(told)
    return Recording(session="", intervals={path.stem: table}, notes=tuple(notes))


def _about(arrays: Arrays, count: int, name: str) -> tuple[pd.DataFrame, list[str]]:
    """What is known of each of `count` rows, as metadata or, as pynapple once saved it, in arrays of their own."""
    inside, notes = _metadata(arrays)
    own = {key: values for key, values in arrays.items() if key not in OWN}
    fitting = {key: values for key, values in own.items() if np.shape(values)[:1] == (count,)} | inside
    told, more = row_table({key: v for key, v in fitting.items() if key not in ("label", "stop")}, count, name)
    return told, [*notes, *more, *left_out(set(own) - set(fitting))]


def _metadata(arrays: Arrays) -> tuple[Arrays, list[str]]:
    """What was pickled of each unit, interval or column, by name."""
    held = np.ravel(arrays.get(METADATA, np.zeros(0)))
    inside = held[0] if held.size and isinstance(held[0], Mapping) else {}
    plain: Arrays = {}
    notes: list[str] = []
    for name, values in inside.items():
        try:
            plain[str(name)] = _plain.values(values)
        except ValueError as error:
            notes.append(f"{METADATA}.{name}: {error}, left out")
    return plain, notes


SPEC = ReaderSpec(title="pynapple", patterns=("*.npz",), accepts=accepts, read=read)
