"""Bare files: arrays and columns keep their names, structs and cells theirs with a dot, damage is told."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from neurofm.errors import DataError
from neurofm.io._contents import Written, contents, written

TRAINS = [np.array([0.5, 1.0, 3.25]), np.array([0.25, 2.0])]


def ragged(*parts):
    array = np.empty((1, len(parts)), object)
    array[0] = parts
    return array


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("time,unit\n0.5,a\n1.5,b\n", {"time": [0.5, 1.5], "unit": ["a", "b"]}),
        ("time;unit\n0.5;1\n1.5;2\n", {"time": [0.5, 1.5], "unit": [1, 2]}),
        ("# of today\nt\tu\n1\t3\n2\t4\n", {"t": [1, 2], "u": [3, 4]}),
        ("0.5 1\n1.5 2\n", {"column 1": [0.5, 1.5], "column 2": [1, 2]}),
        ("\ufeffa,b\n1,\n2,3\n", {"a": [1, 2], "b": [np.nan, 3]}),
        ("a\n1\n2\n", {"a": [1, 2]}),
        ("time,unit\n0.5,ch1#1\n1.5,ch1#2\n", {"time": [0.5, 1.5], "unit": ["ch1#1", "ch1#2"]}),
        ("% by me\n\n# of today\n0.5 1\n1.5 2\n", {"column 1": [0.5, 1.5], "column 2": [1, 2]}),
        ('"time" "unit"\n"1" 0.5 3\n"2" 1.5 4\n', {"index": [1, 2], "time": [0.5, 1.5], "unit": [3, 4]}),
        ('"","time","unit"\n"a",0.5,3\n"b",1.5,4\n', {"column 1": ["a", "b"], "time": [0.5, 1.5], "unit": [3, 4]}),
        (",time,unit\n0,0.5,3\n1,1.5,4\n", {"index": [0, 1], "time": [0.5, 1.5], "unit": [3, 4]}),
        ("time,unit\n0.5,3,\n1.5,4,\n", {"time": [0.5, 1.5], "unit": [3, 4]}),
        ("time;unit\n0,5;a,b\n1;c\n", {"time": [0.5, 1], "unit": ["a,b", "c"]}),
        ("0,5\t0,25\n1,5\t2\n", {"column 1": [0.5, 1.5], "column 2": [0.25, 2]}),
        ("0,5 0,25\n1,5 2\n", {"column 1": [0.5, 1.5], "column 2": [0.25, 2]}),
        ("1,2\n3,4\n", {"column 1": [1, 3], "column 2": [2, 4]}),
    ],
)
def test_tables_of_text_are_read_whatever_stands_between(text, columns, tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    held = contents(path)
    assert held.table
    assert list(held.vectors) == list(columns)
    for name, values in columns.items():
        np.testing.assert_array_equal(held.vectors[name], values)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("time,unit\n0.5,1\n0.", "ends within its last line"),
        ("time,time\n0.5,1\n", "time: is the name of two columns"),
        ("time,unit\n", "holds no rows"),
        ("a\0b", "is no table of text"),
        ("time,unit\n0.5,1,2,3\n", "has 2 names for 4 columns; name each column"),
    ],
)
def test_damaged_tables_are_refused(text, problem, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=problem):
        contents(path)


def test_arrays_of_numpy_are_told_apart_by_shape(tmp_path):
    path = tmp_path / "a.npz"
    more = {"counts": np.ones((4, 3), int), "trains": ragged(*TRAINS), "who": {"day": np.array([1, 2])}}
    np.savez(path, times=TRAINS[0], dt=0.1, names=np.array(["a", "b"]), cube=np.zeros((2, 2, 2)), **more)
    held = contents(path)
    assert (set(held.vectors), set(held.matrices)) == ({"times", "names", "who.day"}, {"counts"})
    assert (held.numbers, held.others) == ({"dt": 0.1}, ["cube"])
    for read, wanted in zip(held.lists["trains"], TRAINS):
        np.testing.assert_array_equal(read, wanted)


def test_a_matrix_alone_is_a_table(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(6).reshape(2, 3))
    held = contents(tmp_path / "a.npy")
    assert held.table
    np.testing.assert_array_equal(held.vectors["column 3"], [2, 5])


def test_matlab_of_both_kinds_holds_the_same(tmp_path):
    savemat(tmp_path / "old.mat", {"spikes": {"times": ragged(*TRAINS), "UID": [1, 2]}, "counts": np.ones((4, 3))})
    with h5py.File(tmp_path / "new.mat", "w", userblock_size=512) as file:
        cells = [file.create_dataset(f"#refs#/{k}", data=train[None]).ref for k, train in enumerate(TRAINS)]
        file["spikes/times"] = np.array(cells, h5py.ref_dtype)[:, None]
        file["spikes/UID"], file["counts"] = np.array([[1.0], [2.0]]), np.ones((3, 4))
    for name in ("old.mat", "new.mat"):
        held = contents(tmp_path / name)
        assert [train.tolist() for train in held.lists["spikes.times"]] == [train.tolist() for train in TRAINS]
        assert held.vectors["spikes.UID"].tolist() == [1, 2]
        assert held.matrices["counts"].shape == (4, 3) if held.matrices else held.vectors["counts"].shape


def test_what_is_cut_off_is_refused(tmp_path):
    for name in ("a.npy", "a.npz", "a.mat"):
        path = tmp_path / name
        {"a.npy": np.save, "a.npz": np.savez, "a.mat": lambda p, x: savemat(p, {"x": x})}[name](path, np.arange(999.0))
        path.write_bytes(path.read_bytes()[:-99])
        with pytest.raises((DataError, ValueError), match=r"cut off|ends"):
            contents(path)


def test_the_first_lines_tell_names_and_marks(tmp_path):
    (tmp_path / "a.csv").write_text("# mine\ntime (ms);unit\n1,5;2\n")
    assert written(tmp_path / "a.csv") == Written(["time (ms)", "unit"], ["1.5", "2"], ";", ",", 1)


def test_cells_of_matlab_keep_their_places_and_words(tmp_path):
    """Empty ones are stored as their shape, words as the numbers of their letters."""
    with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:

        def stored(name, values, kind, empty=False):
            file[name] = values
            file[name].attrs["MATLAB_class"] = np.bytes_(kind)
            if empty:
                file[name].attrs["MATLAB_empty"] = np.uint8(1)
            return file[name].ref

        def word(name, text):
            return stored(name, np.array([[ord(letter)] for letter in text], np.uint16), "char")

        nothing = stored("#refs#/none", np.zeros(2, np.uint64), "double", empty=True)
        trains = [stored(f"#refs#/{k}", train[None], "double") for k, train in enumerate(TRAINS)]
        file["trains"] = np.array([trains[0], nothing, trains[1]], h5py.ref_dtype)[:, None]
        file["area"] = np.array([word(f"#refs#/area{k}", f"CA{k}") for k in (1, 2, 3)], h5py.ref_dtype)[:, None]
        word("animal", "ada")
        stored("gone", np.zeros(2, np.uint64), "double", empty=True)
    held = contents(tmp_path / "a.mat")
    assert [train.tolist() for train in held.lists["trains"]] == [TRAINS[0].tolist(), [], TRAINS[1].tolist()]
    assert held.vectors["area"].tolist() == ["CA1", "CA2", "CA3"]
    assert set(held.others) == {"animal", "gone"}
    assert not held.numbers
