"""brainsets HDF5: what temporaldata wrote is read, what we write is opened by it and reads back equal."""

from __future__ import annotations

from dataclasses import replace

import h5py
import numpy as np
import pytest
import temporaldata as td

from neurofm import io
from neurofm.data import Spikes
from neurofm.errors import DataError


def test_tree_of_temporaldata_becomes_a_recording(golden):
    recording = io.read(golden.brainsets())
    assert (recording.session, recording.subject) == ("s1", "monkey")
    assert recording.units["label"].tolist() == ["u0", "u1"]
    assert recording.units["region"].tolist() == ["M1", "PMd"]
    assert recording.units["good"].tolist() == [True, False]
    np.testing.assert_array_equal(recording.spikes.unit, [1, 0, 0, 0, 1])
    np.testing.assert_array_equal(recording.series["cursor.vel"].values, np.full((3, 2), 2.0))
    trials = recording.intervals["trials"]
    assert trials[["start", "stop", "target_id", "result"]].to_numpy().tolist() == [
        [0.0, 1.0, 3, "R"],
        [2.0, 3.0, 4, "F"],
    ]
    assert recording.intervals["train_domain"]["stop"].tolist() == [2.0]
    np.testing.assert_array_equal(recording.domain, [[0.0, 4.0]])


def test_regular_series_skips_the_samples_that_fill_its_gaps(golden):
    probe = io.read(golden.brainsets()).series["lfp.probe.raw"]
    np.testing.assert_allclose(probe.times, [1.0, 1.1, 1.4, 1.5])
    np.testing.assert_array_equal(probe.values[:, 0], [1.0, 2.0, 3.0, 4.0])


def test_temporaldata_opens_what_we_write(recording, tmp_path):
    path = io.write(recording, tmp_path / "copy.h5")
    with td.Data.load(path) as data:
        assert data.session.id == recording.session
        part = data.slice(2.0, 3.5, reset_origin=False)
        expected = recording.spikes.between(2.0, 3.5)
        np.testing.assert_array_equal(part.spikes.timestamps, expected.times)
        np.testing.assert_array_equal(part.spikes.unit_index, expected.unit)
        np.testing.assert_array_equal(part.cursor.pos, recording.series["cursor.pos"].between(2.0, 3.5).values)
        np.testing.assert_array_equal(data.trials.end, [4.0, 9.0])
        np.testing.assert_array_equal(data.domain.start, recording.domain[:, 0])


def test_long_recording_is_mapped_not_loaded(recording, tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_args: str(tmp_path / "cache"))
    times = np.sort(np.random.default_rng(0).uniform(0, 10, 1_200_000))
    long = replace(recording, spikes=Spikes(times, np.zeros(len(times), np.int32)))
    opened = io.read(io.write(long, tmp_path / "long.h5"))
    assert isinstance(opened.spikes.times.base, np.memmap)
    assert isinstance(opened.spikes.unit.base, np.memmap)
    assert not opened.spikes.times.flags.writeable
    np.testing.assert_array_equal(opened.spikes.times, times)


def edit(path, name, values):
    with h5py.File(path, "r+") as file:
        del file[name]
        if values is not None:
            file[name] = values


@pytest.mark.parametrize(
    ("name", "values", "field"),
    [
        ("spikes/unit_index", [0, 0, 0, 0, 2], "spikes.unit_index: names unit 2 but there are 2"),
        ("spikes/unit_index", [0, 0, -1, 0, 0], "spikes.unit_index"),
        ("spikes/unit_index", [0, 0], "spikes.unit_index: has 2 entries for 5"),
        ("spikes/timestamps", None, "spikes.timestamps: is missing"),
        ("spikes/unit_index", [0.5, 0, 0, 0, 0], "spikes.unit_index: holds numbers that are not whole"),
        ("spikes/timestamps", [[1.0, 2.0], [3.0, 4.0]], "spikes.timestamps: must be one number a row"),
        ("units", None, "spikes.unit_index"),
    ],
)
def test_wrong_part_is_named(golden, name, values, field):
    path = golden.brainsets()
    edit(path, name, values)
    with pytest.raises(DataError, match=field):
        io.read(path)


def test_unsorted_spikes_are_sorted_and_told(golden):
    path = golden.brainsets()
    edit(path, "spikes/timestamps", [3.0, 1.0, 2.0, np.nan, 0.5])
    recording = io.read(path)
    np.testing.assert_array_equal(recording.spikes.times, [0.5, 1.0, 2.0, 3.0])
    np.testing.assert_array_equal(recording.spikes.unit, [1, 0, 0, 1])
    assert any("spikes" in note for note in recording.notes)


def test_optional_parts_may_be_missing_and_unknown_kinds_are_told(golden):
    path = golden.brainsets()
    with h5py.File(path, "r+") as file:
        for name in ("session", "subject", "domain", "trials", "train_domain", "lfp"):
            del file[name]
        file.create_group("movie").attrs["object"] = "Video"
    recording = io.read(path)
    assert (recording.session, recording.subject) == ("session", "")
    assert "movie: of unknown kind 'Video', left out" in recording.notes
    assert recording.domain[0, 0] == 0.0


def test_array_that_claims_more_than_the_file_holds_is_refused(golden):
    path = golden.brainsets()
    with h5py.File(path, "r+") as file:
        del file["spikes/timestamps"]
        file["spikes"].create_dataset("timestamps", (1 << 40,), "f8", chunks=(1024,), compression="gzip")
    with pytest.raises(DataError, match=r"spikes/timestamps: claims \d+ MB"):
        io.read(path)


