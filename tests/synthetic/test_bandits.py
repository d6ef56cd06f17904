"""Simulated subjects choose as their parameters say."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.synthetic import bandits


def replayed(choices, subject):
    """How likely each choice was, by a loop of its own."""
    alpha, log_beta, kappa, b_1, b_2 = choices.subjects.loc[subject, list(bandits.TRUE)]
    rows, value, last, likely = choices.rows([subject]), np.full(3, 0.5), None, []
    for row in rows:
        logit = np.exp(log_beta) * value + np.array([b_1, b_2, 0.0])
        if last is not None:
            logit[last] += kappa
        share = np.exp(logit) / np.exp(logit).sum()
        last = choices.action[row]
        likely.append(share[last])
        value[last] += alpha * (choices.outcomes[row, 0] - value[last])
    return likely


@pytest.mark.parametrize("kind", ["narrow", "wide"])
def test_choices_are_those_of_the_parameters(kind):
    choices = bandits.population(6, kind, seed=2)
    assert choices.lengths.tolist() == [bandits.TRIALS[kind]] * 6
    for subject in range(6):
        np.testing.assert_allclose(choices.columns["likely"][choices.rows([subject])], replayed(choices, subject))


@pytest.mark.parametrize(
    ("kind", "mean", "sd"),
    [
        ("narrow", (0.5, np.log(4), 0.5, 0.0, 0.0), (0.9 * np.sqrt(0.05), 0.5, 0.6, 0.5, 0.5)),
        ("wide", (0.5, np.log(5), 0.5, 0.0, 0.0), (0.9 / np.sqrt(12), 0.6, 1.0, 0.5, 0.5)),
    ],
)
def test_populations_are_as_stated(kind, mean, sd):
    drawn = bandits.parameters(20_000, kind, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.mean(0), mean, atol=0.02)
    np.testing.assert_allclose(drawn.std(0), sd, atol=0.02)


def test_chances_wander_between_their_walls_and_pay_what_they_say():
    choices = bandits.population(200, trials=200, seed=0)
    chance = choices.columns[[f"chance_{k}" for k in (1, 2, 3)]].to_numpy()
    assert (chance.min(), chance.max()) == pytest.approx((0.1, 0.9), abs=0.01)
    steps = np.diff(chance.reshape(200, 200, 3), axis=1)
    assert steps.std() == pytest.approx(0.04, abs=0.003)
    chosen = chance[np.arange(len(chance)), choices.action]
    assert choices.outcomes.mean() == pytest.approx(chosen.mean(), abs=0.01)


def test_same_seed_gives_the_same_subjects():
    one, same, other = (bandits.population(3, trials=20, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.action, same.action)
    assert (one.action != other.action).any()
    with pytest.raises(LookupError, match="narrow, wide"):
        bandits.population(3, "broad")
