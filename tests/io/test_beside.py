"""Behaviour in the file of the spikes is read with them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import savemat

from neurofm import io
from neurofm.io._beside import beside
from neurofm.io._contents import Contents
from neurofm.io._layout import Layout, asking
from tests.io.test_bare_arrays import COUNTS, TIMES, TRAINS, UNIT
from tests.io.test_contents import ragged

SECONDS = np.arange(0, 60, 0.02)
PLACE = np.c_[np.sin(SECONDS), np.cos(SECONDS)]
PLAIN = {"spike_times": TIMES, "spike_clusters": UNIT.astype(float)}
FILES = {
    "flat": {**PLAIN, "t": SECONDS, "pos": PLACE},
    "milliseconds": {**PLAIN, "t": np.round(SECONDS * 1e3), "pos": PLACE},
    "samples": {**PLAIN, "t": np.round(SECONDS * 3e4), "pos": PLACE, "Fs": 3e4},
    "structs": {"spk": {"ts": ragged(*TRAINS), "chan": np.arange(4)}, "kin": {"t": SECONDS, "pos": PLACE}},
}


@pytest.mark.parametrize("name", FILES)
def test_spikes_and_behaviour_of_one_file_are_both_read(name, tmp_path):
    savemat(tmp_path / "a.mat", FILES[name])
    recording = io.read(tmp_path / "a.mat")
    np.testing.assert_allclose(recording.spikes.times, TIMES, atol=1e-4)
    (place,) = recording.series.values()
    np.testing.assert_allclose(place.times, SECONDS, atol=1e-9)
    np.testing.assert_allclose(place.values, PLACE)
    assert any(note.startswith("behaviour:") and "pos" in note for note in recording.notes)
    assert not any("not read" in note and "pos" in note for note in recording.notes)


def test_matrices_with_a_row_for_each_bin_are_behaviour_of_counts(tmp_path):
    savemat(tmp_path / "a.mat", {"binned": COUNTS, "velocity": PLACE[: len(COUNTS)], "dt": 0.02, "other": np.eye(3)})
    recording = io.read(tmp_path / "a.mat")
    np.testing.assert_allclose(recording.series["velocity"].values, PLACE[: len(COUNTS)])
    assert any("not read: other" in note for note in recording.notes)


def test_each_is_beside_the_time_that_is_called_like_it():
    held = Contents({"a.t": SECONDS, "b.t_ms": SECONDS, "a.x": SECONDS, "b.x": SECONDS, "trial": SECONDS, "y": TIMES})
    assert beside(held, (), 60.0) == {"a.t": (1.0, ["a.x"]), "b.t_ms": (1e-3, ["b.x"])}
    assert beside(held, ("a.t",), 60.0) == {"b.t_ms": (1e-3, ["a.x", "b.x"])}
    assert beside(Contents({"t": SECONDS, "x": SECONDS}, table=True), (), 60.0) == {}


def test_times_that_fit_no_unit_are_left_out_and_named(tmp_path):
    savemat(
        tmp_path / "a.mat",
        {**PLAIN, "t": np.arange(7) * 1000 + 3, "x": np.sin(np.arange(7)), "speed_t": np.arange(5) * 7},
    )
    recording = io.read(tmp_path / "a.mat")
    assert not recording.series
    assert any(note.startswith("not read: speed_t") for note in recording.notes)


def test_who_is_asked_hears_of_both_and_of_times_that_are_as_many_as_the_units():
    held = Contents(FILES["flat"] | {"pos": PLACE[:, 0]})
    asked = asking(held, Layout(holds="spikes"))
    assert (asked.guess.time, asked.guess.unit) == ("spike_times", "spike_clusters")
    assert "behaviour: pos, at the times 't'" in asked.told
