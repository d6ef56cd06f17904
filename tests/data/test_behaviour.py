"""A series is told by its words, its unit and its columns."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data.behaviour import measured, place_of, velocity_of
from neurofm.data.series import Series


def series(unit: str = "", names: tuple[str, ...] = ("x", "y")) -> Series:
    return Series(np.arange(3.0), np.ones((3, len(names))), names, unit)


@pytest.mark.parametrize(
    ("name", "unit", "names", "what"),
    [
        ("hand_vel", "mm/s", ("x", "y"), "velocity"),
        ("handVel", "", ("x", "y"), "velocity"),
        ("cursor_vel", "", ("x", "y"), "velocity"),
        ("velocity", "cm/s", ("vx", "vy"), "velocity"),
        ("eye_velocity", "deg/s", ("h", "v"), "velocity"),
        ("behavior", "m/s", ("a", "b"), "velocity"),
        ("movement", "", ("vx", "vy"), "velocity"),
        ("pos", "", ("0", "1"), "place"),
        ("hand_pos", "mm", ("x", "y", "z"), "place"),
        ("eye", "deg", ("h", "v"), "place"),
        ("EyePosition", "deg", ("x", "y"), "place"),
        ("cursor", "", ("0", "1"), "place"),
        ("cursor.pos", "m", ("x", "y"), "place"),
        ("position", "cm", ("x", "y"), "place"),
        ("head_xy", "", ("0", "1"), "place"),
        ("SpatialSeries", "meters", ("0", "1"), "place"),
        ("led", "pixels", ("a", "b"), "place"),
        ("animal", "", ("x", "y"), "place"),
        ("position", "cm", ("x",), ""),  # on a line there is no map
        ("speed", "cm/s", ("speed",), ""),
        ("hand_acc", "mm/s^2", ("x", "y"), ""),
        ("acceleration", "m/s2", ("x", "y"), ""),
        ("pupil", "px", ("x", "y"), ""),
        ("force", "N", ("x", "y"), ""),
        ("lfp", "V", ("0", "1", "2"), ""),
        ("licks", "", ("left", "right"), ""),
    ],
)
def test_what_people_call_places_and_velocities(name, unit, names, what):
    assert measured(name, series(unit, names)) == what


def test_the_animal_comes_before_its_hand_and_that_before_its_eye_and_the_target():
    names = ("target_pos", "eye_pos", "hand_pos", "hand_vel", "eye_vel", "pos")
    assert place_of({name: series() for name in names}) == "pos"
    assert place_of({name: series() for name in names[:-1]}) == "hand_pos"
    assert place_of({name: series() for name in names[:2]}) == "eye_pos"
    assert velocity_of({name: series() for name in names}) == "hand_vel"


def test_what_was_never_measured_is_none():
    empty = Series(np.arange(3.0), np.full((3, 2), np.nan), ("x", "y"))
    assert place_of({"position": empty}) == ""
    assert velocity_of({}) == ""
