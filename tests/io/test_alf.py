"""ALF folders laid out as the specification says."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    "name", ["spikes.times.b3c1.npy", "spikes.clusters.b3c1.npy", "clusters.channels.npy", "clusters.metrics.pqt"]
)
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
    with pytest.raises(DataError, match=r"clusters\.depths\.npy: cannot be read"):
        io.read(home)


def test_missing_clusters_and_unequal_rows_are_named(golden):
    home = golden.alf()
    np.save(home / "alf" / "_ibl_trials.stimOn_times.npy", np.zeros(5))
    with pytest.raises(DataError, match=r"trials\.stimOn_times: has 5 rows, the others have 2"):
        io.read(home)
    (home / "alf" / "probe00" / "pykilosort" / "spikes.clusters.b3c1.npy").unlink()
    with pytest.raises(DataError, match=r"spikes\.clusters: is missing"):
        io.read(home)
