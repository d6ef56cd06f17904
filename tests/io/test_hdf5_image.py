"""Images in HDF5 are told from all else that is kept so."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io import volume_files as files


def test_attributes_give_the_size(tmp_path):
    np.testing.assert_array_equal(io.read(files.hdf5_image(tmp_path)).spacing, files.SPACING)


def test_a_size_that_makes_no_sense_is_unknown(tmp_path):
    path = files.hdf5_image(tmp_path)
    with h5py.File(path, "r+") as file:
        file["raw"].attrs["element_size_um"] = [0.0, 1.0, 1.0]
    assert io.read(path).unit == "voxels"


def test_axes_of_length_one_are_left_out(tmp_path):
    grey = np.arange(8 * 9 * 10).reshape(8, 1, 9, 10, 1).astype(np.uint8)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("exported_data", data=grey, chunks=(4, 1, 9, 5, 1))
    voxels = io.read(tmp_path / "a.h5").image.levels[0]
    np.testing.assert_array_equal(voxels[2:5, 1:, ::2], grey[2:5, 0, 1:, ::2, 0])
    assert voxels.chunks == (4, 9, 5)


@pytest.mark.parametrize(("name", "step", "labels"), [("mask", 90, ["mask"]), ("mask", 1, []), ("raw", 90, [])])
def test_the_name_of_the_file_says_labels_where_that_of_the_only_array_says_nothing(name, step, labels, tmp_path):
    with h5py.File(tmp_path / f"{name}.h5", "w") as file:
        file["data"] = np.arange(720, dtype=np.uint16).reshape(8, 9, 10) // step
    volume = io.read(tmp_path / f"{name}.h5")
    assert list(volume.labels) == labels
    np.testing.assert_array_equal(volume.whole.levels[0][3].ravel(), np.arange(270, 360) // step)


@pytest.mark.parametrize("shape", [(3, 9, 9), (9, 9), (2, 9, 9, 9)])
def test_small_or_other_arrays_are_no_image(shape, tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a"] = np.zeros(shape)
    with pytest.raises(DataError):
        io.read(tmp_path / "a.h5")
