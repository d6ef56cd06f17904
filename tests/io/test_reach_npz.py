"""Binned reaching: counts survive the spreading, trials are laid out apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm import io
from neurofm.errors import DataError
from neurofm.io.reach_npz import _starts


def test_bins_keep_their_place_in_the_trial(golden):
    recording = io.read(golden.reach_npz())
    np.testing.assert_allclose(
        recording.series["velocity"].times, [0.05, 0.15, 1.25, 1.45]
    )  # one bin of trial 7 is missing
    trials = recording.intervals["trials"]
    np.testing.assert_allclose(trials[["start", "stop"]], [[0.0, 0.2], [1.2, 1.5]])
    assert trials[["trial", "target"]].to_numpy().tolist() == [[4, 5], [7, 1]]
    np.testing.assert_allclose(recording.domain, [[0.0, 0.2], [1.2, 1.3], [1.4, 1.5]])


def test_spikes_are_spread_evenly_and_told(golden):
    recording = io.read(golden.reach_npz())
    np.testing.assert_allclose(recording.spikes.times[:3], [0.025, 0.075, 0.15])
    np.testing.assert_array_equal(recording.spikes.unit[:3], [0, 0, 1])
    assert any("spread evenly" in note for note in recording.notes)
    np.testing.assert_array_equal(recording.series["counts"].values, [[2, 0], [0, 1], [0, 0], [3, 1]])


@given(lengths=st.lists(st.integers(1, 5), min_size=1, max_size=8))
def test_trials_never_touch(lengths):
    trial = np.repeat(np.arange(len(lengths)), lengths)
    place = np.concatenate([np.arange(n) for n in lengths])
    start = _starts(trial, place, 0.1)
    np.testing.assert_allclose(np.diff(start), np.where(np.diff(trial) > 0, 1.1, 0.1))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"trial": None}, "trial: is missing"),
        ({"trial": np.zeros(3, int)}, r"trial: has shape \(3,\), where one value for each of 4 bins"),
        ({"spike_counts": np.zeros((4, 2))}, "spike_counts: must be whole numbers"),
        ({"spike_counts": -np.ones((4, 2), int)}, "spike_counts: is negative"),
        ({"bin_width_s": 0.0}, "bin_width_s: must be a positive number"),
        ({"trial": np.zeros((4, 2), int)}, r"trial: has shape \(4, 2\), where one value for each of 4 bins"),
        ({"bin_width_s": np.ones(4)}, "bin_width_s: must be one number"),
        ({"velocity": np.array([{}] * 4)}, "cannot be read"),
    ],
)
def test_wrong_array_is_named(golden, change, problem):
    path = golden.reach_npz()
    with np.load(path) as file:
        arrays = dict(file) | change
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})
    with pytest.raises(DataError, match=problem):
        io.read(path, reader="reach_npz")


def test_movement_that_was_not_measured_is_left_out_and_told(golden):
    path = golden.reach_npz()
    with np.load(path) as file:
        np.savez(path, **dict(file), position=np.zeros((4, 2)))
    recording = io.read(path)
    assert list(recording.series) == ["velocity", "counts"]
    assert "position is 0 throughout, as where it was not measured, and was left out" in recording.notes


def test_bomb_is_refused(golden, monkeypatch):
    monkeypatch.setattr("neurofm.io._file.ROOM", 1 << 20)
    path = golden.reach_npz()
    with np.load(path) as file:
        arrays = dict(file)
    np.savez_compressed(path, **arrays, zeros=np.zeros(4 << 20))
    with pytest.raises(DataError, match=r"zeros\.npy: claims 32 MB"):
        io.read(path)
