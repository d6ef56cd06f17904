"""A recording in bins, and what is left of it when some trials are held out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.binned import binned, only, with_activity
from neurofm.data import Recording, Series, Spikes, spans
from neurofm.errors import DataError
from neurofm.synthetic import reaching
from tests.analysis.conftest import HELD, LEARN


def test_the_class_is_known_in_every_bin_of_its_trial(data, reaches):
    trials = reaches.intervals["trials"]
    assert data.classes
    assert len(data.trials) == 20
    assert np.array_equal(data.answer.argmax(1), trials["target"].to_numpy()[data.trial])
    assert len(data.trial) == round((trials["stop"] - trials["start"]).sum() / 0.1)


def test_nothing_is_left_of_trials_that_are_held_out(data):
    left, gone = only(data, LEARN), data.spans[HELD]
    assert not spans.inside(left.spikes.times, gone).any()
    assert len(left.intervals["trials"]) == len(LEARN)
    assert not spans.inside(left.intervals["trials"]["start"], gone).any()
    assert spans.duration(spans.intersect(left.domain, gone)) == 0


def test_only_learned_behaviour_is_left_without_trials():
    whole = binned(reaching.sessions(1, units=6, duration=40.0, seed=3)[0])
    left = only(whole, np.arange(3, 9))
    series = left.series[whole.target.series]
    assert len(series.times)
    assert series.times.min() >= whole.trials.start[3]
    assert series.times.max() <= whole.trials.stop[8]
    assert left.domain[0, 0] >= whole.trials.start[3]


def test_too_little_is_refused(reaches):
    few = replace(reaches, intervals={"trials": reaches.intervals["trials"].head(6)})
    with pytest.raises(DataError, match="known in 6 trials; 10 or more"):
        binned(few)
    with pytest.raises(DataError, match="are missing, so there is nothing to decode from"):
        binned(replace(reaches, spikes=Spikes(np.zeros(0), np.zeros(0, np.int32))))


def test_activity_of_cells_is_in_bins_no_shorter_than_a_frame(reaches):
    times, labels = np.arange(0.05, 60, 0.4), ("a", "b")
    values = np.stack([times, -times], 1)
    trials = reaches.intervals["trials"]
    cells = Recording(
        session="c", units=pd.DataFrame({"label": labels}), series={"dff": Series(times, values, labels)},
        intervals={"trials": trials},
    )  # fmt: skip
    data = with_activity(cells)
    assert (data.target.series, data.trials.width) == ("target", pytest.approx(0.4))
    shown = data.activity[data.rows]
    np.testing.assert_allclose(shown[:, 0], data.times, atol=0.2)
    np.testing.assert_allclose(shown[:, 1], -shown[:, 0])
    assert with_activity(reaches).activity is None
    with pytest.raises(DataError, match="has no behaviour that could be decoded"):
        with_activity(replace(cells, intervals={}))
    late = {"dff": Series(times + 500, values, labels)}
    with pytest.raises(DataError, match="dff: is known beside target in 0 trials; 10 or more are needed"):
        with_activity(replace(cells, series=late, domain=np.array([[0.0, 600.0]])))


def test_what_stands_quite_still_for_half_of_the_time_is_not_known():
    whole = reaching.sessions(1, units=6, duration=200.0, seed=3)[0]
    name = binned(whole).target.series
    moved = whole.series[name]
    values = np.where(moved.times[:, None] < 100.0, moved.values, moved.values[np.searchsorted(moved.times, 100.0)])
    dead = replace(whole, series={name: Series(moved.times, values, moved.names, moved.unit)})
    data = binned(dead)
    assert data.times.max() < 101.0
    assert binned(whole).times.max() > 199.0
    assert np.isfinite(data.answer).all()
