"""Planes lie where their voxels are, also of labels that cover another place than the image."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.views import _planes
from neurofm.data.volume import Held, Pyramid

GREY = np.arange(4 * 6 * 10).reshape(4, 6, 10)
PYRAMID = Pyramid((Held(GREY),), np.array([2.0, 1.0, 0.5]), np.array([10.0, 20.0, 30.0]))


@pytest.mark.parametrize(("across", "depth", "place"), [(0, 0.0, 10.0), (0, 100.0, 16.0), (1, 41.0, 22.0), (2, -5, 30)])
def test_a_plane_goes_through_the_middle_of_voxels(across, depth, place):
    at = _planes.cut(across, depth, PYRAMID)
    assert at.place == place
    assert at.crosses(*PYRAMID.box)
    xy = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_allclose(at.xy(at.places(xy)), xy)


def test_labels_of_another_extent_lie_at_their_own_place():
    part = Pyramid((Held(GREY[:2, 2:4, 5:]),), PYRAMID.spacing[0], np.array([10.0, 22.0, 32.5]))
    at = _planes.cut(0, 0.0, PYRAMID)
    numbers, (right, up), _ = _planes.plane(Session(), part, at, at.extents, Viewport())
    np.testing.assert_array_equal(numbers, GREY[0, 2:4, 5:])
    assert (right, up) == ((32.25, 34.75), (at.flipped(23.5), at.flipped(21.5)))


@pytest.mark.parametrize("instant", [True, False])
def test_a_voxel_is_told_without_waiting(instant):
    class Voxels(Held):
        pass

    Voxels.instant = instant
    pyramid, session, there = Pyramid((Voxels(GREY),), np.ones(3)), Session(), threading.Event()
    _planes.of(session, pyramid).ready.connect(lambda key: there.set())
    first = _planes.number_at(session, pyramid, np.array([1.0, 2.0, 3.0]))
    assert first == (GREY[1, 2, 3] if instant else None)
    assert instant or there.wait(10)
    assert _planes.number_at(session, pyramid, np.array([1.0, 2.0, 3.0])) == GREY[1, 2, 3]
    assert _planes.number_at(session, pyramid, np.array([1.0, 2.0, 30.0])) is None
