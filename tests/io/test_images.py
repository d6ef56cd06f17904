"""Of the arrays of a file the image is told from its labels, and lengths from their units."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data.volume import Held
from neurofm.errors import DataError
from neurofm.io import _images

GREY = Held(np.zeros((3, 9, 9), np.uint8))


def test_the_image_is_the_largest_that_is_no_labels(tmp_path):
    small = Held(np.zeros((3, 4, 4), np.uint8))
    volume = _images.volume(tmp_path / "a.h5", {"raw": GREY, "cells": GREY, "other": small, "mask": small})
    assert volume.image.levels == (GREY,)
    assert list(volume.labels) == ["cells"]
    assert volume.notes == ("mask, other also in it, of another size or kind, and left out",)


def test_labels_alone_are_a_volume(tmp_path):
    volume = _images.volume(tmp_path / "a.h5", {"neuron": GREY})
    assert (volume.image, list(volume.labels)) == (None, ["neuron"])


@pytest.mark.parametrize("name", ["nuclei_dapi", "cells", "neuron", "region"])
def test_grey_values_are_an_image_whatever_they_are_called(tmp_path, name):
    grey = Held(np.random.default_rng(0).integers(90, 130, (3, 40, 40), dtype=np.uint8))
    volume = _images.volume(tmp_path / "a.h5", {name: grey})
    assert (volume.image.levels, volume.labels) == ((grey,), {})
    assert f"'{name}' is called as labels are and holds grey values" in volume.notes
    both = _images.volume(tmp_path / "a.h5", {name: grey, "raw": grey})
    assert both.notes[-1] == f"{name} also in it, of another size or kind, and left out"


def _discs():
    y, x = np.mgrid[:40, :40] % 10 - 5
    return np.where(y**2 + x**2 < 16, 1 + np.arange(40)[:, None] // 10, 0)


def _strokes():
    lines = np.zeros((40, 40))
    lines[5:8, 3:30], lines[20:23, 10:14], lines[30, 30] = 1, 2, 3
    return lines


@pytest.mark.parametrize("plane", [_discs(), _strokes(), np.zeros((40, 40)), np.ones((40, 40))])
def test_numbers_of_things_stay_labels(tmp_path, plane):
    volume = _images.volume(tmp_path / "a.h5", {"cells": Held(plane[None].astype(np.uint16))})
    assert (volume.image, list(volume.labels)) == (None, ["cells"])


def test_no_image_is_refused(tmp_path):
    with pytest.raises(DataError, match="two or three axes"):
        _images.volume(tmp_path / "a.h5", {})


@pytest.mark.parametrize(
    ("value", "unit", "length"),
    [
        (2, "um", 2.0), (2, "\\u00B5m", 2.0), ("500", "nm", 0.5), (1, "millimeter", 1000.0), (1, "inch", 25400.0),
        (1, "pixel", None), (0, "um", None), ("x", "um", None), (None, "um", None), (float("inf"), "um", None),
    ],
)  # fmt: skip
def test_lengths_are_micrometres_or_unknown(value, unit, length):
    assert _images.microns(value, unit) == (None if length is None else pytest.approx(length))


@pytest.mark.parametrize(
    ("shape", "stack"), [((9, 9), (1, 9, 9)), ((3, 9, 9), (3, 9, 9)), ((90, 80, 3), (1, 90, 80)), ((2, 2, 9, 9), None)]
)
def test_what_is_an_image_becomes_a_stack(shape, stack):
    voxels, notes = _images.stacked(np.ones(shape, np.uint8), "a")
    assert (None if voxels is None else voxels.shape) == stack
    assert bool(notes) == (shape[-1] == 3)


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/brain.ome.tif", "brain"), ("a/b.zarr", "b"), ("https://here.org/x/image/", "image"), ("a/c.volume.h5", "c")],
)
def test_a_volume_is_called_like_its_file(path, name):
    assert _images.name_of(path) == name


@pytest.mark.parametrize(
    ("name", "values", "size"),
    [
        ("voxel_nm", [10, 10, 20], (0.01, 0.01, 0.02)), ("element_size_um", 1.5, (1.5, 1.5, 1.5)),
        ("voxel_nm", [1, 2], None), ("voxel_um", [0, 1, 1], None), ("voxel", [1, 1, 1], None),
        ("spacing_um", "a", None),
    ],
)  # fmt: skip
def test_a_size_is_told_by_its_name_and_unit(name, values, size):
    told = _images.size(name, values)
    assert told is None if size is None else told == pytest.approx(size)


def test_planes_that_have_nothing_in_common_are_told_of(tmp_path):
    rng = np.random.default_rng(0)
    smooth = np.cumsum(rng.normal(size=(12, 40, 40)), 0)
    for array, told in ((rng.normal(size=(12, 40, 40)), True), (smooth, False), (smooth[:4], False)):
        volume = _images.volume(tmp_path / "a.npz", {"a": Held(array)})
        assert any("no volume" in note for note in volume.notes) == told
