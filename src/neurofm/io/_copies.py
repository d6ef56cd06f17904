"""Large arrays are maps of copies in the user's cache: what changes under a map ends the program or turns its numbers.

A file of somebody else's can be rewritten or cut off at any time, so it is read once, from end to end, and never mapped
itself. A copy is written beside its name and moved there, and no program of ours ever writes into one.
"""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from neurofm.errors import DataError

MAPPED = 4 << 20  # bytes; smaller arrays are loaded
BLOCK = 16 << 20  # bytes copied in one go
SETTLED = 2.0  # seconds after which a change shows in a file's time on every file system
LIMIT = 20 << 30  # bytes kept in a folder of the cache; the least recently used go first


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Where an array lies.

    Parameters
    ----------
    path, name : the file, and what it is called in it
    shape, dtype : as stored
    rows : gives those from a to b
    step : rows that are best read together
    alone : whether all of it lies in this file
    """

    path: Path
    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    rows: Callable[[int, int], NDArray[Any]]
    step: int = 1
    alone: bool = True

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def cache_folder(name: str) -> Path:
    """A folder in the user's cache, made if it is not there."""
    from platformdirs import user_cache_dir

    folder = Path(user_cache_dir("neurofm")) / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def prune(folder: Path, *, latest: Path) -> None:
    """Delete what was not used for longest, once a folder holds more than `LIMIT`."""
    files = [p for p in folder.iterdir() if not p.name.startswith(".") and p != latest]
    total = 0
    with suppress(OSError):  # another program prunes, too; and Windows keeps what is mapped
        total = latest.stat().st_size
    sizes = {}
    for file in files:
        with suppress(OSError):
            sizes[file] = file.stat()
    for file in sorted(sizes, key=lambda p: sizes[p].st_mtime, reverse=True):
        total += sizes[file].st_size
        if total > LIMIT:
            with suppress(OSError):
                file.unlink()


def state(path: Path) -> tuple[int, ...]:
    """Equal only while a file is the same and was not written to."""
    status = path.stat()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def check_unchanged(path: Path, before: tuple[int, ...], field: str = "") -> None:
    """Raise DataError if a file is not as it was when its reading began."""
    try:
        changed = state(path)[:-1] != before[:-1]  # but for who may read it and the like
    except OSError:
        changed = True
    if changed:
        raise DataError(path, field, "changed while it was read; open it again once it is written")


def settled(numbers: Numbers) -> NDArray[Any]:
    """An array in this machine's byte order that stays as it is: loaded where it is small, else a map of a copy.

    Without room in the cache it is loaded, too.
    """
    if numbers.nbytes < MAPPED:
        return _native(numbers.rows(0, numbers.shape[0]))
    before = state(numbers.path)
    try:
        copy = _map(numbers, before)
    except OSError:
        copy = None
    values = _native(numbers.rows(0, numbers.shape[0])) if copy is None else copy
    check_unchanged(numbers.path, before, numbers.name)
    return values


def load_npy(path: Path) -> NDArray[Any]:
    """The array in an `.npy` file; pickles and headers that claim more than the file holds are refused."""
    header = np.load(path, mmap_mode="r", allow_pickle=False)  # for shape and place: the map itself is never looked at
    if header.nbytes < MAPPED or not header.flags.forc:
        return _native(np.load(path, allow_pickle=False))
    turned = not header.flags.c_contiguous
    values = settled(_stored(path, header, header.shape[::-1] if turned else header.shape))
    return values.T if turned else values


def line_npy(path: Path) -> Numbers:
    """Where the numbers in an `.npy` file lie, to be read part by part.

    Raises
    ------
    ValueError
        If it is damaged, or holds a matrix or no numbers.
    """
    header = np.load(path, mmap_mode="r", allow_pickle=False)
    if max(header.shape, default=1) != header.size and header.size:
        raise ValueError(f"is {header.shape}, where one number a row is needed")
    if header.dtype.kind not in "fiub":
        raise ValueError(f"holds {header.dtype.name}, where numbers are needed")
    return _stored(path, header, (header.size,))


def _stored(path: Path, header: np.memmap[Any, Any], shape: tuple[int, ...]) -> Numbers:
    dtype, offset, row = header.dtype, header.offset, math.prod(shape[1:])

    def rows(a: int, b: int) -> NDArray[Any]:
        values = np.fromfile(path, dtype, (b - a) * row, offset=offset + a * row * dtype.itemsize)
        if len(values) < (b - a) * row:
            raise DataError(path, "", "changed while it was read; open it again once it is written")
        return values.reshape(b - a, *shape[1:])

    return Numbers(path=path, name="", shape=shape, dtype=dtype, rows=rows)


def _native(values: NDArray[Any]) -> NDArray[Any]:
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _map(numbers: Numbers, source: tuple[int, ...]) -> NDArray[Any]:
    """A map of the copy that is there, or of a new one, which has a name only if it can be told by that later."""
    folder = cache_folder("arrays")
    about = (os.path.realpath(numbers.path), source, numbers.name, numbers.shape, numbers.dtype.str)
    path = folder / hashlib.blake2b(repr(about).encode(), digest_size=16).hexdigest()
    if not numbers.alone or abs(time.time() - source[3] / 1e9) < SETTLED:
        with tempfile.TemporaryFile(dir=folder) as file:  # it goes with its last map
            return _mapped(_copied(numbers, file), numbers)
    if not path.exists():
        _keep(numbers, path, source)
    path.touch()
    values = _mapped(path, numbers)
    prune(folder, latest=path)
    return values


def _keep(numbers: Numbers, path: Path, source: tuple[int, ...]) -> None:
    handle, name = tempfile.mkstemp(".part", ".", path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            _copied(numbers, file)
        check_unchanged(numbers.path, source, numbers.name)
        with suppress(PermissionError):  # Windows: another program has just made and mapped the same
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _copied(numbers: Numbers, file: IO[bytes]) -> IO[bytes]:
    count, step = numbers.shape[0], numbers.step
    step *= max(BLOCK * count // (numbers.nbytes * step), 1)
    for a in range(0, count, step):
        file.write(np.ascontiguousarray(_native(numbers.rows(a, min(a + step, count)))).data)
    file.flush()
    return file


def _mapped(file: Path | IO[bytes], numbers: Numbers) -> NDArray[Any]:
    return np.asarray(np.memmap(file, numbers.dtype.newbyteorder("="), "r", shape=numbers.shape))
