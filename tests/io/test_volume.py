"""A volume of our own loses nothing: what is in memory is in the file, what is in another file is named there."""

from __future__ import annotations

from dataclasses import replace

import h5py
import numpy as np
import pytest

from neurofm import io
from neurofm.data import painted as painting
from neurofm.errors import DataError
from neurofm.synthetic.phantoms import Plan, phantom
from tests.io import volume_files as files

PLAN = Plan(shape=(16, 70, 80), areas=(0, 3), seed=2)


def test_what_is_made_in_python_is_kept_whole(tmp_path):
    volume = phantom(PLAN)
    again = io.read(io.write(volume, tmp_path / "a.volume.h5"))
    for one, other in ((volume.image, again.image), *((volume.labels[k], again.labels[k]) for k in volume.labels)):
        np.testing.assert_array_equal(one.levels[0][:, :, :], other.levels[0][:, :, :])
        assert one.dtype == other.dtype
    assert (again.names, again.session, again.unit) == (volume.names, volume.session, volume.unit)


def test_what_lies_in_a_file_is_not_copied(tmp_path):
    path = io.write(io.read(files.hdf5_image(tmp_path)), tmp_path / "a.volume.h5")
    with h5py.File(path) as file:
        assert not list(file["image"])


def test_a_file_that_is_another_by_now_is_refused(tmp_path):
    source = files.ome_zarr(tmp_path)
    path = io.write(io.read(source), tmp_path / "a.volume.h5")
    moved = source.rename(tmp_path / "moved.zarr")
    with pytest.raises(DataError):
        io.read(path)
    moved.rename(source)
    assert io.read(path).image.shape == files.IMAGE.shape


def test_a_damaged_file_is_refused(tmp_path):
    path = io.write(phantom(PLAN), tmp_path / "a.volume.h5")
    with h5py.File(path, "r+") as file:
        del file.attrs["about"]
    with pytest.raises(DataError, match="about: is missing"):
        io.read(path)


def test_workers_read_a_small_file_that_names_the_large_one(tmp_path):
    volume = io.read(files.npy(tmp_path)).scaled(2.0)
    kept = io.copy_of(volume)
    assert kept.endswith(".h5")
    np.testing.assert_array_equal(io.read_native(kept, "volume").spacing, [2.0, 2.0, 2.0])


def test_paint_is_kept_beside_what_it_lies_on(tmp_path):
    volume = io.read(files.ome_zarr(tmp_path))
    (label,) = list(volume.labels)[:1]
    shape = volume.labels[label].shape
    paint = painting.Paint(shape).more(np.array([3, 40]), np.array([9, 0])).merged([1], 2)
    on = painting.painted(volume.labels[label], paint)
    strokes = painting.painted(painting.blank(volume.image), painting.Paint(volume.image.shape))
    edited = replace(volume, labels={label: on, "strokes": strokes})
    path = io.write(edited, tmp_path / "a.volume.h5")
    with h5py.File(path) as file:
        assert list(file["labels/0"]) == ["paint"]
        assert not len(file["labels/1/paint/at"])
    again = io.read(path)
    np.testing.assert_array_equal(again.labels[label].levels[0][:, :, :], on.levels[0][:, :, :])
    assert [level.shape for level in again.labels["strokes"].levels] == [level.shape for level in strokes.levels]
    np.testing.assert_allclose(again.labels["strokes"].offset(0), volume.image.offset(0))
    with h5py.File(path, "r+") as file:
        file["labels/0/paint/at"][1] = 3
    with pytest.raises(DataError, match="is damaged"):
        io.read(path)
