"""A plane of a volume is drawn where it lies, with its labels, and what is touched there are its voxels."""

from __future__ import annotations

import json
import threading

import numpy as np
import pytest

from neurofm.app import colors
from neurofm.app.pane import Pane
from neurofm.app.pictures.layers import layers
from neurofm.app.pictures.scene import Image, Line, Points, Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.views import _planes, slices
from neurofm.data import patches
from neurofm.data.embedding import Embedding
from neurofm.data.ids import pack, unpack
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.io import _stores
from tests.app import imaged
from tests.app.state.test_volumes import NUMBERS, Blobs, cells, image
from tests.small import squares_of_two

GREY = np.arange(4 * 6 * 10).reshape(4, 6, 10).astype(np.uint8)


@pytest.fixture
def session():
    here = Session()
    step, begin = np.array([2.0, 1.0, 0.5]), np.array([10.0, 20.0, 30.0])
    image = Pyramid((Held(GREY),), step, begin)
    labels = {"area": Pyramid((Held((GREY > 100).astype(np.uint8)),), step, begin)}
    here.add(Volume(session="brain", image=image, labels=labels, names={"area": {1: "cortex"}}))
    return here


def images(scene):
    return [mark for mark in scene.marks if isinstance(mark, Image)]


def test_nothing_open_says_what_to_do():
    here = Session()
    assert "Open a volume" in slices.scene(slices.State(), here, Viewport()).message


@pytest.mark.parametrize(("across", "row", "plane"), [("z", 2, GREY[2]), ("y", 3, GREY[:, 3]), ("x", 9, GREY[:, :, 9])])
def test_a_plane_lies_across_each_axis(session, across, row, plane):
    axis = "zyx".index(across)
    state = slices.State(across=across, depth=100 * row / (GREY.shape[axis] - 1), labels="none")
    (image,) = images(slices.scene(state, session, Viewport()))
    assert image.rgba.shape[:2] == plane.shape
    order = np.argsort(image.rgba[::-1, :, 0].ravel(), kind="stable")
    assert (
        np.all(np.diff(plane.ravel()[order].astype(int)) >= 0) or image.rgba[..., 0].max() == image.rgba[..., 0].min()
    )


def test_it_covers_what_its_voxels_do(session):
    scene = slices.scene(slices.State(depth=0.0), session, Viewport())
    grey, labels = images(scene)
    assert grey.x == labels.x == (29.75, 34.75)
    assert grey.y == (19.5, 25.5)
    assert (scene.x.unit, scene.equal, scene.legend[0][0]) == ("µm", True, "cortex")
    assert "plane 1 of 4" in scene.note
    assert scene.y.label == "y"  # whose numbers are those of the volume, which grow downwards
    low, high = scene.y.range
    assert [low + high - at for at, _ in scene.y.ticks] == pytest.approx([float(words) for _, words in scene.y.ticks])


def test_only_what_is_in_sight_is_read(session):
    view = Viewport(x=(31.0, 32.0), y=(22.0, 24.0))
    (image, _) = images(slices.scene(slices.State(depth=0.0), session, view))
    assert image.rgba.shape[:2] == (3, 3)
    assert image.x[0] <= 31.0 < 32.0 <= image.x[1]


def test_a_point_is_the_voxel_under_it_and_a_box_all_in_it(session):
    state = slices.State(depth=0.0)
    top = Shape("point", np.array([[30.6, 25.2]]), (0.1, 0.1))  # the uppermost row of the picture is y = 20
    space, ids = slices.hit(state, session, top)
    assert (space, list(unpack(ids)[1])) == ("voxel", [1])
    _, ids = slices.hit(state, session, Shape("box", np.array([[30.0, 24.0], [31.0, 25.0]])))
    assert sorted(unpack(ids)[1]) == [0, 1, 2, 10, 11, 12]
    _, ids = slices.hit(
        state, session, Shape("lasso", np.array([[29.0, 24.6], [40.0, 24.6], [40.0, 26.0], [29.0, 26.0]]))
    )
    assert sorted(unpack(ids)[1]) == list(range(10))
    assert len(slices.hit(state, session, Shape("point", np.array([[0.0, 0.0]])))[1]) == 0