def test_full_disk_is_told_and_leaves_the_old_file(recording, tmp_path, monkeypatch):
    path = io.write(recording, tmp_path / "copy.h5")
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("neurofm.io.brainsets._write", full)
    with pytest.raises(DataError, match="No space left on device"):
        io.write(recording, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


N = 900
PATH = np.random.default_rng(0).normal(size=(N, 2))


@pytest.mark.parametrize(
    ("name", "values", "read", "note"),
    [
        ("cursor/pos", PATH.T, PATH, "cursor.pos: is (2, 900) for 900 rows; turned"),
        ("cursor/pos", PATH[:, :1], PATH[:, :1], ""),
        ("cursor/pos", PATH[:, 0][None], PATH[:, :1], ""),
        ("cursor/timestamps", np.arange(float(N))[:, None], PATH, ""),
        ("cursor/timestamps", np.arange(float(N))[None], PATH, ""),
        ("cursor/timestamps", np.arange(3.0), None, "cursor.pos: 900 values for 3 times, left out"),
        ("cursor/timestamps", np.zeros((N, 2)), None, "cursor.pos: its times are (900, 2), where one a sample"),
    ],
)
def test_series_have_a_sample_for_each_time_or_are_left_out_and_told(tmp_path, name, values, read, note):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["object"] = "Data"
        file.create_group("cursor").attrs["object"] = "IrregularTimeSeries"
        file["cursor/timestamps"], file["cursor/pos"] = np.arange(float(N)), PATH
        del file[name]
        file[name] = values
    recording = io.read(tmp_path / "a.h5")
    if read is None:
        assert not recording.series
    else:
        np.testing.assert_array_equal(recording.series["cursor.pos"].values, read)
    assert recording.notes[0].startswith(note) if note else not recording.notes


@pytest.mark.parametrize("turned", [False, True])
def test_regular_series_is_turned_by_its_own_rate(tmp_path, turned):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.attrs["object"] = "Data"
        group = file.create_group("lfp")
        group.attrs["object"], group.attrs["sampling_rate"] = "RegularTimeSeries", np.array([10.0])
        group["domain/start"], group["domain/end"] = [0.0], [(N - 1) / 10]
        group["raw"] = PATH.T if turned else PATH
    recording = io.read(tmp_path / "a.h5")
    np.testing.assert_array_equal(recording.series["lfp.raw"].values, PATH)
    assert bool(recording.notes) == turned


@pytest.mark.parametrize(
    ("name", "values", "columns", "note"),
    [
        ("units/area_name", [b"CA1", b"DG"], {"region": ["CA1", "DG"]}, ""),
        ("units/amp", [[1.0], [2.0]], {"amp": [1.0, 2.0]}, ""),
        ("units/place", np.arange(8).reshape(2, 4), {"place_0": [0, 4], "place_3": [3, 7]}, ""),
        ("units/place", np.arange(8).reshape(4, 2), {"place_3": [6, 7]}, "units.place: is (4, 2) for 2 rows; turned"),
        ("units/shape", np.zeros((2, 82)), {}, "units.shape: is (2, 82) of float64, more than a column, left out"),
        ("units/amp", [1.0, 2.0, 3.0], {}, "units.amp: is (3,) for 2 rows, left out"),
        ("units/amp", 1.0, {}, "units.amp: is (1,) for 2 rows, left out"),
        ("units/fits/x", [1.0, 2.0], {}, "not read: units.fits"),
    ],
)
def test_what_is_said_of_each_unit_has_a_row_each_or_is_left_out_and_told(golden, name, values, columns, note):
    path = golden.brainsets()
    with h5py.File(path, "r+") as file:
        del file["units/brain_region"]
        file[name] = values
    recording = io.read(path)
    for column, expected in columns.items():
        assert recording.units[column].tolist() == expected
    assert list(recording.notes) == ([note] if note else [])


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({}, {"start": [1.0, 2.0], "stop": [1.0, 2.0]}),
        ({"side": [b"l", b"r"]}, {"start": [1.0, 2.0], "stop": [1.0, 2.0], "side": ["l", "r"]}),
        (
            {"side": [b"l", b"r"], "size": [3, 4]},
            {"start": [1.0, 2.0], "stop": [1.0, 2.0], "side": ["l", "r"], "size": [3, 4]},
        ),
    ],
)
def test_moments_alone_or_with_words_are_events(golden, tmp_path, same, columns, expected):
    path = golden.brainsets()
    with h5py.File(path, "r+") as file:
        group = file.create_group("licks")
        group.attrs["object"], group["timestamps"] = "IrregularTimeSeries", [1.0, 2.0]
        for name, values in columns.items():
            group[name] = values
    recording = io.read(path)
    assert recording.intervals["licks"].to_dict("list") == expected
    same(io.read(io.write(recording, tmp_path / "copy.h5")), recording)


def test_one_unit_and_one_spike_may_be_scalars(golden):
    path = golden.brainsets()
    with h5py.File(path, "r+") as file:
        for name in ("units", "spikes"):
            for key in list(file[name]):
                if key != "domain":
                    del file[name][key]
        file["units/id"], file["spikes/timestamps"], file["spikes/unit_index"] = "only", 1.5, 0
    recording = io.read(path)
    assert (recording.units["label"].tolist(), recording.spikes.times.tolist()) == (["only"], [1.5])
