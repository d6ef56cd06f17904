"""One plane of a volume, on napari's canvas and in Slices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurofm.data.volume import Held, Pyramid, Volume

pytestmark = pytest.mark.gui


def volume(name: str, planes: int = 5, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Volume:
    """Planes that are 2 um apart."""
    grey = np.arange(planes * 64, dtype=np.uint8).reshape(planes, 8, 8)
    image = Pyramid((Held(grey),), np.full(3, 2.0), np.array(at))
    return Volume(session=name, image=image, paths=(f"{name}.h5",), subject=name)


@pytest.fixture
def state(desk: Any) -> Any:
    desk.session.add(volume("brain"))
    desk.viewer.dims.set_point(0, 2.0)
    desk.widget("slices")
    return desk.session.view("slices")


def test_slices_begin_where_the_canvas_is_and_follow_it(desk: Any, state: Any) -> None:
    assert state.depth == pytest.approx(25)
    desk.viewer.dims.set_point(0, 8.0)
    assert state.depth == pytest.approx(100)


def test_the_canvas_follows_slices(desk: Any, state: Any) -> None:
    state.depth = 50.0
    assert desk.viewer.dims.point[0] == pytest.approx(4.0)
    assert state.depth == pytest.approx(50)  # and the echo has said nothing


def test_planes_across_another_axis_are_apart(desk: Any, state: Any) -> None:
    state.across = "y"
    before = state.depth
    desk.viewer.dims.set_point(0, 8.0)
    assert state.depth == before
    state.depth = 10.0
    assert desk.viewer.dims.point[0] == pytest.approx(8.0)
    state.across = "z"  # and meet again where the canvas is led to
    assert desk.viewer.dims.point[0] == pytest.approx(0.0)


def test_slices_of_another_volume_are_apart(desk: Any, state: Any, qtbot: Any) -> None:
    desk.session.add(volume("other", at=(0.0, 500.0, 0.0)))
    desk.session.current = "other"
    qtbot.waitUntil(lambda: desk.things.shown().session == "other")
    state.volume, before = "brain", state.depth
    desk.viewer.dims.set_point(0, 8.0)
    assert state.depth == before


def test_a_time_line_moves_no_plane(desk: Any, state: Any, qtbot: Any, tracks: Any) -> None:
    desk.session.add(tracks)
    qtbot.waitUntil(lambda: desk.layers.step is not None)
    desk.viewer.layers.selection = {next(one for one in desk.viewer.layers if desk.layers._is_timed(one))}
    before = state.depth
    desk.viewer.dims.set_point(0, 1.0)
    assert state.depth == before


def test_a_plane_that_was_chosen_leads_what_is_opened_after_it(desk: Any, qtbot: Any) -> None:
    desk.widget("slices")
    state = desk.session.view("slices")
    state.depth = 75.0  # as where a session is opened again
    desk.session.add(volume("brain"))
    qtbot.waitUntil(lambda: desk.viewer.dims.point[0] == pytest.approx(6.0))
    assert state.depth == pytest.approx(75)


def test_one_more_view_of_slices_is_for_another_plane(desk: Any, state: Any) -> None:
    desk.widget("slices 2")
    other = desk.session.view("slices 2")
    before = other.depth
    desk.viewer.dims.set_point(0, 8.0)
    assert (state.depth, other.depth) == (pytest.approx(100), before)
    other.depth = 10.0
    assert desk.viewer.dims.point[0] == pytest.approx(8.0)


def test_a_dock_that_is_made_again_joins_once(desk: Any, state: Any) -> None:
    desk.planes.join(state)
    desk.planes.join(state)
    assert len(desk.planes._states) == 1


def test_what_got_another_size_fills_the_canvas_again_and_what_was_painted_stays_where_it_is(
    desk: Any, state: Any
) -> None:
    camera = desk.viewer.scene.camera
    before, camera.zoom = camera.zoom, camera.zoom * 1.7  # the hand looks closer
    desk.session.add(desk.session.sources["brain"])
    assert camera.zoom == pytest.approx(before * 1.7)
    desk.session.place("brain", size=0.2)
    assert camera.zoom == pytest.approx(before * 10, rel=0.1)  # what is seen was 2 um wide a voxel
    low, high = desk.viewer.layers[0].extent.world
    assert (low <= desk.viewer.dims.point).all()
    assert (desk.viewer.dims.point <= high).all()
