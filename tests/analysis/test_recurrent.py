"""Recurrent networks of choosers: causal, of the size that was asked for, and they learn."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis import recurrent
from neurofm.data.choices import padded
from neurofm.synthetic import bandits


@pytest.fixture(scope="module")
def given():
    return padded(bandits.population(24, trials=30, seed=2))


@pytest.mark.parametrize("parameters", [2_000, 46_000])
@pytest.mark.parametrize("arms", [2, 3])
def test_a_gru_is_as_large_as_asked(parameters, arms):
    net = recurrent.Gru(arms, 1, recurrent.width_of(parameters, arms, 1))
    assert sum(p.numel() for p in net.parameters()) == pytest.approx(parameters, rel=0.06)


def trained(name, given, steps):
    if name == "gru":
        return recurrent.gru(*given, 3, 12, steps=steps)
    return recurrent.bottleneck(*given, 3, np.arange(12, 24), steps=steps)


@pytest.mark.parametrize("name", ["gru", "bottleneck"])
def test_it_learns_and_looks_at_the_past_alone(name, given):
    action, outcomes = given
    few, more = (np.nanmean(recurrent.likelihood(trained(name, given, k), *given)) for k in (1, 60))
    assert more > few + 0.05
    net, at = trained(name, given, 1), 10
    other = action.copy()
    other[:, at] = (other[:, at] + 1) % 3
    one, two = (recurrent.likelihood(net, x, outcomes) for x in (action, other))
    np.testing.assert_allclose(one[:, :at], two[:, :at], atol=1e-6)
    assert np.abs(one[:, at + 1 :] - two[:, at + 1 :]).max() > 1e-4


def test_a_bottleneck_network_never_sees_second_halves_of_those_judged(given):
    action, outcomes = given
    judged = np.arange(12, 24)
    other = action.copy()
    other[12:, 15:] = 0
    one, two = (recurrent.bottleneck(x, outcomes, 3, judged, steps=3) for x in (action, other))
    for a, b in zip(one.parameters(), two.parameters()):
        np.testing.assert_array_equal(a.detach().numpy(), b.detach().numpy())


def test_states_are_those_after_the_last_trial(given):
    action, outcomes = given
    net = trained("gru", given, 1)
    short = np.where(np.arange(30) < 20, action, -1)
    np.testing.assert_allclose(
        recurrent.last_states(net, short, outcomes), recurrent.last_states(net, action[:, :20], outcomes[:, :20]),
        atol=1e-6,
    )  # fmt: skip


@pytest.mark.parametrize(("usual", "subjects", "steps"), [(1500, 700, 1500), (1500, 200, 1500), (1500, 8, 60),
                                                          (400, 8, 16), (400, 0, 1)])  # fmt: skip
def test_few_subjects_are_shown_as_often_as_many_at_most(usual, subjects, steps):
    assert recurrent.fewer(usual, subjects) == steps
