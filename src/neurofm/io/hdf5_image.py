"""Images in HDF5: datasets of three axes, read chunk by chunk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import Volume, Voxels
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
        names: list[str] = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    return _images.volume(path, arrays, spacing, tuple(left_out(set(names) - set(arrays))))


def _arrays(path: Path, file: Any) -> dict[str, Voxels]:
    arrays: dict[str, Voxels] = {}

    def look(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim == 3 and item.dtype.kind in "iuf" and min(item.shape) >= LEAST:
            chunks = item.chunks or (1, *item.shape[1:])
            arrays[name] = Dataset(path, name, item.shape, item.dtype, chunks)

    file.visititems(look)
    return arrays


def _spacing(file: Any, arrays: dict[str, Voxels]) -> NDArray[np.float64] | None:
    """The first size of voxels that an attribute of an image says."""
    told = (_images.size(size, values) for name in arrays for size, values in file[name].attrs.items())
    return next((size for size in told if size is not None), None)


SPEC = ReaderSpec(
    title="image in HDF5",
    patterns=("*.h5", "*.hdf5"),
    accepts=accepts,
    read=read,
    kind="volume",
    general=True,
)
