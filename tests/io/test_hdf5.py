"""Arrays and words of HDF5 files."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from neurofm.errors import DataError
from neurofm.io import _hdf5


@pytest.fixture
def path(tmp_path):
    numbers = np.arange(_hdf5.MAPPED // 4, dtype=np.float64)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["small"], file["scalar"], file["large"] = np.arange(3), 7, numbers
        file.create_dataset("packed", data=numbers, compression="gzip")
        file["bytes"] = np.array([b"a", "ä".encode()])
        file["words"] = np.array(["a", "ä"], h5py.string_dtype())
        file["word"] = "ä"
        file.create_group("group")
        file.attrs["word"], file.attrs["bytes"] = "ä", np.bytes_("ä".encode())
    return tmp_path / "a.h5"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("small", [0, 1, 2]),
        ("scalar", [7]),
        ("bytes", ["a", "ä"]),
        ("words", ["a", "ä"]),
        ("large", np.arange(_hdf5.MAPPED // 4)),
        ("packed", np.arange(_hdf5.MAPPED // 4)),
    ],
)
def test_values_are_those_that_were_written_and_large_ones_are_mapped(path, name, values):
    with h5py.File(path) as file:
        array = _hdf5.array(path, file[name])
    np.testing.assert_array_equal(array, values)
    assert isinstance(array.base, np.memmap) == (name == "large")


def test_large_array_outlives_its_file_and_is_read_only(path):
    with h5py.File(path) as file:
        array = _hdf5.array(path, file["large"])
    assert array[-1] == len(array) - 1
    assert not array.flags.writeable


def test_group_where_an_array_belongs_is_named(path):
    with h5py.File(path) as file, pytest.raises(DataError, match="group: is a group where an array was expected"):
        _hdf5.array(path, file["group"])


@pytest.mark.parametrize("get", [lambda f: f["word"], lambda f: f.attrs["word"], lambda f: f.attrs["bytes"]])
def test_words_are_text(path, get):
    with h5py.File(path) as file:
        assert _hdf5.text(get(file)) == "ä"


@pytest.mark.parametrize(
    ("values", "words"), [([b"a", b"\xff"], ["a", "\ufffd"]), ([[b"a"], ["b"]], [["a"], ["b"]]), (b"a", ["a"])]
)
def test_bytes_and_objects_become_text_of_the_same_shape(values, words):
    assert _hdf5.decoded(values).tolist() == words
