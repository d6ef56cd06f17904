"""Counts and behaviour that lie trial by trial become trials of one clock, and come back as they lay."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.data import moments
from neurofm.data.series import gaps
from neurofm.io._by_trial import by_trial, joined, parted

LENGTHS = (4, 6, 5)
TRIALS = [np.full((n, 3), k) for k, n in enumerate(LENGTHS)]
SPEED = [np.arange(n) + 10.0 * k for k, n in enumerate(LENGTHS)]


@pytest.mark.parametrize("kind", [list, tuple, lambda trials: np.array([*trials, None], object)[:-1]])
def test_trials_of_any_length_are_told_and_come_back(kind):
    told, lengths = by_trial(kind(TRIALS))
    whole = told.values
    assert (whole.shape, lengths.tolist()) == ((15, 3), [*LENGTHS])
    back = parted(whole, lengths, kind(TRIALS))
    assert all((a == b).all() for a, b in zip(back, TRIALS, strict=True))
    assert joined("speed", kind(SPEED), lengths).tolist() == np.concatenate(SPEED).tolist()


@pytest.mark.parametrize("given", [np.ones((4, 3)), [[1, 2], [3, 4]], pd.DataFrame({"a": [1]}), [], None, "counts"])
def test_what_is_no_trials_is_none(given):
    assert by_trial(given) is None


@pytest.mark.parametrize("start", [0.0, 7.0])
def test_trials_lie_apart_on_one_clock(start):
    sides = pd.DataFrame({"side": ["left", "right"]}, index=["a", "b"])
    counts, speed = np.arange(24).reshape(2, 4, 3), np.arange(8.0).reshape(2, 4)
    told = nf.recording(counts=counts, dt=0.3, start=start, behaviour={"speed": speed}, trials=sides)
    np.testing.assert_allclose(told.domain, start + np.array([[0.0, 1.2], [3.9, 5.1]]))  # nine bins lie between
    np.testing.assert_allclose(told.trials[["start", "stop"]], told.domain)
    assert told.trials["side"].tolist() == ["left", "right"]
    np.testing.assert_array_equal(told.series["counts"].values, counts.reshape(8, 3))
    np.testing.assert_array_equal(told.series["speed"].values[:, 0], speed.ravel())
    np.testing.assert_array_equal(told.series["speed"].times, told.series["counts"].times)
    assert "2 trials, put behind each other with at least 2.5 s between them" in told.notes[0]


def test_tables_with_times_lie_where_they_were_and_keep_names():
    tables = [pd.DataFrame({"time": t + 0.1 * np.arange(3), "a": [1, 0, 2], "b": 1}) for t in (5.0, 9.0)]
    told = nf.recording(counts=tables)
    np.testing.assert_allclose(told.trials, [[5.0, 5.3], [9.0, 9.3]])
    assert (told.units["label"].tolist(), told.notes) == (["a", "b"], ())


@pytest.mark.parametrize("one", [lambda x: x.T, lambda x: x])
def test_arrays_with_names_are_turned_by_them_alone_and_in_lists(one):
    xr = pytest.importorskip("xarray")
    counts = np.arange(24).reshape(2, 3, 4)  # (trial, unit, time)
    whole = xr.DataArray(counts, dims=("trial", "unit", "time"))
    wanted = nf.recording(counts=counts.transpose(0, 2, 1), dt=0.1).series["counts"].values
    for given in (whole, whole.transpose("time", "unit", "trial"), [one(trial) for trial in whole]):
        np.testing.assert_array_equal(nf.recording(counts=given, dt=0.1).series["counts"].values, wanted)


def test_sparse_trials_and_trials_of_one_bin():
    sparse = pytest.importorskip("scipy.sparse")
    told = nf.recording(counts=[sparse.csr_matrix(np.eye(3, dtype=int))] * 2, dt=0.1)
    np.testing.assert_array_equal(told.series["counts"].values, np.tile(np.eye(3), (2, 1)))
    single = nf.recording(counts=np.ones((5, 1, 3)), dt=0.1, behaviour={"v": np.ones((5, 1, 2))})
    assert single.series["v"].values.shape == (5, 2)
    assert len(single.trials) == 5


@pytest.mark.parametrize("starts", [(5.0, 9.03), (-0.2, -0.2)])
def test_tables_keep_their_times_where_they_follow_each_other(starts):
    tables = [pd.DataFrame({"a": [1, 0, 2]}, pd.Index(t + 0.1 * np.arange(3), name="time")) for t in starts]
    told = nf.recording(counts=tables)
    apart = starts[0] == starts[1]  # around an event: when that was is not known
    wanted = [[0, 0.3], [2.8, 3.1]] if apart else [[t, t + 0.3] for t in starts]
    np.testing.assert_allclose(told.trials, wanted, atol=1e-6)
    assert bool(told.notes) is apart


@pytest.mark.parametrize("width", [0.02, 0.3, 1.0])
def test_what_lies_between_trials_is_a_gap_of_every_series(width):
    told = nf.recording(counts=np.ones((3, 5, 2)), dt=width, behaviour={"v": np.ones((3, 5))})
    assert len(gaps(told.series["v"].times)) == 2
    between = (told.trials["stop"][0] + told.trials["start"][1]) / 2
    assert np.isnan(moments.at("v.v", np.array([between]), dict(told.series), None)).all()


def test_dates_of_trials_count_from_the_first():
    dates = [
        pd.DataFrame({"a": [1, 2]}, pd.date_range(day, periods=2, freq="s")) for day in ("2026-01-01", "2026-01-02")
    ]
    np.testing.assert_allclose(nf.recording(counts=dates).trials["start"], [0.0, 86400.0])


def test_behaviour_of_timed_trials_may_have_times_of_its_own():
    tables = [pd.DataFrame({"time": t + 0.1 * np.arange(3), "a": 1}) for t in (5.0, 9.0)]
    told = nf.recording(counts=tables, behaviour={"v": (np.arange(5.0, 10.0), np.arange(5.0))})
    np.testing.assert_array_equal(told.series["v"].times, np.arange(5.0, 10.0))


def test_as_many_trials_as_units_are_not_taken_for_a_turned_array():
    told = nf.recording(counts=np.ones((3, 4, 3)), dt=0.1, behaviour={"speed": np.ones((3, 4))})
    assert told.series["speed"].values.shape == (12, 1)


COUNTS = {"counts": np.ones((2, 4, 3)), "dt": 0.1}
WRONG = {
    "other units": (
        {"counts": [np.ones((4, 3)), np.ones((4, 2))], "dt": 0.1},
        "same units, got 2 in trial 1 and 3 in trial 0",
    ),
    "no bins": ({"counts": np.ones((2, 0, 3)), "dt": 0.1}, "with a bin at least, got none in trial 0"),
    "no dt": ({"counts": np.ones((2, 4, 3))}, "dt must be the seconds of a bin"),
    "one for each trial": ({"behaviour": {"v": np.ones(2)}, **COUNTS}, "'v' must have a value .* got one for each"),
    "other bins": ({"behaviour": {"v": np.ones((2, 5))}, **COUNTS}, "got 5 for the 4 bins of trial 0"),
    "other trials": ({"behaviour": {"v": np.ones((5, 4))}, **COUNTS}, "each bin of 2 trials, .* got 5 rows"),
    "an empty trial": ({"counts": [np.ones((4, 3)), np.ones((0, 3))], "dt": 0.1}, "got none in trial 1"),
    "other names": ({"counts": [pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})], "dt": 1}, "same units, got .'b'."),
    "other features": ({**COUNTS, "behaviour": {"v": [np.ones((4, 1)), np.ones((4, 2))]}}, "the same features in all"),
    "times of NWB": (
        {**COUNTS, "trials": pd.DataFrame({"start_time": [0, 1], "stop_time": [1, 2]})},
        "without start and",
    ),
    "trials with times": ({"trials": pd.DataFrame({"start": [0, 1], "stop": [1, 2]}), **COUNTS}, "without start and"),
    "a row too many": ({"trials": pd.DataFrame({"side": [*"lrl"]}), **COUNTS}, "a row for each of 2"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_said_in_a_sentence(case):
    given, words = WRONG[case]
    with pytest.raises(ValueError, match=words):
        nf.recording(**given)
