"""Counts and behaviour that lie trial by trial become trials of one clock, and come back as they lay."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.io._by_trial import by_trial, joined, parted

LENGTHS = (4, 6, 5)
TRIALS = [np.full((n, 3), k) for k, n in enumerate(LENGTHS)]
SPEED = [np.arange(n) + 10.0 * k for k, n in enumerate(LENGTHS)]


@pytest.mark.parametrize("kind", [list, tuple, lambda trials: np.array([*trials, None], object)[:-1]])
def test_trials_of_any_length_are_told_and_come_back(kind):
    whole, lengths = by_trial(kind(TRIALS))
    assert (whole.shape, lengths.tolist()) == ((15, 3), [*LENGTHS])
    back = parted(whole, lengths, kind(TRIALS))
    assert all((a == b).all() for a, b in zip(back, TRIALS, strict=True))
    assert joined("speed", kind(SPEED), lengths).tolist() == np.concatenate(SPEED).tolist()


@pytest.mark.parametrize("given", [np.ones((4, 3)), [[1, 2], [3, 4]], pd.DataFrame({"a": [1]}), [], None, "counts"])
def test_what_is_no_trials_stays_as_it_is(given):
    assert by_trial(given) == (given, None) if not hasattr(given, "shape") else by_trial(given)[0] is given


@pytest.mark.parametrize("start", [0.0, 7.0])
def test_trials_lie_apart_on_one_clock(start):
    sides = pd.DataFrame({"side": ["left", "right"]}, index=["a", "b"])
    counts, speed = np.arange(24).reshape(2, 4, 3), np.arange(8.0).reshape(2, 4)
    told = nf.recording(counts=counts, dt=0.3, start=start, behaviour={"speed": speed}, trials=sides)
    np.testing.assert_allclose(told.domain, start + np.array([[0.0, 1.2], [2.4, 3.6]]))  # four bins lie between
    np.testing.assert_allclose(told.trials[["start", "stop"]], told.domain)
    assert told.trials["side"].tolist() == ["left", "right"]
    np.testing.assert_array_equal(told.series["counts"].values, counts.reshape(8, 3))
    np.testing.assert_array_equal(told.series["speed"].values[:, 0], speed.ravel())
    np.testing.assert_array_equal(told.series["speed"].times, told.series["counts"].times)
    assert "2 trials, put behind each other with at least 1 s between them" in told.notes[0]


def test_tables_with_times_lie_where_they_were_and_keep_names():
    tables = [pd.DataFrame({"time": t + 0.1 * np.arange(3), "a": [1, 0, 2], "b": 1}) for t in (5.0, 9.0)]
    told = nf.recording(counts=tables)
    np.testing.assert_allclose(told.trials, [[5.0, 5.3], [9.0, 9.3]])
    assert (told.units["label"].tolist(), told.notes) == (["a", "b"], ())


def test_as_many_trials_as_units_are_not_taken_for_a_turned_array():
    told = nf.recording(counts=np.ones((3, 4, 3)), dt=0.1, behaviour={"speed": np.ones((3, 4))})
    assert told.series["speed"].values.shape == (12, 1)


COUNTS = {"counts": np.ones((2, 4, 3)), "dt": 0.1}
WRONG = {
    "other units": ({"counts": [np.ones((4, 3)), np.ones((4, 2))], "dt": 0.1}, "same units, got some of 2 and some"),
    "no bins": ({"counts": np.ones((2, 0, 3)), "dt": 0.1}, r"must hold trials with bins, got shape \(2, 0, 3\)"),
    "no dt": ({"counts": np.ones((2, 4, 3))}, "dt must be the seconds of a bin"),
    "one for each trial": ({"behaviour": {"v": np.ones(2)}, **COUNTS}, "'v' must have a value .* got one for each"),
    "other bins": ({"behaviour": {"v": np.ones((2, 5))}, **COUNTS}, "got 5 for the 4 bins of trial 0"),
    "other trials": ({"behaviour": {"v": np.ones((5, 4))}, **COUNTS}, "each bin of 2 trials, .* got 5 rows"),
    "trials with times": ({"trials": pd.DataFrame({"start": [0, 1], "stop": [1, 2]}), **COUNTS}, "without start and"),
    "a row too many": ({"trials": pd.DataFrame({"side": [*"lrl"]}), **COUNTS}, "a row for each of 2"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_said_in_a_sentence(case):
    given, words = WRONG[case]
    with pytest.raises(ValueError, match=words):
        nf.recording(**given)
