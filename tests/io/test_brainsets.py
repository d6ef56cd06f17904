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
        ("trials/end", None, "trials: an Interval needs start and end"),
        ("trials/target_id", [1], "trials: its columns differ in length"),
        ("cursor/timestamps", [1.0], r"cursor\.pos: has 3 values for 1"),
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
