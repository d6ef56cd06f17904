"""ALF folders laid out as the specification says."""

from __future__ import annotations

import re
import shutil

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.errors import DataError


def test_probes_are_merged_on_one_clock(golden):
    recording = io.read(golden.alf())
    assert (recording.session, recording.subject) == ("KS01_2021-03-04_001", "KS01")
    assert recording.units["label"].tolist() == [f"probe0{k} {c}" for k in (0, 1) for c in (0, 1, 2)]
    np.testing.assert_allclose(recording.spikes.times[:4], [0.5, 0.51, 1.0, 1.01])
    np.testing.assert_array_equal(recording.spikes.unit[:4], [2, 5, 0, 3])
    assert len(recording.spikes) == 10


def test_units_know_region_depth_and_quality(golden):
    units = io.read(golden.alf()).units
    assert units["region"].tolist()[:3] == ["CCF 726", "CCF 382", "CCF 726"]
    assert units["depth"].tolist()[:3] == [20.0, 0.0, 40.0]
    np.testing.assert_array_equal(units["quality"][:3], [0.3, np.nan, 1.0])
    assert units["uuid"].tolist()[:3] == ["x", "y", "z"]


def test_names_of_regions_are_preferred_to_numbers(golden):
    home = golden.alf()
    for probe in ("probe00", "probe01"):
        np.save(
            home / "alf" / probe / "pykilosort" / "clusters.brainLocationAcronyms_ccf_2017.npy",
            np.array(["CA1", "DG", "CA1"]),
        )
    assert io.read(home).units["region"].tolist() == ["CA1", "DG", "CA1"] * 2


def test_trials_join_the_table_and_the_single_files(golden):
    trials = io.read(golden.alf()).intervals["trials"]
    expected = {"start": [0.0, 2.0], "stop": [1.0, 3.0], "choice": [1, -1], "stimOn_times": [0.1, 2.1]}
    pd.testing.assert_frame_equal(trials, pd.DataFrame(expected))


def test_trials_may_be_single_files(golden):
    home = golden.alf()
    (home / "alf" / "_ibl_trials.table.pqt").unlink()
    np.save(home / "alf" / "_ibl_trials.intervals.npy", np.array([[0.0, 1.0], [2.0, 3.0]]))
    trials = io.read(home).intervals["trials"]
    assert trials[["start", "stop", "stimOn_times"]].to_numpy().tolist() == [[0.0, 1.0, 0.1], [2.0, 3.0, 2.1]]


def test_whatever_has_times_is_a_series(golden):
    series = io.read(golden.alf()).series
    np.testing.assert_allclose(series["wheel.position"].times, [1.0, 1.5, 2.0, 2.5, 3.0])  # from (sample, second) pairs
    assert series["wheel.position"].unit == "rad"
    np.testing.assert_array_equal(series["leftCamera.ROIMotionEnergy"].values[:, 0], [1.0, np.nan, 3.0])


def test_flat_layout_and_the_alf_folder_itself_open(golden, tmp_path):
    home = golden.alf()
    assert io.read(home / "alf").session == "KS01_2021-03-04_001"
    flat = tmp_path / "flat"
    shutil.copytree(home / "alf" / "probe00" / "pykilosort", flat)
    recording = io.read(flat)
    assert recording.units["label"].tolist() == ["0", "1", "2"]
    assert recording.session == "flat"


def test_of_two_sortings_the_deeper_is_taken(golden):
    home = golden.alf()
    old = home / "alf" / "probe00"
    np.save(old / "spikes.times.npy", np.array([9.0]))
    np.save(old / "spikes.clusters.npy", np.array([0]))
    assert len(io.read(home).spikes) == 10


@pytest.mark.parametrize("name", ["spikes.times.b3c1.npy", "spikes.clusters.b3c1.npy"])
@pytest.mark.parametrize("kept", [0, 50, -4])
def test_damaged_file_in_it_is_named(golden, name, kept):
    home = golden.alf()
    file = home / "alf" / "probe01" / "pykilosort" / name
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(DataError, match=name):
        io.read(home)


