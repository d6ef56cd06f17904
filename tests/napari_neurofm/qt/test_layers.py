"""Layers that show one moment follow the one time, by themselves and beside others."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from neurofm.data import Tracks
from neurofm.data.volume import Held, Pyramid, Volume
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


def test_points_in_centimetres_are_seen_while_they_would_leave_the_canvas_empty(
    desk: Any, tracks: Tracks, qtbot: Any
) -> None:
    measured = replace(tracks, unit="cm")
    animal = demo(duration=20.0)[0]

    def seen(owner: str) -> bool:
        return any(layer.visible for layer in desk.viewer.layers if layer.metadata["neurofm"] == owner)

    desk.session.add(animal)
    desk.session.add(measured)
    qtbot.waitUntil(lambda: seen(measured.session) and not seen(animal.session))
    desk.session.current = animal.session
    qtbot.waitUntil(lambda: seen(animal.session) and not seen(measured.session))
    desk.session.current = measured.session
    qtbot.waitUntil(lambda: seen(measured.session) and not seen(animal.session))
    desk.session.add(tracks)
    qtbot.waitUntil(lambda: named(desk, "points").visible)


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


@pytest.mark.parametrize("chosen", ["volume", "none"])
def test_z_of_our_volume_never_moves_the_time_of_what_is_beside_it(
    desk: Any, tracks: Tracks, qtbot: Any, chosen: str
) -> None:
    desk.session.add(tracks)
    desk.session.add(Volume(session="brain", image=Pyramid((Held(np.zeros((9, 40, 60), np.uint8)),), np.ones(3))))
    qtbot.waitUntil(lambda: len(desk.viewer.layers) == 5)
    desk.session.time = 0.5
    desk.viewer.layers.selection.active = named(desk, "brain") if chosen == "volume" else None
    desk.viewer.dims.set_point(0, 5.0)
    assert desk.session.time == 0.5


def test_what_has_no_time_leaves_z_of_a_volume_alone(desk: Any, qtbot: Any) -> None:
    desk.session.add(demo(duration=20)[0])
    for layer in [one for one in desk.viewer.layers if one.ndim > 2]:
        desk.viewer.layers.remove(layer)
    desk.viewer.add_image(np.zeros((9, 8, 8)))
    before = desk.session.time
    desk.viewer.dims.set_point(0, 5)
    assert (desk.session.time, desk.layers.step) == (before, None)


class Watched(Held):
    """Voxels behind an address that say which thread reads them, and how many at once."""

    instant, remote = False, True

    def __init__(self, array: Any) -> None:
        super().__init__(array)
        self.read: list[tuple[bool, int]] = []

    def __getitem__(self, box: Any) -> Any:
        picture = super().__getitem__(box)
        self.read.append((threading.current_thread() is threading.main_thread(), picture.size))
        return picture


def test_a_volume_is_read_beside_the_window_and_only_where_it_is_looked_at(desk: Any, qtbot: Any) -> None:
    grey = np.arange(8 * 40 * 60).reshape(8, 40, 60).astype(np.uint16)
    voxels = Watched(grey)
    desk.session.add(
        Volume(session="brain", image=Pyramid((voxels, Held(grey[::2, ::2, ::2])), np.array([[1.0] * 3, [2.0] * 3])))
    )
    layer = named(desk, "brain")
    layer.data_level = 0
    desk.viewer.dims.set_point(0, 5.0)
    qtbot.waitUntil(lambda: np.array_equal(layer._slice.image.raw, grey[5]) or layer.data_level != 0)
    assert voxels.read
    assert all(not in_window and size <= grey[0].size for in_window, size in voxels.read)


def test_z_of_a_volume_is_no_time(desk: Any) -> None:
    before = desk.session.time
    desk.session.add(Volume(session="brain", image=Pyramid((Held(np.zeros((9, 40, 60), np.uint8)),), np.ones(3))))
    desk.viewer.dims.set_point(0, 5.0)
    assert desk.session.time == before
    assert desk.viewer.dims.axis_labels == ("z", "y", "x")


def test_the_canvas_shows_the_current_volume_with_its_labels_and_no_other(desk: Any, qtbot: Any) -> None:
    def cube(side: float, size: int, planes: int) -> Pyramid:
        return Pyramid((Held(np.arange(planes * size**2).reshape(planes, size, size) % 251),), np.full(3, side))

    desk.session.add(Volume(session="em", image=cube(0.01, 50, 50)))
    desk.session.add(Volume(session="em cells", labels={"cell": cube(0.01, 50, 50)}))
    names = ("em", "em cells cell", "nuclei")

    def seen(*wanted: str) -> None:
        layers = desk.viewer.layers
        qtbot.waitUntil(lambda: {name for name in names if name in layers and layers[name].visible} == set(wanted))

    seen("em", "em cells cell")
    desk.session.add(Volume(session="nuclei", image=cube(1.0, 400, 1)))
    seen("nuclei")
    assert desk.viewer.dims.point[0] == 0  # its only plane
    sight = desk.canvas("nuclei")[:, 1:]
    np.testing.assert_allclose(sight, desk.viewer.layers["nuclei"].extent.world[:, 1:])
    desk.session.current = "em cells"
    seen("em", "em cells cell")


@pytest.mark.parametrize("planes", [1, 5])
@pytest.mark.parametrize("kind", [np.uint8, np.uint32, bool])
def test_labels_of_one_level_are_shown_as_they_lie(desk: Any, planes: int, kind: type) -> None:
    numbers = np.zeros((planes, 40, 60), kind)
    numbers[:, 10:20, 10:30] = 1
    label, image = (Pyramid((Held(array),), np.ones(3)) for array in (numbers, np.ones((planes, 40, 60), np.uint8)))
    desk.session.add(Volume(session="brain", image=image, labels={"cell": label}))
    shown = named(desk, "cell")
    assert shown.ndim == 3
    np.testing.assert_array_equal(np.asarray(shown.data[0, :, :]), numbers[0])


def test_the_canvas_says_what_is_in_sight(desk: Any, qtbot: Any) -> None:
    grey = np.random.default_rng(0).integers(0, 255, (8, 400, 600)).astype(np.uint8)
    levels = (Held(grey), Held(grey[:, ::2, ::2]))
    desk.session.add(Volume(session="brain", image=Pyramid(levels, np.array([[5.0, 2.0, 2.0], [5.0, 4.0, 4.0]]))))
    desk.viewer.dims.set_point(0, 15.0)
    camera = desk.viewer.scene.camera
    camera.center, camera.zoom = (0, 300, 500), 4.0
    corners, canvas = desk.canvas("brain"), desk.viewer.window._qt_viewer.canvas.native
    np.testing.assert_allclose(corners[:, 0], 15.0)
    np.testing.assert_allclose(corners.mean(0)[1:], [300, 500])
    pixels = [canvas.height(), canvas.width()]  # 4 for each micrometre
    np.testing.assert_allclose(np.diff(corners, axis=0)[0, 1:], np.array(pixels) / 4)
    camera.center = (0, 0, 0)
    assert desk.canvas("brain")[0].tolist() == [15.0, 0.0, 0.0]  # no further than the image
    named(desk, "brain").visible = False
    assert desk.canvas("brain") is None


def test_the_status_tells_how_probable_each_region_is(desk: Any, tmp_path: Any) -> None:
    from neurofm import io
    from neurofm.io import _label_store

    pytest.importorskip("tensorstore")
    names = {1: "striatum", 2: "cortex"}
    what: dict[str, Any] = {"label": "region", "names": names, "classes": list(names.values())}
    store = _label_store.create(tmp_path / "map.zarr", (1, 9, 9), **what, spacing=[1, 16, 16], origin=[0, 8, 8])
    shares = np.full((2, 1, 9, 9), 0.5, np.float32)
    shares[:, 0, 3, 4] = 0.83, 0.12
    store.write([(0, 1), (0, 9), (0, 9)], np.ones((1, 9, 9), np.uint8), shares)
    desk.session.add(io.read(str(store.path)))
    layer = named(desk, "region")
    told = layer.get_status([0.0, 56.0, 72.0], view_direction=None, dims_displayed=[1, 2], world=True)
    assert "striatum 0.83, cortex 0.12" in str(told)


@pytest.mark.parametrize(("unit", "way"), [("cm", "up"), ("", "up"), ("px", "down")])
def test_a_path_lies_as_in_every_plot_and_one_in_pixels_as_the_picture_does(desk: Any, unit: str, way: str) -> None:
    animal = demo(duration=20.0)[0]
    place = replace(animal.series["position"], unit=unit)
    desk.session.add(replace(animal, series={"position": place}))
    assert str(desk.viewer.scene.camera.orientation2d[0]) == way


def test_a_picture_beside_a_path_stands_upright(desk: Any, qtbot: Any) -> None:
    desk.session.add(demo(duration=20.0)[0])
    camera = desk.viewer.scene.camera
    assert str(camera.orientation2d[0]) == "up"
    picture = desk.viewer.add_image(np.zeros((8, 8)))
    assert str(camera.orientation2d[0]) == "down"
    picture.visible = False
    assert str(camera.orientation2d[0]) == "up"
    image = Pyramid((Held(np.zeros((3, 8, 8), np.uint8)),), np.full(3, 2.0))
    desk.session.add(Volume(session="brain", image=image, paths=("brain.h5",)))
    desk.session.current = "brain"
    qtbot.waitUntil(lambda: str(camera.orientation2d[0]) == "down")
    desk.session.current = "ada"
    qtbot.waitUntil(lambda: str(camera.orientation2d[0]) == "up")


def volume(name: str, planes: int, spacing: float) -> Volume:
    image = Pyramid((Held(np.zeros((planes, 8, 8), np.uint8)),), np.full(3, spacing))
    return Volume(session=name, image=image, paths=(f"{name}.h5",), subject=name)


def test_sliders_reach_as_far_as_what_is_in_sight(desk: Any, qtbot: Any) -> None:
    dims = desk.viewer.dims
    desk.session.add(volume("coarse", 31, 1.0))
    desk.session.add(volume("fine", 128, 0.01))
    desk.session.current = "fine"
    qtbot.waitUntil(lambda: tuple(dims.range[0]) == pytest.approx((0.0, 1.27, 0.01)))
    assert dims.point[0] <= 1.27
    desk.session.current = "coarse"
    qtbot.waitUntil(lambda: tuple(dims.range[0]) == pytest.approx((0.0, 30.0, 1.0)))
    named(desk, "fine").visible = True
    assert tuple(dims.range[0]) == pytest.approx((0.0, 30.0, 0.01))
    named(desk, "fine").visible = False
    assert tuple(dims.range[0]) == pytest.approx((0.0, 30.0, 1.0))
    desk.viewer.add_image(np.zeros((2, 2)))  # napari counts anew
    assert tuple(dims.range[0]) == pytest.approx((0.0, 30.0, 1.0))


def test_a_slider_that_is_narrowed_moves_no_time(desk: Any, tracks: Tracks, qtbot: Any) -> None:
    desk.session.add(tracks)
    desk.session.time = 3.5
    desk.session.add(volume("brain", 3, 0.5))
    desk.session.current = "brain"
    qtbot.waitUntil(lambda: tuple(desk.viewer.dims.range[0])[:2] == pytest.approx((0.0, 1.0)))
    assert desk.session.time == 3.5
    desk.session.current = tracks.session
    qtbot.waitUntil(lambda: desk.viewer.dims.point[0] == pytest.approx(3.5))


def test_a_picture_that_comes_later_hides_nothing_that_is_drawn_over_it(desk: Any, tracks: Tracks) -> None:
    desk.session.add(tracks)
    over = [layer.name for layer in desk.viewer.layers]
    desk.session.add(volume("brain", 3, 0.5))
    assert [layer.name for layer in desk.viewer.layers] == ["brain", *over]
    labels = Pyramid((Held(np.ones((3, 8, 8), np.uint8)),), np.full(3, 0.5))
    desk.session.add(Volume(session="cells", labels={"cell": labels}, paths=("cells.h5",)))
    desk.session.add(volume("again", 3, 0.5))
    names = [layer.name for layer in desk.viewer.layers]
    assert names.index("again") < min(names.index(name) for name in over)
    assert names.index("again") < names.index("cells cell")


def test_shapes_of_a_user_over_a_path_turn_nothing(desk: Any) -> None:
    desk.session.add(demo(duration=20.0)[0])
    camera = desk.viewer.scene.camera
    desk.viewer.add_shapes([np.array([[0.0, 0.0], [10.0, 10.0]])], shape_type="rectangle")
    assert str(camera.orientation2d[0]) == "up"


def test_how_a_user_has_turned_a_picture_stays(desk: Any) -> None:
    camera = desk.viewer.scene.camera
    picture = desk.viewer.add_image(np.zeros((8, 8)))
    camera.orientation2d = ("up", "left")
    desk.viewer.add_image(np.zeros((8, 8)))
    picture.visible = False
    assert tuple(map(str, camera.orientation2d)) == ("up", "left")


def test_the_brush_rests_where_cells_come_and_goes_on_where_other_labels_do(desk):
    def volume(name, label):
        return Volume(session=name, labels={label: Pyramid((Held(np.ones((2, 8, 9), np.uint8)),), np.ones((1, 3)))})

    session, layers = desk.session, desk.viewer.layers
    session.add(volume("strokes", "strokes"))
    brush = next(layer for layer in layers if "strokes" in layer.name)
    layers.selection.active, brush.mode = brush, "paint"
    session.add(volume("learned", "structure"))
    assert (layers.selection.active, brush.mode) == (brush, "paint")
    session.add(volume("numbers", "cell"))
    assert layers.selection.active is not brush
    assert brush.mode == "pan_zoom"
