"""Tables that pandas wrote to HDF5, in both of its layouts, by h5py alone; names in them are never unpickled to run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurofm.errors import DataError
from neurofm.io import _plain
from neurofm.io._hdf5 import array, decoded, text

TYPE = "pandas_type"
FRAMES = ("frame", "frame_table")  # the two layouts of a table
NAMED = "give it as csv"


class Table:
    """Columns by the words that name each, rows by what names those, and numbers (row, column)."""

    def __init__(self, columns: list[tuple[str, ...]], index: list[NDArray[Any]], values: NDArray[np.float64]) -> None:
        self.columns, self.index, self.values = columns, index, values
        self.notes: list[str] = []
        self.missing = 0  # rows that it says it has, beyond those that are there


def tables(file: Any) -> list[str]:
    """Keys of the tables in an HDF5 file."""
    groups = ((key, child) for key, child in file.items() if isinstance(child, h5py.Group))
    return [key for key, child in groups if text(child.attrs.get(TYPE, "")) in FRAMES]


def read(path: Path, group: Any) -> Table:
    """One table.

    Raises
    ------
    DataError
        If names of its columns are pickled objects, or it is damaged.
    """
    try:
        return _appended(path, group) if "table" in group else _fixed(path, group)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise DataError(path, group.name.strip("/"), f"is no whole table of pandas ({error}); {NAMED}") from error


def put(group: Any, cells: Mapping[tuple[int, int], float]) -> None:
    """Put numbers into rows and columns of a table, these as `read` counts them."""
    for (row, column), value in cells.items():
        if "table" in group:
            _put_appended(group["table"], row, column, value)
        else:
            _put_fixed(group, row, column, value)


def _put_appended(data: Any, row: int, column: int, value: float) -> None:
    whole = data[row]
    for block in (name for name in data.dtype.names if name.startswith("values_block")):
        width = int(np.prod(data.dtype[block].shape))
        if column < width:
            whole[block].reshape(-1)[column] = value
            data[row] = whole
            return
        column -= width


def _put_fixed(group: Any, row: int, column: int, value: float) -> None:
    for k in range(int(group.attrs["nblocks"])):
        block = group[f"block{k}_values"]
        if column < block.shape[1]:
            block[row, column] = value
            return
        column -= block.shape[1]


def _appended(path: Path, group: Any) -> Table:
    """The layout that rows can be added to: one table, whose fields are the index and blocks of columns."""
    data = group["table"]
    rows = data[()]
    fields = list(rows.dtype.names)
    blocks = [name for name in fields if name.startswith("values_block")]
    columns, values = [], []
    for block in blocks:
        columns += _pickled(path, data.attrs[f"{block}_kind"], block)
        values.append(_numbers(rows[block].reshape(len(rows), -1)))
    index = [_index(rows[name]) for name in fields if name not in blocks]
    table = Table(columns, index, _joined(len(rows), values))
    table.missing = int(data.attrs.get("NROWS", len(rows))) - len(rows)
    return table


def _fixed(path: Path, group: Any) -> Table:
    """The layout that is written once: axes and blocks, each an array."""
    index = _axis(path, group, "axis1")
    columns: list[tuple[str, ...]] = []
    values = []
    for k in range(int(group.attrs["nblocks"])):
        columns += list(zip(*_axis(path, group, f"block{k}_items")))
        values.append(_numbers(array(path, group[f"block{k}_values"])))
    return Table(columns, index, _joined(len(index[0]), values))


def _axis(path: Path, group: Any, key: str) -> list[NDArray[Any]]:
    """The levels of the names of columns or rows."""
    if text(group.attrs[f"{key}_variety"]) != "multi":
        return [_names(path, group[key])]
    levels = []
    for k in range(int(group.attrs[f"{key}_nlevels"])):
        names, codes = _names(path, group[f"{key}_level{k}"]), array(path, group[f"{key}_label{k}"])
        levels.append(np.where(codes < 0, "", names[codes]) if len(names) else np.full(len(codes), ""))
    return levels


def _names(path: Path, dataset: Any) -> NDArray[Any]:
    if "object" in text(dataset.attrs.get("PSEUDOATOM", "")) or h5py.check_vlen_dtype(dataset.dtype):
        raise DataError(path, dataset.name.strip("/"), f"holds pickled names; {NAMED}")
    return _index(array(path, dataset))


def _index(values: NDArray[Any]) -> NDArray[Any]:
    return decoded(values) if values.dtype.kind in "SO" else values


def _pickled(path: Path, stored: Any, field: str) -> list[tuple[str, ...]]:
    """Names of columns, which pandas pickles even where they are but words."""
    try:
        names = _plain.loads(stored if isinstance(stored, bytes) else bytes(stored))
    except ValueError as error:
        raise DataError(path, field, f"has names of columns that cannot be read: {error}; {NAMED}") from error
    return [tuple(map(str, name)) if isinstance(name, tuple) else (str(name),) for name in names]


def _numbers(values: NDArray[Any]) -> NDArray[np.float64]:
    return values.astype(float) if values.dtype.kind in "fiub" else np.full(values.shape, np.nan)


def _joined(rows: int, blocks: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate(blocks, 1) if blocks else np.zeros((rows, 0))
