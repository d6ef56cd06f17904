"""Voxels where they lie give the box that is asked for, and say where they are from."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from neurofm.data.volume import Held, Pyramid, Turned
from neurofm.io import _voxels
from neurofm.io._levels import placed
from neurofm.io._voxels import Dataset, Planes, Reference, Where, reference

GREY = np.arange(5 * 6 * 7).reshape(5, 6, 7)


class Counted:
    """Reads planes, and takes down which."""

    def __init__(self):
        self.read = []

    def __call__(self, z):
        self.read.append(z)
        return GREY[z]


@pytest.mark.parametrize(
    "box",
    [np.s_[1:3, 2, ::-2], np.s_[-1], np.s_[..., 0], np.s_[4:1:-1, 5, 6], np.s_[2:2, 1, 1], np.s_[::3, ::2, 1:6:4]],
)
def test_any_box_is_as_of_an_array(box):
    np.testing.assert_array_equal(Planes(GREY.shape, GREY.dtype, Counted())[box], GREY[box])


@pytest.mark.parametrize("box", [np.s_[5], np.s_[0, 6], np.s_[0, 0, -8]])
def test_what_is_outside_is_refused(box):
    with pytest.raises(IndexError, match="rows"):
        Planes(GREY.shape, GREY.dtype, Counted())[box]


def test_planes_are_kept_until_there_are_too_many(monkeypatch):
    planes, counted = None, Counted()
    planes = Planes(GREY.shape, GREY.dtype, counted)
    planes[0], planes[0]
    assert counted.read == [0]
    monkeypatch.setattr(_voxels, "KEPT", GREY[0].nbytes)
    planes[1], planes[0], planes[0]
    assert counted.read == [0, 1, 0]


def test_a_plane_of_another_size_is_refused():
    planes = Planes(GREY.shape, GREY.dtype, lambda z: GREY[z][: 6 - z])
    with pytest.raises(ValueError, match="plane 1"):
        planes[:, 0, 0]


def test_a_pyramid_says_which_file_it_is_of_and_how_it_was_turned():
    levels = tuple(Planes(GREY.shape, GREY.dtype, Counted()) for _ in range(2))
    pyramid = placed(Pyramid(levels, np.ones(3)), "a.tif", "cells")
    assert reference(pyramid) == Reference(Where("a.tif", "cells"), (0, 1, 2), 2)
    twice = tuple(Turned(Turned(level, (1, 2, 0)), (1, 0, 2)) for level in levels)
    order = reference(Pyramid(twice, np.ones(3))).order
    np.testing.assert_array_equal(twice[0][:, :, :], GREY.transpose(order))
    assert reference(Pyramid((Held(GREY),), np.ones(3))) is None
    assert reference(Pyramid((levels[0], Held(GREY)), np.ones(3))) is None


def test_numbers_are_in_the_byte_order_of_this_machine(tmp_path):
    """Networks take no others."""
    grey = np.arange(8 * 9 * 10).reshape(8, 9, 10).astype(">u2")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["raw"] = grey
    voxels = Dataset(tmp_path / "a.h5", "raw", grey.shape, grey.dtype, grey.shape)
    assert voxels.dtype.isnative
    assert voxels[:, :, :].dtype.isnative
    np.testing.assert_array_equal(voxels[2:, 3], grey[2:, 3])
