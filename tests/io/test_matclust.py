"""MatClust spikes: the cells lead to labels, empty clusters go, times come out sorted."""

from __future__ import annotations

import zlib

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from neurofm import io
from neurofm.errors import DataError


def cell(*items):
    array = np.empty((1, len(items)), object)
    array[0] = items
    return array


def unit(*times):
    return {"time": np.array(times, float)[:, None]}


def test_units_are_called_by_tetrode_and_cell(golden):
    recording = io.read(golden.matclust())
    assert recording.units["label"].tolist() == ["t1 u1", "t3 u2"]
    assert recording.units[["tetrode", "cell"]].to_numpy().tolist() == [[1, 1], [3, 2]]
    np.testing.assert_array_equal(recording.spikes.times, [0.5, 1.0, 2.25, 2.5, 3.0])
    np.testing.assert_array_equal(recording.spikes.unit, [1, 0, 0, 0, 1])
    np.testing.assert_array_equal(recording.domain, [[0.0, 4.0]])
    assert recording.warnings() == ["1 clusters without a spike were left out"]


def test_epochs_of_a_day_are_one_unit_and_days_are_not(tmp_path):
    path = tmp_path / "spikes.mat"
    day = cell(cell(cell(unit(1.0))), cell(cell(unit(5.0))))
    savemat(path, {"spikes": cell(day)})
    assert io.read(path).units["label"].tolist() == ["t1 u1"]
    savemat(path, {"spikes": cell(day, day)})
    assert io.read(path).units["label"].tolist() == ["d1 t1 u1", "d2 t1 u1"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"spikes": cell(np.zeros((1, 0)))}, "no cell has a field 'time'"),
        ({"spikes": cell(unit())}, "no unit has a spike"),
        ({"spikes": cell({"time": "noon"})}, "holds no numbers"),
        ({"x": np.zeros(3)}, "no cell has a field 'time'"),
    ],
)
def test_file_without_spikes_names_the_field(tmp_path, content, problem):
    path = tmp_path / "spikes.mat"
    savemat(path, content)
    with pytest.raises(DataError, match=f"spikes.mat: time: {problem}"):
        io.read(path)


@pytest.mark.parametrize("times", [[1.0, 2.0], [[1.0, 2.0]], [[1.0], [2.0]]])
def test_times_may_lie_either_way(tmp_path, times):
    path = tmp_path / "spikes.mat"
    savemat(path, {"spikes": cell({"time": np.array(times)})})
    assert io.read(path).spikes.times.tolist() == [1.0, 2.0]


def test_a_matrix_is_no_times_and_other_fields_are_named(tmp_path):
    path = tmp_path / "spikes.mat"
    more = {"data": np.ones((2, 3)), "descript": "spike data", "nothing": np.zeros((0, 0))}
    savemat(path, {"spikes": cell(unit(1.0) | more), "eeg": np.zeros(9)})
    assert io.read(path).notes == ("not read: data, descript, eeg",)
    savemat(path, {"spikes": cell({"time": np.ones((2, 3))})})
    with pytest.raises(DataError, match=r"time: must be one number a row, got \(2, 3\)"):
        io.read(path)


def test_matlab_7_3_is_told_how_to_be_saved(tmp_path):
    path = tmp_path / "new.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["spikes"] = [1.0]
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file")
    with pytest.raises(DataError, match=r"MATLAB 7\.3 file; save it in MATLAB with save\(\.\.\., '-v7'\)"):
        io.read(path)


def test_variable_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("neurofm.io.matclust.ROOM", 1 << 20)
    path = tmp_path / "bomb.mat"
    bomb = zlib.compress(bytes(40 << 20), 9)
    savemat(path, {})
    path.write_bytes(path.read_bytes() + np.array([15, len(bomb)], "<u4").tobytes() + bomb)
    with pytest.raises(DataError, match=r"a variable claims more than \d+ MB"):
        io.read(path)


def test_cells_nested_beyond_reason_are_refused(tmp_path):
    path = tmp_path / "deep.mat"
    nested = unit(1.0)
    for _ in range(30):
        nested = cell(nested)
    savemat(path, {"spikes": nested})
    with pytest.raises(DataError, match="cells lie more than 16 deep"):
        io.read(path)
