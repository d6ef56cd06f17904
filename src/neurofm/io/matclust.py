"""MatClust spikes: cells in cells (day, epoch, tetrode, unit), each with a field `time` in seconds."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import clean_spikes
from neurofm.errors import DataError
from neurofm.io._file import FACTOR, ROOM, check_size, head, unpacked
from neurofm.specs import ReaderSpec

LEVELS = ("cell", "tetrode", "epoch", "day")  # from the innermost outwards
COMPRESSED = 15  # MAT 5 data type


def accepts(path: Path) -> bool:
    """Whether it is a MAT 5 file with a cell array or struct in it."""
    from scipy.io import whosmat

    if head(path, 6) != b"MATLAB" or _is_hdf5(path):
        return False
    return any(kind in ("cell", "struct") for _, _, kind in whosmat(path))


def read(path: Path) -> Recording:
    """Spikes of every unit that fired; epochs of one day are joined."""
    found = list(_leaves(_load(path)))
    if not found:
        raise DataError(path, "time", "no cell has a field 'time'; is it MatClust's spikes file?")
    table = _table(path, found)
    fired = table[table["count"] > 0]
    if fired.empty:
        raise DataError(path, "time", "no unit has a spike")
    labels = {label: row for row, label in enumerate(dict.fromkeys(fired["label"]))}
    times = [_times(path, found[k][1]) for k in fired.index]
    unit = np.repeat([labels[label] for label in fired["label"]], fired["count"])
    spikes, notes = clean_spikes(np.concatenate(times), unit)
    silent = table["label"].nunique() - len(labels)
    if silent:
        notes.append(f"{silent} clusters without a spike were left out")
    units = fired.drop_duplicates("label").drop(columns=["count", "epoch"], errors="ignore").reset_index(drop=True)
    domain = _domain([found[k][1] for k in fired.index], spikes.times)
    return Recording(
        session=path.stem, spikes=spikes, units=units, domain=domain, paths=(str(path),), notes=tuple(notes)
    )


def _load(path: Path) -> dict[str, Any]:
    from scipy.io import loadmat

    if _is_hdf5(path):
        raise DataError(path, "", "is a MATLAB 7.3 file; save it in MATLAB with save(..., '-v7')")
    _check_packed(path)
    return {name: value for name, value in loadmat(path).items() if not name.startswith("__")}


def _is_hdf5(path: Path) -> bool:
    start = head(path, 520)
    return b"\x89HDF\r\n\x1a\n" in (start[:8], start[512:520])


def _check_packed(path: Path) -> None:
    """Refuse compressed variables that would fill the memory."""
    raw = path.read_bytes()
    order = ">" if raw[126:128] == b"MI" else "<"
    place = 128
    while place + 8 <= len(raw):
        kind, size = struct.unpack_from(f"{order}II", raw, place)
        packed = raw[place + 8 : place + 8 + size]
        if kind == COMPRESSED:
            check_size(path, "variable", unpacked(packed, ROOM + FACTOR * size), size)
        place += 8 + size


def _leaves(item: Any, place: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Every struct with a field `time`, and its numbers in the cells around it (from 1)."""
    if isinstance(item, dict):
        for value in item.values():
            yield from _leaves(value, place)
    elif isinstance(item, np.ndarray) and item.dtype == object:
        for k, part in enumerate(item.ravel()):
            yield from _leaves(part, (*place, k + 1))
    elif isinstance(item, np.ndarray) and item.dtype.names:
        for part in item.ravel():
            if "time" in item.dtype.names:
                yield place, part
            else:
                for name in item.dtype.names:
                    yield from _leaves(part[name], place)


def _table(path: Path, found: list[tuple[tuple[int, ...], Any]]) -> pd.DataFrame:
    """A row per leaf: label, the numbers that make it, and its spike count."""
    rows = [dict(zip(LEVELS, reversed(place))) for place, _ in found]
    table = pd.DataFrame(rows, index=range(len(rows))).reindex(columns=list(reversed(LEVELS))).dropna(axis=1, how="all")
    label = [f"t{r.get('tetrode', 1)} u{r.get('cell', k + 1)}" for k, r in enumerate(rows)]
    if "day" in table and table["day"].nunique() > 1:
        label = [f"d{day} {name}" for day, name in zip(table["day"], label)]
    else:
        table = table.drop(columns="day", errors="ignore")
    table.insert(0, "label", label)
    return table.assign(count=[len(_times(path, leaf)) for _, leaf in found])


def _times(path: Path, leaf: Any) -> NDArray[np.float64]:
    try:
        return np.asarray(leaf["time"], float).ravel()
    except (TypeError, ValueError) as error:
        raise DataError(path, "time", f"holds no numbers ({error}); is it MatClust's spikes file?") from error


def _domain(leaves: list[Any], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The files' time ranges, if the spikes lie in them."""
    ranges = [
        np.asarray(leaf["timerange"], float).ravel() for leaf in leaves if "timerange" in (leaf.dtype.names or ())
    ]
    ranges = [r for r in ranges if r.size == 2]
    if not ranges or not len(times):
        return np.zeros((0, 2))
    spans = np.unique(ranges, axis=0)
    return spans if spans.min() <= times[0] and times[-1] <= spans.max() else np.zeros((0, 2))


SPEC = ReaderSpec(title="MatClust spikes", patterns=("*.mat",), accepts=accepts, read=read)
