"""Fits of Q-learning: the chances of the generator, and its parameters found again."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data.choices import padded, take
from neurofm.synthetic import bandits
from neurofm.training import q_learning


@pytest.fixture(scope="module")
def choices():
    return bandits.population(40, trials=200, seed=5)


def unbounded(choices):
    truth = choices.subjects[list(bandits.TRUE)].to_numpy(float)
    return np.column_stack([np.log(truth[:, 0] / (1 - truth[:, 0])), truth[:, 1:]])


def test_chances_are_those_of_the_generator(choices):
    each = unbounded(choices)
    logs = q_learning.likelihood(each, *padded(choices), 3, q_learning.extent(choices))
    np.testing.assert_allclose(logs.ravel(), np.log(choices.columns["likely"]), atol=1e-3)
    np.testing.assert_allclose(q_learning.told(each), choices.subjects[list(bandits.TRUE)])


def test_a_fit_is_more_likely_than_the_truth_on_what_it_is_fitted_to(choices):
    action, outcomes = padded(choices)
    scale = q_learning.extent(choices)
    each = q_learning.fit(action, outcomes, 3, scale, q_learning.loose(3))
    fitted, true = (q_learning.likelihood(x, action, outcomes, 3, scale) for x in (each, unbounded(choices)))
    assert (fitted.mean(1) > true.mean(1) - 0.005).all()
    assert fitted.mean() > true.mean()


def test_parameters_are_found_again_and_the_prior_helps(choices):
    action, outcomes = padded(choices)
    scale, truth = q_learning.extent(choices), choices.subjects[list(bandits.TRUE)].to_numpy(float)
    prior = q_learning.population(choices, scale)
    loose, drawn = (
        q_learning.told(q_learning.fit(action[:, :60], outcomes[:, :60], 3, scale, one))
        for one in (q_learning.loose(3), prior)
    )
    off = [np.sqrt(((x - truth) ** 2).mean(0)) for x in (loose, drawn)]
    assert (off[1][1:] < off[0][1:]).all()
    assert np.corrcoef(drawn[:, 2], truth[:, 2])[0, 1] > 0.8


def test_one_model_for_all_is_one(choices):
    each = q_learning.fit(*padded(choices), 3, (0.0, 1.0), q_learning.loose(3), one=True)
    assert len(each) == 40
    assert (each == each[0]).all()


def test_trials_behind_the_last_teach_nothing(choices):
    action, outcomes = padded(choices, [0, 1])
    short = np.where(np.arange(200) < 100, action, -1)
    one, two = (
        q_learning.fit(a, o, 3, (0.0, 1.0), q_learning.loose(3))
        for a, o in ((short, outcomes), (action[:, :100], outcomes[:, :100]))
    )
    np.testing.assert_allclose(one, two, atol=0.02)
    logs = q_learning.likelihood(one, short, outcomes, 3, (0.0, 1.0))
    assert np.isnan(logs[:, 100:]).all()


def test_a_person_is_better_told_by_its_own_model_and_the_more_by_a_prior(choices):
    train, test = take(choices, range(30)), take(choices, range(30, 40))
    logs = q_learning.beside(train, test)
    means = [logs[name][test.late.reshape(10, -1)].mean() for name in ("q_all", "q_likely", "q_probable")]
    assert means == sorted(means)
    assert means[-1] < np.log(choices.columns["likely"])[choices.late & (choices.of >= 30)].mean() + 0.01


def test_a_prior_is_taken_from_a_few_where_there_are_many(choices, monkeypatch):
    monkeypatch.setattr(q_learning, "MOST", 10)
    some = take(choices, np.arange(0, 40, 4))
    few, all_ = (q_learning.population(x, (0.0, 1.0)) for x in (some, choices))
    np.testing.assert_allclose(few.mean, all_.mean)
