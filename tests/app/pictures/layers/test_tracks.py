"""Tracks on a canvas: where each animal went, and what is seen of it at one moment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.app.pictures.layers import layers
from neurofm.data import Tracks


def by_name(tracks):
    return {options["name"].removeprefix("box "): (data, options, kind) for data, options, kind in layers(tracks)}


def at(tracks, name, seconds):
    return by_name(tracks)[name][1]["metadata"]["at"](seconds)


def test_each_layer_is_of_a_kind_that_napari_has(tracks):
    kinds = {name: kind for name, (_, _, kind) in by_name(tracks).items()}
    assert kinds == {"ways": "shapes", "centres": "points", "points": "points", "skeleton": "vectors"}
    assert "skeleton" not in by_name(replace(tracks, skeleton=()))


def test_centres_stand_on_a_grid_of_seconds(tracks):
    data, options, _ = by_name(tracks)["centres"]
    seconds = data[:, 0] * options["scale"][0] + options["translate"][0]
    assert sorted(set(seconds)) == tracks.times.tolist()
    assert len(data) == 11  # bo is unseen once
    ada = data[0]
    assert ada[1:].tolist() == [0.0, 10.0]  # y, x


@pytest.mark.parametrize(("seconds", "frame"), [(0.0, 0), (0.49, 1), (0.5, 1), (0.7, 1), (3.0, 4), (3.6, 5)])
def test_points_are_those_of_the_frame_at_that_time(tracks, seconds, frame):
    told = at(tracks, "points", seconds)
    seen = np.isfinite(tracks.points[frame]).all(-1)
    assert told["shown"].tolist() == seen.ravel().tolist()
    for rgba in (told["face_color"], told["border_color"]):  # napari draws them all where it shows a single moment
        assert (rgba[:, 3] > 0).tolist() == seen.ravel().tolist()
    places = told["data"].reshape(2, 3, 2)
    np.testing.assert_array_equal(places[seen], tracks.points[frame][seen][:, ::-1])


def test_first_moment_is_what_is_shown_at_first(tracks):
    data, options, _ = by_name(tracks)["points"]
    told = at(tracks, "points", 0.0)
    np.testing.assert_array_equal(data, told.pop("data"))
    assert all(np.array_equal(options[name], value) for name, value in told.items())
    assert options["features"]["keypoint"].tolist() == ["nose", "back", "tail"] * 2


def test_less_sure_points_are_fainter_and_animals_have_their_colours(tracks):
    sure = np.ones((6, 2, 3), np.float32)
    sure[:, :, 0] = 0.0
    color = at(replace(tracks, confidence=sure), "points", 0.0)["face_color"].reshape(2, 3, 4)
    assert (color[:, 0, 3] < 0.5 * color[:, 1, 3]).all()
    assert (color[0, :, :3] == color[0, 0, :3]).all()
    assert (color[0, 0, :3] != color[1, 0, :3]).any()


def test_point_far_from_its_animal_has_a_rim():
    points = np.zeros((30, 1, 4, 2), np.float32) + np.array([[0, 0], [3, 0], [0, 3], [3, 3]])
    points[10, 0, 2] += 100
    tracks = Tracks(session="box", times=np.arange(30) / 30, points=points, keypoints=tuple("abcd"), individuals=("x",))
    for frame, rims in ((10, [False, False, True, False]), (11, [False] * 4)):
        told = at(tracks, "points", frame / 30)
        assert (told["border_color"] != told["face_color"]).any(1).tolist() == rims


def test_lines_join_points_that_were_seen(tracks):
    told = at(tracks, "skeleton", 0.0)
    np.testing.assert_array_equal(told["data"][0], [[0, 0], [0, 10]])  # from y 0, x 0 on by x 10
    assert len(told["data"]) == 3  # bo's tail is never seen
    assert len(told["edge_color"]) == 3


def test_nothing_is_shown_where_no_frame_is_near(tracks):
    assert not at(tracks, "points", 60.0)["shown"].any()
    assert len(at(tracks, "skeleton", 60.0)["data"]) == 0


def test_tracks_without_points_or_places():
    assert layers(Tracks(session="none", times=np.arange(3.0))) == []
    points = np.full((3, 1, 2, 2), np.nan, np.float32)
    empty = Tracks(session="box", times=np.arange(3.0), points=points, keypoints=("a", "b"), individuals=("x",))
    assert set(by_name(empty)) == {"points"}


def test_long_tracks_have_bounded_layers():
    points = np.random.default_rng(0).normal(size=(400_000, 2, 1, 2)).astype(np.float32)
    long = Tracks(session="box", times=np.arange(400_000) / 30, points=points, keypoints=("a",), individuals=("x", "y"))
    shown = by_name(long)
    assert len(shown["centres"][0]) <= 100_000
    assert all(len(line) <= 2 * 3_000 for line in shown["ways"][0])  # a sharp turn has two corners


def test_points_in_other_units_do_not_lie_over_a_video_unasked(tracks):
    names = [options["name"] for _, options, _ in layers(replace(tracks, unit="mm")) if not options["visible"]]
    assert names == ["box ways (mm)", "box centres (mm)", "box points (mm)", "box skeleton (mm)"]
    assert all(options.get("visible", True) for _, options, _ in layers(tracks))
