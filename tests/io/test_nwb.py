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
    [
        ("units/spike_times_index", [1, 2, 99]),
        ("units/spike_times", [[1.0, 2.0], [3.0, 4.0]]),
    ],
)
def test_arrays_that_do_not_fit_are_named(golden, field, value):
    path = golden.nwb()
    with h5py.File(path, "r+") as file:
        kept = dict(file[field].attrs)
        del file[field]
        file[field] = value
        file[field].attrs.update(kept)
    with pytest.raises(DataError, match="units"):
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


@pytest.mark.parametrize(
    ("name", "values", "columns", "note"),
    [
        ("units/amp", [1.0, 2.0, 3.0], {"amp": [1.0, 2.0, 3.0]}, ""),
        ("units/amp", [[1.0], [2.0], [3.0]], {"amp": [1.0, 2.0, 3.0]}, ""),
        ("units/amp", [[1.0, 2.0, 3.0]], {"amp": [1.0, 2.0, 3.0]}, ""),
        ("units/place", np.arange(6).reshape(3, 2), {"place_0": [0, 2, 4], "place_1": [1, 3, 5]}, ""),
        (
            "units/place",
            np.arange(6).reshape(2, 3),
            {"place_1": [3, 4, 5]},
            "units.place: is (2, 3) for 3 rows; turned",
        ),
        ("units/amp", [1.0, 2.0], {}, "units.amp: is (2,) for 3 rows, left out"),
        ("units/amp", 1.0, {}, "units.amp: is (1,) for 3 rows, left out"),
        (
            "units/waveform_mean",
            np.zeros((3, 82)),
            {},
            "units.waveform_mean: is (3, 82) of float64, more than a column",
        ),
        ("units/brain_area", [b"CA1", b"DG", b"CA3"], {"region": ["CA1", "DG", "CA3"]}, ""),
        ("units/label", [b"a", b"b", b"c"], {"label": ["a", "b", "c"]}, ""),
        ("units/obs_intervals", [[0.0, 5.0], [9.0, 10.0], [11.0, 12.0]], {}, ""),
        (
            "units/obs_intervals",
            [[0.0, 9.0, 11.0], [5.0, 10.0, 12.0]],
            {},
            "units.obs_intervals: is (2, 3), where each row",
        ),
        (
            "units/obs_intervals",
            [0.0, 5.0, 9.0, 10.0],
            {},
            "units.obs_intervals: is (4,), no starts and stops, left out",
        ),
        ("intervals/trials/extra", [1, 2, 3], {}, "trials.extra: is (3,) for 2 rows, left out"),
        (
            "intervals/trials/split",
            np.array(["train"], h5py.string_dtype()),
            {},
            "trials.split: is (1,) for 2 rows, left",
        ),
        ("intervals/trials/records", np.zeros(2, "f4,f4"), {}, "not read: trials.records"),
        ("intervals/pauses/id", [0, 1], {}, "pauses: has no start_time, left out"),
        ("video", [1], {}, "not read: video"),
    ],
)
def test_what_is_said_of_units_and_trials_has_a_row_each_or_is_left_out_and_told(golden, name, values, columns, note):
    path = golden.nwb()
    with h5py.File(path, "r+") as file:
        if name in file:
            del file[name]
        file[name] = values
    recording = io.read(path)
    for column, expected in columns.items():
        assert recording.units[column].tolist() == expected
    told = [note for note in recording.notes if "lick" not in note]
    assert [n[: len(note)] for n in told] == ([note] if note else [])
    if "obs_intervals" in name and "left out" not in note:
        assert recording.domain.tolist() == [[0.0, 5.0], [9.0, 10.0], [11.0, 12.0]]


def test_lists_of_numbers_in_trials_are_named(golden):
    path = golden.nwb()
    with h5py.File(path, "r+") as file:
        file["intervals/trials/licks"], file["intervals/trials/licks_index"] = np.arange(3.0), [1, 3]
    assert "not read: trials.licks" in io.read(path).notes


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: [x], lambda x: [[x]]], ids=["scalar", "one", "matrix of one"])
def test_one_unit_may_be_wrapped_in_any_way(tmp_path, wrap):
    path = tmp_path / "one.nwb"
    with h5py.File(path, "w") as file:
        file.attrs["nwb_version"] = "2.0"
        file["general/session_id"], file["general/subject/subject_id"] = wrap(b"rec one"), wrap(b"a mouse")
        units = file.create_group("units")
        units.attrs["colnames"] = wrap("area")
        for name, value in {"id": 7, "spike_times": 1.5, "spike_times_index": 1, "area": b"CA1"}.items():
            units[name] = wrap(value)
    recording = io.read(path)
    assert (recording.session, recording.subject) == ("rec one", "a mouse")
    assert recording.units.to_dict("list") == {"label": ["unit 7"], "region": ["CA1"]}
    assert recording.spikes.times.tolist() == [1.5]
    assert recording.notes == ()
