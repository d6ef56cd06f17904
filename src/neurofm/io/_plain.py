"""Pickled values without running anything that a pickle asks for: plain ones, and arrays of numbers and words.

A pickle is a program. Here it may put together lists, dicts and the like; what it calls by name is either one of the
few ways in which arrays of numpy and sparse ones of scipy are pickled, of which we have stand-ins of our own, or a date
or a path, of which nothing is kept, or it is refused. Pickles of Python 2 are read, too.
"""

from __future__ import annotations

import io
import math
import pickle
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

PLAIN = "biufcSU"  # kinds of arrays that are nothing but bytes
LARGEST = 1 << 28  # numbers of a sparse matrix once its zeros are filled in


class Refused(ValueError):
    """A pickle that asks for more than data."""


def loads(data: bytes) -> Any:
    """What was pickled; each array in it as `values` takes it.

    Raises
    ------
    Refused
        If it asks for anything but plain values and arrays.
    ValueError
        If it is damaged, or no pickle.
    """
    try:
        return _Reader(io.BytesIO(data), encoding="latin-1").load()  # in which Python 2 kept bytes
    except Refused:
        raise
    except Exception as error:  # whatever a damaged program brings about
        raise ValueError(f"is pickled and damaged ({str(error) or type(error).__name__})") from error


def values(loaded: Any) -> NDArray[Any]:
    """An array, or what can be one, that was loaded; a sparse one is filled with zeros."""
    if isinstance(loaded, _Array):
        return loaded.values
    if isinstance(loaded, _Sparse):
        return loaded.values()
    try:
        array = np.asarray(loaded)
    except ValueError as error:
        raise ValueError(f"is no array ({error})") from error
    if array.dtype.kind not in PLAIN:
        raise ValueError("is no array of numbers or words")
    return array


def nested(loaded: Any) -> Any:
    """What was loaded with every array in it: one of numbers or words, a list where it holds others, a dict."""
    if isinstance(loaded, Mapping):
        return {str(key): nested(value) for key, value in loaded.items()}
    held = values(loaded) if isinstance(loaded, _Sparse) else loaded.values if isinstance(loaded, _Array) else loaded
    if isinstance(held, np.ndarray) and held.dtype == object:
        return nested(held.item()) if held.shape == () else [nested(value) for value in held.ravel()]
    if isinstance(held, list | tuple) and any(isinstance(value, list | tuple | Mapping | _Array) for value in held):
        return [nested(value) for value in held]
    return values(held)


def by_rows(data: NDArray[Any], columns: NDArray[Any], starts: NDArray[Any], shape: tuple[int, int]) -> Any:
    """(row, column) a sparse array of scipy.

    Raises
    ------
    ValueError
        If its parts do not fit together.
    """
    from scipy.sparse import csr_array

    matrix = csr_array((data, columns, starts), shape=shape)
    matrix.check_format(full_check=True)
    return matrix


def filled(matrix: Any) -> NDArray[Any]:
    """A sparse array with its zeros.

    Raises
    ------
    ValueError
        If these are too many.
    """
    height, width = matrix.shape
    if height * width > LARGEST:
        raise ValueError(f"is a sparse matrix of {height:,} x {width:,}, too large to be filled with zeros")
    dense: NDArray[Any] = matrix.toarray()
    return dense


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        of_numpy = module.split(".")[0] == "numpy" and name in _WAYS
        if of_numpy or (module, name) in _PLAINLY:
            return _Name(name)
        if (module, name) in _DROPPED:
            return _Name("dropped")
        if name in ("csr_matrix", "csr_array") and module.startswith("scipy.sparse"):
            return _Sparse
        raise Refused(f"asks for {module}.{name}, which is no data; nothing of it was run")


class _Array:
    """Stands in for an array while it is put together."""

    values: NDArray[Any] = np.zeros(0)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, dtype, fortran, data = state
        order: Any = "F" if fortran else "C"
        if isinstance(data, list):
            flat = np.empty(len(data), object)
            for k, value in enumerate(data):
                flat[k] = value
            self.values = flat.reshape(shape, order=order)
        else:
            self.values = _plain(data, dtype, shape, order)


class _Sparse:
    """Stands in for a sparse matrix by rows while it is put together."""

    __slots__ = ("parts",)

    def __setstate__(self, state: Any) -> None:
        self.parts = {name: state[name] for name in ("_shape", "data", "indices", "indptr")}

    def values(self) -> NDArray[Any]:
        try:
            height, width = map(int, self.parts["_shape"])
            data, columns, starts = (values(self.parts[name]) for name in ("data", "indices", "indptr"))
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError(f"is a sparse matrix that is damaged ({error})") from error
        return filled(by_rows(data, columns, starts, (height, width)))


class _Dtype:
    """Stands in for the type of an array's values."""

    def __init__(self, code: str = "", *_how: Any) -> None:
        self.code, self.order = code, "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.order = state[1]
        if any(part is not None for part in state[2:5]):
            raise ValueError("a table within an array")

    @property
    def plain(self) -> np.dtype[Any]:
        if self.code[:1] not in PLAIN:
            raise ValueError(f"values of the type {self.code!r}")
        return np.dtype(self.order + self.code if self.order in "<>" else self.code)


class _Name:
    """What a pickle calls by name, and cannot change."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *given: Any) -> Any:
        return _WAYS[self.name](*given)

    def __setstate__(self, state: Any) -> None:
        raise ValueError(f"changes {self.name}")


def _plain(data: Any, dtype: _Dtype, shape: tuple[int, ...], order: Any) -> NDArray[Any]:
    data = data.encode("latin-1") if isinstance(data, str) else data
    if math.prod(shape) * dtype.plain.itemsize != len(data):
        raise ValueError(f"an array of {shape} values that holds {len(data)} bytes")
    return np.frombuffer(data, dtype.plain).reshape(shape, order=order)


def _scalar(dtype: _Dtype, data: Any) -> Any:
    return _plain(data, dtype, (1,), "C")[0]


def _from_buffer(data: Any, dtype: _Dtype, shape: tuple[int, ...], order: str) -> _Array:
    array = _Array()
    array.values = _plain(data, dtype, shape, order)
    return array


_PLAINLY = (
    ("_codecs", "encode"), ("builtins", "bytes"), ("__builtin__", "bytes"),  # as old protocols have bytes
    ("collections", "defaultdict"), ("builtins", "list"), ("__builtin__", "list"),
)  # fmt: skip
_DROPPED = (
    ("datetime", "datetime"), ("datetime", "timedelta"),
    *(("pathlib", name) for name in ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath")),
    *(("pathlib._local", name) for name in ("PosixPath", "WindowsPath")),  # as Python 3.13 calls them
)  # fmt: skip
_WAYS: dict[str, Any] = {
    "_reconstruct": lambda *_how: _Array(),
    "_frombuffer": _from_buffer,
    "bytes": lambda: b"",
    "defaultdict": lambda *_how: {},
    "dropped": lambda *_how: None,
    "dtype": _Dtype,
    "encode": lambda text, _coding: text.encode("latin-1"),
    "list": lambda: [],
    "ndarray": lambda *_how: _Array(),
    "scalar": _scalar,
}
