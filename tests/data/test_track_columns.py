"""What is known of frames of tracks: how each animal moves and is held, seen from outside and by itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.data import body, track_columns
from neurofm.data.tracks import Tracks


@pytest.fixture
def walking() -> Tracks:
    """One animal that walks a quarter of a circle, 2 px a frame at 10 Hz, and one that stays."""
    angle = np.linspace(0, np.pi / 2, 20)
    step = 2 * np.stack([np.cos(angle), np.sin(angle)], 1)
    middle = np.cumsum(step, 0)
    ahead = np.stack([np.cos(angle), np.sin(angle)], 1) * 5
    own = np.stack([middle + ahead, middle, middle - ahead], 1)
    points = np.stack([own, np.broadcast_to([[9.0, 0.0], [0, 0], [-9, 0]], own.shape)], 1).astype(np.float32)
    return Tracks(session="box", times=np.arange(20) / 10, points=points, unit="mm",
                  keypoints=("nose", "back", "tail"), individuals=("ada", "bo"))  # fmt: skip


def column(tracks: Tracks, name: str) -> np.ndarray:
    frames = tracks.spaces()["frame"]
    return frames.at(name, np.arange(frames.count))


@pytest.mark.parametrize(
    ("name", "value"),
    [("ada.speed", 20), ("ada.forward", 20), ("ada.sideways", 0), ("bo.speed", 0), ("ada.nose.ahead", 5),
     ("ada.tail.ahead", -5), ("ada.tail.aside", 0), ("bo.nose.x", 9), ("bo.heading", 0)],
)  # fmt: skip
def test_moves_and_places_as_the_animal_has_them(walking, name, value):
    np.testing.assert_allclose(column(walking, name)[1:], value, atol=2.0 if "ways" in name else 0.1)


def test_turning_is_the_change_of_heading_and_nothing_follows_the_first_frame(walking):
    turn = column(walking, "ada.turning")
    assert np.isnan(turn[0])
    np.testing.assert_allclose(turn[1:], np.diff(column(walking, "ada.heading")) * 10, rtol=1e-4)
    np.testing.assert_allclose(
        np.stack([column(walking, f"ada.{name}") for name in body.MOVES], 1),
        body.moves(walking.points, 0, 0.1)[:, 0],
        atol=1e-3,
    )


def test_units_are_those_of_the_tracks(walking):
    units = walking.spaces()["frame"].units
    assert (units["speed"], units["turning"], units["heading"], units["x"], units["ahead"]) == (
        "mm/s", "rad/s", "rad", "mm", "mm",
    )  # fmt: skip


def test_one_point_alone_has_a_place_and_a_speed_but_no_direction(walking):
    alone = replace(walking, points=walking.points[:, :1, :1], keypoints=("nose",), individuals=("ada",))
    frames = alone.spaces()["frame"]
    assert (frames.columns, frames.curves) == (("time", "speed"), ("nose.x", "nose.y"))


def test_depth_is_shown_too(walking):
    deep = replace(walking, points=np.concatenate([walking.points, walking.points[..., :1] * 0 + 3], -1))
    assert "ada.nose.z" in deep.spaces()["frame"].curves
    np.testing.assert_array_equal(column(deep, "bo.tail.z"), 3)
    np.testing.assert_allclose(column(deep, "ada.nose.ahead"), 5, atol=1e-4)


def test_forward_and_sideways_are_the_parts_of_the_speed():
    points = np.random.default_rng(0).normal(size=(50, 1, 5, 2)).cumsum(0).astype(np.float32)
    points[7, 0, 2] += 40  # one point jumps, and moves the animal in neither
    known = track_columns.columns(
        Tracks(session="box", times=np.arange(50) / 25, points=points, keypoints=tuple("abcde"), individuals=("ada",))
    )
    local = np.arange(1, 50)
    both = np.stack([known["forward"](local), known["sideways"](local)])
    assert np.abs(both[:, 6]).max() < 20 * 25
    turned = np.hypot(*both)
    np.testing.assert_allclose(turned, known["speed"](local), rtol=1e-4)