def test_pickle_is_never_executed(golden):
    home = golden.alf()
    file = home / "alf" / "probe00" / "pykilosort" / "clusters.depths.npy"
    np.save(file, np.array([{}, {}, {}], object))
    recording = io.read(home)
    assert np.isnan(recording.units["depth"][:3]).all()
    assert any(note.startswith("probe00: clusters.depths: cannot be read (") for note in recording.notes)


def test_missing_clusters_are_named(golden):
    home = golden.alf()
    (home / "alf" / "probe00" / "pykilosort" / "spikes.clusters.b3c1.npy").unlink()
    with pytest.raises(DataError, match=r"spikes\.clusters: is missing"):
        io.read(home)


WIDE, PAIRS = np.arange(60.0).reshape(3, 20), np.array([[5, 6], [7, 8], [9, 10]])


def told(recording):
    """Notes, but for the golden file's own."""
    return [note for note in recording.notes if "NaN and are skipped" not in note]


def put(home, name, values):
    """Write a file of the first probe, or of the session."""
    place = home / "alf" / ("probe00/pykilosort" if name.split(".")[0] in ("clusters", "channels", "spikes") else "")
    if isinstance(values, pd.DataFrame):
        values.to_parquet(place / name)
    else:
        np.save(place / name, values)


@pytest.mark.parametrize(
    ("file", "values", "columns", "note"),
    [
        ("depths", WIDE, {"depth": None}, r"clusters\.depths: is \(3, 20\) .* left out"),
        ("channels", PAIRS, {"channel": None, "channels_0": [5, 7, 9], "channels_1": [6, 8, 10]}, ""),
        ("channels", PAIRS.T, {"channels_0": [5, 7, 9]}, r"clusters\.channels: is \(2, 3\) for 3 rows; turned"),
        ("channels", np.eye(3), {"channels_0": [1, 0, 0]}, r"clusters\.channels: is \(3, 3\) .* cannot be told apart"),
        ("depths", np.array([[1.0], [2.0], [3.0]]), {"depth": [1, 2, 3]}, ""),
        ("depths", np.array([[1.0, 2.0, 3.0]]), {"depth": [1, 2, 3]}, ""),
        ("depths", np.array([1.0, 2.0]), {"depth": None}, r"clusters\.depths: is \(2,\) for 3 rows, left out"),
        ("depths", np.array(7.0), {"depth": None}, r"clusters\.depths: is \(1,\) for 3 rows, left out"),
        ("amps", np.array([1.0, 2.0, 3.0]), {"amps": [1, 2, 3]}, ""),
        ("waveforms", np.zeros((3, 82, 4)), {"waveforms": None}, r"clusters\.waveforms: is \(3, 82, 4\) .* left out"),
        ("acronym", np.array(["CA1", "DG", "VISp"]), {"region": ["CA1", "DG", "VISp"]}, ""),
        ("acronym", np.array([b"CA1", b"DG", b"VISp"]), {"region": ["CA1", "DG", "VISp"]}, ""),
        ("acronym", np.array(["CA1", "DG"]), {"region": None}, r"clusters\.acronym: is \(2,\) for 3 rows, left out"),
        ("acronym", np.full((3, 2), "CA1"), {"region": None}, r"clusters\.acronym: holds more than one region"),
        ("brainLocationIds_ccf_2017", np.array([1, np.nan, -3]), {"region": ["CCF 1", "", "CCF 3"]}, ""),
    ],
)
def test_what_is_said_of_each_unit_has_a_row_each_or_is_left_out_and_told(golden, file, values, columns, note):
    home = golden.alf()
    shutil.rmtree(home / "alf" / "probe01")
    put(home, f"clusters.{file}.npy", values)
    recording = io.read(home)
    for name, expected in columns.items():
        if expected is None:
            assert name not in recording.units
        else:
            assert recording.units[name].tolist() == expected
    assert re.search(note, *told(recording)) if note else not told(recording)


