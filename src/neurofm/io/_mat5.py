"""MATLAB's MAT 5 files: cells, structs and numbers, read here because scipy's reader crashes on damaged files."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
MATRIX, COMPRESSED = 14, 15
CELL, STRUCT, FIRST_NUMBER, LAST_NUMBER = 1, 2, 6, 15  # classes of arrays
HEADER = 128
DEEPEST = 16  # cells in cells


@dataclass(frozen=True)
class Raw:
    """Bytes of the file and the order in which their numbers are written."""

    data: memoryview
    order: str


def is_mat5(start: bytes) -> bool:
    """Whether a file begins like a MAT 5 file."""
    return start[:10] == b"MATLAB 5.0" and start[126:128] in (b"IM", b"MI")


def variables(raw: bytes, limit: int) -> Iterator[tuple[str, Any]]:
    """Name and value of each variable: a cell array as a list, a struct array as a list of dicts, numbers as an array.

    Raises
    ------
    ValueError
        If the file is damaged, or a variable unpacks to more than `limit` bytes.
    """
    order = ">" if raw[126:128] == b"MI" else "<"
    for kind, data in _elements(Raw(memoryview(raw)[HEADER:], order)):
        if kind == COMPRESSED:
            inner = zlib.decompressobj().decompress(data.data, limit)
            if len(inner) >= limit:
                raise ValueError(f"a variable claims more than {limit >> 20} MB")
            kind, data = _next(_elements(Raw(memoryview(inner), order)))
        if kind == MATRIX:
            yield _matrix(data, 0)


def _elements(raw: Raw) -> Iterator[tuple[int, Raw]]:
    """Type and content of each element; a short one sits inside its own tag."""
    place, data = 0, raw.data
    while place + 8 <= len(data):
        kind, size = struct.unpack_from(f"{raw.order}II", data, place)
        short = kind >> 16
        if short:
            kind, size, start = kind & 0xFFFF, short, place + 4
        else:
            start = place + 8
        if start + size > len(data) or (short and short > 4):
            raise ValueError("an element reaches beyond the end; the file is cut off or damaged")
        yield kind, Raw(data[start : start + size], raw.order)
        place = place + 8 if short else start + size + (-size % 8 if kind != COMPRESSED else 0)
    if place < len(data):
        raise ValueError("the file ends inside an element")


def _matrix(raw: Raw, depth: int) -> tuple[str, Any]:
    """Name and value of one array."""
    if not len(raw.data):
        return "", np.zeros((0, 0))
    if depth > DEEPEST:
        raise ValueError(f"cells lie more than {DEEPEST} deep")
    elements = _elements(raw)
    kind = int(_numbers(elements)[0]) & 0xFF
    shape = tuple(int(n) for n in _numbers(elements))
    name = _next(elements)[1].data.tobytes().decode("latin-1")
    count = math.prod(shape)
    if kind == CELL:
        return name, list(_children(elements, count, depth))
    if kind == STRUCT:
        fields = _fields(elements)
        values = list(_children(elements, count * len(fields), depth))
        return name, [dict(zip(fields, values[k * len(fields) :])) for k in range(count if fields else 0)]
    if FIRST_NUMBER <= kind <= LAST_NUMBER:
        return name, _numbers(elements).reshape(shape, order="F")
    return name, None


def _children(elements: Iterator[tuple[int, Raw]], count: int, depth: int) -> Iterator[Any]:
    for _ in range(count):
        yield _matrix(_next(elements)[1], depth + 1)[1]


def _fields(elements: Iterator[tuple[int, Raw]]) -> list[str]:
    """Names of a struct's fields, each padded with zeros to the same length."""
    length = int(_numbers(elements)[0])
    text = _next(elements)[1].data.tobytes().decode("latin-1")
    if length <= 0:
        raise ValueError("a struct has field names of no length")
    return [text[k : k + length].split("\0")[0] for k in range(0, len(text), length)]


def _next(elements: Iterator[tuple[int, Raw]]) -> tuple[int, Raw]:
    element = next(elements, None)
    if element is None:
        raise ValueError("an array ends early; the file is cut off or damaged")
    return element


def _numbers(elements: Iterator[tuple[int, Raw]]) -> Any:
    kind, raw = _next(elements)
    if kind not in NUMBERS:
        raise ValueError("numbers were expected and none are there")
    dtype = np.dtype(raw.order + NUMBERS[kind])
    if len(raw.data) % dtype.itemsize:
        raise ValueError("an array ends inside a number")
    return np.frombuffer(raw.data, dtype)
