"""Images in HDF5: datasets of three axes, read chunk by chunk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import Volume
from neurofm.io import _images
from neurofm.io._rows import left_out
from neurofm.io._voxels import Dataset
from neurofm.specs import ReaderSpec

LEAST = 8  # voxels along each axis; smaller arrays are no images


def accepts(path: Path) -> bool:
    """Whether it holds an array of three axes and says nothing else of itself."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return not file.attrs and bool(_arrays(path, file))


def read(path: Path) -> Volume:
    """The largest array is the image; others of its size, if their names say so, are its labels."""
    with h5py.File(path) as file:
        arrays = _arrays(path, file)
        spacing = _spacing(file, arrays)
        known = {voxels.key for voxels in arrays.values()}
        names: list[str] = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    return _images.volume(path, arrays, spacing, tuple(left_out(set(names) - known)))


def _arrays(path: Path, file: Any) -> dict[str, Dataset]:
    arrays: dict[str, Dataset] = {}

    def look(name: str, item: Any) -> None:
        if not isinstance(item, h5py.Dataset) or item.dtype.kind not in "iuf" or item.ndim < 3:
            return
        long = [k for k, n in enumerate(item.shape) if n > 1]  # ilastik, for one, keeps axes of length one
        shape = [item.shape[k] for k in long]
        if len(shape) == 3 and min(shape) >= LEAST:
            chunks = [item.chunks[k] for k in long] if item.chunks else (1, *shape[1:])
            arrays[name] = Dataset(path, name, shape, item.dtype, chunks)

    file.visititems(look)
    names = [*arrays, _images.name_of(path)]
    if len(arrays) == 1 and [bool(_images.LABELS.search(name)) for name in names] == [False, True]:
        return {names[1]: arrays[names[0]]}
    return arrays


def _spacing(file: Any, arrays: dict[str, Dataset]) -> NDArray[np.float64] | None:
    """The first size of voxels that an attribute of an image says."""
    told = (_images.size(size, values) for voxels in arrays.values() for size, values in file[voxels.key].attrs.items())
    return next((size for size in told if size is not None), None)


SPEC = ReaderSpec(
    title="image in HDF5",
    patterns=("*.h5", "*.hdf5"),
    accepts=accepts,
    read=read,
    kind="volume",
    general=True,
)
