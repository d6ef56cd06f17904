"""What lies in files that say nothing of themselves (`.mat`, `.npz`, `.npy`, tables of text), by name.

Structs and groups become names with a dot. What is pickled in a file of numpy is read and never run.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.errors import DataError
from neurofm.io import _plain
from neurofm.io._file import FACTOR, ROOM, check_size, head
from neurofm.io._hdf5 import array
from neurofm.io._mat5 import is_mat5, variables

TEXT = (".csv", ".tsv", ".txt")
COLUMN = "column"  # how columns without a name are called: "column 1"
WIDEST = 4096  # columns that have names
DEEPEST = 4  # structs in structs
FIRST = 1 << 16  # bytes of text that are looked at to tell how it is written
NUMPY, ZIP, HDF5 = b"\x93NUMPY", b"PK", b"\x89HDF\r\n\x1a\n"
MISSING = ["", "nan", "NaN", "NA", "N/A", "none", "None", "null"]

Arrays = NDArray[Any]


@dataclass(frozen=True)
class Contents:
    """Everything in a file that can be told apart by name.

    Parameters
    ----------
    vectors : one number or word a row
    matrices : numbers in two axes
    lists : vectors of different lengths that belong together
    numbers : single ones
    others : names of what is none of these
    table : whether the vectors are the columns of one table, in which NaN stands for what is missing
    """

    vectors: dict[str, Arrays] = field(default_factory=dict)
    matrices: dict[str, Arrays] = field(default_factory=dict)
    lists: dict[str, list[Arrays]] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    table: bool = False

    def numeric(self) -> dict[str, Arrays]:
        """Vectors that are no words."""
        return {name: values for name, values in self.vectors.items() if values.dtype.kind in "fiub"}


def contents(path: Path) -> Contents:
    """All that a file holds; a matrix alone is a table whose columns are numbered.

    Raises
    ------
    DataError
        If it is damaged, or of none of these formats.
    """
    if path.suffix.lower() in TEXT:
        return _table(path)
    start = head(path, 520)
    if start.startswith(NUMPY):
        with path.open("rb") as stream:
            held = _member(path, path.stem, stream, path.stat().st_size)
    elif start.startswith(ZIP):
        held = _zipped(path)
    elif is_mat5(start):
        raw = path.read_bytes()
        held = dict(variables(raw, ROOM + FACTOR * len(raw)))
    elif start[512:520] == HDF5 or (start[:8] == HDF5 and path.suffix.lower() == ".mat"):
        with h5py.File(path) as file:
            held = _group(path, file)
    else:
        raise DataError(path, "", "is no whole file of MATLAB, numpy or text; was the copy cut off?")
    return _alone(_sorted(dict(_flat("" if isinstance(held, Mapping) else path.stem, held))))


# ---- formats


def first_line(path: Path) -> tuple[list[str], list[str], str]:
    """Names of the columns of a table of text, none where its first line is numbers, the line after, and the mark."""
    text = head(path, FIRST).decode("utf-8-sig", "replace")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("#", "%"))]
    if not lines or "\0" in text:
        raise DataError(path, "", "is no table of text; save it as CSV")
    mark, second = max("\t;,", key=lines[0].count), lines[1 if len(lines) > 1 else 0]
    if mark not in lines[0]:
        mark = r"\s+" if all(map(_is_number, second.split())) else ","
    cells = [[cell.strip().strip('"') for cell in re.split(mark, line.strip())] for line in lines[:2]]
    named = not all(map(_is_number, cells[0]))
    return (cells[0] if named else []), cells[-1], mark


def _table(path: Path) -> Contents:
    """Columns of a table of text, numbered where they have no names."""
    names, _, mark = first_line(path)
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, 4096), 2)
        last = file.read().decode("utf-8", "replace").split("\n")
    if len(last) > 1 and last[-1].strip() and len(re.split(mark, last[-1])) < len(re.split(mark, last[-2].strip())):
        raise DataError(path, "", "ends within its last line; was the copy cut off?")
    twice = next((name for name in names if name and names.count(name) > 1), "") if len(names) <= WIDEST else ""
    if twice:
        raise DataError(path, twice, "is the name of two columns; rename one")
    frame = pd.read_csv(
        path, sep=mark, header=0 if names else None, comment="#", skipinitialspace=True, encoding="utf-8-sig",
        na_values=MISSING, low_memory=False, index_col=False,
    )  # fmt: skip
    frame.columns = [_called(name, k) for k, name in enumerate(frame.columns)]
    full = frame.dropna(axis=1, how="all")
    if not len(full):
        raise DataError(path, "", "holds no rows; was the copy cut off?")
    return Contents({str(name): _typed(full[name]) for name in full}, table=True)


def _called(name: Any, place: int) -> str:
    return f"{COLUMN} {place + 1}" if isinstance(name, int) or name.startswith("Unnamed:") else str(name).strip()


def _typed(column: Any) -> Arrays:
    return column.to_numpy() if column.dtype.kind in "fiub" else column.fillna("").astype(str).to_numpy(str)


def _is_number(cell: str) -> bool:
    try:
        return bool(cell.strip() in MISSING or float(cell) or True)
    except ValueError:
        return False


def _zipped(path: Path) -> dict[str, Any]:
    if not zipfile.is_zipfile(path):
        raise DataError(path, "", "is no whole .npz; was the copy cut off?")
    held: dict[str, Any] = {}
    with zipfile.ZipFile(path) as file:
        for item in file.infolist():
            check_size(path, item.filename, item.file_size, item.compress_size)
            name = item.filename.removesuffix(".npy")
            with file.open(item) as stream:
                held[name] = _member(path, name, stream, item.compress_size)
    return held


def _member(path: Path, name: str, stream: Any, stored: int) -> Any:
    """An array of numpy; of a pickled one what it holds."""
    shape, fortran, dtype = _header(stream)
    if dtype.hasobject:
        return _plain.nested(_plain.loads(stream.read()))
    check_size(path, name, int(np.prod(shape, dtype=float)) * dtype.itemsize, stored)
    raw, wanted = stream.read(), int(np.prod(shape, dtype=int))
    if len(raw) != wanted * dtype.itemsize:
        raise DataError(path, name, f"ends before the last of its {wanted:,} numbers; was the copy cut off?")
    flat = np.frombuffer(raw, dtype)
    return flat.reshape(shape, order="F" if fortran else "C").astype(dtype.newbyteorder("="))


def header(path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of the array in a file of numpy."""
    with path.open("rb") as stream:
        shape, _, dtype = _header(stream)
        return shape, dtype


