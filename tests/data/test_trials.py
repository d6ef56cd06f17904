from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.data import Recording, Series, Spikes
from neurofm.data.trials import Trials, cut, events, judged, lengths
from neurofm.errors import DataError


@pytest.fixture
def recording():
    times = np.array([0.05, 0.15, 0.16, 1.05, 1.35, 3.0])
    trials = pd.DataFrame({"start": [0.0, 1.0, 2.9], "stop": [0.2, 1.4, 3.1], "go": [0.1, 1.2, np.nan]})
    return Recording(
        session="rat",
        spikes=Spikes(times, np.array([0, 1, 1, 0, 1, 0], np.int32)),
        units=pd.DataFrame({"label": ["a", "b"], "region": ["CA1", None]}),
        series={"x": Series(np.arange(0, 4, 0.05), np.arange(0, 4, 0.05)[:, None], ("x",))},
        intervals={"trials": trials},
        domain=np.array([[0.0, 3.05]]),
    )


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


def test_an_unknown_event_is_named_with_those_there_are(recording):
    with pytest.raises(DataError, match=r"have no event 'cue'; they have start, go"):
        cut(recording, 0.1, event="cue")


def test_where_there_are_no_trials_pieces_of_time_stand_in(recording):
    trials = cut(replace(recording, intervals={}), 0.5)
    assert trials.counts.shape == (1, 4, 2)
    assert trials.row.tolist() == [-1]
    assert trials.counts.sum() == 5


def test_a_trial_shorter_than_a_bin_is_refused_in_words(recording):
    with pytest.raises(DataError, match=r"none lasts 0\.5 s; choose a shorter bin"):
        cut(recording, 0.5)


def test_a_series_is_averaged_in_each_bin_and_unknown_outside(recording):
    values = cut(recording, 0.1).values("x")
    np.testing.assert_allclose(values[1, :, 0], [1.05, 1.15, 1.25, 1.35], atol=0.03)
    assert np.isnan(values[0, 2:]).all()
    sparse = replace(recording, series={"x": Series(np.array([0.0, 3.0]), np.zeros((2, 1)), ("x",))})
    assert np.isnan(cut(sparse, 0.1).values("x")[1]).all()


def test_within_keeps_trials_that_touch_nothing_that_is_held_out(recording):
    trials = cut(recording, 0.1)
    assert trials.within([[0, 2]]).tolist() == [True, True, False]
    assert trials.within([[0, 4]], [[[1.3, 2.0]]]).tolist() == [True, False, True]


def test_take_keeps_everything_together(recording):
    trials = cut(recording, 0.1)
    one = replace(trials, answer=trials.values("x")).take(np.array([False, True, False]))
    assert len(one) == len(one.answer) == len(one.start) == 1
    assert one.start[0] == 1.0


@pytest.mark.parametrize("width", [0.05, 0.1, 0.2])
def test_lengths_are_those_of_the_trials_that_are_cut(recording, width):
    inside = replace(recording, domain=np.array([[0.0, 4.0]]))
    np.testing.assert_array_equal(lengths(inside, width), cut(inside, width).seen.sum(1))


@pytest.mark.parametrize(("most", "trials", "units"), [(0, 9, 5), (2, 2, 4), (3, 3, 5), (64, 9, 5)])
def test_what_is_judged_is_evenly_chosen_among_units_that_fire(most, trials, units):
    counts = np.ones((9, 2, 7), np.uint16)
    counts[..., [2, 5]] = 0
    every = Trials(Recording(session="s"), counts, np.ones((9, 2), bool), np.arange(9.0), 0.1, np.arange(9))
    chosen, rows = judged(every, most)
    assert (len(chosen), len(rows)) == (trials, units)
    assert {0, 8} <= set(chosen.row)
    assert {0, 6} <= set(rows) <= {0, 1, 3, 4, 6}
