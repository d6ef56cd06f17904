"""Refuse wrong arguments early, in words."""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LIKE = 0.7  # "gpu" and "cpu" are less alike


def check_shape(name: str, array: Any, axes: str) -> None:
    """Raise ValueError unless `array` has the axes named, e.g. ``check_shape("spikes", x, "batch time unit")``."""
    wanted = axes.split()
    if len(array.shape) != len(wanted):
        raise ValueError(f"{name} must be ({', '.join(wanted)}), got shape {tuple(array.shape)}")


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Raise LookupError that lists the choices, and names the likeliest, unless `value` is one of them."""
    names = sorted(choices)
    if value not in names:
        meant = nearest(value, names)
        given = f"'{value}'" if isinstance(value, str) else f"{type(value).__name__} {value!s:.40}"
        raise LookupError(f"no {name} {given}; there are {', '.join(filter(None, names)) or 'none'}{meant}")


def nearest(value: object, names: Iterable[str]) -> str:
    """A question whether the likeliest of some names was meant; "" where none is near."""
    lower = {one.lower(): one for one in names}
    near = get_close_matches(str(value).lower(), lower, 1, LIKE)
    return "".join(f"; did you mean '{lower[one]}'?" for one in near)


def check_text(name: str, value: Any) -> None:
    """Raise ValueError unless `value` is text."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, got {value!r}")


def number(name: str, value: Any, wanted: str = "a number") -> float:
    """`value` as a float; ValueError unless it is a finite number, which true, false and text are not."""
    value = value.item() if getattr(value, "shape", None) == () else value
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{name} must be {wanted}, got {value!r}")
    return float(value)


def seed(given: Any) -> int:
    """A seed as a plain number.

    Raises
    ------
    ValueError
        If it is no whole number from 0 on.
    """
    value = given.item() if getattr(given, "shape", None) == () else given
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"seed must be a whole number from 0 on, got {given!r}")
    return value


def floats(name: str, values: Any) -> NDArray[np.floating]:
    """`values` as an array of floats, as they are where they are floats; words and objects are refused."""
    import numpy as np

    array = np.asarray(values)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be numbers, got {array.dtype}")
    return array if array.dtype.kind == "f" else array.astype(float)
