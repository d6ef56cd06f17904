"""A plane of a volume is drawn where it lies, with its labels, and what is touched there are its voxels."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from neurofm.app.pictures.scene import Image, Points, Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.views import slices
from neurofm.data.ids import unpack
from neurofm.data.volume import Held, Pyramid, Volume

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
    assert "plane 0 of 4" in scene.note


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
    session.time_changed.connect(lambda seconds: done.set())
    first = slices.scene(state, session, Viewport())
    assert not images(first)
    assert "read" in first.warning
    assert done.wait(10)
    assert images(slices.scene(state, session, Viewport()))


def test_choices_are_what_is_open(session):
    assert slices.choices(slices.State(), session) == {"volume": ("", "brain"), "labels": ("", "none", "area")}


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