def test_picked_voxels_are_marked_on_their_plane(session):
    state = slices.State(depth=0.0)
    session.selection.pick(*slices.hit(state, session, Shape("box", np.array([[30.0, 24.0], [31.0, 25.0]]))))
    (points,) = [mark for mark in slices.scene(state, session, Viewport()).marks if isinstance(mark, Points)]
    np.testing.assert_array_equal(points.xy[0], [30.0, 25.0])
    elsewhere = slices.scene(slices.State(depth=100.0), session, Viewport())
    assert not [mark for mark in elsewhere.marks if isinstance(mark, Points)]


def test_what_takes_long_follows(session):
    class Slow(Held):
        instant = False

    session.add(Volume(session="slow", image=Pyramid((Slow(GREY),), np.ones(3))))
    state, done = slices.State(volume="slow"), threading.Event()
    session.read.connect(lambda title: done.set())
    session.time_changed.connect(lambda seconds: pytest.fail("all views would be drawn again"))
    first = slices.scene(state, session, Viewport())
    assert not images(first)
    assert "read" in first.warning
    assert done.wait(10)
    assert images(slices.scene(state, session, Viewport()))


def test_choices_are_what_is_open(session):
    there = {"volume": ("", "brain"), "labels": ("", "none", "area"), "color_by": ("",), "pick": ("", "voxel")}
    assert slices.choices(slices.State(), session) == there


def test_grey_is_told_from_what_is_seen_and_nothing_else_is_read_for_it(session):
    class Far(Held):
        remote = True

    grey = np.zeros((3, 6, 10), np.uint16)
    grey[1:] = 1000 + 10 * np.arange(60).reshape(6, 10)  # of 65,535, and nothing in the first plane
    session.add(Volume(session="far", image=Pyramid((Far(grey),), np.ones(3))))
    for depth, lightest in ((0.0, 0), (50.0, 255)):
        (image,) = images(slices.scene(slices.State(volume="far", depth=depth), session, Viewport()))
        assert image.rgba[..., 0].max() == lightest


def test_what_is_black_as_it_could_not_be_read_is_told(session):
    voxels = Held(GREY)
    voxels.bad = {"z 0 to 8, y 0 to 8, x 0 to 16": "the network is gone"}
    session.add(Volume(session="torn", image=Pyramid((voxels,), np.ones(3))))
    warning = slices.scene(slices.State(volume="torn"), session, Viewport()).warning
    assert "is black, such as z 0 to 8" in warning
    assert "the network is gone" in warning


@pytest.fixture
def counted():
    """An image, cells of another volume over it, and what another source tells of each."""
    here = Session()
    for source in (image(), cells(), Blobs()):
        here.add(source)
    return here


def test_labels_of_another_volume_lie_over_the_image(counted):
    state = slices.State(depth=100 * 2 / 3)
    scene = slices.scene(state, counted, Viewport())
    grey, labels = images(scene)
    assert grey.x == labels.x
    np.testing.assert_array_equal(labels.rgba[::-1, :, 3] > 0, NUMBERS[2] > 0)
    assert scene.legend[0][0] == "pyramidal"
    assert scene.note.endswith("· cells")
    assert slices.choices(state, counted)["labels"] == ("", "none", "cells")


def test_labels_that_end_before_the_plane_are_not_drawn_on_it():
    here = Session()
    for source in (image(), cells(origin=np.array([14.0, 20.0, 30.0]))):
        here.add(source)
    drawn = [len(images(slices.scene(slices.State(depth=depth), here, Viewport()))) for depth in (0.0, 100.0)]
    assert drawn == [1, 2]


