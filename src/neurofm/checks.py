"""Refuse wrong arguments early, in words."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

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
        meant = "".join(f"; did you mean '{near}'?" for near in get_close_matches(str(value), names, 1, LIKE))
        raise LookupError(f"no {name} '{value}'; there are {', '.join(names)}{meant}")
