"""Layers that show one moment follow the one time, by themselves and beside others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurofm.data import Tracks

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
