"""Things of volumes on napari's canvas: clicked they are picked, picked they light up."""

from __future__ import annotations

import os
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurofm.data import Embedding
from neurofm.data.cells import Cells
from neurofm.data.ids import pack
from neurofm.data.patches import ids_of
from neurofm.data.volume import Held, Pyramid, Volume
from tests.app import imaged
from tests.app.verbs.test_join_with import GREY, NUMBERS

pytestmark = pytest.mark.gui
AT = {1: (10, 10), 2: (10, 50), 3: (40, 50)}  # y and x of cells in voxels of 2 um


@pytest.fixture
def brain(desk: Any) -> Any:
    """Three cells in a plane, by number."""
    numbers = np.zeros((3, 64, 64), np.uint32)
    for number, (y, x) in AT.items():
        numbers[:, y - 3 : y + 4, x - 3 : x + 4] = number
    label, image = (Pyramid((Held(array),), np.full(3, 2.0)) for array in (numbers, (numbers > 0).astype(np.uint8)))
    desk.session.add(Volume(session="brain", image=image, labels={"cell": label}, paths=("brain.h5",)))
    middles = np.array([[1, y, x] for y, x in AT.values()]) * 2.0
    table = pd.DataFrame(middles, columns=list("zyx")).assign(number=list(AT))
    reach = np.array([3.0, 7.0, 7.0])
    boxes = np.stack([middles - reach, middles + reach], 1)
    desk.session.add(Cells(session="cells", cells=table, boxes=boxes, volume="brain.h5", labels="cell"))
    desk.viewer.dims.set_point(0, 2.0)
    return desk


def layer(desk: Any) -> Any:
    return desk.viewer.layers["brain cell"]


def picked(desk: Any, space: str = "cell") -> list[int]:
    ids = desk.session.selection.picked(space)
    return desk.session.table(space).loc[ids, "number"].tolist()


def click(desk: Any, y: float, x: float, *modifiers: str, moved: bool = False) -> None:
    """A press, maybe a drag, and the release, as napari hands them on."""
    (clicked,) = [c for c in desk.viewer.mouse_drag_callbacks if c.__name__ == "clicked"]
    event = SimpleNamespace(type="mouse_press", position=(2.0, y, x), modifiers=modifiers, button=1)
    gesture = clicked(desk.viewer, event)
    next(gesture)
    for event.type in (["mouse_move"] if moved else []) + ["mouse_release"]:
        next(gesture, None)


def test_what_left_the_sight_comes_back_by_a_pick_and_by_nothing_else(brain: Any) -> None:
    click(brain, 20, 20)
    assert layer(brain).visible
    layer(brain).visible = False  # as where another volume is looked at
    brain.session.add(Cells(session="others", cells=pd.DataFrame(columns=["number", "z", "y", "x"], dtype=float)))
    brain.session.selection.pick("region", np.zeros(0, np.int64))
    assert not layer(brain).visible
    click(brain, 20, 100)
    assert layer(brain).visible


def test_a_click_picks_the_cell_there_and_one_beside_clears(brain: Any) -> None:
    click(brain, 20, 20)
    assert picked(brain) == [1]
    click(brain, 20, 100, "Shift")
    assert picked(brain) == [1, 2]
    click(brain, 20, 20, "Alt")
    assert picked(brain) == [2]
    click(brain, 60, 20, moved=True)
    assert picked(brain) == [2]
    click(brain, 60, 20)
    assert picked(brain) == []


def test_nothing_is_picked_while_one_paints(brain: Any) -> None:
    layer(brain).visible = True
    brain.viewer.layers.selection.active = layer(brain)
    layer(brain).mode = "paint"
    click(brain, 20, 20)
    assert picked(brain) == []


def test_a_pick_in_the_table_lights_up_and_the_others_fade(brain: Any) -> None:
    cells, before = layer(brain), layer(brain).colormap
    ids = brain.session.table("cell").index
    brain.session.selection.pick("cell", ids[[1]])
    assert cells.selected_label == 2
    lit, faded = (np.ravel(cells.colormap.map(number)) for number in (2, 1))
    assert (lit[3], faded[3]) == (1.0, pytest.approx(0.35, abs=0.01))
    brain.session.selection.pick("cell", ids[:2])
    assert np.ravel(cells.colormap.map(1))[3] == 1.0
    brain.session.selection.clear()
    assert cells.colormap is before


def test_the_picker_of_napari_picks(brain: Any) -> None:
    cells = layer(brain)
    cells.selected_label = 3  # as while one paints
    assert picked(brain) == []
    cells.visible, cells.mode = True, "pick"
    cells.selected_label = 2
    assert picked(brain) == [2]


def test_a_pick_made_elsewhere_brings_its_plane(brain: Any) -> None:
    brain.viewer.dims.set_point(0, 4.0)
    table = brain.session.table("cell")
    brain.session.selection.pick("cell", table.index[:1])
    assert brain.viewer.dims.point[0] == 4.0  # which goes through it
    numbers = np.zeros((9, 64, 64), np.uint8)
    brain.session.add(Volume(session="deep", image=Pyramid((Held(numbers),), np.full(3, 2.0)), paths=("deep.h5",)))
    boxes = np.array([[[12.5, 9.0, 9.0], [15.5, 19.0, 19.0]]])
    one = pd.DataFrame({"z": [14.0], "y": [14.0], "x": [14.0], "number": [1]})
    brain.session.add(Cells(session="deep cells", cells=one, boxes=boxes, volume="deep.h5", labels="cell"))
    brain.session.selection.pick("cell", ["deep cells/cell 1"])
    assert brain.viewer.dims.point[0] == 14.0


