"""A folder of slices: the order of their numbers, what is missing, and pictures that do not fit."""

from __future__ import annotations

import imageio.v3
import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io import volume_files as files


def test_planes_follow_the_numbers_in_the_names(tmp_path):
    path = files.slices(tmp_path)  # z5 to z16: words would put z10 before z5
    np.testing.assert_array_equal(io.read(path).image.levels[0][5], files.IMAGE[5])


def test_missing_planes_and_other_files_are_told_of(tmp_path):
    path = files.slices(tmp_path)
    (path / "z9.png").unlink()
    (path / "read me.txt").write_text("x")
    volume = io.read(path)
    assert volume.image.shape[0] == len(files.IMAGE) - 1
    assert "1 numbers between 5 and 16 are missing" in volume.notes[0]
    assert "z5.png to z16.png" in volume.notes[1]
    assert volume.notes[2] == "not read: read me.txt"


@pytest.mark.parametrize("bad", ["size", "damaged"])
def test_a_picture_that_does_not_fit_is_told_of_where_it_is_looked_at(bad, tmp_path):
    path = files.slices(tmp_path)
    if bad == "size":
        imageio.v3.imwrite(path / "z7.png", files.IMAGE[0][:5])
    else:
        (path / "z7.png").write_bytes(b"\x89PNG nothing")
    voxels = io.read(path).image.levels[0]
    np.testing.assert_array_equal(voxels[1], files.IMAGE[1])
    with pytest.raises((DataError, ValueError), match=r"plane 2|z7\.png"):
        voxels[2]


def test_a_folder_of_something_else_is_none(tmp_path):
    (tmp_path / "a.png").write_bytes(b"")
    (tmp_path / "b.txt").write_text("x")
    with pytest.raises(DataError):
        io.read(tmp_path)


@pytest.mark.parametrize(
    "names",
    [("cat.png", "dog.png"), ("cat 1.png", "dog.png"), ("scan 1.png", "other 1.png"), ("z1.png", "large 2.png")],
)
def test_pictures_that_are_no_planes_are_no_volume(names, tmp_path):
    for name in names:
        imageio.v3.imwrite(tmp_path / name, files.IMAGE[0].repeat(1 + ("large" in name), 0))
    assert not io.can_read(tmp_path)
