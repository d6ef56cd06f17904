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


@pytest.mark.parametrize("shape", [(3, 9, 9), (9, 9), (2, 9, 9, 9)])
def test_small_or_other_arrays_are_no_image(shape, tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["a"] = np.zeros(shape)
    with pytest.raises(DataError):
        io.read(tmp_path / "a.h5")
