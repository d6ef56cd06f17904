"""Arrays and words of HDF5 files, wherever and however they lie."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from neurofm.errors import DataError
from neurofm.io import _copies, _hdf5

NUMBERS = np.random.default_rng(0).normal(size=(_copies.MAPPED // 16 + 7, 2))
OTHERS = -np.ones_like(NUMBERS)  # where nobody should look


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_args: str(tmp_path / "cache"))


def linked(file, folder):
    with h5py.File(folder / "far.h5", "w") as far:
        far["before"], far["inside/values"] = np.zeros(1000), NUMBERS
    file["x"] = h5py.ExternalLink("far.h5", "inside/values")


def linked_twice(file, folder):
    with h5py.File(folder / "far.h5", "w") as far, h5py.File(folder / "near.h5", "w") as near:
        near["x"], far["values"] = h5py.ExternalLink("far.h5", "values"), NUMBERS
    file["x"] = h5py.ExternalLink("near.h5", "x")


def soft(file, folder):
    file["there"], file["x"] = NUMBERS, h5py.SoftLink("/there")


def virtual(file, folder):
    layout = h5py.VirtualLayout(NUMBERS.shape, float)
    for k, part in enumerate(np.array_split(NUMBERS, 3)):
        with h5py.File(folder / f"part{k}.h5", "w") as source:
            source["values"] = part
        a = sum(len(p) for p in np.array_split(NUMBERS, 3)[:k])
        layout[a : a + len(part)] = h5py.VirtualSource(folder / f"part{k}.h5", "values", part.shape)
    file.create_virtual_dataset("x", layout)


def virtual_of_itself(file, folder):
    file["there"] = NUMBERS
    layout = h5py.VirtualLayout(NUMBERS.shape, float)
    layout[:] = h5py.VirtualSource(file["there"])
    file.create_virtual_dataset("x", layout)


def raw(file, folder):
    half, whole = NUMBERS.nbytes // 2, NUMBERS.tobytes()
    (folder / "a.raw").write_bytes(b"head" + whole[:half])
    (folder / "b.raw").write_bytes(whole[half:])
    pieces = [("a.raw", 4, half), ("b.raw", 0, h5py.h5f.UNLIMITED)]
    file.create_dataset("x", NUMBERS.shape, float, external=pieces)


def stored(**how):
    return lambda file, folder: file.create_dataset("x", data=NUMBERS, **how)


LAYOUTS = {
    "contiguous": stored(),
    "external link": linked,
    "link to a link": linked_twice,
    "soft link": soft,
    "virtual": virtual,
    "virtual of itself": virtual_of_itself,
    "raw files": raw,
    "chunked": stored(chunks=(1000, 1)),
    "one chunk a column": stored(chunks=(len(NUMBERS), 1)),
    "compressed": stored(compression="gzip", compression_opts=1, shuffle=True),
    "checksums": stored(fletcher32=True),
    "big-endian": stored(dtype=">f8"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("userblock", [0, 4096])
def test_large_numbers_are_right_in_every_layout(tmp_path, monkeypatch, layout, userblock):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", userblock_size=userblock) as file:
        file["first"] = OTHERS
        LAYOUTS[layout](file, tmp_path)
        file["last"] = OTHERS
    monkeypatch.chdir(tmp_path.parent)  # files are looked for beside the one that names them
    with h5py.File(path) as file:
        values = _hdf5.array(path, file["x"])
    np.testing.assert_array_equal(values, NUMBERS, strict=True)
    assert isinstance(values.base, np.memmap)
    assert not values.flags.writeable


@pytest.mark.parametrize("dtype", [">i4", "<u2", "i1", bool, ">f4", "f2"])
def test_numbers_come_in_this_machines_order(tmp_path, dtype):
    values = (np.arange(_copies.MAPPED // np.dtype(dtype).itemsize + 3) % 100).astype(dtype)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["small"], file["large"] = values[:5], values
    with h5py.File(tmp_path / "a.h5") as file:
        for name, truth in (("small", values[:5]), ("large", values)):
            array = _hdf5.array(tmp_path / "a.h5", file[name])
            np.testing.assert_array_equal(array, truth)
            assert array.dtype.isnative


@pytest.mark.parametrize(
    ("layout", "gone", "words"),
    [
        ("virtual", "part1.h5", "x: lies in .*part1.h5, which is not there"),
        ("virtual", "+part1.h5", "x: is taken from .*part1.h5: values, which is not there or shorter"),
        ("virtual", "++part1.h5", "x: is taken from .*part1.h5: values, which is not there or shorter"),
        ("raw files", "b.raw", "x: lies in .*b.raw, which is not there"),
        ("raw files", "-a.raw", "x: lies in .*a.raw, which is cut off"),
    ],
)
def test_a_part_that_is_gone_is_told_not_read_as_zeros(tmp_path, layout, gone, words):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        LAYOUTS[layout](file, tmp_path)
    part = tmp_path / gone.strip("-+")
    if gone[0] == "+":
        with h5py.File(part, "r+") as file:
            kept = file["values"][:-1]
            del file["values"]
            file["values" if gone[1] == "+" else "others"] = kept
    else:
        part.write_bytes(part.read_bytes()[:-8]) if gone[0] == "-" else part.unlink()
    with h5py.File(path) as file, pytest.raises(DataError, match=words):
        _hdf5.array(path, file["x"])


@pytest.fixture
def path(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["small"], file["scalar"] = np.arange(3), 7
        file["bytes"] = np.array([b"a", "ä".encode()])
        file["words"] = np.array(["a", "ä"], h5py.string_dtype())
        file["opaque"] = np.array([b"a", b"bc"], "S2").view("V2")
        file["nothing"] = h5py.Empty("f8")
        file["records"] = np.zeros(3, [("x", "f4"), ("y", "f4")])
        file.create_group("group")
        for name, value in WORDS.items():
            file.attrs[name] = value
            file[name] = value
    return tmp_path / "a.h5"


WORDS = {
    "plain": "ä",
    "as bytes": np.bytes_("ä".encode()),
    "one of a list": np.array(["ä"], h5py.string_dtype()),
    "one of a matrix": np.array([["ä".encode()]]),
    "opaque bytes": np.void("ä\0".encode()),
}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("small", [0, 1, 2]),
        ("scalar", [7]),
        ("bytes", ["a", "ä"]),
        ("words", ["a", "ä"]),
        ("opaque", ["a", "bc"]),
        ("nothing", []),
    ],
)
def test_values_are_those_that_were_written(path, name, values):
    with h5py.File(path) as file:
        assert _hdf5.array(path, file[name]).tolist() == values


def test_group_where_an_array_belongs_is_named(path):
    with h5py.File(path) as file, pytest.raises(DataError, match="group: is a group where an array was expected"):
        _hdf5.array(path, file["group"])


@pytest.mark.parametrize("name", WORDS)
def test_words_are_text_however_they_are_wrapped(path, name):
    with h5py.File(path) as file:
        assert _hdf5.text(file[name]) == _hdf5.text(file.attrs[name]) == "ä"


def test_no_word_and_several_words_are_text(path):
    with h5py.File(path) as file:
        assert _hdf5.text(file["nothing"]) == ""
        assert _hdf5.text(file["words"]) == "a, ä"


@pytest.mark.parametrize(
    ("values", "words"), [([b"a", b"\xff"], ["a", "\ufffd"]), ([[b"a"], ["b"]], [["a"], ["b"]]), (b"a", ["a"])]
)
def test_bytes_and_objects_become_text_of_the_same_shape(values, words):
    assert _hdf5.decoded(values).tolist() == words


def test_the_file_of_a_link_is_the_one_it_lies_in(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        linked(file, tmp_path)
    with h5py.File(path) as file:
        assert Path(file["x"].file.filename).name == "far.h5"
