"""HDF5 pieces that brainsets and NWB files share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurofm.errors import DataError
from neurofm.io._file import check_size

MAPPED = 1 << 20  # bytes; larger contiguous arrays stay on disk


def array(path: Path, dataset: Any, field: str = "") -> NDArray[Any]:
    """A dataset's values: text as str, large contiguous numbers as a read-only memory map."""
    field = field or dataset.name.strip("/")
    if not isinstance(dataset, h5py.Dataset):
        raise DataError(path, field, "is a group where an array was expected; is the file damaged?")
    if h5py.check_string_dtype(dataset.dtype) or dataset.dtype.kind == "S":
        check_size(path, field, dataset.size * 16, dataset.id.get_storage_size())
        return decoded(dataset[()])
    check_size(path, field, dataset.size * dataset.dtype.itemsize, dataset.id.get_storage_size())
    offset = dataset.id.get_offset()
    if offset is None or dataset.nbytes < MAPPED or not isinstance(dataset.dtype, np.dtype):
        return np.atleast_1d(dataset[()])
    if offset + dataset.nbytes > path.stat().st_size:
        raise DataError(path, field, "reaches beyond the end of the file; the file is cut off")
    return np.asarray(np.memmap(path, dataset.dtype, "r", offset, dataset.shape))


def decoded(values: Any) -> NDArray[Any]:
    """Bytes or objects as an array of str."""
    flat = [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in np.atleast_1d(values).ravel()]
    return np.array(flat, dtype=object).reshape(np.shape(np.atleast_1d(values)))


def text(value: Any) -> str:
    """A scalar attribute or dataset as str."""
    value = value[()] if isinstance(value, h5py.Dataset) else value
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