@pytest.mark.parametrize(
    ("metrics", "quality", "note"),
    [
        (pd.DataFrame({"label": [0.1, 0.2]}), None, "does not say which cluster each of its 2 rows is of, left out"),
        (pd.DataFrame({"label": [0.1, 0.2, 0.3]}), [0.1, 0.2, 0.3], ""),
        (pd.DataFrame({"label": [0.1, 0.2], "cluster": [2, 1]}), [np.nan, 0.2, 0.1], ""),
        (pd.DataFrame({"label": [0.1, 0.2]}, pd.Index([2, 0], name="cluster_id")), [0.2, np.nan, 0.1], ""),
        (pd.DataFrame({"label": [0.1, 0.2], "cluster_id": [2, 9]}), [np.nan, np.nan, 0.1], "1 rows are of clusters"),
        (pd.DataFrame({"label": [0.1, 0.2], "cluster_id": [2, 2]}), [np.nan, np.nan, 0.1], "1 rows are of clusters"),
        (pd.DataFrame({"label": [0.1, 0.2], "cluster_id": [0.5, 2]}), None, "does not say which cluster"),
        (pd.DataFrame({"label": [0.1, 0.2], "cluster_id": ["a", "b"]}), None, "does not say which cluster"),
    ],
)
def test_metrics_land_on_the_clusters_that_they_name(golden, metrics, quality, note):
    home = golden.alf()
    shutil.rmtree(home / "alf" / "probe01")
    put(home, "clusters.metrics.pqt", metrics)
    recording = io.read(home)
    if quality is None:
        assert "quality" not in recording.units
    else:
        np.testing.assert_array_equal(recording.units["quality"], quality)
    assert note in told(recording)[0] if note else not told(recording)


@pytest.mark.parametrize(
    ("values", "columns", "note"),
    [
        (np.zeros(5), [], r"trials\.extra: is \(5,\) for 2 rows, left out"),
        (np.arange(6).reshape(2, 3), ["extra_0", "extra_1", "extra_2"], ""),
        (np.arange(6).reshape(3, 2), ["extra_0", "extra_1", "extra_2"], r"trials\.extra: is \(3, 2\) .* turned"),
        (np.zeros((2, 40)), [], r"trials\.extra: is \(2, 40\) .* left out"),
        (pd.DataFrame({"extra": [[1.0], [2.0, 3.0]]}), [], r"trials\.extra: is \(2,\) of object, .* left out"),
    ],
)
def test_what_is_said_of_each_trial_has_a_row_each_or_is_left_out_and_told(golden, values, columns, note):
    home = golden.alf()
    put(home, f"trials.extra.{'pqt' if isinstance(values, pd.DataFrame) else 'npy'}", values)
    recording = io.read(home)
    assert [c for c in recording.intervals["trials"] if c.startswith("extra")] == columns
    assert re.search(note, *told(recording)) if note else not told(recording)


@pytest.mark.parametrize("turned", [False, True])
def test_intervals_of_two_rows_that_lie_the_other_way_are_turned(golden, turned):
    home = golden.alf()
    spans = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    put(home, "reward.intervals.npy", spans.T if turned else spans)
    recording = io.read(home)
    np.testing.assert_array_equal(recording.intervals["reward"][["start", "stop"]], spans)
    assert bool(told(recording)) == turned


def test_moments_alone_are_events(golden):
    home = golden.alf()
    put(home, "licks.times.npy", np.array([[0.5], [1.5], [np.nan]]))
    recording = io.read(home)
    assert recording.intervals["licks"].to_numpy().tolist() == [[0.5, 0.5], [1.5, 1.5]]
    assert told(recording) == ["licks: 1 of 3 times are NaN and were left out"]


