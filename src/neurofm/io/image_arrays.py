"""Images as numpy arrays: `.npy`, read plane by plane, and `.npz` with an image and labels of it."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import Held, Volume, Voxels
from neurofm.errors import DataError
from neurofm.io import _images
from neurofm.io._file import check_size, head
from neurofm.io._pictures import may_be_picture, ways, why
from neurofm.io._rows import left_out
from neurofm.io._voxels import Lazy, Planes, Span
from neurofm.specs import ReaderSpec

NPY, ZIP = b"\x93NUMPY", b"PK"
LEAST = 8  # voxels along y and x
NAMES = "_names"  # behind the name of labels: what their numbers stand for


def accepts(path: Path) -> bool:
    """Whether it holds an array of numbers with two or three axes, large enough to be an image."""
    if head(path, 2) == ZIP:
        with zipfile.ZipFile(path) as file:
            names = [name for name in file.namelist() if name.endswith(".npy")]
            return bool(names) and any(_fits(*_header(file.open(name))) for name in names)
    with path.open("rb") as stream:
        return head(path, 6) == NPY and _fits(*_header(stream))


def read(path: Path, *, sure: bool = False) -> Volume:
    """The largest array is the image; whole numbers of its size, if their names say so, are its labels.

    Whole numbers in two axes may be counts of spikes, which is noted unless it is `sure` that they are none.
    """
    if head(path, 2) == ZIP:
        return _zipped(path, sure)
    with path.open("rb") as stream:
        shape, dtype, fortran = _header(stream)
        offset = stream.tell()
    if path.stat().st_size < offset + math.prod(shape) * dtype.itemsize:
        raise DataError(path, "", f"ends before the last of its {shape} numbers; was the copy cut off?")
    if fortran and len(shape) == 3 and shape[-1] not in _images.COLOURS:
        return _images.volume(path, {path.stem: _Columns(path, offset, shape, dtype)})
    if fortran or len(shape) == 2 or shape[-1] in _images.COLOURS:
        array = np.load(path, allow_pickle=False)
        voxels, notes = _images.stacked(array, path.stem)
        return _images.volume(path, {path.stem: Held(_whole(voxels))}, None, (*notes, *_taken(array, sure)))
    return _images.volume(path, {path.stem: Planes(shape, dtype, _Plane(path, offset, shape, dtype))})


class _Plane:
    """Reads one plane of an array; the file is never mapped, since it can change while it is open."""

    def __init__(self, path: Path, offset: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.path, self.offset, self.shape, self.dtype = path, offset, shape, dtype

    def __call__(self, z: int) -> NDArray[Any]:
        size = int(np.prod(self.shape[1:]))
        with self.path.open("rb") as stream:
            stream.seek(self.offset + z * size * self.dtype.itemsize)
            return np.fromfile(stream, self.dtype, size).reshape(self.shape[1:])


class _Columns(Lazy):
    """An array in Fortran's order, whose planes across x lie together in the file: one of them is read at a time."""

    def __init__(self, path: Path, offset: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        super().__init__(shape, dtype, (*shape[:2], 1))
        self._plane = _Plane(path, offset, shape[::-1], dtype)  # (x, y, z) in the order of C

    def region(self, spans: Sequence[Span]) -> NDArray[Any]:
        z, y, x = spans
        return np.stack([self._plane(k)[slice(*y), slice(*z)].T for k in range(*x)], -1)


def _zipped(path: Path, sure: bool) -> Volume:
    with zipfile.ZipFile(path) as file:
        for item in file.infolist():
            check_size(path, item.filename, item.file_size, item.compress_size)
    arrays: dict[str, Voxels] = {}
    notes: tuple[str, ...] = ()
    with np.load(path, allow_pickle=False) as stored:
        for name in stored.files:
            array = stored[name]
            if _fits(array.shape, array.dtype):
                voxels, told = _images.stacked(array, name)
                notes += (*told, *_taken(array, sure))
                if voxels is not None:
                    arrays[name] = Held(voxels)
        sizes = {name: size for name in stored.files if (size := _images.size(name, stored[name])) is not None}
        names = {of: called for of in arrays if (called := _named(path, of, stored))}
        unread = left_out(set(stored.files) - set(arrays) - set(sizes) - {of + NAMES for of in names})
    volume = _images.volume(path, arrays, next(iter(sizes.values()), None), (*notes, *unread))
    return replace(volume, names={of: called for of, called in names.items() if of in volume.labels})


def _taken(array: NDArray[Any], sure: bool) -> tuple[str, ...]:
    """The note on whole numbers in two axes, which might be counts of spikes."""
    reason = why(array) if not sure and may_be_picture(array.shape, array.dtype) else ""
    counts = f"if they are counts of spikes, {ways('holds', 'counts')}"
    return (f"whole numbers are taken for a picture, since {reason}; {counts}",) if reason else ()


def _named(path: Path, of: str, stored: Any) -> dict[int, str]:
    """What the numbers of an array stand for, if `NAME_names` lists it: one word for each, from 0 on; 0 is nothing.

    Raises
    ------
    DataError
        If it has numbers beyond the list.
    """
    listed = stored[of + NAMES] if of + NAMES in stored.files else np.zeros(0)
    if listed.ndim != 1 or listed.dtype.kind not in "US" or stored[of].dtype.kind not in "iub":
        return {}
    highest = int(stored[of].max(initial=0))
    if highest >= len(listed):
        problem = f"has {len(listed)} names, and numbers up to {highest}; name each number from 0 on"
        raise DataError(path, of + NAMES, problem)
    return {k: str(name) for k, name in enumerate(listed.astype(str)) if k}


def _whole(voxels: NDArray[Any] | None) -> NDArray[Any]:
    if voxels is None:
        raise ValueError("it is no array of numbers with two or three axes")
    return voxels


def _header(stream: Any) -> tuple[tuple[int, ...], np.dtype[Any], bool]:
    """Shape, kind and order of a stored array, without reading it."""
    from numpy.lib import format as stored

    version = stored.read_magic(stream)
    read = stored.read_array_header_1_0 if version == (1, 0) else stored.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    return tuple(shape), dtype, bool(fortran)


def _fits(shape: tuple[int, ...], dtype: Any, fortran: bool = False) -> bool:
    """Whether it can be an image: stacks of any numbers, planes of whole ones, as a table of numbers is no image."""
    kind, colour = np.dtype(dtype).kind, len(shape) == 3 and shape[-1] in _images.COLOURS
    if len(shape) == 3 and not colour:
        return kind in "biuf" and min(shape[1:]) >= LEAST
    return (len(shape) == 2 or colour) and kind in "bui" and min(shape[:2]) >= LEAST


SPEC = ReaderSpec(
    title="image in numpy arrays",
    patterns=("*.npy", "*.npz"),
    accepts=accepts,
    read=read,
    kind="volume",
    general=True,
)
