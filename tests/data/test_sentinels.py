"""What stands for "not seen" is left out where that is certain, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data.sentinels import is_discrete, sentinel, without, wraps
from neurofm.data.series import clean_series

RNG = np.random.default_rng(0)
TIMES = np.arange(0, 100, 0.02)
TURN = np.cumsum(RNG.normal(0.05, 0.02, len(TIMES)))


def track(low=100.0, features=2):
    x = np.stack([np.sin(TIMES / 3 + k) for k in range(features)], 1) * 50 + 60 + low
    return x + RNG.normal(0, 0.2, x.shape)


def with_mark(mark, values):
    values = values.copy()
    rows = np.r_[300:340, 2000, 4000:4300]
    values[rows] = mark
    return values, rows


CERTAIN = {
    "-99999": (-99999, track()),
    "-1 beside pixels": (-1, track()),
    "-1 beside shares": (-1, track() / 1000),
    "0, 0": (0, track()),
    "65535": (65535, track()),
    "of three": (-1, track(features=3)),
    "-999 of a speed": (-999, np.abs(track(0, 1))),
    "a huge number of a speed": (1e30, np.abs(track(0, 1))),
}


@pytest.mark.parametrize(("mark", "values"), CERTAIN.values(), ids=CERTAIN)
def test_what_stands_for_not_seen_is_left_out_and_told(mark, values):
    values, rows = with_mark(mark, values)
    series, notes = clean_series(TIMES, values, label="position")
    assert np.flatnonzero(np.isnan(series.values).any(1)).tolist() == rows.tolist()
    np.testing.assert_array_equal(np.delete(series.values, rows, 0), np.delete(values, rows, 0))
    assert notes == [f"position: 341 of 5,000 samples are {float(mark):g}, which stands for not seen; left out"]


def burst():
    """A push now and then, and nothing in between."""
    return np.clip(np.sin(TIMES) - 0.5, 0, None)[:, None] * 10


FINE = {
    "a walk": track(),
    "a walk through zero": track(-110),
    "a speed at rest": burst(),
    "a velocity at rest": burst() * np.sign(np.sin(TIMES / 7))[:, None] * [1, 1],
    "events": (np.arange(len(TIMES)) % 100 == 0)[:, None].astype(float),
    "choices": RNG.choice([-1, 0, 1], (len(TIMES), 1)).astype(float),
    "a corner that is visited": np.clip(track(), 120, None),
    "one glitch": np.where(np.arange(len(TIMES))[:, None] == 77, -99999, track()),
    "one feature of two": np.where(TIMES[:, None] * [1, 0] > 90, -1, track()),
    "nothing": np.zeros((0, 2)),
    "NaN": np.full((10, 2), np.nan),
    "all of it": np.full((50, 2), -1.0),
    "an image": np.where(np.arange(len(TIMES))[:, None] % 9 == 0, -1, np.tile(track(), 20)),
}


@pytest.mark.parametrize("values", FINE.values(), ids=FINE)
def test_what_was_measured_is_left_as_it_is(values):
    assert sentinel(values) is None
    same, words = without(values)
    assert same is values
    assert words == []


@pytest.mark.parametrize("dtype", [np.int32, np.uint16, np.float32])
def test_numbers_of_any_kind_can_be_left_out(dtype):
    values, rows = with_mark(0, track().astype(dtype))
    assert np.isnan(without(values)[0]).any(1).sum() == len(rows)
    assert not np.isnan(values.astype(float)).any()  # what came in stays


@pytest.mark.parametrize(
    ("values", "period"),
    [
        (np.rad2deg(TURN) % 360, 360),
        (np.rad2deg(TURN) % 360 - 180, 360),
        (TURN % (2 * np.pi), 2 * np.pi),
        (TURN % (2 * np.pi) - np.pi, 2 * np.pi),
        (np.where(np.arange(len(TURN)) % 7 == 0, np.nan, TURN % (2 * np.pi)), 2 * np.pi),
        (np.rad2deg(TURN), 0),
        (170 * np.sin(TURN), 0),
        (RNG.uniform(0, 360, len(TURN)), 0),
        (TURN % 1, 0),
        (np.zeros(0), 0),
    ],
    ids=["0 to 360", "-180 to 180", "0 to 2 pi", "-pi to pi", "gaps", "unwrapped", "no turn", "noise", "saw", "none"],
)
def test_angles_that_jump_are_known_by_their_period(values, period):
    assert wraps(values) == pytest.approx(period)


def test_states_are_told_from_measures():
    assert is_discrete(np.tile([0.0, 1.0, 2.5], 100)[:, None])
    assert not is_discrete(track())
    assert not is_discrete(np.zeros((0, 1)))