@pytest.mark.parametrize("flat", [False, True])
def test_a_shape_picks_the_cells_in_it(brain: Any, flat: bool) -> None:
    corners = np.array([[0.0, 80.0], [0.0, 127.0], [127.0, 127.0], [127.0, 80.0]])
    corners = corners if flat else np.column_stack([np.full(4, 2.0), corners])
    shapes = brain.viewer.add_shapes(ndim=corners.shape[1], name="box")
    shapes.add(corners, shape_type="rectangle")
    assert picked(brain) == [2, 3]
    shapes.selected_data = {0}
    shapes.remove_selected()
    assert picked(brain) == []


def test_labels_join_their_image_and_cells_of_imaging_are_the_units(
    desk: Any, qtbot: Any, offered: Any, answer: Any, tmp_path: Any
) -> None:
    wait = partial(qtbot.waitUntil, timeout=20_000)
    for name, array in {"a": GREY, "b": NUMBERS, "mask": NUMBERS}.items():
        np.save(tmp_path / f"{name}.npy", array)
    desk.open([tmp_path / "a.npy", tmp_path / "b.npy"])  # as two files that are dropped
    explorer = desk.widget("explorer")
    wait(explorer.offer.isVisible)
    words = [button.text() for button in explorer.offer.buttons]
    assert words == ["b is the labels of a", "a is the labels of b", "Open by itself"]
    explorer.offer.buttons[0].click()
    wait(lambda: "a b" in desk.viewer.layers)
    answer(tmp_path / "mask.npy")
    offered(desk, "source", "a")["Join with…"].do(desk)
    wait(lambda: "a mask" in desk.viewer.layers)
    assert (list(desk.session.sources), list(desk.session.sources["a"].labels)) == (["a"], ["b", "mask"])

    desk.open(imaged.folder(tmp_path))
    wait(lambda: "mouse image roi" in desk.viewer.layers and desk.session.current == "mouse")
    regions = desk.viewer.layers["mouse image roi"]
    wait(lambda: not desk.viewer.layers["a b"].visible and desk.viewer.layers["mouse image"].visible)
    ids = desk.session.table("unit").index
    desk.session.selection.pick("unit", ids[[2]])
    wait(lambda: regions.visible and np.ravel(regions.colormap.map(3))[3] == 1.0)
    assert np.ravel(regions.colormap.map(1))[3] < 0.5
    click(desk, *imaged.CELLS[1][:2])
    assert desk.session.selection.picked("unit").tolist() == ids[[1]].tolist()
    desk.session.view("slices").color_by = "skew"
    desk.show("slices")
    slices = desk.widget("slices")
    wait(lambda: slices.scene.scale is not None and slices.scene.scale[2] == "skew")
    if shots := os.environ.get("NEUROFM_SHOTS"):
        desk.window.grab().save(f"{shots}/imaging.png")


def test_without_things_a_shape_picks_voxels(desk: Any) -> None:
    desk.session.add(Volume(session="grey", image=Pyramid((Held(np.ones((3, 64, 64), np.uint8)),), np.ones(3))))
    desk.viewer.dims.set_point(0, 1.0)
    shapes = desk.viewer.add_shapes(ndim=2)
    shapes.add(np.array([[9.6, 19.6], [9.6, 23.4], [13.4, 23.4], [13.4, 19.6]]), shape_type="polygon")
    voxels = desk.session.selection.picked("voxel")
    assert len(voxels) == 16
    click(desk, 40, 40)  # picks no voxel, and leaves the box alone
    assert len(desk.session.selection.picked("voxel")) == 16


def test_patches_that_are_picked_are_outlined(desk: Any) -> None:
    volume = Volume(session="grey", image=Pyramid((Held(np.ones((1, 64, 64), np.uint8)),), np.full(3, 2.0)))
    desk.session.add(volume)
    ids = pack(0, ids_of((1, 64, 64), np.array([[0, 0, 16], [0, 32, 32]]), 16))
    space = {"name": "patches", "space": "patch", "ids": ids, "values": np.eye(2)}
    desk.session.add(Embedding(**space, xy=np.eye(2), sessions=("grey",)))
    active = desk.viewer.layers.selection.active
    desk.session.selection.pick("patch", ids[:1])
    edges = desk.viewer.layers["picked"].data
    ends = np.concatenate([edges[:, 0], edges.sum(1)])
    assert (ends[:, 1:].min(0).tolist(), ends[:, 1:].max(0).tolist()) == ([-1, 31], [31, 63])
    assert desk.viewer.layers.selection.active is active
    desk.session.selection.pick("patch", ids)
    assert len(desk.viewer.layers["picked"].data) == 8
    click(desk, 80, 80)
    assert desk.session.selection.picked("patch").tolist() == ids[1:].tolist()
    desk.session.selection.clear()
    assert "picked" not in desk.viewer.layers
