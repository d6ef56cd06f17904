"""Simple ways to fill in a unit: from the others, and never from itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import PoissonRegressor

from neurofm.data.trials import cut
from neurofm.metrics import pooled_bits
from neurofm.synthetic import regions
from neurofm.training.filling import PRIOR, fillings, left_out, scores, solve

WAYS = ("poisson", "factor")


@pytest.fixture(scope="module")
def trials():
    return cut(regions.sessions(1, regions=1, units=8, trials=40, seed=1)[0], 0.05)


def of(trials, change):
    counts = trials.counts.copy()
    change(counts)
    return replace(trials, counts=counts)


def test_the_regression_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    x, counts = rng.normal(size=(400, 3)), rng.poisson(2.0, (400, 2))
    more = PRIOR / counts.mean()
    weight, bias = solve(torch.as_tensor(x).float(), torch.as_tensor(counts).float(), torch.ones(3, 2), 20.0)
    for unit in range(2):
        rows, rates = np.r_[x, np.zeros((1, 3))], np.r_[counts[:, unit], PRIOR / more]
        many = np.r_[np.ones(400), more]
        theirs = PoissonRegressor(alpha=20 / many.sum(), tol=1e-8, max_iter=500).fit(rows, rates, many)
        np.testing.assert_allclose(weight[:, unit], theirs.coef_, atol=2e-3)
        assert float(bias[unit]) == pytest.approx(theirs.intercept_, abs=2e-3)


def test_what_is_left_out_is_expected_as_of_normal_variables():
    rng = np.random.default_rng(1)
    loading, noise, x = rng.normal(size=(2, 5)), rng.uniform(0.5, 2, 5), rng.normal(size=(3, 5))
    shared = loading.T @ loading + np.diag(noise)
    for unit in range(5):
        rest = np.delete(np.arange(5), unit)
        expected = shared[unit, rest] @ np.linalg.solve(shared[np.ix_(rest, rest)], x[:, rest].T)
        np.testing.assert_allclose(left_out(loading, noise, x)[:, unit], expected)


@pytest.mark.parametrize("way", WAYS)
def test_a_unit_is_filled_in_from_the_others_alone(trials, way):
    learn, asked = trials.take(slice(30)), trials.take(slice(30, None))
    rates = fillings(learn, asked)[way]
    own = fillings(learn, of(asked, lambda n: n.__setitem__((..., 3), 9)))[way]
    np.testing.assert_allclose(own[..., 3], rates[..., 3], rtol=1e-4)
    assert abs(own[..., 4] / rates[..., 4] - 1).max() > 0.01
    counts = asked.counts[asked.seen].astype(float)
    assert pooled_bits(rates[asked.seen], counts) > 0.05  # two latents drive all


@pytest.mark.parametrize(
    ("change", "low", "high"),
    [
        (lambda n: n.__setitem__((..., 0), 0), 0.02, 1.0),
        (lambda n: n.__setitem__((slice(0, 30), slice(None), 0), 0), -1.0, 1.0),
        (lambda n: np.random.default_rng(0).permuted(n, axis=0, out=n), -0.1, 0.02),
    ],
    ids=["a silent unit", "a unit that is silent while it is learned", "nothing in common"],
)
def test_scores_are_finite_and_above_the_mean_where_units_have_something_in_common(trials, change, low, high):
    odd = of(trials, change)
    scored = scores(odd.take(slice(30)), odd.take(slice(30, None)))
    assert set(scored) == set(WAYS)
    assert all(low < bits < high for bits in scored.values())


def test_where_nothing_fired_there_is_no_score(trials):
    assert scores(trials, replace(trials, counts=0 * trials.counts)) == {}


def test_two_trials_are_enough_to_be_fitted(trials):
    rates = fillings(trials.take(slice(2)), trials.take(slice(2, 4)))
    assert all(np.isfinite(x).all() for x in rates.values())
