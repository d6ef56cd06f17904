"""MatClust spikes: cells in cells (day, epoch, tetrode, unit), each with a field `time` in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import clean_spikes
from neurofm.errors import DataError
from neurofm.io._file import ARRAYS, FACTOR, ROOM, head
from neurofm.io._mat5 import is_mat5, variables
from neurofm.io._optional import optional
from neurofm.io._rows import left_out, vector
from neurofm.specs import ReaderSpec

READ = ("time", "timerange")
LEVELS = ("cell", "tetrode", "epoch", "day")  # from the innermost outwards

Leaf = tuple[tuple[int, ...], dict[str, Any]]  # the numbers in the cells around a struct, and its fields


def accepts(path: Path) -> bool:
    """Whether it is a MAT 5 file with a struct that has times."""
    if not is_mat5(head(path, 128)):
        return False
    raw = path.read_bytes()
    return any(True for _, value in variables(raw, ROOM + FACTOR * len(raw)) for _ in _leaves(value))


def read(path: Path) -> Recording:
    """Spikes of every unit that fired; epochs of one day are joined."""
    by_name = _load(path)
    leaves = [leaf for value in by_name.values() for leaf in _leaves(value)]
    if not leaves:
        raise DataError(path, "time", f"no cell has a field 'time', as MatClust's have; {ARRAYS}")
    leaves, lost = _whole(path, leaves)
    table = _table(path, leaves)
    fired = table[table["count"] > 0]
    if fired.empty:
        raise DataError(path, "time", "no unit has a spike")
    labels = {label: row for row, label in enumerate(dict.fromkeys(fired["label"]))}
    times = [_times(path, leaves[k][1]) for k in fired.index]
    unit = np.repeat([labels[label] for label in fired["label"]], fired["count"])
    spikes, notes = clean_spikes(np.concatenate(times), unit)
    silent = table["label"].nunique() - len(labels)
    if silent:
        notes.append(f"{silent} clusters without a spike were left out")
    units = fired.drop_duplicates("label").drop(columns=["count", "epoch"], errors="ignore").reset_index(drop=True)
    unread = [name for name, value in by_name.items() if name and not any(_leaves(value))]
    unread += [key for _, leaf in leaves for key, value in leaf.items() if key not in READ and np.size(value)]
    domain = np.zeros((0, 2))
    with optional(lost, "timerange"):
        domain = _domain([leaves[k][1] for k in fired.index], spikes.times)
    return Recording(
        session=path.stem,
        spikes=spikes,
        units=units,
        domain=domain,
        paths=(str(path),),
        notes=(*lost, *notes, *left_out(unread)),
    )


def _load(path: Path) -> dict[str, Any]:
    """Every variable by name."""
    start = head(path, 520)
    if b"\x89HDF\r\n\x1a\n" in (start[:8], start[512:520]):
        raise DataError(path, "", "is a MATLAB 7.3 file; save it in MATLAB with save(..., '-v7')")
    if not is_mat5(start):
        raise DataError(path, "header", "is not that of a MATLAB 5 file; save it in MATLAB with save(..., '-v7')")
    raw = path.read_bytes()
    return dict(variables(raw, ROOM + FACTOR * len(raw)))


def _leaves(item: Any, place: tuple[int, ...] = ()) -> Iterator[Leaf]:
    """Every struct with a field `time`, and its numbers in the cells around it (from 1)."""
    if isinstance(item, dict) and "time" in item:
        yield place, item
    elif isinstance(item, dict):
        for value in item.values():
            yield from _leaves(value, place)
    elif isinstance(item, list):
        for k, part in enumerate(item):
            yield from _leaves(part, place if isinstance(part, dict) else (*place, k + 1))


def _whole(path: Path, leaves: list[Leaf]) -> tuple[list[Leaf], list[str]]:
    """Units whose times can be read, all others told; where none can, the first says why."""
    whole: list[Leaf] = []
    lost: list[str] = []
    for place, leaf in leaves:
        cell = ", ".join(map(str, place))
        with optional(lost, f"cell {cell}"):
            whole.append((place, leaf | {"time": _times(path, leaf, f"time of cell {cell}")}))
    if not whole:
        _times(path, leaves[0][1])
    return whole, lost


def _table(path: Path, leaves: list[tuple[tuple[int, ...], Any]]) -> pd.DataFrame:
    """A row per leaf: label, the numbers that make it, and its spike count."""
    rows = [dict(zip(LEVELS, reversed(place))) for place, _ in leaves]
    table = pd.DataFrame(rows, index=range(len(rows))).reindex(columns=list(reversed(LEVELS))).dropna(axis=1, how="all")
    label = [f"t{r.get('tetrode', 1)} u{r.get('cell', k + 1)}" for k, r in enumerate(rows)]
    if "day" in table and table["day"].nunique() > 1:
        label = [f"d{day} {name}" for day, name in zip(table["day"], label)]
    else:
        table = table.drop(columns="day", errors="ignore")
    table.insert(0, "label", label)
    return table.assign(count=[len(_times(path, leaf)) for _, leaf in leaves])


def _times(path: Path, leaf: Any, field: str = "time") -> NDArray[np.float64]:
    if not isinstance(leaf["time"], np.ndarray):
        raise DataError(path, field, "holds no numbers; is it MatClust's spikes file?")
    return vector(path, field, leaf["time"]).astype(float)


def _domain(leaves: list[Any], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The files' time ranges, if the spikes lie in them."""
    given = [leaf["timerange"] for leaf in leaves if isinstance(leaf.get("timerange"), np.ndarray)]
    ranges = [r.ravel().astype(float) for r in given if r.size == 2]
    if not ranges or not len(times):
        return np.zeros((0, 2))
    spans = np.unique(ranges, axis=0)
    return spans if spans.min() <= times[0] and times[-1] <= spans.max() else np.zeros((0, 2))


SPEC = ReaderSpec(title="MatClust spikes", patterns=("*.mat",), accepts=accepts, read=read)
