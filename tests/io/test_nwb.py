"""NWB: what pynwb wrote is read with h5py, and what we write reads back equal, by us and by pynwb."""

from __future__ import annotations

import sys

import h5py
import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.errors import DataError


def test_units_know_where_they_are_and_whether_they_are_held_out(golden):
    recording = io.read(golden.nwb())
    assert (recording.session, recording.subject) == ("s1", "mouse")
    units = recording.units
    assert units["label"].tolist() == ["unit 0", "unit 1", "unit 2"]
    assert units["heldout"].tolist() == [True, False, False]
    assert units["region"].fillna("").tolist() == ["DG", "", "CA3"]
    np.testing.assert_array_equal(units["x"], [2.0, np.nan, 0.0])
    assert units["group"].iloc[0] == "shank"
    np.testing.assert_array_equal(recording.spikes.times, [0.5, 1.0, 2.25, 2.5, 3.0])
    np.testing.assert_array_equal(recording.spikes.unit, [2, 0, 0, 0, 2])
    assert "1 of 3 units never fire" in recording.warnings()


def test_trials_keep_the_benchmark_split_and_tags(golden):
    trials = io.read(golden.nwb()).intervals["trials"]
    expected = pd.DataFrame({"start": [0.0, 2.0], "stop": [1.0, 3.0], "split": ["train", "val"], "tags": ["a,b", ""]})
    pd.testing.assert_frame_equal(trials, expected, check_like=True)


def test_behaviour_is_converted_and_timed(golden):
    recording = io.read(golden.nwb())
    cursor = recording.series["cursor_pos"]
    np.testing.assert_allclose(cursor.times, 1.0 + np.arange(5) / 10)
    np.testing.assert_array_equal(cursor.values, np.full((5, 2), 1.5))  # 1 * 0.5 + 1
    assert (cursor.names, cursor.unit) == (("x", "y"), "m")
    np.testing.assert_array_equal(recording.series["lick"].times, [0.0, 1.0])
    assert "lick: 1 of 3 times repeat; the first of each was kept" in recording.notes


def test_region_is_the_groups_where_units_have_no_electrodes(golden):
    path = golden.nwb()
    with h5py.File(path, "r+") as file:
        del file["units/electrodes"], file["units/electrodes_index"]
    units = io.read(path).units
    assert units["region"].tolist() == ["CA1"] * 3
    assert units["group"].tolist() == ["shank"] * 3


def test_raw_voltage_is_left_on_disk(golden):
    path = golden.nwb()
    with h5py.File(path, "r+") as file:
        raw = file.create_group("acquisition/voltage")
        raw.attrs["neurodata_type"] = "ElectricalSeries"
        raw["data"], raw["timestamps"] = np.zeros((3, 2)), np.arange(3.0)
    recording = io.read(path)
    assert "voltage" not in recording.series
    assert "voltage: raw data, not read" in recording.notes


@pytest.mark.parametrize(
    ("field", "value"),
    [("units/spike_times_index", [1, 2, 99]), ("units/electrodes", [0, 1, 77]), ("intervals/trials/split", ["train"])],
)
def test_arrays_that_do_not_fit_are_named(golden, field, value):
    path = golden.nwb()
    with h5py.File(path, "r+") as file:
        kept = dict(file[field].attrs)
        del file[field]
        file[field] = np.array(value, h5py.string_dtype()) if isinstance(value[0], str) else value
        file[field].attrs.update(kept)
    with pytest.raises(DataError, match=field.removeprefix("intervals/").partition("/")[0]):
        io.read(path)


def test_file_without_units_is_behaviour_alone(golden):
    path = golden.nwb()
    with h5py.File(path, "r+") as file:
        del file["units"]
    recording = io.read(path)
    assert len(recording.units) == len(recording.spikes) == 0
    assert "the file has no units" in recording.warnings()
    assert "cursor_pos" in recording.series


def test_pynwb_opens_what_we_write(recording, tmp_path):
    from pynwb import NWBHDF5IO

    path = io.write(recording, tmp_path / "copy.nwb")
    with NWBHDF5IO(str(path), mode="r", load_namespaces=True) as opened:
        file = opened.read()
        np.testing.assert_array_equal(file.units["spike_times"][1], recording.spikes.times[recording.spikes.unit == 1])
        assert file.subject.subject_id == recording.subject
        assert file.intervals["trials"]["target"][:].tolist() == [3, 1]
        np.testing.assert_array_equal(file.processing["behavior"]["pupil"].data[:], recording.series["pupil"].values)


def test_missing_pynwb_is_told_with_its_remedy(recording, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pynwb", None)
    with pytest.raises(DataError, match=r"pip install 'napari-neurofm\[nwb\]'"):
        io.write(recording, tmp_path / "copy.nwb")
