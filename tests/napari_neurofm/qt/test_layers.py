"""Layers that show one moment follow the one time, by themselves and beside others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurofm.data import Tracks
from neurofm.synthetic.demo import demo

pytestmark = pytest.mark.gui


def named(desk: Any, name: str) -> Any:
    return next(layer for layer in desk.viewer.layers if layer.name.endswith(name))


def test_points_and_skeleton_are_those_of_the_one_time(desk: Any, tracks: Tracks, qtbot: Any) -> None:
    desk.session.add(tracks)
    qtbot.waitUntil(lambda: len(desk.viewer.layers) == 4)
    for frame in (0, 3, 4, 5, 1):
        desk.session.time = float(tracks.times[frame])
        seen = np.isfinite(tracks.points[frame]).all(-1)
        shown = named(desk, "points")
        np.testing.assert_array_equal(shown.data[shown.shown], tracks.points[frame][seen][:, ::-1])
        assert len(named(desk, "skeleton").data) == (3 if seen[1].any() else 2)


def test_slider_moves_them(desk: Any, tracks: Tracks, qtbot: Any) -> None:
    desk.session.add(tracks)
    qtbot.waitUntil(lambda: len(desk.viewer.layers) == 4)
    desk.viewer.dims.set_point(0, 3.5)
    assert desk.session.time == 3.5
    np.testing.assert_array_equal(named(desk, "points").data[0], [0, 15])


def test_a_dragged_point_is_one_edit_that_is_undone(desk: Any, tracks: Tracks, qtbot: Any) -> None:
    desk.session.add(tracks)
    qtbot.waitUntil(lambda: len(desk.viewer.layers) == 4)
    desk.session.time = float(tracks.times[3])
    layer, order = named(desk, "points"), [one.name for one in desk.viewer.layers]
    desk.viewer.layers.selection.active = layer
    layer.mode = "select"
    rows = np.flatnonzero(layer.shown)[:2]
    layer.selected_data = set(rows.tolist())
    wanted = layer.data[rows] + [4.0, -2.5]
    layer._set_drag_start(layer.selected_data, layer.data[rows[0]], center_by_data=True)
    layer._move(layer.selected_data, layer.data[rows[0]] + [4.0, -2.5])  # as the hand does in the end
    places = desk.session.sources[tracks.session].points[3].reshape(-1, 2)[rows]
    np.testing.assert_allclose(places[:, ::-1], wanted, atol=1e-4)
    assert named(desk, "points") is layer
    assert layer.mode == "select"
    assert [one.name for one in desk.viewer.layers] == order
    assert desk.viewer.layers.selection.active is layer
    assert desk.session.undo()
    np.testing.assert_array_equal(desk.session.sources[tracks.session].points[3], tracks.points[3])
    np.testing.assert_allclose(layer.data[rows], tracks.points[3].reshape(-1, 2)[rows][:, ::-1])
    assert not desk.session.undo()


@pytest.mark.parametrize(
    ("shape", "axis", "chosen", "driven"),
    [((9, 8, 8), 0, True, False), ((9, 8, 8), 0, False, True), ((3, 9, 8, 8), 1, False, True), ((8, 8), 0, True, True)],
    ids=["z of a volume", "beside a volume", "time of ours under an axis of theirs", "a flat image"],
)
def test_the_slider_is_the_time_of_ours_and_never_z_of_a_volume(
    desk: Any, tracks: Tracks, qtbot: Any, shape: tuple[int, ...], axis: int, chosen: bool, driven: bool
) -> None:
    desk.session.add(tracks)
    qtbot.waitUntil(lambda: len(desk.viewer.layers) == 4)
    volume = desk.viewer.add_image(np.zeros(shape), name="volume")
    desk.session.time = 0.5
    desk.viewer.layers.selection.active = volume if chosen else named(desk, "points")
    desk.viewer.dims.set_point(axis, 3.0)
    assert desk.session.time == (3.0 if driven else 0.5)


def test_what_has_no_time_leaves_z_of_a_volume_alone(desk: Any, qtbot: Any) -> None:
    desk.session.add(demo(duration=20)[0])
    for layer in [one for one in desk.viewer.layers if one.ndim > 2]:
        desk.viewer.layers.remove(layer)
    desk.viewer.add_image(np.zeros((9, 8, 8)))
    before = desk.session.time
    desk.viewer.dims.set_point(0, 5)
    assert (desk.session.time, desk.layers.step) == (before, None)
