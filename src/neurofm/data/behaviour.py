"""What a series measures: where something is, or how it moves, told by names, unit and the number of its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from neurofm.data.series import Series

PLACE, VELOCITY = "place", "velocity"
LENGTHS = ("m", "cm", "mm", "um", "µm", "px", "pixel", "pixels", "meters", "meter", "metres", "centimeters", "in")
PIXELS = ("px", "pixel", "pixels")  # of a camera's picture, whose first row is at the top
ANGLES = ("deg", "degrees", "°", "rad")
PLACES = ("position", "pos", "location", "coordinates", "trajectory", "centroid", "xy", "tracking", "spatial")
VELOCITIES = ("velocity", "vel", "velocities", "dxdy")
OTHERS = ("acc", "accel", "acceleration", "jerk", "force", "torque", "emg", "lfp", "area", "size", "pupil")
PARTS = ("hand", "wrist", "finger", "arm", "cursor", "eye", "gaze", "touch", "target", "goal")  # who has all: the first
XY, MOTION = {"x", "y"}, {"vx", "vy", "dx", "dy"}


def measured(name: str, series: Series) -> str:
    """Whether a series is "place" or "velocity" in two dimensions or more; "" of neither.

    Its name counts before its unit, and that before the names of its columns: `hand_vel`, `eyePosition` and `cursor`
    are told by their words, `behaviour` in cm/s by its unit.
    """
    words, unit = set(_words(name)), series.unit.strip().lower()
    if len(series.names) < 2 or words & set(OTHERS) or re.search(r"/\s*s(ec)?\s*(\^|\*\*)?\s*[2²]", unit):
        return ""
    base, _, per = (part.strip() for part in unit.partition("/"))
    if words & set(VELOCITIES) or (per in ("s", "sec", "second") and base in LENGTHS + ANGLES):
        return VELOCITY
    columns = {word for column in series.names[:2] for word in _words(column)}
    if words & {*PLACES, *PARTS} or unit in LENGTHS or columns == XY:
        return PLACE
    return VELOCITY if columns and columns <= MOTION else ""


def place_of(series: Mapping[str, Series]) -> str:
    """The series that says where the animal is, before those of its hand, its eye or a cursor; "" if none does."""
    return _first(series, PLACE)


def upward(place: Series) -> bool:
    """Whether y grows upwards, as in every plot; on a camera's picture, in pixels, it grows downwards."""
    return place.unit.strip().lower() not in PIXELS


def velocity_of(series: Mapping[str, Series]) -> str:
    """The series that says how the animal moves, before those of its hand, its eye or a cursor; "" if none does."""
    return _first(series, VELOCITY)


def _first(series: Mapping[str, Series], what: str) -> str:
    fit = [n for n, one in series.items() if measured(n, one) == what and np.isfinite(one.values).any()]
    return min(fit, key=_rank, default="")


def _rank(name: str) -> int:
    """The animal as a whole comes first, then the parts of it, then what it looks at or is after."""
    words = _words(name)
    return max((PARTS.index(word) + 1 for word in words if word in PARTS), default=0)


def _words(name: str) -> list[str]:
    """Words of a name: "handVel_2" is hand, vel."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.findall(r"[a-z]+", apart.lower())
