"""A row of a table is a trial where two columns say when it starts and stops, however they are called."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from neurofm.io._spans import during, lasting, span_of

START = np.array([1.5, 4.0, 9.25])


def columns(*names, **values):
    return dict(zip(names, (START, START + 2))) | {name: np.asarray(column) for name, column in values.items()}


@pytest.mark.parametrize(
    ("there", "found"),
    [
        (columns("start", "stop", trial=[0, 1, 2]), ("start", "stop")),
        (columns("start_time", "stop_time", cue=START + 1), ("start_time", "stop_time")),
        (columns("Start (ms)", "End (ms)"), ("Start (ms)", "End (ms)")),
        (columns("go cue", "end"), ("go cue", "end")),
        (columns("onset", duration=[0.5, 0.2, 0.1]), ("onset", "duration")),
        (columns("stop", "start"), None),  # would stop before it starts
        (columns("time", "x"), None),
        (columns("start", start_of=START), None),
    ],
)
def test_starts_and_stops_are_known_by_name_and_order(there, found):
    assert span_of(there) == found


def test_times_within_trials_are_told_from_other_numbers():
    start, stop = START, START + 2
    assert during(np.array([2.0, np.nan, 9.5]), start, stop)
    assert not during(np.array([1, 2, 3]), start, stop)
    assert not during(np.array(["a", "b", "c"]), start, stop)


def test_short_trials_are_in_seconds_and_long_ones_are_asked_about():
    assert lasting(np.array([2.0, np.nan, 3.0]))[::2] == ("s", True)
    assert lasting(np.array([2000.0, 1500.0]))[::2] == ("ms", False)


def test_a_table_of_trials_is_read_with_its_events_in_seconds(tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text("trial,start_ms,cue_ms,stop_ms,side\n0,1000,1250,2000,left\n1,4000,4500,6000,right\n")
    table = io.read(path).intervals["trials"]
    assert table[["start", "cue_ms", "stop"]].to_numpy().tolist() == [[1.0, 1.25, 2.0], [4.0, 4.5, 6.0]]
    assert table["side"].tolist() == ["left", "right"]
    path.write_text("start,stop\n1000,2000\n4000,6000\n")
    with pytest.raises(DataError, match=r"s, ms or samples .* cannot be told; say .*time_in='ms'"):
        io.read(path)
    path.write_text("go,end,side\n1,2,left\n4,6,right\n")
    with pytest.raises(DataError, match="stop: there is no 'of'; there are go, end"):
        io.read(path, holds="trials", time="go", stop="of")
    assert io.read(path, holds="trials", time="go", stop="end").intervals["trials"]["stop"].tolist() == [2, 6]
