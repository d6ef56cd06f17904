"""Folders as suite2p writes them, one plane or several."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io.sorted_files import TRACES, stats


def test_regions_are_units_with_their_place_and_measures(golden):
    recording = io.read(golden.suite2p())
    assert recording.session == "mouse"
    units = recording.units
    assert units["label"].tolist() == ["0", "1", "2"]
    assert units["iscell"].tolist() == [True, False, True]
    assert units["cell_probability"].tolist() == [0.9, 0.2, 0.7]
    assert units["x"].tolist() == [0, 20, 40]
    assert units["y"].tolist() == [0, 10, 20]
    assert units["radius"].tolist() == [2, 3, 4]
    assert units["npix"].tolist() == [4, 4, 4]
    assert recording.notes == ("not read: stat.lam",)


def test_traces_are_series_with_a_feature_for_each_unit(golden):
    series = io.read(golden.suite2p()).series
    assert list(series) == ["F", "Fneu", "spks"]
    for k, one in enumerate(series.values()):
        np.testing.assert_array_equal(one.values, TRACES.T + k)
        np.testing.assert_allclose(one.times, [0.0, 0.1, 0.2, 0.3, 0.4])
        assert one.names == ("0", "1", "2")


def test_units_have_no_spikes_and_no_rate(golden):
    recording = io.read(golden.suite2p())
    assert len(recording.spikes) == 0
    assert np.isnan(recording.rates()).all()
    assert "no spikes are known of its 3 units" in recording.warnings()


@pytest.mark.parametrize("name", ["F.npy", "iscell.npy", "..", "../.."])
def test_folders_around_and_main_files_stand_for_the_plane(golden, name):
    path = (golden.suite2p() / name).resolve()
    assert io.can_read(path)
    assert (io.read(path).session, len(io.read(path).units)) == ("mouse", 3)


def test_planes_are_one_recording_and_combined_ones_are_preferred(golden):
    home = golden.suite2p()
    shutil.copytree(home, home.with_name("plane10"))
    shutil.copytree(home, home.with_name("plane2"))
    whole = io.read(home.parent)
    assert whole.units["label"].tolist() == [f"plane{k} {cell}" for k in (0, 2, 10) for cell in range(3)]
    assert list(whole.series)[::3] == ["plane0 F", "plane2 F", "plane10 F"]
    assert whole.series["plane2 F"].names == ("plane2 0", "plane2 1", "plane2 2")
    shutil.copytree(home, home.with_name("combined"))
    assert io.read(home.parent).units["label"].tolist() == ["0", "1", "2"]


class Harm:
    def __reduce__(self):
        return os._exit, (3,)


@pytest.mark.parametrize(
    ("name", "values", "column", "note"),
    [
        ("stat", stats(2), "x", "stat.npy: holds no 3 regions, left out"),
        (
            "stat",
            np.array([Harm()], object),
            "x",
            "stat.npy: cannot be read (asks for .*nothing of it was run), left out",
        ),
        (
            "stat",
            np.zeros(3),
            "x",
            "stat.npy: cannot be read (holds float64, where what suite2p pickles is needed), left out",
        ),
        ("iscell", np.zeros((2, 2)), "iscell", "iscell.npy: is (2, 2) for 3 rows, left out"),
        ("iscell", None, "iscell", "iscell.npy: cannot be read (.*); is it damaged?"),
        ("spks", np.zeros((3, 4)), "spks", "spks.npy: is (3, 4) for (3, 5) (region, frame), left out"),
        ("Fneu", None, "Fneu", "Fneu.npy: cannot be read (.*); is it damaged?"),
    ],
)
def test_a_part_that_is_wrong_is_left_out_by_name(golden, name, values, column, note):
    file = golden.suite2p() / f"{name}.npy"
    file.write_bytes(b"nonsense") if values is None else np.save(file, values, allow_pickle=True)
    recording = io.read(file.parent)
    assert column not in {*recording.units, *recording.series}
    assert "F" in recording.series
    before, _, after = note.partition(".*")
    assert any(told.startswith(before) and told.endswith(after) for told in recording.notes)


@pytest.mark.parametrize("name", ["iscell", "stat", "spks", "Fneu"])
def test_a_part_that_is_missing_is_no_fault(golden, name):
    file = golden.suite2p() / f"{name}.npy"
    file.unlink()
    assert len(io.read(file.parent).units) == 3


@pytest.mark.parametrize(
    ("about", "problem"),
    [
        (None, "is missing; it says how many frames"),
        ({"tau": 1.0}, "is missing; it is the number of frames"),
        ({"fs": 0.0}, "must be frames a second above 0, got 0"),
        ({"fs": Harm()}, "cannot be read .asks for .* nothing of it was run"),
    ],
)
def test_frames_without_a_rate_are_refused(golden, about, problem):
    file = golden.suite2p() / "ops.npy"
    file.unlink() if about is None else np.save(file, about, allow_pickle=True)
    with pytest.raises(DataError, match=rf"ops\.npy: fs: {problem}"):
        io.read(file.parent)


@pytest.mark.parametrize("values", [np.zeros(3), np.array([["a"]])])
def test_traces_of_another_shape_are_refused(golden, values):
    home = golden.suite2p()
    np.save(home / "F.npy", values)
    with pytest.raises(DataError, match=r"F\.npy: must be numbers \(region, frame\), got "):
        io.read(home)


@pytest.mark.parametrize("kept", [0, 50, -4])
def test_damaged_traces_are_named(golden, kept):
    file = golden.suite2p() / "F.npy"
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"F\.npy: cannot be read"):
        io.read(file.parent)
