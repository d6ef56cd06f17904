"""Spikes are told apart by unit, or by channel and number where numbers begin anew on each channel."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.io import savemat

from neurofm import io
from neurofm.io._contents import Contents
from neurofm.io._whose import channels, parts, whose, with_channels
from tests.io.test_bare_arrays import TIMES, UNIT

CHANNEL, NUMBER = 10 + UNIT // 2, UNIT % 2
NAMES = ["ch10 u0", "ch10 u1", "ch11 u0", "ch11 u1"]
HELD = Contents({"ts": TIMES, "ch": CHANNEL, "unit": NUMBER})


@pytest.mark.parametrize("names", [("Timestamp", "Channel", "Unit"), ("ts", "ch", "unit"), ("t", "electrode", "clu")])
def test_numbers_that_begin_anew_on_each_channel_are_told_apart(names, tmp_path):
    columns = dict(zip(names, (TIMES, CHANNEL, NUMBER), strict=True))
    pd.DataFrame(columns).to_csv(tmp_path / "a.csv", index=False)
    savemat(tmp_path / "b.mat", {name: np.asarray(values, float) for name, values in columns.items()})
    for path in (tmp_path / "a.csv", tmp_path / "b.mat"):
        recording = io.read(path)
        assert recording.units["label"].tolist() == NAMES
        assert recording.units["channel"].tolist() == [10, 10, 11, 11]
        np.testing.assert_array_equal(recording.spikes.unit, UNIT)
        assert any(f"units '{names[1]} and {names[2]}'" in note for note in recording.notes)
        assert not any("not read" in note for note in recording.notes)
    assert len(io.read(tmp_path / "a.csv", unit=names[2]).units) == 2  # as was said


def test_units_with_numbers_of_their_own_stay_beside_a_channel():
    assert with_channels(Contents({"ts": TIMES, "ch": CHANNEL, "unit": UNIT})).vectors.keys() == {"ts", "ch", "unit"}
    many = np.arange(len(TIMES)) % 40
    assert len(with_channels(Contents({"ts": TIMES, "ch": CHANNEL, "unit": many})).vectors) == 3
    assert len(with_channels(Contents({"ch": CHANNEL, "unit": NUMBER})).vectors) == 3 - 1
    both = with_channels(HELD)
    assert whose(both) == "ch and unit"
    assert parts(whose(both)) == ["ch", "unit"]
    assert channels(both, "unit") is None


@pytest.mark.parametrize("name", ["Sorted Unit", "spk_cluster", "Best cell"])
def test_the_last_word_tells_whose_a_spike_is(name, tmp_path):
    words = np.char.add("sig", UNIT.astype(str))
    pd.DataFrame({"Timestamp_ms": TIMES * 1e3, name: words, "SNR": TIMES % 3}).to_csv(tmp_path / "a.csv", index=False)
    assert io.read(tmp_path / "a.csv").units["label"].tolist() == ["sig0", "sig1", "sig2", "sig3"]
    assert whose(Contents({name: np.arange(9)})) == ""
