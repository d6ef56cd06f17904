"""Splits: nothing is in two parts, training keeps its distance, the file's own split is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofm.data import Recording, Series, spans
from neurofm.data.motion import moving
from neurofm.data.split import in_rows, split


def trials(count):
    start = np.arange(count) * 5.0
    return Recording(session="s", intervals={"trials": pd.DataFrame({"start": start, "stop": start + 2.0})})


@pytest.mark.parametrize("name", ["valid", "test"])
@given(seed=st.integers(0, 1000), gap=st.floats(0.0, 2.0), count=st.integers(1, 60))
def test_parts_are_apart_and_training_keeps_away(name, seed, gap, count):
    recording = trials(count)
    parts = split(recording, np.random.default_rng(seed), gap=gap)
    assert spans.duration(spans.intersect(parts.valid, parts.test)) == 0
    held = getattr(parts, name)
    assert spans.duration(spans.intersect(parts.train, spans.widen(held, gap))) < 1e-6
    assert spans.duration(held) <= 0.5 * spans.duration(recording.domain) + 1e-6


def test_whole_trials_are_drawn():
    parts = split(trials(40), np.random.default_rng(0))
    starts, stops = np.concatenate([parts.test, parts.valid]).T
    assert (starts % 5 == 0).all()
    np.testing.assert_allclose(stops - starts, 2.0)
    assert (len(parts.test), len(parts.valid)) == (8, 4)


def test_recording_without_trials_is_cut_into_blocks():
    recording = Recording(session="s", domain=np.array([[0.0, 60.0], [100.0, 140.0]]))
    parts = split(recording, np.random.default_rng(0), gap=0.0)
    assert [spans.duration(p) for p in (parts.train, parts.valid, parts.test)] == pytest.approx([70.0, 10.0, 20.0])


def test_same_seed_same_split_and_another_differs():
    first, again, other = (split(trials(40), np.random.default_rng(s)).test for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_files_own_split_is_kept():
    own = {
        f"{name}_domain": pd.DataFrame({"start": [k], "stop": [k + 1.0]})
        for k, name in enumerate(("train", "valid", "test"))
    }
    parts = split(Recording(session="s", intervals=own), np.random.default_rng(0))
    assert (parts.train.tolist(), parts.valid.tolist(), parts.test.tolist()) == ([[0, 1]], [[1, 2]], [[2, 3]])


def test_recording_without_time_is_refused_by_name():
    with pytest.raises(ValueError, match="recording empty holds no time"):
        split(Recording(session="empty"), np.random.default_rng(0))


TIMES = np.arange(0, 1200, 0.05)
RUNS = {
    "the first half": TIMES < 600,
    "the second half": TIMES >= 600,
    "two minutes at the end": TIMES >= 1080,
    "but for two minutes": (TIMES < 300) | (TIMES >= 420),
    "every minute": (TIMES // 60) % 2 == 0,
    "every few seconds": (TIMES // 4) % 2 == 0,
}


def runner(runs, trials=None):
    """A walk that goes on only while it runs."""
    path = np.cumsum(np.where(runs, 1.0, 0.0))
    place = Series(TIMES, np.stack([np.sin(path / 20), np.cos(path / 33)], 1), ("x", "y"))
    return Recording(session="s", series={"position": place}, intervals={} if trials is None else {"trials": trials})


def cut_in_trials():
    start = np.arange(0, 1200, 10.0)
    return pd.DataFrame({"start": start, "stop": start + 8})


def share(recording, part):
    moves = moving(recording.series["position"])
    return spans.duration(spans.intersect(part, moves)) / spans.duration(part)


@pytest.mark.parametrize("trials", [None, cut_in_trials()], ids=["stretches", "trials"])
@pytest.mark.parametrize("runs", RUNS.values(), ids=RUNS)
def test_all_parts_hold_movement_and_rest_alike(runs, trials):
    recording = runner(runs, trials)
    whole = share(recording, recording.domain)
    for seed in range(12):
        parts = split(recording, np.random.default_rng(seed))
        assert [share(recording, p) for p in (parts.train, parts.test)] == pytest.approx([whole] * 2, abs=0.12)
        assert share(recording, parts.valid) == pytest.approx(whole, abs=0.25)
        held = spans.union(parts.valid, parts.test)
        assert spans.duration(spans.intersect(parts.valid, parts.test)) == 0
        assert spans.duration(spans.intersect(parts.train, spans.widen(held, 1.0))) < 1e-6
        assert spans.duration(parts.test) == pytest.approx(0.2 * spans.duration(recording.domain), rel=0.25)


def test_other_pieces_are_drawn_with_another_seed_and_the_same_with_the_same():
    recording = runner(RUNS["the first half"])
    first, again, other = (split(recording, np.random.default_rng(s)) for s in (0, 0, 1))
    np.testing.assert_array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)


def test_where_all_move_pieces_are_drawn_as_before():
    whole, none = runner(np.ones(len(TIMES), bool)), Recording(session="s", domain=np.array([[0.0, TIMES[-1]]]))
    drawn = [split(r, np.random.default_rng(3)).test for r in (whole, none)]
    np.testing.assert_allclose(*drawn, atol=1e-6)


@pytest.mark.parametrize("factor", [1e3, 3e4])
def test_trials_on_another_clock_are_not_split_by(factor):
    recording = runner(RUNS["every minute"])
    late = cut_in_trials() * factor + 5_000
    wrong = Recording(session="s", series=recording.series, intervals={"trials": late}, domain=recording.domain)
    parts = split(wrong, np.random.default_rng(0))
    assert spans.duration(parts.test) == pytest.approx(0.2 * 1200, rel=0.1)


@pytest.mark.parametrize(("lasts", "apart"), [(0.55, 0.0), (0.55, 0.3), (0.2, 0.0), (3.0, 0.0), (0.55, -0.1)])
def test_trials_that_follow_each_other_closely_leave_most_of_the_rest_to_learn_from(lasts, apart):
    start = np.arange(int(200 / (lasts + apart))) * (lasts + apart)
    trials = pd.DataFrame({"start": start, "stop": start + lasts})
    recording = Recording(session="s", intervals={"trials": trials}, domain=np.array([[0.0, 200.0]]))
    drawn = split(recording, np.random.default_rng(0))
    shares = [spans.duration(one) / 200 for one in (drawn.train, drawn.valid, drawn.test)]
    assert shares[0] > 0.55  # 0.33 where single ones were drawn
    assert 0.1 < shares[2] < 0.3
    edges = np.r_[trials["start"], trials["stop"]]
    assert all(np.abs(edges - edge).min() < 1e-9 for edge in drawn.test.ravel())  # no trial is cut


@pytest.mark.parametrize("apart", [1.0, 2.0])
def test_trials_with_room_between_are_drawn_one_by_one(apart):
    start = np.arange(60) * (0.5 + apart)
    trials = np.stack([start, start + 0.5], 1)
    assert np.array_equal(in_rows(trials[::-1], 1.0), trials)
