"""What every front does with a view: pick, look elsewhere, move in time, sort."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from neurofm import registry
from neurofm.app.pane import Pane, move_together, step
from neurofm.app.pictures.scene import Grips, Scene, Shape, Viewport
from neurofm.data.ids import SPACES
from neurofm.specs import ViewSpec

EVERYWHERE = np.array([[-1e9, -1e9], [1e9, 1e9]])


def pane_of(session, name):
    return Pane(registry.get("neurofm.app.views", name), session, session.view(name))


@pytest.fixture
def latent(session):
    pane = pane_of(session, "latent")
    pane.scene(Viewport())
    return pane


@pytest.mark.parametrize("name", registry.names("neurofm.app.views"))
def test_any_view_is_drawn_and_says_what_it_offers(session, name):
    pane = pane_of(session, name)
    assert isinstance(pane.scene(Viewport()), Scene)
    assert pane.picture.title
    assert all(hasattr(pane.state, control.name) for control in pane.controls())
    assert pane.space in ("", *SPACES)


@pytest.mark.parametrize(("mode", "picked"), [("replace", {0, 1}), ("add", {0, 1, 4}), ("remove", {4})])
def test_a_shape_picks_adds_and_removes(session, latent, mode, picked):
    session.embeddings["a unit"].xy[:] = np.arange(10.0).reshape(5, 2)
    session.selection.pick("unit", [1, 4])
    assert latent.pick(Shape("box", np.array([[-0.5, -0.5], [3.5, 3.5]])), mode)
    assert set(session.selection.picked("unit").tolist()) == picked


@pytest.mark.parametrize("mode", ["replace", "add", "remove"])
def test_a_shape_around_nothing_says_so_and_changes_nothing(session, latent, mode):
    session.selection.pick("unit", [2])
    assert not latent.pick(Shape("box", EVERYWHERE + 3e9), mode)
    assert session.selection.picked("unit").tolist() == [2]


def test_a_name_of_the_legend_picks_all_of_that_name(session, latent):
    latent.pick_named("CA1")
    assert session.selection.picked("unit").tolist() == [0, 2]
    latent.pick_named("CA3", "add")
    assert session.selection.picked("unit").tolist() == [0, 1, 2, 4]
    latent.pick_named("nowhere")
    assert session.selection.picked("unit").tolist() == [0, 1, 2, 4]


def test_hovering_tells_what_is_there(session, latent):
    xy = session.embeddings["a unit"].xy
    assert "rat/u3" in latent.hover(Shape("point", xy[[3]], (1e-6, 1e-6)))
    assert latent.hover(Shape("point", xy[[3]] + 1e9, (1e-6, 1e-6))) == ""
    assert "rat/u1" in pane_of(session, "table").hover_row(1.0)


def test_what_is_gripped_is_dragged_where_the_view_says(session):
    dropped = []
    spec = ViewSpec(
        title="", state=SimpleNamespace, hit=None, describe=None, drag=lambda *what: dropped.append(what[2:]),
        scene=lambda *_: Scene("", grips=Grips(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[7, 0], [7, 1]]))),
    )  # fmt: skip
    pane = Pane(spec, session, None)
    assert pane.grip(Shape("point", np.array([[1.0, 2.0]]), (1, 1))) == ()
    pane.scene(Viewport())
    for xy, reach, key in (([3.4, 4.0], (0.5, 1), (7, 1)), ([3.4, 4.0], (0.3, 1), ()), ([1.4, 2.8], (0.5, 1), ())):
        assert pane.grip(Shape("point", np.array([xy]), reach)) == key
    pane.drag((7, 1), 5, 6)
    assert dropped == [((7, 1), 5.0, 6.0)]


def test_fit_again_goes_from_all_to_the_pick_and_back(session, latent):
    latent.fit_again()
    assert latent.ranges is None  # nothing is picked
    session.selection.pick("unit", [0, 1])
    latent.fit_again()
    xy = session.embeddings["a unit"].xy[:2]
    for axis, (low, high) in enumerate(latent.ranges):
        room = 0.1 * np.ptp(xy[:, axis])
        assert (low, high) == pytest.approx((xy[:, axis].min() - room, xy[:, axis].max() + room))
    latent.fit_again()
    assert latent.ranges is None


def test_one_picked_point_has_room_around_it(session, latent):
    session.selection.pick("unit", [3])
    (left, right), _ = latent.around_pick()
    assert right - left == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("seconds", "window"), [(105.0, (104.0, 108.0)), (110.0, (109.6, 113.6)), (101.0, (100.6, 104.6))]
)
def test_a_time_axis_goes_along_with_the_time(session, heard, seconds, window):
    raster = pane_of(session, "raster")
    told = heard(raster.moved)
    assert not raster.follow(seconds)  # all is shown
    raster.ranges = ((104.0, 108.0), (0.0, 1.0))
    assert raster.follow(seconds) == (window != (104.0, 108.0))
    assert raster.ranges[0] == pytest.approx(window)
    assert [pytest.approx(window)] * len(told) == told
    assert len(told) == (window != (104.0, 108.0))


def test_time_axes_move_together_and_others_stay(session, heard):
    panes = {name: pane_of(session, name) for name in ("raster", "trace", "latent")}
    told = {name: heard(pane.shown) for name, pane in panes.items()}
    panes["raster"].moved.connect(lambda start, stop: move_together(panes.values(), panes["raster"], start, stop))
    panes["raster"].move(((101.0, 102.0), (0.0, 1.0)))
    panes["latent"].move(((0.0, 1.0), (0.0, 1.0)))
    assert told == {"raster": [], "trace": [(101.0, 102.0)], "latent": []}


def test_a_drag_turns_three_dimensions_and_stops_at_the_poles(latent):
    before = latent.state.azimuth
    latent.turn(10, 1000)
    assert (latent.state.dims, latent.state.elevation) == ("3-D", 90.0)
    assert latent.state.azimuth == before - 5.0


def test_a_column_sorts_and_once_more_the_other_way_round(session):
    table = pane_of(session, "table")
    seen = []
    for column in ("rate", "rate", "label"):
        table.sort(column)
        seen.append((table.state.sort_by, table.state.descending))
    assert seen == [("rate", False), ("rate", True), ("label", False)]


def test_controls_set_what_their_annotation_says(latent):
    latent.set({"size": "2", "of": "time", "filter": "rate > 2"})
    assert (latent.state.size, latent.state.of, latent.state.filter) == (2.0, "time", "rate > 2")


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"size": 99}, ValueError),
        ({"size": "big"}, ValueError),
        ({"of": "apple"}, LookupError),
        ({"x": 1}, LookupError),
    ],
)
def test_what_a_control_may_not_say_is_refused(latent, values, error):
    before = latent.state.size, latent.state.of
    with pytest.raises(error):
        latent.set(values)
    assert (latent.state.size, latent.state.of) == before


@pytest.mark.parametrize(
    ("seconds", "frames", "time"), [(3, 0, 108.0), (0, 2, 105.2), (1e6, 0, 120.0), (-1e6, 0, 100.0)]
)
def test_time_steps_within_what_was_recorded(session, latent, seconds, frames, time):
    session.time = 105.0
    latent.step(seconds, frames)
    assert session.time == pytest.approx(time, abs=0.2)


def test_the_one_time_is_where_it_was_dragged(session, latent):
    latent.go_to(103.5)
    assert session.time == 103.5


def test_time_stays_where_nothing_is_open():
    from neurofm.app.session import Session

    session = Session()
    step(session, 5.0)
    assert session.time == 0.0


def test_a_double_click_does_what_the_view_says(session, latent):
    from dataclasses import replace

    rows = []
    spec = replace(latent.spec, activate=lambda state, session, row: rows.append(row))
    Pane(spec, session, latent.state).activate(3)
    assert rows == [3]


@pytest.mark.parametrize(
    ("change", "fits"),
    [({"map": "UMAP"}, True), ({"dims": "3-D"}, True), ({"color_by": "rate"}, False), ({"map": "PCA"}, False)],
)
def test_another_map_is_shown_whole_and_the_same_stays_where_it_was(session, latent, change, fits):
    before = session.embeddings["a unit"]
    session.embeddings["a unit"] = replace(before, umap=100 + before.xy)
    latent.state.map = "PCA"
    latent.scene(Viewport())
    latent.move(((0.0, 1.0), (0.0, 1.0)))
    for name, value in change.items():
        setattr(latent.state, name, value)
    picture = latent.scene(Viewport((0.0, 1.0), (0.0, 1.0)))
    assert (latent.ranges is None) == fits
    assert len(picture.marks[0].ids) == 5
