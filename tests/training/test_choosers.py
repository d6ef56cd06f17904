"""Simple models of choosers: what a plain regression gives, and no look ahead."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from neurofm.data.choices import padded, take
from neurofm.synthetic import bandits
from neurofm.training import choosers


@pytest.fixture(scope="module")
def choices():
    return bandits.population(30, trials=100, seed=4)


def test_newton_finds_what_a_plain_search_finds(choices):
    action, outcomes = padded(choices, [0])
    x = choosers.past(action, outcomes, 3, lags=2)

    def surprise(weights):
        logit = x[0] @ weights
        logs = logit - np.log(np.exp(logit).sum(-1, keepdims=True))
        return -logs[np.arange(len(logs)), action[0]].sum() + choosers.PENALTY * (weights**2).sum() / 2

    wanted = minimize(surprise, np.zeros(x.shape[-1]), tol=1e-9).x
    np.testing.assert_allclose(choosers.fit_logistic(x, action)[0], wanted, atol=1e-3)


def test_the_past_is_the_past(choices):
    action, outcomes = padded(choices, [0, 1])
    x = choosers.past(action, outcomes, 3, lags=3)
    assert not x[:, 0, :, :6].any()
    for lag in (1, 3):
        chosen = x[0, lag:, :, 2 * (lag - 1)]
        np.testing.assert_array_equal(chosen.argmax(-1), action[0, :-lag])
        np.testing.assert_array_equal(x[0, lag:, :, 2 * lag - 1].sum(-1), outcomes[0, :-lag, 0])
    np.testing.assert_array_equal(x[0, 5, :, 6:], np.eye(3)[:, :2])


def test_models_beside_are_better_the_more_they_know(choices):
    logs = choosers.beside(take(choices, range(20)), take(choices, range(20, 30)))
    late = take(choices, range(20, 30)).late.reshape(10, -1)
    mean = {name: values[late].mean() for name, values in logs.items()}
    truth = np.log(choices.columns["likely"])[choices.late & (choices.of >= 20)].mean()
    assert mean["chance"] == pytest.approx(-np.log(3))
    assert mean["chance"] < mean["logistic"] < mean["person"] < truth


def test_second_halves_are_not_fitted(choices):
    some = take(choices, range(20, 30))
    action = np.where(some.late, 0, some.action)
    other = type(some)(
        session="s", subjects=some.subjects, of=some.of, action=action, outcomes=some.outcomes, arms=some.arms
    )
    one, two = (choosers.beside(take(choices, range(20)), x) for x in (some, other))
    early = ~some.late.reshape(10, -1)
    for name in one:
        np.testing.assert_allclose(one[name][early], two[name][early])