def _header(stream: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    of = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    told: tuple[tuple[int, ...], bool, np.dtype[Any]] = of(stream)
    return told


def _group(path: Path, group: Any, depth: int = 0) -> dict[str, Any]:
    """Variables of a file of MATLAB 7.3: cells are references, matrices lie turned."""
    held: dict[str, Any] = {}
    for name, item in group.items():
        if name.startswith("#"):
            continue
        if isinstance(item, h5py.Group):
            held[name] = _group(path, item, depth + 1) if depth < DEEPEST else None
        elif item.dtype.kind == "O":
            held[name] = [array(path, group.file[one]).T for one in np.ravel(item[()], "F") if one]
        elif "MATLAB_empty" not in item.attrs:
            held[name] = array(path, item).T
    return held


# ---- what is in them


def _flat(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Everything under its name; members of structs, and of lists of structs, with that of the struct before."""
    if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
        value = value[0] if len(value) == 1 else {key: [item.get(key) for item in value] for key in value[0]}
    if not isinstance(value, Mapping):
        yield name, value
    elif depth < DEEPEST:
        for key, member in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), member, depth + 1)


def _sorted(held: Mapping[str, Any]) -> Contents:
    """What is an array, a list of arrays or a number."""
    told = Contents()
    for name, value in held.items():
        values = np.zeros(0) if value is None or isinstance(value, list) else np.asarray(value)
        parts = [np.ravel(part) for part in value if part is not None] if isinstance(value, list) else []
        if any(map(len, parts)) and all(part.dtype.kind in "fiub" for part in parts):
            told.lists[name] = parts
        elif values.dtype.kind not in "fiubU" or not values.size:
            told.others.append(name)
        elif values.size == 1 and values.dtype.kind != "U":
            told.numbers[name] = float(values.ravel()[0])
        elif max(values.shape) == values.size:
            told.vectors[name] = values.ravel()
        elif values.ndim == 2 and values.dtype.kind != "U":
            told.matrices[name] = values
        else:
            told.others.append(name)
    return told


def _alone(held: Contents) -> Contents:
    """A matrix without any vector beside is a table, if it has no more columns than could be named."""
    matrix = next(iter(held.matrices.values()), None)
    if matrix is None or held.vectors or held.lists or len(held.matrices) > 1 or matrix.shape[1] > WIDEST:
        return held
    columns = {f"{COLUMN} {k + 1}": matrix[:, k] for k in range(matrix.shape[1])}
    return Contents(columns, numbers=held.numbers, others=held.others, table=True)
