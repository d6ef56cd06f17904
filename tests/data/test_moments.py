"""What is known at any moment: its trial, the way it moves, and every series, nothing where nothing was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data import moments
from neurofm.data.series import Series

CLOCK = np.arange(100.0, 110.0, 0.1)


def path(x, y, name="position"):
    return {name: Series(CLOCK, np.stack([x, y], 1), ("x", "y"))}


LINE = path(3 * CLOCK, -4 * CLOCK)
TRIALS = pd.DataFrame({"start": [104.0, 101.0, np.nan], "stop": [106.0, 102.0, np.nan]})
ONE = {"lick": Series(CLOCK, CLOCK[:, None], ("rate",))}


@pytest.mark.parametrize(
    ("series", "trials", "columns"),
    [
        ({}, None, ["time"]),
        (ONE, None, ["time", "lick.rate"]),
        (ONE, TRIALS, ["time", "trial", "lick.rate"]),
        (LINE | ONE, TRIALS, ["time", "trial", "speed", "direction", "lick.rate", "position.x", "position.y"]),
        (ONE, TRIALS[:0], ["time", "lick.rate"]),
        ({"position": LINE["position"].between(100, 100.05)}, None, ["time", "position.x", "position.y"]),
    ],
)
def test_every_column_that_is_offered_can_be_asked(series, trials, columns):
    assert list(moments.columns(series, trials)) == columns
    for column in columns:
        assert moments.at(column, CLOCK[:3], series, trials).shape == (3,)


@pytest.mark.parametrize("column", ["trial", "speed", "lick.x", "lick", "mood", ""])
def test_one_that_is_not_there_is_refused_with_those_there_are_or_why(column):
    with pytest.raises(LookupError, match=f"moments have no '{column}'[;,] (they have time, lick.rate|since nothing)"):
        moments.at(column, CLOCK, ONE, None)


@given(st.lists(st.floats(99, 108), min_size=1, max_size=20))
def test_a_moment_is_of_the_trial_that_it_is_in(times):
    rows = moments.at("trial", np.array(times), {}, TRIALS)
    wanted = [next((k for k, (a, b) in enumerate(TRIALS.to_numpy()) if a <= t < b), np.nan) for t in times]
    assert np.array_equal(rows, wanted, equal_nan=True)


@pytest.mark.parametrize(
    ("when", "rate"), [(101.9, 19.0), (101.96, 19.0), (102.5, None), (103.95, 40.0), (104.05, 40.5)]
)
def test_in_a_gap_nothing_was_measured(when, rate):
    times = np.r_[CLOCK[:20], CLOCK[40:]]  # 100 to 101.9 and 104 to 109.9
    cut = {"lick": Series(times, 10 * (times - 100)[:, None], ("rate",))}
    (told,) = moments.at("lick.rate", np.array([when]), cut, None)
    assert np.isnan(told) if rate is None else told == pytest.approx(rate)


def test_a_jump_over_a_gap_is_no_speed():
    x = np.r_[CLOCK[:20], CLOCK[40:] + 1_000]
    jump = {"position": Series(np.r_[CLOCK[:20], CLOCK[40:]], np.stack([x, x], 1), ("x", "y"))}
    assert np.allclose(moments.at("speed", np.array([101.9, 104.0, 105.0]), jump, None), np.sqrt(2))


def test_speed_and_direction_are_those_of_the_path():
    assert np.allclose(moments.at("speed", CLOCK, LINE, None), 5)
    assert np.allclose(moments.at("direction", CLOCK, LINE, None), np.arctan2(-4, 3))


def test_classes_of_trials_are_told_as_words_and_counts_of_many_units_come_last():
    start = np.arange(100.0, 110.0)
    trials = pd.DataFrame(
        {"start": start, "stop": start + 0.5, "target": [1, 2] * 5, "rt": np.random.default_rng(0).random(10)}
    )
    names = tuple(f"unit {k}" for k in range(30))
    series = {"counts": Series(CLOCK, np.ones((100, 30)), names)} | LINE
    columns = moments.columns(series, trials)
    assert columns[:5] == ("time", "trial", "trial.target", "speed", "direction")
    assert columns[5:9] == ("position.x", "position.y", "counts.unit 0", "counts.unit 1")
    times = np.array([100.2, 100.7, 101.1])
    assert moments.at("trial.target", times, series, trials).tolist() == ["1", "", "2"]
    assert np.allclose(moments.at("speed", CLOCK, series, None), 5)  # and not that of counts
    assert "speed" not in moments.columns({"counts": series["counts"]}, None)


def test_a_velocity_that_was_measured_goes_before_a_path():
    measured = path(np.full(100, 0.0), np.full(100, 2.0), "hand_vel")
    assert np.allclose(moments.at("speed", CLOCK, LINE | measured, None), 2)
    assert np.allclose(moments.at("direction", CLOCK, LINE | measured, None), np.pi / 2)


@pytest.mark.parametrize("column", ["position.x", "speed"])
def test_the_first_and_last_sample_count_to_the_microsecond_and_nothing_beyond(column):
    times = np.array([99.9, 100 - 4e-7, 100.0, CLOCK[-1] + 4e-7, CLOCK[-1] + 2e-6])
    assert np.isnan(moments.at(column, times, LINE, None)).tolist() == [True, False, False, False, True]


def test_a_series_is_measured_between_its_samples():
    assert np.allclose(moments.at("lick.rate", CLOCK[:-1] + 0.03, ONE, None), CLOCK[:-1] + 0.03)


def test_a_series_without_samples_is_known_nowhere():
    empty = {"lick": Series(np.zeros(0), np.zeros((0, 1)), ("rate",))}
    assert np.isnan(moments.at("lick.rate", CLOCK, empty, None)).all()
