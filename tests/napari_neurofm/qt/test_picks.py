"""napari's own selections and ours follow each other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.gui


@pytest.fixture
def units(arranged):
    return arranged.viewer.layers["ada units"]


def picked(desk):
    return desk.session.selection.picked("unit").tolist()


def test_points_that_are_selected_pick_their_units(arranged, units):
    units.selected_data = {1, 4}
    ids = arranged.session.table("unit").index
    assert picked(arranged) == [ids[1], ids[4]]


def test_a_pick_selects_the_points_and_fades_the_others(arranged, units):
    ids, before = arranged.session.table("unit").index, units.face_color.copy()
    arranged.session.selection.pick("unit", ids[[0, 2]])
    assert set(units.selected_data) == {0, 2}
    assert units.face_color[0, 3] == pytest.approx(before[0, 3])
    assert units.face_color[1, 3] == pytest.approx(before[1, 3] / 4)
    assert np.allclose(units.face_color[:, :3], before[:, :3])
    arranged.session.selection.clear()
    assert np.allclose(units.face_color, before)
    assert not units.selected_data


def test_cells_whose_features_name_units_follow_and_pick(arranged):
    ids = arranged.session.table("unit").index
    image = np.arange(4, dtype=int).repeat(25).reshape(10, 10)
    names = pd.DataFrame({"index": [0, 1, 2, 3], "unit": ["background", "ada/unit 5", "ada/unit 6", "bo/unit 1"]})
    cells = arranged.viewer.add_labels(image, features=names, name="cells")
    cells.selected_label = 2
    assert picked(arranged) == [ids[6]]
    arranged.session.selection.pick("unit", [ids[5]])
    assert cells.selected_label == 1
    full, faded = (np.ravel(cells.colormap.map(k))[3] for k in (1, 2))
    assert faded == pytest.approx(full / 4, abs=0.01)


def test_cells_that_name_nothing_are_left_alone(arranged):
    cells = arranged.viewer.add_labels(np.ones((5, 5), int), name="other")
    before = cells.colormap
    arranged.session.selection.pick("unit", arranged.session.table("unit").index[:1])
    cells.selected_label = 3
    assert cells.colormap is before
    assert len(picked(arranged)) == 1


def test_a_region_picks_the_moments_in_it_and_its_end_clears_them(arranged):
    shapes = arranged.viewer.add_shapes(ndim=2, name="region")
    shapes.add(np.array([[0.0, 0.0], [0.0, 50.0], [100.0, 50.0], [100.0, 0.0]]), shape_type="rectangle")
    moments = arranged.session.selection.picked("time")
    assert 0 < len(moments) < len(arranged.session.everything("time"))
    shapes.selected_data = {0}
    shapes.remove_selected()
    assert not len(arranged.session.selection.picked("time"))


def test_a_region_over_electrodes_picks_units(arranged):
    for layer in arranged.viewer.layers:
        layer.visible = layer.name.endswith(" units")
    table = arranged.session.table("unit")
    split = float(np.median(table["y_um"]))
    shapes = arranged.viewer.add_shapes(ndim=2, name="region")
    shapes.add(np.array([[split, -1e4], [split, 1e4], [1e5, 1e4], [1e5, -1e4]]), shape_type="polygon")
    assert set(picked(arranged)) == set(table.index[table["y_um"] > split])


def test_a_layer_that_is_gone_is_heard_no_more(arranged, units):
    arranged.viewer.layers.remove(units)
    assert units not in arranged.picks._heard
    units.selected_data = {1}
    assert not picked(arranged)


def test_a_pick_in_one_layer_reaches_the_others(arranged, units):
    ids = arranged.session.table("unit").index
    places = np.zeros((1, 2))
    mine = arranged.viewer.add_points(places, features=pd.DataFrame({"unit": ["ada/unit 4"]}), name="mine")
    units.selected_data = {4}
    assert set(mine.selected_data) == {0}
    mine.selected_data = set()
    assert not units.selected_data
    mine.selected_data = {0}
    assert set(units.selected_data) == {4}
    assert picked(arranged) == [ids[4]]


def test_a_first_region_is_one_step_back(arranged):
    ids = arranged.session.table("unit").index[:3].tolist()
    arranged.session.selection.pick("unit", ids)
    shapes = arranged.viewer.add_shapes(ndim=2, name="region")
    shapes.add(np.array([[0.0, 0.0], [0.0, 50.0], [100.0, 50.0], [100.0, 0.0]]), shape_type="rectangle")
    assert len(arranged.session.selection.picked("time"))
    arranged.session.undo()
    assert picked(arranged) == ids


def test_a_line_that_holds_nothing_leaves_the_pick_alone(arranged):
    ids = arranged.session.table("unit").index[:3].tolist()
    arranged.session.selection.pick("unit", ids)
    shapes = arranged.viewer.add_shapes(ndim=2, name="note")
    shapes.add(np.array([[0.0, 0.0], [5.0, 5.0]]), shape_type="line")
    assert picked(arranged) == ids