@pytest.mark.parametrize("numbered", [True, False])
def test_picked_things_light_up(numbered):
    here = Session()
    for source in (image(), cells(), Blobs(numbered=numbered)):
        here.add(source)
    state = slices.State(depth=100 * 2 / 3)
    here.selection.pick("cell", ["blobs/9"])
    scene = slices.scene(state, here, Viewport())
    _, labels = images(scene)
    bright = (labels.rgba[::-1] == colors.PREDICTED).all(-1)
    np.testing.assert_array_equal(bright, (NUMBERS[2] == 9) & numbered)
    (box,) = [mark for mark in scene.marks if isinstance(mark, Line)]
    assert (np.nanmin(box.x), np.nanmax(box.x)) == (32.75, 34.25)
    elsewhere = slices.scene(slices.State(depth=0.0), here, Viewport())
    assert not [mark for mark in elsewhere.marks if isinstance(mark, Line)]


@pytest.mark.parametrize(
    ("kind", "xy", "names"),
    [
        ("point", [(30.6, 24.0)], ["blobs/7"]),
        ("point", [(34.6, 24.0)], []),
        ("box", [(29.0, 19.0), (40.0, 30.0)], ["blobs/7", "blobs/9"]),
        ("box", [(30.5, 23.9), (30.6, 24.0)], ["blobs/7"]),  # smaller than what it is in
        ("lasso", [(32.0, 19.0), (36.0, 19.0), (36.0, 30.0), (32.0, 30.0)], ["blobs/9"]),
    ],
)
def test_a_gesture_picks_the_things_that_lie_there(counted, kind, xy, names):
    shape = Shape(kind, np.array(xy), (0.1, 0.1))
    space, ids = slices.hit(slices.State(depth=100 * 2 / 3), counted, shape)
    assert (space, [counted.label(space, int(id)) for id in ids]) == ("cell", names)
    assert slices.hit(slices.State(pick="voxel"), counted, shape)[0] == "voxel"


def test_a_voxel_tells_what_it_is(counted):
    state = slices.State(depth=100 * 2 / 3, pick="voxel")
    space, ids = slices.hit(state, counted, Shape("point", np.array([[30.6, 24.0]])))
    told = slices.described(state, counted, space, int(ids[0]))
    assert told == "brain/voxel 2 1 1 · 131 · cells: pyramidal"


