"""Planted animals are aligned without any label as far as their structure allows, whatever the order of units."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax

from neurofm.analysis import blind
from neurofm.analysis.alignment import Pair
from tests.animals import TARGETS, planted

CHANCE = 1 / TARGETS
WAYS = (
    blind.transport, blind.statistics, blind.gromov, blind.fused_gromov, blind.clouds, blind.population,
    blind.pooled_population,
)  # fmt: skip
ABOVE = {blind.statistics: 0.8, blind.fused_gromov: 0.8, blind.population: 0.2, blind.pooled_population: 0.3}


def halves(animals) -> tuple[Pair, np.ndarray]:
    given = Pair(animals.one, animals.targets, animals.other[:80], animals.other[80:])
    return given, animals.hidden[80:]


@pytest.fixture(scope="module")
def pair() -> tuple[Pair, np.ndarray]:
    return halves(planted())


@pytest.mark.parametrize("way", ABOVE)
def test_what_means_the_same_in_both_tells_targets_apart(pair, way):
    given, truth = pair
    assert (way(given) == truth).mean() > ABOVE[way]


@pytest.mark.parametrize("way", WAYS)
def test_the_order_of_units_does_not_matter(pair, way):
    given, _ = pair
    rng = np.random.default_rng(1)
    first, second = (rng.permutation(given.one.shape[2]) for _ in range(2))
    turned = replace(
        given, one=given.one[..., first], shown=given.shown[..., second], asked=given.asked[..., second]
    )  # fmt: skip
    np.testing.assert_array_equal(way(turned), way(given))


@pytest.mark.parametrize("way", WAYS)
def test_labels_are_not_looked_at(pair, way):
    given = pair[0]
    np.testing.assert_array_equal(way(replace(given, labels=np.zeros(80, int))), way(given))


@pytest.mark.parametrize("way", WAYS)
def test_permuted_targets_are_chance(way):
    hits = []
    for seed in range(10):
        given, truth = halves(planted(units=15, seed=seed))
        rng = np.random.default_rng(seed)
        mixed = replace(given, conditions=rng.permutation(given.conditions))
        hits.append((way(mixed) == truth).mean())
    assert abs(np.mean(hits) - CHANCE) < 0.12


def test_an_entropy_spreads_the_transport_of_correlations(pair):
    given, truth = pair
    said = blind.entropic_gromov(given)
    assert said.shape == truth.shape
    assert set(said) <= set(range(TARGETS))


def test_the_best_of_several_starts_is_no_worse_than_the_first(pair):
    given, _ = pair
    one, other = blind._correlations(given)
    begin = blind._uniform(np.ones((len(one), len(other))))
    alone, _ = blind._descend(one, other, None, begin)
    plan = blind._plan(given, None)
    best = (one**2).mean() + (other**2).mean() - 2 * ((one @ plan @ other) * plan).sum()
    assert best <= alone + 1e-9


def test_conditions_come_as_often_as_they_should():
    logs = np.random.default_rng(0).normal([0.0, 2.0, -1.0], size=(200, 3))
    often = np.array([0.5, 0.3, 0.2])
    np.testing.assert_allclose(softmax(logs + blind._balance(logs, often), 1).mean(0), often, atol=1e-4)


def test_bins_that_few_trials_have_are_left_out():
    counts = np.ones((20, 4, 3))
    counts[:3, 2:] = np.nan
    assert blind._bins(counts) == 2
    assert blind._bins(counts[:, :1]) == 1


def test_without_the_library_it_says_what_to_install(pair, monkeypatch):
    monkeypatch.setitem(sys.modules, "ot", None)
    with pytest.raises(ImportError, match="pip install"):
        blind.gromov(pair[0])
