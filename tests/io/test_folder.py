"""Files of a folder are one recording where they complete each other."""

from __future__ import annotations

import pytest

from neurofm import io
from neurofm.errors import DataError
from tests.io.test_layout import spikes

SPIKES = "time (s),unit\n" + "".join(f"{time:.4f},{unit}\n" for time, unit in zip(*spikes(seconds=60.0)))


def test_a_file_of_which_nothing_can_be_told_does_not_lose_the_others(tmp_path):
    (tmp_path / "spikes.csv").write_text(SPIKES)
    (tmp_path / "trials.csv").write_text("start,stop,side\n1,2,left\n4,6,right\n")
    assert len(io.read(tmp_path).intervals["trials"]) == 2
    (tmp_path / "trials.csv").write_text("start,stop,side\n1000,2000,left\n4000,6000,right\n")
    recording = io.read(tmp_path)
    assert (len(recording.units), recording.intervals) == (4, {})
    assert any("trials.csv was left out: time_in whether times are" in note for note in recording.notes)
    (tmp_path / "spikes.csv").unlink()
    with pytest.raises(DataError, match="time_in"):
        io.read(tmp_path)
