"""Refuse wrong arguments early, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def check_shape(name: str, array: Any, axes: str) -> None:
    """Raise ValueError unless `array` has the axes named, e.g. ``check_shape("spikes", x, "batch time unit")``."""
    wanted = axes.split()
    if len(array.shape) != len(wanted):
        raise ValueError(f"{name} must be ({', '.join(wanted)}), got shape {tuple(array.shape)}")


def check_choice(name: str, value: str, known: Iterable[str]) -> None:
    """Raise LookupError that lists the known values unless `value` is one of them."""
    names = sorted(known)
    if value not in names:
        raise LookupError(f"no {name} '{value}'; there are {', '.join(names)}")
