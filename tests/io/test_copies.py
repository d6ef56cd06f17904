"""Large arrays are copies that stay as they are, whatever happens to the file."""

from __future__ import annotations

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

from neurofm.errors import DataError
from neurofm.io import _copies
from neurofm.io._copies import Numbers, check_unchanged, load_npy, prune, settled, state

COUNT = _copies.MAPPED // 8 + 100
OPEN_THEN_CHANGE = """
import sys, os
import numpy as np
from neurofm import io
path, file, change = sys.argv[1:]
recording = io.read(path)
size = os.path.getsize(file)
if change == "cut off":
    os.truncate(file, 100)
else:
    with open(file, "r+b") as opened:
        opened.write(b"\\xff" * size)
(series,) = recording.series.values()
print(len(series.times), repr(float(series.times.sum())), repr(float(series.values.sum())))
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_args: str(tmp_path / "cache"))


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "arrays"


def brainsets(folder, times):
    with h5py.File(folder / "a.h5", "w") as file:
        file.attrs["object"] = "Data"
        file.create_group("wheel").attrs["object"] = "IrregularTimeSeries"
        file["wheel/timestamps"], file["wheel/position"] = times, times * 2
    return folder / "a.h5", folder / "a.h5"


def linked(folder, times):
    path, _ = brainsets(folder, times)
    os.rename(path, folder / "far.h5")
    with h5py.File(path, "w") as file:
        file.attrs["object"], file["wheel"] = "Data", h5py.ExternalLink("far.h5", "wheel")
    return path, folder / "far.h5"


def nwb(folder, times):
    with h5py.File(folder / "a.nwb", "w") as file:
        file.attrs["nwb_version"] = "2.0"
        wheel = file.create_group("processing/behavior/wheel")
        wheel["timestamps"], wheel["data"] = times, times * 2
    return folder / "a.nwb", folder / "a.nwb"


def alf(folder, times):
    np.save(folder / "_ibl_wheel.times.npy", times)
    np.save(folder / "_ibl_wheel.position.npy", times * 2)
    np.save(folder / "_ibl_trials.intervals.npy", np.array([[0.0, 1.0]]))
    return folder, folder / "_ibl_wheel.position.npy"


@pytest.mark.parametrize("change", ["cut off", "rewritten"])
@pytest.mark.parametrize("write", [brainsets, linked, nwb, alf])
@pytest.mark.parametrize("old", [False, True], ids=["just written", "old"])
def test_what_is_open_outlives_any_change_of_its_file(tmp_path, write, change, old):
    (tmp_path / "home").mkdir()
    times = np.arange(COUNT, dtype=float)
    path, file = write(tmp_path / "home", times)
    if old:
        os.utime(file, (1e9, 1e9))
    call = [sys.executable, "-c", OPEN_THEN_CHANGE, str(path), str(file), change]
    env = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "HDF5_USE_FILE_LOCKING": "FALSE"}
    done = subprocess.run(call, capture_output=True, text=True, env=env, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [str(COUNT), repr(float(times.sum())), repr(float(times.sum() * 2))]


def numbers(path, values, **more):
    return Numbers(path=path, name="x", shape=values.shape, dtype=values.dtype, rows=lambda a, b: values[a:b], **more)


@pytest.fixture
def file(tmp_path):
    """A file that nobody has written to for long."""
    path = tmp_path / "numbers"
    path.write_bytes(b"anything")
    os.utime(path, (1e9, 1e9))
    return path


VALUES = np.arange(2.0 * COUNT).reshape(-1, 2)


def test_a_copy_is_made_once(file, cache, monkeypatch):
    first = settled(numbers(file, VALUES))
    again = settled(numbers(file, VALUES * 0))
    for values in (first, again):
        np.testing.assert_array_equal(values, VALUES)
        assert isinstance(values.base, np.memmap)
    assert len(list(cache.iterdir())) == 1


def rewrite(path):
    path.write_bytes(b"whatever")


def rewrite_and_hide(path):
    path.write_bytes(b"whatever")
    os.utime(path, (1e9, 1e9))


def replace(path):
    other = path.with_name("other")
    other.write_bytes(b"whatever")
    os.utime(other, (1e9, 1e9))
    os.replace(other, path)


@pytest.mark.parametrize("change", [rewrite, rewrite_and_hide, replace])
@pytest.mark.parametrize("first", [{}, {"alone": False}])
def test_a_file_that_changed_gives_its_new_numbers(file, change, first):
    old = settled(numbers(file, VALUES, **first))
    change(file)
    new = settled(numbers(file, -VALUES, **first))
    np.testing.assert_array_equal(old, VALUES)
    np.testing.assert_array_equal(new, -VALUES)


@pytest.mark.parametrize("more", [{"shape": (COUNT, 1)}, {"dtype": np.dtype("<i8")}, {"name": "y"}])
def test_another_array_of_the_same_file_is_another_copy(file, cache, more):
    settled(numbers(file, VALUES))
    about = {"path": file, "name": "x", "shape": VALUES.shape, "dtype": VALUES.dtype} | more
    other = np.ones(about["shape"], about["dtype"])
    np.testing.assert_array_equal(settled(Numbers(**about, rows=lambda a, b: other[a:b])), other)
    assert len(list(cache.iterdir())) == 2


def test_what_is_not_kept_leaves_nothing(file, cache):
    for values in (numbers(file, VALUES, alone=False), numbers(file, VALUES[:3])):
        np.testing.assert_array_equal(settled(values), VALUES[: values.shape[0]])
    rewrite(file)
    assert isinstance(settled(numbers(file, VALUES)).base, np.memmap)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("change", [rewrite, replace, lambda path: path.unlink()])
@pytest.mark.parametrize("count", [COUNT, 2])
def test_a_change_while_it_is_read_is_told(file, cache, change, count):
    before, values = state(file), VALUES[:count]

    def rows(a, b):
        change(file)
        return values[a:b]

    def read():
        settled(Numbers(path=file, name="x", shape=values.shape, dtype=values.dtype, rows=rows))
        check_unchanged(file, before, "x")  # as every reader's file is looked at in the end

    with pytest.raises(DataError, match="numbers: x: changed while it was read; open it again once it is written"):
        read()
    assert not cache.exists() or list(cache.iterdir()) == []


@pytest.mark.parametrize("step", [1, 7, 1000, COUNT + 5])
def test_every_row_is_copied_once(file, monkeypatch, step):
    monkeypatch.setattr(_copies, "BLOCK", 100_000)
    read = []

    def rows(a, b):
        read.extend(range(a, b))
        assert a % step == 0
        return VALUES[a:b]

    values = settled(Numbers(path=file, name="x", shape=VALUES.shape, dtype=VALUES.dtype, rows=rows, step=step))
    np.testing.assert_array_equal(values, VALUES)
    assert read == list(range(COUNT))


def test_without_room_in_the_cache_it_is_loaded(file, tmp_path):
    (tmp_path / "cache").write_text("in the way")
    np.testing.assert_array_equal(settled(numbers(file, VALUES)), VALUES)


def test_what_is_in_use_elsewhere_stays_when_room_is_made(tmp_path, monkeypatch):
    files = [tmp_path / name for name in "abc"]
    for k, path in enumerate(files):
        path.write_bytes(b"12")
        os.utime(path, (k, k))
    monkeypatch.setattr(_copies, "LIMIT", 4)
    monkeypatch.setattr("pathlib.Path.unlink", lambda path: (_ for _ in ()).throw(PermissionError(path)))
    prune(tmp_path, latest=files[2])
    assert all(path.exists() for path in files)
    monkeypatch.undo()
    monkeypatch.setattr(_copies, "LIMIT", 4)
    prune(tmp_path, latest=files[2])
    assert [path.exists() for path in files] == [False, True, True]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<i4", "bool"])
@pytest.mark.parametrize("shape", [(3, 2), (0,), (), (COUNT * 8,), (COUNT * 4, 2), (2, COUNT * 4), (3, COUNT * 2, 2)])
def test_npy_files_give_what_was_saved(tmp_path, shape, dtype, order):
    values = (np.arange(np.prod(shape, dtype=int)) % 100).reshape(shape).astype(dtype, order=order)
    np.save(tmp_path / "a.npy", values)
    array = load_npy(tmp_path / "a.npy")
    np.testing.assert_array_equal(array, values)
    assert (array.shape, array.dtype) == (shape, np.dtype(dtype).newbyteorder("="))


def test_npy_header_that_claims_too_much_and_pickles_are_refused(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.arange(COUNT))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ValueError, match="mmap length"):
        load_npy(path)
    np.save(path, np.array([{}], object))
    with pytest.raises(ValueError, match="Python objects"):
        load_npy(path)
