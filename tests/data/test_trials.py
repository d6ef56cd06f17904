"""Trials are cut from a recording whole, in bins, with what was measured in each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.data import Series
from neurofm.data.trials import cut, events
from neurofm.errors import DataError


def test_spikes_are_counted_where_they_fall(recording):
    trials = cut(recording, 0.1)
    assert trials.counts[:, :, 0].tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert trials.counts[:, :, 1].tolist() == [[0, 2, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert trials.seen.tolist() == [[True, True, False, False], [True] * 4, [True, False, False, False]]
    assert trials.row.tolist() == [0, 1, 2]
    np.testing.assert_allclose(trials.stop, [0.2, 1.4, 3.0])
    assert trials.regions.tolist() == ["CA1", ""]


def test_trials_are_aligned_to_an_event_and_those_without_it_left_out(recording):
    trials = cut(recording, 0.1, event="go", before=0.1, after=0.1)
    assert events(recording) == ["go"]
    assert trials.row.tolist() == [0, 1]
    np.testing.assert_allclose(trials.start, [0.0, 1.1])
    assert trials.counts[:, :, 1].tolist() == [[0, 2], [0, 0]]


def test_where_there_are_no_trials_pieces_of_time_stand_in(recording):
    trials = cut(replace(recording, intervals={}), 0.5)
    assert trials.counts.shape == (1, 4, 2)
    assert trials.row.tolist() == [-1]
    assert trials.counts.sum() == 5


def test_a_series_is_averaged_in_each_bin_and_unknown_outside(recording):
    values = cut(recording, 0.1).values("x")
    np.testing.assert_allclose(values[1, :, 0], [1.05, 1.15, 1.25, 1.35], atol=0.03)
    assert np.isnan(values[0, 2:]).all()
    sparse = replace(recording, series={"x": Series(np.array([0.0, 3.0]), np.zeros((2, 1)), ("x",))})
    assert np.isnan(cut(sparse, 0.1).values("x")[1]).all()


def test_take_keeps_everything_together(recording):
    trials = cut(recording, 0.1)
    one = replace(trials, answer=trials.values("x")).take(np.array([False, True, False]))
    assert len(one) == len(one.answer) == len(one.start) == 1
    assert one.start[0] == 1.0


@pytest.mark.parametrize(
    ("size", "event", "words"),
    [
        (0.1, "cue", r"have no event 'cue'; they have start, go"),
        (0.5, "", r"none lasts 0\.5 s; choose a shorter bin"),
    ],
)
def test_what_cannot_be_cut_is_refused_in_words(recording, size, event, words):
    with pytest.raises(DataError, match=words):
        cut(recording, size, event=event)


@pytest.mark.parametrize(
    ("spans", "held_out", "rows"),
    [([[0, 2]], [], [0, 1]), ([[0, 4]], [[[1.3, 2.0]]], [0, 2])],
    ids=["span", "held out"],
)
def test_within_keeps_trials_that_touch_nothing_that_is_held_out(recording, spans, held_out, rows):
    trials = cut(recording, 0.1)
    assert np.flatnonzero(trials.within(spans, held_out)).tolist() == rows
