"""Whether whole numbers in two axes are a picture, or counts of spikes: both are kept in the same arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST = 8  # rows and columns that a picture has
LOOKED = 256  # rows and columns around the middle that are looked at
LONG = 3  # times as many rows as columns, or columns as rows, no picture has that is empty
BRIGHT = 10.0  # mean that no counts of spikes in short bins have
ALIKE = 0.5  # correlation of neighbours along either axis that pictures have, once rows and columns are centred


def may_be_picture(shape: tuple[int, ...], dtype: np.dtype[Any]) -> bool:
    """Whether it is large enough, and of whole numbers: a table of other numbers is no picture."""
    return len(shape) == 2 and dtype.kind in "biu" and min(shape) >= LEAST


def is_picture(numbers: NDArray[Any]) -> bool:
    """Whether numbers are larger than counts are, or neighbours along both axes are alike, as in no raster of units."""
    return may_be_picture(numbers.shape, numbers.dtype) and bool(why(numbers))


def why(numbers: NDArray[Any]) -> str:
    """Why they are a picture; "" if they are none."""
    middle = tuple(slice(max(n // 2 - LOOKED // 2, 0), n // 2 + LOOKED // 2) for n in numbers.shape)
    looked = numbers[middle].astype(float)
    if looked.mean() >= BRIGHT:
        return f"their mean is {looked.mean():.3g}"
    if not np.ptp(looked):  # what is the same everywhere shows nothing but its shape
        return "it is the same everywhere" if max(numbers.shape) < LONG * min(numbers.shape) else ""
    rest = looked - looked.mean(0) - looked.mean(1, keepdims=True) + looked.mean()
    pairs = ((rest[1:], rest[:-1]), (rest[:, 1:], rest[:, :-1]))
    alike = [_correlation(one.ravel(), other.ravel()) for one, other in pairs]
    return "neighbours along both axes are alike" if min(alike) >= ALIKE else ""


def ways(name: str, value: Any) -> str:
    """What says how a file is read, in Python and on the command line."""
    return f"neurofm.read(path, {name}={value!r}) or, on the command line, --as {name}={value}"


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Of two vectors; 1 where one of them is the same everywhere, as an empty picture is."""
    spread = one.std() * other.std()
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread > 0 else 1.0