def test_of_a_terabyte_only_chunks_in_sight_are_asked_for(tmp_path, monkeypatch):
    """By Slices and by the layer on napari's canvas, whose boxes are of all planes before one is taken."""
    size, chunk = [16384, 8192, 8192], [128, 128, 16]  # x y z: 1.1 TB of one byte, of which nothing is stored
    scales = [
        {"key": str(k), "size": [n >> k for n in size], "resolution": [1000 << k] * 3, "chunk_sizes": [chunk],
         "encoding": "raw", "voxel_offset": [0, 0, 0]}
        for k in range(0, 8)
    ]  # fmt: skip
    info = {"type": "image", "data_type": "uint8", "num_channels": 1, "scales": scales}
    info["@type"] = "neuroglancer_multiscale_volume"
    (tmp_path / "info").write_text(json.dumps(info))
    asked = []
    region = _stores.Chunks.region

    def counted(self, spans):
        asked.append(int(np.prod([-(-high // c) - low // c for (low, high), c in zip(spans, self.chunks)])))
        return region(self, spans)

    monkeypatch.setattr(_stores.Chunks, "region", counted)
    here, done = Session(), threading.Event()
    here.open(f"precomputed://file://{tmp_path}")
    (name,) = here.sources
    view = Viewport(x=(4000.0, 4800.0), y=(4000.0, 4600.0), width=800, height=600)
    here.read.connect(lambda title: done.set() if len(asked) == 2 else None)
    assert "read" in slices.scene(slices.State(), here, view).warning
    assert done.wait(10)
    assert sum(asked) <= 8 * 7
    asked.clear()
    ((scales, _, _),) = layers(here.sources[name])
    asked.clear()
    assert np.asarray(scales[0][:, 4000:4600, 4000:4800][5:6]).shape == (1, 600, 800)
    assert sum(asked) <= 8 * 7


def test_patches_of_a_map_are_picked_by_a_box_and_light_up():
    here, volume = Session(), squares_of_two(256)
    here.add(volume)
    assert slices.choices(slices.State(), here)["pick"] == ("", "voxel")
    local = patches.ids_of(volume.whole.shape, patches.grid(volume.whole.shape, 64), 64)
    ids, rows = pack(here.number("two"), local), np.zeros((16, 2))
    here.add(Embedding(name="map", space="patch", ids=ids, values=rows, xy=rows))
    shape = Shape("box", np.array([(-0.5, 127.5), (127.5, 255.5)]))  # left and above, which is first in the volume
    space, picked = slices.hit(slices.State(), here, shape)
    corners, _ = patches.corners_of(volume.whole.shape, unpack(picked)[1])
    assert (space, corners.max(0).tolist(), len(picked)) == ("patch", [0, 64, 64], 4)
    here.selection.pick(space, picked, "replace")
    scene = slices.scene(slices.State(), here, Viewport())
    (points,) = [mark for mark in scene.marks if isinstance(mark, Points)]
    np.testing.assert_array_equal(points.ids, picked)
    (line,) = [mark for mark in scene.marks if isinstance(mark, Line)]
    assert (np.nanmin(line.x), np.nanmax(line.x), np.nanmin(line.y)) == (-0.5, 127.5, 127.5)


@pytest.mark.parametrize(
    ("names", "depth", "row"), [(["blobs/7"], 0, 1.5), (["blobs/9"], 0, 2), (["blobs/9"], 66.7, 2)]
)
def test_a_pick_made_elsewhere_brings_its_plane(names, depth, row):
    here = Session()
    for source in (image(), cells(), Blobs()):
        here.add(source)
    pane = Pane(slices.SPEC, here, slices.State(depth=depth))
    pane.scene(Viewport())
    here.selection.pick("cell", names)
    pane.scene(Viewport())
    assert pane.state.depth == pytest.approx(100 * row / 3, abs=0.1)
    pane.state.depth = 0.0  # once seen it is left alone
    pane.scene(Viewport())
    assert pane.state.depth == 0.0


def test_many_picked_voxels_are_under_a_veil(session):
    shape = Shape("box", np.array([(29.0, 19.0), (40.0, 30.0)]))
    session.selection.pick(*slices.hit(slices.State(pick="voxel"), session, shape))
    grey, _, veil = images(slices.scene(slices.State(), session, Viewport()))
    assert (veil.x, veil.y) == (grey.x, grey.y)
    assert (veil.rgba[..., 3] > 0).all()
    assert veil.rgba[..., 3].max() < 255


def test_a_veil_has_the_form_of_what_is_picked():
    xy = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 6.0]])  # every second voxel, of steps of 2 and 3
    veil = _planes.veil(xy, np.array([2.0, 3.0]))
    np.testing.assert_array_equal(veil.rgba[..., 3] > 0, [[True, True], [False, True]])
    assert (veil.x, veil.y) == ((-2.0, 6.0), (-3.0, 9.0))


def test_cells_of_imaging_are_picked_as_units_and_coloured_by_their_columns(tmp_path):
    session = Session(imaged.folder(tmp_path))
    state, view = slices.State(), Viewport(None, None, 60, 40)
    y, x, _ = imaged.CELLS[2]
    at = slices._cut(state, session.sources["mouse image"]).xy(np.array([[0.0, y, x]]))
    space, ids = slices.hit(state, session, Shape("point", at))
    assert (space, slices.described(state, session, space, int(ids[0]))) == ("unit", "mouse/2")
    assert {"skew", "iscell", "npix"} <= set(slices.choices(state, session)["color_by"])
    state.color_by = "skew"
    scene = slices.scene(state, session, view)
    values = session.values("unit", "skew", session.table("unit").index.to_numpy())
    wanted = session.colors("skew", "unit", session.table("unit").index.to_numpy()).rgba[int(values.argmax()), :3]
    labels = images(scene)[1].rgba
    assert scene.scale[2] == "skew"
    assert (labels[-1 - y, x, :3] == wanted).all()
    session.selection.pick(space, ids)
    lit = images(slices.scene(state, session, view))[1].rgba[-1 - y, x]
    assert (lit == colors.PREDICTED).all()