def test_places_of_body_parts_are_a_series_each(golden):
    home = golden.alf()
    table = {
        "nose_x": [1.0, 2.0, 3.0],
        "nose_y": [4.0, 5.0, 6.0],
        "nose_likelihood": [0.9, 1.0, 0.1],
        "size": [7, 8, 9],
    }
    put(home, "_ibl_leftCamera.dlc.pqt", pd.DataFrame(table))
    series = io.read(home).series
    assert series["leftCamera.nose"].names == ("x", "y")
    np.testing.assert_array_equal(series["leftCamera.nose"].values, [[1, 4], [2, 5], [3, 6]])
    assert series["leftCamera.likelihood"].names == ("nose",)
    assert series["leftCamera.dlc"].names == ("size",)


@pytest.mark.parametrize(
    ("file", "values", "note"),
    [
        ("_ibl_leftCamera.dlc.pqt", pd.DataFrame({"nose_x": [1.0]}), "leftCamera.dlc: 1 values for 3 times, left out"),
        ("_ibl_leftCamera.pose.npy", np.zeros(9), "leftCamera.pose: 9 values for 3 times, left out"),
        ("_ibl_leftCamera.names.npy", np.array(["a", "b", "c"]), "leftCamera.names: holds no numbers, left out"),
        ("spikes.amps.npy", np.zeros(5), "probe00: not read: spikes.amps"),
        ("channels.localCoordinates.npy", np.zeros((2, 2)), "probe00: not read: channels.localCoordinates"),
        ("_ibl_passive.table.csv", pd.DataFrame({"x": [1]}), "passive: has no intervals, left out"),
        ("probes.description.npy", np.zeros(3), "not read: probes.description"),
    ],
)
def test_what_is_left_out_is_named(golden, file, values, note):
    home = golden.alf()
    put(home, file, values) if file[-3:] != "csv" else values.to_csv(home / "alf" / file)
    (only,) = told(io.read(home))
    assert only.startswith(note)


def test_other_files_are_named(golden):
    home = golden.alf()
    (home / "alf" / "probes.description.json").write_text("{}")
    (home / "video.mp4").write_bytes(b"1")
    assert told(io.read(home)) == ["not read: probes.description.json, video.mp4"]


def in_samples(golden):
    """A session whose second probe counts samples, of which there are 30,000 a second."""
    home = golden.alf()
    place = home / "alf" / "probe01" / "pykilosort"
    times = np.load(place / "spikes.times.b3c1.npy")
    (place / "spikes.times.b3c1.npy").unlink()
    np.save(place / "spikes.samples.b3c1.npy", np.round(times * 30_000).astype(np.int64))
    return home, place


@pytest.mark.parametrize(
    ("name", "words"), [("params.py", "sample_rate = 30000.\n"), ("a.imec0.ap.meta", "x=1\nimSampRate=30000\n")]
)
def test_spikes_may_be_counted_in_samples(golden, name, words):
    home, place = in_samples(golden)
    with pytest.raises(DataError, match=r"spikes\.samples\S*: counts samples, and no params\.py beside it"):
        io.read(home)
    (place / name).write_text(words)
    recording = io.read(home)
    np.testing.assert_allclose(recording.spikes.times[:4], [0.5, 0.51, 1.0, 1.01], atol=1e-4)
    assert not any(name in note for note in recording.notes)


def test_ids_of_clusters_may_begin_anywhere(golden):
    home = golden.alf()
    place = home / "alf" / "probe01" / "pykilosort"
    clusters = np.load(place / "spikes.clusters.b3c1.npy")
    np.save(place / "spikes.clusters.b3c1.npy", clusters + 4_000_000)
    pd.DataFrame({"cluster_id": [4_000_002, 7], "label": [1.0, 0.3]}).to_parquet(place / "clusters.metrics.pqt")
    recording = io.read(home)
    assert recording.units["cluster"].tolist() == [0, 1, 2, 4_000_000, 4_000_002]
    assert recording.units["label"].tolist()[3:] == ["probe01 4000000", "probe01 4000002"]
    np.testing.assert_array_equal(recording.units["quality"][3:], [np.nan, 1.0])
    assert recording.spikes.unit.max() == 4
    assert "probe01: clusters.channels: is (3,) for 2 rows, left out" in recording.notes
    assert any("1 rows are of clusters that are not there" in note for note in recording.notes)
