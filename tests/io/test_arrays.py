"""Arrays and tables become a recording in one line; what has another shape, length or unit is refused in a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm import io
from neurofm.data import Series

A, B = [0.1, 0.5, 0.9], [0.3]
TIMES = np.arange(0, 10, 0.1)
XY = np.stack([np.sin(TIMES), np.cos(TIMES)], 1)
COUNTS = np.array([[1, 0], [0, 2], [3, 0]])


class Group:  # as pynapple has them
    time_support = pd.DataFrame({"start": [0.0], "end": [10.0]})

    def __init__(self, trains):
        self._trains = {key: type("Ts", (), {"t": np.array(times)})() for key, times in trains.items()}

    def keys(self):
        return self._trains.keys()

    def __getitem__(self, key):
        return self._trains[key]


@pytest.mark.parametrize(
    ("spikes", "labels"),
    [
        ({"a": A, "b": B}, ["a", "b"]),
        ({3: np.array(A), 7: np.array(B)}, ["unit 3", "unit 7"]),
        ([A, np.array(B)], ["unit 0", "unit 1"]),
        (pd.Series({"a": A, "b": B}), ["a", "b"]),
        (([0.3, 0.1, 0.5, 0.9], [1, 0, 0, 0]), ["unit 0", "unit 1"]),
        ((np.array([0.3, 0.1, 0.5, 0.9]), np.array(["b", "a", "a", "a"])), ["a", "b"]),
        (pd.DataFrame({"time": [0.3, 0.1, 0.5, 0.9], "unit": ["b", "a", "a", "a"]}), ["a", "b"]),
        (pd.DataFrame({"Spike_Times": [0.1, 0.3, 0.5, 0.9], "cluster_id": [0, 4, 0, 0]}), ["unit 0", "unit 4"]),
        (Group({0: A, 1: B}), ["unit 0", "unit 1"]),
    ],
)  # fmt: skip
def test_spikes_in_any_form_are_sorted_by_time(spikes, labels):
    told = nf.recording(spikes=spikes)
    assert told.units["label"].tolist() == labels
    assert told.spikes.times.tolist() == [0.1, 0.3, 0.5, 0.9]
    assert told.spikes.unit.tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize("table", [False, True])
def test_counts_become_spikes_in_their_bins(table):
    counts = pd.DataFrame(COUNTS, columns=["a", "b"]) if table else COUNTS
    told = nf.recording(counts=counts, dt=0.5, start=10.0, behaviour={"speed": [1.0, 2.0, 3.0]})
    assert told.units["label"].tolist() == (["a", "b"] if table else ["unit 0", "unit 1"])
    back = [np.histogram(told.spikes.times[told.spikes.unit == k], [10, 10.5, 11, 11.5])[0] for k in range(2)]
    assert np.array_equal(np.transpose(back), COUNTS)
    assert told.domain.tolist() == [[10.0, 11.5]]
    assert told.series["speed"].times.tolist() == [10.25, 10.75, 11.25]


@pytest.mark.parametrize(
    ("behaviour", "name", "features"),
    [
        ({"position": (TIMES, XY)}, "position", ("position_0", "position_1")),
        ({"speed": (TIMES, XY[:, 0])}, "speed", ("speed",)),
        ({"speed": pd.Series(XY[:, 0], TIMES)}, "speed", ("speed",)),
        (pd.DataFrame(XY, TIMES, columns=["x", "y"]), "behaviour", ("x", "y")),
        ({"position": pd.DataFrame({"x": XY[:, 0], "time": TIMES, "y": XY[:, 1]})}, "position", ("x", "y")),
        ((TIMES, XY), "behaviour", ("behaviour_0", "behaviour_1")),
        ({"own": Series(TIMES, XY, ("x", "y"), "cm")}, "own", ("x", "y")),
    ],
)
def test_behaviour_in_any_form_is_a_series(behaviour, name, features):
    (series,) = nf.recording(spikes=[A], behaviour=behaviour).series.items()
    assert (series[0], series[1].names) == (name, features)
    np.testing.assert_allclose(series[1].times, TIMES)
    np.testing.assert_allclose(series[1].values[:, 0], XY[:, 0])


def test_units_and_trials_bring_what_is_known_of_them():
    units = pd.DataFrame({"region": ["CA3", "CA1"]}, index=["b", "a"])
    trials = pd.DataFrame({"start_time": [0.0, 1.0], "stop_time": [0.5, 1.5], "choice": ["left", "right"]})
    told = nf.recording(spikes={"a": A, "b": B}, units=units, trials=trials, session="monday", subject="rat 3")
    assert told.units.to_dict("list") == {"label": ["b", "a"], "region": ["CA3", "CA1"]}
    assert [told.units["label"][k] for k in told.spikes.unit] == ["a", "b", "a", "a"]
    assert list(told.trials) == ["start", "stop", "choice"]
    assert (told.session, told.subject) == ("monday", "rat 3")
    assert nf.recording(spikes=[A], trials=[[0, 1], [2, 3]]).trials["stop"].tolist() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("units", "labels", "row"),
    [
        (pd.DataFrame({"cluster_id": [0, 1, 2], "region": list("xyz")}), ["unit 0", "unit 1", "unit 2"], 2),
        (pd.DataFrame({"unit_id": [0, 1, 2], "label": list("abc")}), ["a", "b", "c"], 2),
        (pd.DataFrame({"region": list("zx")}, index=[2, 0]), ["unit 2", "unit 0"], 0),
    ],
)
def test_units_that_never_fire_keep_their_row(units, labels, row):
    told = nf.recording(spikes=([0.1, 0.2], [2, 2]), units=units)
    assert told.units["label"].tolist() == labels
    assert told.spikes.unit.tolist() == [row, row]


ONE = {"spikes": [A]}
WRONG = {
    "nothing": ({}, "give spikes, counts, behaviour or trials"),
    "both": ({"spikes": [A], "counts": COUNTS, "dt": 1}, "give spikes or counts, not both"),
    "counts as spikes": ({"spikes": COUNTS}, "counts of bins are given as counts="),
    "times of nobody": ({"spikes": np.array(A)}, "got one array; say whose they are"),
    "a number": ({"spikes": 3}, "spikes must be .* got int"),
    "text": ({"spikes": "a.csv"}, "spikes must be .* got str"),
    "words": ({"spikes": {"a": ["early"]}}, "spikes of a must be numbers"),
    "dates beside seconds": (
        {"spikes": {"a": np.array(["2020"], "M8[s]"), "b": B}}, "spikes of b are numbers where other times are dates"
    ),
    "two dimensions": ({"spikes": {"a": [[0.1, 0.2]]}}, r"spikes of a must be \(time,\) seconds, got shape \(1, 2\)"),
    "three arrays": ({"spikes": (A, A, A)}, r"a tuple of spikes is \(times, unit of each\), got 3"),
    "units too few": ({"spikes": (A, [0, 1])}, r"need a unit for each of 3 times, got \(2,\)"),
    "two trains as a tuple": ({"spikes": (A, A)}, "units of spikes must be whole numbers or names, got fractions"),
    "a table without times": ({"spikes": pd.DataFrame({"x": A})}, "a table of spikes needs a column 'time', got x"),
    "samples": ({"spikes": [[0, 30_000_000]]}, r"would last 3e\+07 s \(347 days\); give all times in seconds"),
    "counts without dt": ({"counts": COUNTS}, "dt must be the seconds of a bin of the counts, got None"),
    "dt of zero": ({"counts": COUNTS, "dt": 0.0}, "dt must be the seconds of a bin"),
    "dt in words": ({"counts": COUNTS, "dt": "20 ms"}, "dt must be seconds a bin, got '20 ms'"),
    "dt without counts": ({**ONE, "dt": 0.1}, "give counts with them"),
    "rates": ({"counts": COUNTS * 0.5, "dt": 0.1}, "counts must be whole numbers of spikes from 0 on, got 0.5"),
    "below zero": ({"counts": -COUNTS, "dt": 0.1}, "counts must be whole numbers of spikes from 0 on, got -1"),
    "holes": ({"counts": [[1, np.nan]], "dt": 0.1}, "counts must be whole numbers of spikes from 0 on, got nan"),
    "flat counts": ({"counts": [1, 2], "dt": 0.1}, r"counts must be \(bin, unit\), got shape \(2,\)"),
    "counts turned": ({"counts": COUNTS.T, "dt": 1, "behaviour": {"v": XY[:3]}}, "'?v'? has 3 rows, .* give counts.T"),
    "counts turned, by units": ({"counts": COUNTS.T, "dt": 1, "units": pd.DataFrame({"x": [1, 2]})}, "give counts.T"),
    "counts turned, by names": ({"counts": pd.DataFrame(COUNTS, columns=[0.0, 0.5]), "dt": 1}, "named by times; give"),
    "bins of any length": ({"counts": pd.DataFrame(COUNTS, [0.0, 0.1, 0.3])}, "equal, got steps from 0.1 to 0.2"),
    "dt that differs": ({"counts": pd.DataFrame(COUNTS, [0.0, 0.1, 0.2]), "dt": 0.5}, "0.1 s apart and dt is 0.5 s"),
    "one bin": ({"counts": pd.DataFrame([[1]], [0.5])}, "one bin does not say how long it is; give dt"),
    "rows that are no bins": ({"counts": COUNTS, "dt": 1, "behaviour": {"v": XY}}, "'v' has 100 rows for 3 bins"),
    "behaviour without times": ({**ONE, "behaviour": {"v": XY}}, "'v' has no times; give"),
    "a table without seconds": ({**ONE, "behaviour": pd.DataFrame(XY)}, "'behaviour' has no times; give"),
    "times too few": ({**ONE, "behaviour": {"v": (TIMES[:5], XY)}}, "'v' has 5 times for values of shape"),
    "behaviour turned": ({**ONE, "behaviour": {"v": (TIMES, XY.T)}}, r"100 times for values of shape \(2, 100\)"),
    "behaviour in words": ({**ONE, "behaviour": pd.DataFrame({"way": ["left"]}, [0.5])}, "but column 'way' holds"),
    "dated behaviour": (
        {**ONE, "behaviour": pd.DataFrame({"v": [1.0]}, pd.to_datetime(["2020-01-01"]))}, "numbers where other"
    ),
    "a number for a name": ({**ONE, "behaviour": {3: (TIMES, XY)}}, "a name of behaviour must be text, got 3"),
    "units too many": ({**ONE, "units": pd.DataFrame({"region": ["a", "b"]})}, "a row for each of 1 units .* got 2"),
    "units in a list": ({**ONE, "units": ["CA1"]}, "units must be a table .* got list"),
    "trials that last no time": ({**ONE, "trials": [[0, 1], [3, 3]]}, "trial 1 starts and stops at 3 s"),
    "intervals backward": ({**ONE, "intervals": {"cue": [[3, 2]]}}, "cue 0 stops at 2 s, before its start at 3 s"),
    "counts as trains": ({"spikes": [[0, 1, 0, 1], [1, 0, 0, 1]]}, "look like counts of bins; give them as counts="),
    "counts of names": ({"spikes": {"a": [0, 2, 0, 1], "b": [3, 0, 0, 1]}}, "look like counts of bins; give them as"),
    "numbers of rows": ({**ONE, "behaviour": pd.DataFrame({"v": [1, 2]}, [3, 5])}, "a table with a column 'time'"),
    "counts with frames": ({"counts": pd.DataFrame({"frame": [0], "a": [1]}), "dt": 1}, "'frame', which is no unit"),
    "trials without stop": ({**ONE, "trials": pd.DataFrame({"start": [1.0]})}, "trials need a column 'stop'"),
    "trials backward": ({**ONE, "trials": [[0, 1], [3, 2]]}, "trial 1 stops at 2 s, before its start at 3 s"),
    "trials turned": ({**ONE, "trials": [[0, 1, 2], [1, 2, 3]]}, r"or \(trial, 2\) seconds, got \(2, 3\)"),
    "no name": ({**ONE, "session": " "}, "session must be a name"),
    "a session of a number": ({**ONE, "session": 3}, "session must be text, got 3"),
    "labels twice": ({**ONE, "spikes": {1: A, "unit 1": B}}, "share the label 'unit 1'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(case):
    given, words = WRONG[case]
    with pytest.raises(ValueError, match=words):
        nf.recording(**given)


def test_it_is_kept_as_a_file_and_read_back_equal(tmp_path):
    told = nf.recording(spikes={"a": A, "b": B}, behaviour={"pos/xy": (TIMES, XY)},
                        trials=pd.DataFrame({"start": [0.0], "stop": [1.0], "end": [7.0]}))  # fmt: skip
    back = io.read(io.write(told, tmp_path / "a.h5"))
    assert back.units.equals(told.units)
    pd.testing.assert_frame_equal(back.trials, told.trials, check_like=True)
    np.testing.assert_array_equal(back.series["pos/xy"].values, XY)


def test_it_trains_in_a_session_and_is_restored(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    times = np.arange(0, 60, 0.05)
    told = nf.recording(spikes=[np.sort(rng.uniform(0, 60, 300)) for _ in range(4)],
                        behaviour={"v": (times, np.sin(times))}, session="mine")  # fmt: skip
    session = nf.Session(told)
    run = nf.train(
        "poyo", told, tmp_path / "run", settings={"dim": 16, "depth": 0, "steps": 2, "batch": 2}, device="cpu"
    )
    assert run.predict(told).session == "mine"
    session.save(tmp_path / "s.neurofm")
    back = nf.Session.restore(tmp_path / "s.neurofm").recordings["mine"]
    np.testing.assert_array_equal(back.spikes.times, told.spikes.times)


def test_what_lasts_no_time_or_does_not_end_is_kept():
    told = nf.recording([A], intervals={"licks": [[0.1, 0.1], [0.4, 0.4]]}, trials=[[0.0, 0.5], [0.5, np.nan]])
    assert told.intervals["licks"]["stop"].tolist() == [0.1, 0.4]
    assert len(told.trials) == 2
    assert told.notes == ("trials: 1 of 2 rows have no start or no stop (NaN)",)


def test_times_have_the_unit_of_their_name():
    spikes = pd.DataFrame({"time_ms": [100, 500], "unit": ["a", "b"]})
    table = pd.DataFrame({"time (ms)": [0, 1000], "v": [1.0, 2.0]})
    counts = pd.DataFrame({"t_us": np.arange(3) * 500_000, "a": COUNTS[:, 0]})
    told = nf.recording(spikes, behaviour={"v": table, "w": pd.DataFrame({"w": [1, 2]}, pd.Index([0, 1], name="time"))})
    np.testing.assert_allclose(told.spikes.times, [0.1, 0.5])
    assert [one.times.tolist() for one in told.series.values()] == [[0, 1], [0, 1]]
    counted = nf.recording(counts=counts)
    assert (counted.units["label"].tolist(), counted.domain.tolist()) == (["a"], [[0, 1.5]])


def test_few_bins_of_many_units_are_taken_and_told():
    many = np.ones((3, 3000))
    assert (
        "has 3,000 units and 3 bins; if it lies the other way round, give counts.T"
        in nf.recording(counts=many, dt=1).notes[0]
    )
    named = pd.DataFrame({"label": [f"n{k}" for k in range(3000)]})
    assert not nf.recording(counts=many, dt=1, units=named).notes


def test_trials_begin_and_end_in_the_words_of_others():
    table = pd.DataFrame({"begin": [0.0], "end": [1.0]})
    assert nf.recording([A], trials=table).trials[["start", "stop"]].to_numpy().tolist() == [[0, 1]]
    with pytest.raises(ValueError, match=r"trials need a column 'start' in seconds, got onset, end$"):
        nf.recording([A], trials=table.rename(columns={"begin": "onset"}))


@pytest.mark.parametrize("width", [0.05, 1 / 30])
@pytest.mark.parametrize("form", ["index", "column", "array"])
def test_behaviour_that_is_indexed_by_when_bins_begin_lies_at_their_middles(form, width):
    rng = np.random.default_rng(0)
    begin = pd.Index(3.0 + width * np.arange(1000), name="time")
    counts = pd.DataFrame(rng.poisson(1.0, (1000, 3)), index=begin, columns=list("abc"))
    speed = pd.DataFrame({"speed": rng.normal(size=1000)}, index=begin)
    given = {"index": lambda: speed, "column": speed.reset_index, "array": lambda: speed["speed"].to_xarray()}[form]()
    held = counts.stack().to_xarray() if form == "array" else counts  # which has a dimension with it
    told = nf.recording(counts=held, behaviour={"speed": given})
    same = nf.recording(counts=counts.to_numpy(), dt=width, start=3.0, behaviour={"speed": speed.to_numpy()})
    np.testing.assert_allclose(told.series["speed"].times, begin + width / 2, atol=1e-5)
    np.testing.assert_allclose(told.series["speed"].times, same.series["speed"].times, atol=1e-5)
    assert any("when bins of the counts begin" in note for note in told.notes)
    moved = speed.set_axis(begin + 0.3 * width)  # other times stay
    times = nf.recording(counts=counts, behaviour={"speed": moved}).series["speed"].times
    assert times[0] == pytest.approx(3.0 + 0.3 * width)


def test_many_more_units_than_bins_are_doubted():
    counts = np.random.default_rng(0).poisson(1.0, (1731, 174)).T
    told = nf.recording(counts=counts, dt=0.05)
    assert told.notes == ("counts: has 1,731 units and 174 bins; if it lies the other way round, give counts.T",)
