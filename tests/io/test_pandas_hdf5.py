"""Tables that pandas wrote to HDF5: both layouts, names of columns that are pickled, and damaged ones."""

from __future__ import annotations

import pickle

import h5py
import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.errors import DataError
from neurofm.io import _pandas_hdf5
from tests.io.pose_files import appended, fixed, frame


@pytest.mark.parametrize("write", [appended, fixed])
def test_columns_rows_and_numbers(write, tmp_path):
    table = frame()
    table.index = pd.Index(["a", "b", "c"])
    with h5py.File(write(table, tmp_path / "a.h5")) as file:
        (key,) = _pandas_hdf5.tables(file)
        read = _pandas_hdf5.read(tmp_path / "a.h5", file[key])
    assert read.columns == list(table.columns)
    assert [level.tolist() for level in read.index] == [["a", "b", "c"]]
    np.testing.assert_array_equal(read.values, table.to_numpy())


def no_names(file):
    del file["df_with_missing/table"].attrs["values_block_0_kind"]


def harmful(file):
    file["df_with_missing/table"].attrs["values_block_0_kind"] = np.bytes_(b"cos\nsystem\n(Vecho\ntR.")


def not_pickled(file):
    file["df_with_missing/table"].attrs["values_block_0_kind"] = np.bytes_(b"x, y")


def too_few_levels(file):
    names = pickle.dumps([("x",)] * 12, 0)
    file["df_with_missing/table"].attrs["values_block_0_kind"] = np.bytes_(names)


BAD_HDF5 = {
    no_names: "no whole table of pandas.*give it as csv",
    harmful: "asks for os.system, which is no data; nothing of it was run.*give it as csv",
    not_pickled: "pickled and damaged.*give it as csv",
    too_few_levels: "columns: need scorer, individuals",
}


@pytest.mark.parametrize("spoil", BAD_HDF5, ids=lambda spoil: spoil.__name__)
def test_bad_hdf5_is_refused_in_a_sentence(spoil, tmp_path):
    path = appended(frame(), tmp_path / "boxDLC_net.h5")
    with h5py.File(path, "r+") as file:
        spoil(file)
    with pytest.raises(DataError, match=BAD_HDF5[spoil]):
        io.read(path)


def test_table_that_was_cut_is_told(tmp_path):
    path = appended(frame(), tmp_path / "boxDLC_net.h5")
    with h5py.File(path, "r+") as file:
        file["df_with_missing/table"].attrs["NROWS"] = 900
    told = [str(one) for one in io.read(path).findings()]
    assert "rows are 3, where the file says that it has 900; see whether the copy was cut off" in told


def test_pickled_index_is_refused(tmp_path):
    path = fixed(frame(), tmp_path / "boxDLC_net.h5")
    with h5py.File(path, "r+") as file:
        file["keypoints/axis1"].attrs["PSEUDOATOM"] = np.bytes_(b"object")
    with pytest.raises(DataError, match="holds pickled names; give it as csv"):
        io.read(path)
