"""What lies in files that say nothing of themselves (`.mat`, `.npz`, `.npy`, tables of text), by name.

Structs and groups become names with a dot. What is pickled in a file of numpy is read and never run.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from neurofm.io._rows import counts_rows

TEXT = (".csv", ".tsv", ".txt")
MARKS = "\t;,"
SPACES = r"\s+"
INDEX = "index"  # how a column without a name is called that numbers the rows of a table
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


@dataclass(frozen=True)
class Written:
    """How a table of text is written.

    Parameters
    ----------
    names : of its columns, "" of one without, none where its first line is numbers
    cells : of its first row, with a point in numbers
    mark : between columns
    decimal : what begins the fraction of a number
    above : lines before the table
    """

    names: list[str]
    cells: list[str]
    mark: str
    decimal: str
    above: int


def names(held: Contents) -> str:
    """What is in it, by name."""
    every = [f"'{name}'" for name in (*held.vectors, *held.matrices, *held.lists)]
    return ", ".join(every[:9]) + (f" and {len(every) - 9} more" if len(every) > 9 else "") or "what is in it"


def written(path: Path) -> Written:
    """How a table of text is written, as its beginning shows."""
    text = head(path, FIRST).decode("utf-8-sig", "replace")
    every = re.split("\r\n|\n|\r", text)
    above = next((k for k, line in enumerate(every) if line.strip() and not line.startswith(("#", "%"))), len(every))
    lines = [line for line in every[above:] if line.strip()]
    if not lines or "\0" in text:
        raise DataError(path, "", "is no table of text; save it as CSV")
    mark = mark_of(lines)
    point = decimal(lines, mark)
    names, cells = split(lines[0], mark), split(lines[min(1, len(lines) - 1)], mark)
    if all(_is_number(cell, point) for cell in names):
        names = []
    elif len(cells) == len(names) + 1 and cells[-1]:
        names = ["", *names]  # as R writes the names of rows
    return Written(names, [_pointed(cell, point) for cell in cells], mark, point, above)


def mark_of(lines: Sequence[str]) -> str:
    """What stands between the columns of a table of text."""
    second = lines[min(1, len(lines) - 1)]
    several = (mark for mark in "\t; " if len(split(second, mark)) > 1 and _all_numbers(second, mark))
    mark = next((mark for mark in several if _has_fraction([second], mark)), max(MARKS, key=lines[0].count))
    return mark if mark in lines[0] and mark != " " else SPACES if _all_numbers(second, " ") else ","


def decimal(lines: Sequence[str], mark: str) -> str:
    """What begins the fraction of a number, in lines whose cells stand between marks."""
    return "," if mark != "," and _has_fraction(lines, mark) and not _has_fraction(lines, mark, ".") else "."


def split(line: str, mark: str) -> list[str]:
    """The cells of a line; a mark between quotes is none."""
    spaced = mark in (SPACES, " ")
    line = re.sub(SPACES, " ", line.strip()) if spaced else line.strip("\r\n")
    (cells,) = csv.reader([line], delimiter=" " if spaced else mark, skipinitialspace=True)
    return [cell.strip() for cell in cells]


def _has_fraction(lines: Iterable[str], mark: str, point: str = ",") -> bool:
    number = re.compile(rf"[-+]?\d*{re.escape(point)}\d+([eE][-+]?\d+)?")
    return any(number.fullmatch(cell) for line in lines for cell in split(line, mark))


def _all_numbers(line: str, mark: str) -> bool:
    return all(_is_number(cell, ",") for cell in split(line, mark))


def _pointed(cell: str, point: str) -> str:
    return cell.replace(point, ".") if _is_number(cell, point) else cell


def _table(path: Path) -> Contents:
    """Columns of a table of text, numbered where they have no names."""
    told = written(path)
    names, mark = told.names, told.mark
    if names and any(told.cells[len(names) :]):
        raise DataError(path, "", f"has {len(names)} names for {len(told.cells)} columns; name each column")
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, 4096), 2)
        last = file.read().decode("utf-8", "replace").split("\n")
    if len(last) > 1 and last[-1].strip() and len(re.split(mark, last[-1])) < len(re.split(mark, last[-2].strip())):
        raise DataError(path, "", "ends within its last line; was the copy cut off?")
    twice = next((name for name in names if name and names.count(name) > 1), "") if len(names) <= WIDEST else ""
    if twice:
        raise DataError(path, twice, "is the name of two columns; rename one")
    filled = [name or f"Unnamed: {k}" for k, name in enumerate(names)] if "" in names else None
    frame = pd.read_csv(
        path, sep=mark, decimal=told.decimal, header=0 if names else None, names=filled, skiprows=told.above,
        skipinitialspace=True, encoding="utf-8-sig", na_values=MISSING, low_memory=False, index_col=False,
    )  # fmt: skip
    numbered = names and _is_unnamed(frame.columns[0]) and INDEX not in names and counts_rows(frame.iloc[:, 0])
    called = [_called(name, k) for k, name in enumerate(frame.columns)]
    frame.columns = [INDEX, *called[1:]] if numbered else called
    full = frame.dropna(axis=1, how="all")
    if not len(full):
        raise DataError(path, "", "holds no rows; was the copy cut off?")
    return Contents({str(name): _typed(full[name]) for name in full}, table=True)


def _called(name: Any, place: int) -> str:
    return f"{COLUMN} {place + 1}" if isinstance(name, int) or _is_unnamed(name) else str(name).strip()


def _is_unnamed(name: Any) -> bool:
    return str(name).startswith("Unnamed:")


def _typed(column: Any) -> Arrays:
    return column.to_numpy() if column.dtype.kind in "fiub" else column.fillna("").astype(str).to_numpy(str)


def _is_number(cell: str, point: str = ".") -> bool:
    try:
        return bool(cell.strip() in MISSING or float(cell.replace(point, ".")) or True)
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


def part(path: Path, rows: int = 256) -> Arrays:
    """So many rows around the middle of the matrix in a file of numpy; columns where these lie together in it."""
    with path.open("rb") as stream:
        shape, fortran, dtype = _header(stream)
        height, width = shape[::-1] if fortran else shape
        first = max(height // 2 - rows // 2, 0)
        count = min(rows, height - first)
        stream.seek(first * width * dtype.itemsize, 1)
        raw = stream.read(count * width * dtype.itemsize)
    if len(raw) != count * width * dtype.itemsize:
        raise DataError(path, "", f"ends before the last of its {height * width:,} numbers; was the copy cut off?")
    lines = np.frombuffer(raw, dtype).reshape(count, width)
    return lines.T if fortran else lines


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
        if isinstance(item, h5py.Dataset) and item.dtype.kind == "O":
            cells = np.ravel(item[()], "F")
            held[name] = [_value(path, group.file[one], depth + 1) if one else np.zeros(0) for one in cells]
        else:
            held[name] = _value(path, item, depth + 1)
    return held


def _value(path: Path, item: Any, depth: int) -> Any:
    """What a variable or a cell of MATLAB 7.3 is: words, numbers, none of either, or a struct."""
    if isinstance(item, h5py.Group):
        return _group(path, item, depth) if depth < DEEPEST else None
    kind, empty = item.attrs.get("MATLAB_class", b""), bool(item.attrs.get("MATLAB_empty", 0))
    values = np.zeros(0) if empty else array(path, item).T
    if kind in (b"char", "char"):
        return "".join(map(chr, np.ravel(values.astype(int))))
    return values


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
        if parts and all(isinstance(part, str) for part in value):
            told.vectors[name] = np.array(value)
        elif any(map(len, parts)) and all(part.dtype.kind in "fiub" for part in parts):
            told.lists[name] = parts
        elif values.dtype.kind not in "fiubU" or not values.size or isinstance(value, str):
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
