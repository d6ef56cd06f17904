"""How models of single spikes learn: what suits them, how long their windows are, and when they answer."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm.data import Series
from neurofm.data.target import CLASSES, choose
from neurofm.errors import DataError
from neurofm.specs import Effort
from neurofm.synthetic import reaching
from neurofm.training.courses.windows import SPEC, check_trainable, fit_window, scale_of

SIZES = {"window": 1.0, "usual_units": 8, "batch": 10, "steps": 100}


@pytest.fixture(scope="module")
def recordings():
    return reaching.sessions(2, units=6, duration=40.0, seed=5)


def in_trials(recording, length):
    """The same recorded only in trials of `length` seconds, a second apart."""
    starts = np.arange(0, 38, length + 1)
    domain = np.stack([starts, starts + length], 1)
    return replace(recording, domain=domain, intervals={"trials": pd.DataFrame(domain, columns=["start", "stop"])})


@pytest.mark.parametrize(("passes", "wanted"), [(50, 200), (75, 300), (1, 100)])
def test_steps_follow_the_windows(recordings, passes, wanted):
    assert SPEC.advise(Effort(passes=passes), SIZES, recordings[:1]).settings == {"steps": wanted}


@pytest.mark.parametrize(("units", "times"), [(3, 1), (6, 2), (1000, 2)])
def test_a_step_costs_what_the_units_that_are_seen_at_once_cost(recordings, units, times):
    effort = Effort(each=0.0)
    half, cost = (SPEC.advise(effort, SIZES | {"usual_units": n}, recordings[:1]).step for n in (3, units))
    assert cost == pytest.approx(times * half)


@pytest.mark.parametrize(("lengths", "window"), [([], 1.0), ([0.6], 0.6), ([0.6, 0.3], 0.3)])
def test_a_window_is_no_longer_than_most_trials(recordings, lengths, window):
    data = [recordings[0], *(replace(in_trials(recordings[1], n), session=str(n)) for n in lengths)]
    assert fit_window(data, 1.0, {r.session: r.domain for r in data}, shorten=True) == window


def test_a_window_that_was_chosen_is_refused_where_it_is_too_long(recordings):
    short = in_trials(recordings[1], 0.6)
    with pytest.raises(DataError, match=r"no stretch of training time lasts 0\.7 s; choose a shorter window"):
        fit_window([short], 0.7, {short.session: short.domain}, shorten=False)


def test_scale_is_that_of_the_training_time(recordings):
    series = recordings[0].series["velocity"]
    learned = series.times < 10
    mean, sd = scale_of(recordings[0], "velocity", np.array([[0.0, 10.0]]))
    np.testing.assert_allclose(mean, series.values[learned].mean(0), rtol=1e-5)
    np.testing.assert_allclose(sd, series.values[learned].std(0), rtol=1e-5)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda v: Series(v.times, v.values * [1.0, 0.0], v.names), "never changes in 'vy'"),
        (lambda v: Series(v.times, v.values * np.nan, v.names), "has no values in the training time"),
        (lambda v: Series(v.times, v.values[:, :1], ("vx",)), "has 1 features, the other recordings have 2"),
    ],
    ids=["constant", "unknown", "one feature"],
)
def test_what_cannot_be_learned_is_refused(recordings, spoil, words):
    r, target = recordings[0], choose(recordings)
    with pytest.raises(DataError, match=words):
        check_trainable(replace(r, series={"velocity": spoil(r.series["velocity"])}), target, r.domain)


def test_without_a_measurement_it_answers_every_20_ms(tmp_path, recordings, tiny):
    run = nf.train("poyo", recordings[0], tmp_path / "a", settings=tiny | {"steps": 2})
    said = run.predict(replace(recordings[0], series={}))
    np.testing.assert_allclose(np.diff(said.times), 0.02)
    assert np.isnan(said.truth).all()
    assert said.names == ("vx", "vy")
    assert said.metrics == {}


def test_classes_are_answered_within_the_trials(tmp_path, recordings, tiny):
    trials = pd.DataFrame({"start": np.arange(40.0), "stop": np.arange(40.0) + 0.5, "side": ["left", "right"] * 20})
    recording = replace(recordings[0], intervals={"trials": trials})
    run = nf.train("poyo", recording, tmp_path / "a", settings=tiny | {"steps": 2, "target": "side", "window": 0.5})
    said = run.predict(recording)
    assert said.kind == CLASSES
    assert (np.mod(said.times, 1) < 0.5).all()
    np.testing.assert_allclose(said.values.sum(1), 1, atol=1e-5)
