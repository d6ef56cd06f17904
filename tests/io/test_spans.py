"""A row of a table is a trial where two columns say when it starts and stops, however they are called."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm import io
from neurofm.errors import DataError
from neurofm.io._spans import are_trials, ends, span_of, unit_of

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
        (columns("start_frame", "end_frame"), ("start_frame", "end_frame")),
        (columns("start_time", "end_time", start_frame=START, end_frame=START), ("start_time", "end_time")),
        (columns("start", stop=[1.0]), None),
        (columns("time", "x"), None),
    ],
)
def test_starts_and_stops_are_known_by_name(there, found):
    assert span_of(there) == found


@pytest.mark.parametrize(
    ("there", "trials"),
    [
        (columns("start", "stop", trial=[0, 1, 2]), True),
        (columns("stop", "start"), False),  # would stop before it starts
        ({name: values[[1, 0, 2]] for name, values in columns("start", "stop").items()}, False),  # in disorder
        (columns(start=[0, 0, 2], stop=[2, 2, 4]), False),  # each row is something in a trial
        (columns("start", "stop", time=START), False),
        (columns("start", "stop", spike_id=[1, 2, 3]), False),
        (columns(start=[0, 4, 8], stop=[4, 8, 12]), False),  # windows that come one after the other
        (columns("start_s", stop_frame=[60, 120, 200]), False),
    ],
)
def test_rows_of_spikes_samples_and_windows_are_no_trials(there, trials):
    names = list(there)
    start, stop = next(n for n in names if n.startswith("start")), next(n for n in names if n.startswith("stop"))
    assert are_trials(there, start, stop) == trials


@pytest.mark.parametrize(
    ("there", "unit", "sure"),
    [
        (columns(start=[1, 4], stop=[2.5, 6.0]), "s", True),
        (columns(start=[1.0, np.nan], stop=[2.5, 6.0]), "s", True),
        (columns(start=[1, 4], stop=[2, 6]), "s", True),
        (columns(start=[1000, 4000], stop=[1050, 4050]), "s", False),  # a tone of 50 ms, or 50 s
        (columns(start=[1000, 4000], stop=[2500, 6000]), "ms", False),
        (columns(start_ms=[1000, 4000], stop_ms=[2500, 6000]), "ms", True),
        (columns(start=[1000, 4000], stop_ms=[2500, 6000]), "ms", True),
        (columns(start=[1.5, 4], duration_ms=[50, 60]), "s", False),
    ],
)
def test_the_unit_is_told_by_names_and_by_how_long_trials_last(there, unit, sure):
    assert unit_of(there, *there)[::2] == (unit, sure)


def test_starts_and_stops_may_be_in_different_units():
    there = columns(start_s=[10.0, 20.0], duration_ms=[500, 250])
    assert np.array(ends(there, "start_s", "duration_ms", 1.0)).tolist() == [[10, 20], [10.5, 20.25]]
    there = columns(start_ms=[1000, 2000], duration_s=[0.5, 0.25])
    assert np.array(ends(there, "start_ms", "duration_s", 1e-3)).tolist() == [[1, 2], [1.5, 2.25]]
    with pytest.raises(ValueError, match="'stop_frame' counts samples and 'start_s' does not"):
        ends(columns(start_s=[1.0], stop_frame=[60]), "start_s", "stop_frame", 1.0)


FILES = {
    "trial,start_ms,cue_ms,stop_ms,side\n0,1000,1250,2000,left\n1,4000,4500,6000,right\n": {},
    "trial,start,cue,stop,side\n1,4000,4500,6000,right\n0,1000,1250,2000,left\n": {"holds": "trials", "time_in": "ms"},
    "trial,go,cue,end,side\n0,1,1.25,2,left\n1,4,4.5,6,right\n": {"time": "go", "stop": "end"},
    "trial,start,cue,duration_ms,side\n0,1,1.25,1000,left\n1,4,4.5,2000,right\n": {"time_in": "s", "holds": "trials"},
}


@pytest.mark.parametrize("words", FILES)
def test_a_table_of_trials_is_read_with_its_events_in_seconds(words, tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text(words)
    table = io.read(path, **FILES[words]).intervals["trials"]
    assert table[["start", "cue", "stop"]].to_numpy().tolist() == [[1.0, 1.25, 2.0], [4.0, 4.5, 6.0]]
    assert table["trial"].tolist() == [0, 1]
    assert table["side"].tolist() == ["left", "right"]


@pytest.mark.parametrize(
    ("words", "given", "problem"),
    [
        ("start,stop\n1000,2000\n4000,6000\n", {}, r"s, ms or samples .* cannot be told; say .*time_in='ms'"),
        ("go,end,side\n1,2,left\n4,6,right\n", {"time": "go", "stop": "of"}, "stop: there is no 'of'; there are go"),
        ("start,stop\n1,2\n3,3\n", {}, "trial 1 starts and stops at 3 s"),
        ("go,x\n1,2\n4,6\n", {"holds": "trials", "time": "go"}, "says when a trial stops cannot be told"),
    ],
)
def test_what_cannot_be_told_of_trials_is_asked(words, given, problem, tmp_path):
    path = tmp_path / "trials.csv"
    path.write_text(words)
    with pytest.raises(DataError, match=problem):
        io.read(path, **given)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("spike_time_s,unit,trial_start,trial_stop\n0.5,1,0,2\n0.9,2,0,2\n2.6,1,2.5,4\n", "units"),
        ("time,speed,trial_start,trial_end\n0,1.5,0,2\n0.1,2,0,2\n0.2,2.5,0,2\n", "series"),
        ("time (s),speed,start,end\n0,1.5,0,9\n0.1,2,0,9\n0.2,2.5,0,9\n", "series"),
    ],
)
def test_what_says_its_trial_beside_stays_spikes_and_behaviour(words, what, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(words)
    recording = io.read(path)
    assert len(getattr(recording, what))
    assert "trials" not in recording.intervals
