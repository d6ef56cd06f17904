"""What moves and what rests is told alike for all kinds of behaviour, whatever their unit, sampling and gaps."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data import Series, motion, spans
from neurofm.data.motion import moving, still

RNG = np.random.default_rng(0)
TIMES = np.arange(0, 200, 0.02)
RUNS = (TIMES % 20) < 10  # ten seconds of running, ten of rest


def speed():
    smooth = np.convolve(RUNS, np.ones(25) / 25, "same")
    return smooth * (20 + 10 * np.sin(TIMES * 3)) + RNG.normal(0, 0.02, len(TIMES))


def position():
    path = np.cumsum(speed()) * 0.02
    return np.stack([np.abs(path % 200 - 100), RNG.normal(0, 0.05, len(TIMES)) + 5 * np.sin(path / 9)], 1)


def series(values, times=TIMES):
    values = values[:, None] if values.ndim == 1 else values
    return Series(times, values, tuple("xyz"[: values.shape[1]]))


@pytest.mark.parametrize("factor", [1.0, 1e-3, 1e3])
@pytest.mark.parametrize("every", [1, 5], ids=["50 Hz", "10 Hz"])
@pytest.mark.parametrize(
    "make", [position, speed, lambda: np.gradient(position(), axis=0)[:, 0]], ids=["position", "speed", "velocity"]
)
def test_running_is_told_from_rest(make, every, factor):
    one = series(factor * make()[::every], TIMES[::every])
    moves, runs = spans.inside(one.times, moving(one)), RUNS[::every]
    edge = (one.times % 10 < 1.6) | (one.times % 10 > 8.4)
    assert (moves == runs)[~edge].mean() > 0.97


@pytest.mark.parametrize(
    "values",
    [
        np.sin(TIMES),
        np.sin(TIMES / 60),
        RNG.normal(size=len(TIMES)),
        np.stack([np.sin(TIMES), np.zeros(len(TIMES))], 1),
        np.linspace(0, 1, len(TIMES)),
    ],
    ids=["often", "slowly", "noise", "one of two", "drift"],
)
def test_what_never_rests_always_moves(values):
    assert spans.inside(TIMES, moving(series(values))).mean() > 0.95


def test_gaps_and_what_was_not_measured_are_neither_movement_nor_in_the_way():
    values = position()
    values[2000:2500] = np.nan
    hole = (TIMES > 100) & (TIMES < 110)
    whole, holed = (moving(series(v[k], TIMES[k])) for v, k in ((position(), TIMES >= 0), (values, ~hole)))
    far = ~hole & ~((TIMES > 38) & (TIMES < 52)) & ~((TIMES > 98) & (TIMES < 112))
    assert (spans.inside(TIMES, whole) == spans.inside(TIMES, holed))[far].mean() > 0.97
    assert not spans.inside(TIMES, holed)[(TIMES > 101) & (TIMES < 109)].any()


def test_single_samples_far_apart_move_and_nothing_does_not():
    alone = series(np.arange(5.0), np.arange(5) * 10.0)
    assert spans.inside(alone.times, moving(alone)).all()
    for count in (0, 1):
        assert len(moving(series(np.zeros(count), np.zeros(count)))) == 0
    assert len(moving(series(np.zeros(len(TIMES))))) == 0


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [(100, 200, [[100, 199.98]]), (0, 60, [[0, 59.98]]), (90, 140, [[90, 139.98]]), (90, 119, []), (0, 0, [])],
    ids=["the second half", "at the start", "in the middle", "too short", "never"],
)
def test_what_does_not_change_at_all_stands_still(first, last, wanted):
    values = position()
    rows = spans.inside(TIMES, [[first, last]])
    values[rows] = values[rows][:1]
    np.testing.assert_allclose(still(series(values)), np.reshape(wanted, (-1, 2)), atol=0.03)


def test_levels_of_a_task_do_not_stand_still():
    assert len(still(series(np.repeat([0.2, 0.5, 0.8, 0.2], len(TIMES) // 4)))) == 0


def jumpy(count: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, 2)).cumsum(0)


@pytest.mark.parametrize("gap", ["times", "NaN"])
def test_what_nobody_saw_is_not_still(gap):
    times, values = np.arange(4000) / 100, jumpy(4000)
    values[2000] = values[1999]  # the same before and after
    if gap == "times":
        times[2000:] += 80
    else:
        times, values = np.arange(6000) / 100, np.r_[values[:2000], np.full((2000, 2), np.nan), values[2000:]]
    assert not len(motion.still(Series(times, values, ("x", "y"))))


def test_what_was_found_still_is_found_again_once_it_is_not_known():
    values = jumpy(10_000)
    values[6000:], values[2000:3700] = values[6000], values[2000]  # 40 s and 17 s of 100
    series = Series(np.arange(10_000) / 100, values, ("x", "y"))
    again = values.copy()
    again[motion.stands(series)] = np.nan
    assert not len(motion.still(Series(series.times, again, ("x", "y"))))
    assert motion.stands(series).sum() == 3999
