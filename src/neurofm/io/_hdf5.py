"""HDF5 pieces that brainsets and NWB files share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, MutableSequence, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.errors import DataError
from neurofm.io._copies import Numbers, settled
from neurofm.io._file import check_size
from neurofm.process import move


def array(path: Path, dataset: Any, field: str = "") -> NDArray[Any]:
    """A dataset's values, at least one axis: text as str, large numbers as a read-only map of a copy.

    The library itself reads them, so that any layout and any link gives what it stands for.
    """
    if not isinstance(dataset, h5py.Dataset):
        name = field or getattr(dataset, "name", "").strip("/")
        raise DataError(path, name, "is a group where an array was expected; is the file damaged?")
    field = field or dataset.name.strip("/")
    if dataset.shape is None:
        return np.zeros(0, dataset.dtype)
    stored = _stored(path, dataset, field)
    if _is_text(dataset.dtype):
        check_size(path, field, dataset.size * 16, stored)
        return decoded(dataset[()])
    check_size(path, field, dataset.size * dataset.dtype.itemsize, stored)
    if not dataset.ndim or dataset.dtype.kind not in "fiub":
        return np.atleast_1d(dataset[()])
    numbers = Numbers(
        path=Path(dataset.file.filename),
        name=dataset.name,
        shape=dataset.shape,
        dtype=dataset.dtype,
        rows=partial(_rows, dataset),
        step=dataset.shape[0] if dataset.external else (dataset.chunks or (1,))[0],
        alone=not dataset.is_virtual and not dataset.external,
    )
    return settled(numbers)


def children(group: Any, notes: MutableSequence[str]) -> Iterator[tuple[str, Any]]:
    """Name and group or array of all that is in a group, if it is one; links that lead nowhere are told."""
    if not isinstance(group, h5py.Group):
        return
    for name in group:
        child = None
        with suppress(LookupError, OSError):
            child = group[name]
        if child is None:
            full = f"{group.name.strip('/')}/{name}".strip("/")
            notes.append(f"{full.replace('/', '.')}: {_leads(group.get(name, getlink=True))}, left out")
        else:
            yield name, child


def _leads(link: Any) -> str:
    """Where a link leads that nothing is found behind."""
    if isinstance(link, h5py.ExternalLink):
        return f"is a link to {link.path} in {link.filename}, which is not there; put that file back"
    if isinstance(link, h5py.SoftLink):
        return f"is a link to {link.path}, which is not there"
    return "is damaged"


def _is_text(dtype: Any) -> bool:
    return bool(h5py.check_string_dtype(dtype)) or dtype.kind == "S" or (dtype.kind == "V" and dtype.fields is None)


def _stored(path: Path, dataset: Any, field: str) -> int:
    """Bytes on disk; what lies in files beside this one must be there, else the library would read zeros."""
    stored = int(dataset.id.get_storage_size())
    for file, offset, size in _raw(dataset):
        _check_there(path, field, file)
        if file.stat().st_size < offset + size:
            raise DataError(path, field, f"lies in {file}, which is cut off; copy it again")
        stored += file.stat().st_size
    for source in dataset.virtual_sources() if dataset.is_virtual else ():
        if "%" not in source.file_name:  # which stands for any number of files
            stored += _check_source(path, field, dataset, source)
    return stored


def _check_there(path: Path, field: str, file: Path) -> None:
    if not file.is_file():
        raise DataError(path, field, f"lies in {file}, which is not there; put it back")


def _check_source(path: Path, field: str, dataset: Any, source: Any) -> int:
    """Bytes of a file that a virtual dataset is taken from, which must hold as much as is taken."""
    if source.file_name == ".":
        _check_taken(path, field, dataset.file, source)
        return int(path.stat().st_size)
    file = _home(dataset) / source.file_name
    _check_there(path, field, file)
    with h5py.File(file) as opened:
        _check_taken(path, field, opened, source)
    return file.stat().st_size


def _check_taken(path: Path, field: str, file: Any, source: Any) -> None:
    there, taken = file.get(source.dset_name), source.src_space
    if not isinstance(there, h5py.Dataset):
        short = True
    elif taken.get_select_type() == h5py.h5s.SEL_ALL:
        short = there.size < source.vspace.get_select_npoints()
    else:
        short = any(last >= count for last, count in zip(taken.get_select_bounds()[1], there.shape))
    if short:
        problem = f"is taken from {file.filename}: {source.dset_name}, which is not there or shorter"
        raise DataError(path, field, problem)


def _home(dataset: Any) -> Path:
    return Path(dataset.file.filename).parent


def _raw(dataset: Any) -> list[tuple[Path, int, int]]:
    """Plain files, beside its own, that a dataset's bytes lie in; where each piece begins, and how long it is."""
    pieces, left = [], dataset.nbytes
    for name, offset, size in dataset.external or ():
        pieces.append((_home(dataset) / name, offset, min(size, left)))
        left -= pieces[-1][2]
    return pieces


def _rows(dataset: Any, a: int, b: int) -> NDArray[Any]:
    """Rows a to b; of plain files by ourselves, since the library looks for them where the program was started."""
    if not dataset.external:
        return np.asarray(dataset[a:b])
    pieces = [np.fromfile(file, np.uint8, size, offset=offset) for file, offset, size in _raw(dataset)]
    return np.concatenate(pieces).view(dataset.dtype).reshape(dataset.shape)[a:b]


def decoded(values: Any) -> NDArray[Any]:
    """Bytes or objects as an array of str."""
    values = np.atleast_1d(np.asarray(values))
    return np.array([_word(value) for value in values.ravel()], dtype=object).reshape(values.shape)


def _word(value: Any) -> str:
    value = value.tobytes().rstrip(b"\0") if isinstance(value, np.void) else value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def text(value: Any) -> str:
    """An attribute or dataset as str; of several words, as some programs write one, with commas."""
    value = value[()] if isinstance(value, h5py.Dataset) else value
    return "" if isinstance(value, h5py.Empty) else ", ".join(decoded(value).ravel())


def written(path: str | os.PathLike[str], fill: Callable[[Any], Any]) -> Path:
    """Let `fill` write an HDF5 file and put it there in one go; what was there stays if that fails.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with h5py.File(unfinished, "w") as file:
            fill(file)
        move(unfinished, path)
    except (OSError, ValueError, TypeError) as error:
        raise DataError(path, "", f"cannot be written ({error})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def storable(values: NDArray[Any]) -> NDArray[Any]:
    """Numbers as they are; words as HDF5 has them, "" where one is missing."""
    if values.dtype.kind in "fiub":
        return values
    words = ["" if pd.isna(word) else str(word) for word in values.ravel()]
    return np.array(words, h5py.string_dtype()).reshape(values.shape)


def write_table(file: Any, name: str, table: pd.DataFrame) -> list[str]:
    """A table as a group with a dataset for each column; gives their names, which the reader is to be told."""
    group = file.create_group(name)
    for k, column in enumerate(table):  # by number, since a name may hold what HDF5 splits it at
        group[str(k)] = storable(table[column].to_numpy())
    return [str(column) for column in table]


def read_table(path: Path, file: Any, name: str, columns: Sequence[str], rows: int | None = None) -> pd.DataFrame:
    """The table that `write_table` wrote; `rows` says how many there are where it has no column."""
    group = file[name]
    told = {column: np.array(array(path, group[str(k)], column)) for k, column in enumerate(columns)}
    return pd.DataFrame(told, index=None if told or rows is None else range(rows))
