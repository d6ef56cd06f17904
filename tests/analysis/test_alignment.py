"""Planted animals are aligned by labels of some trials, and what aligns them is what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import ortho_group

from neurofm.analysis import alignment
from neurofm.analysis.alignment import Pair
from tests.animals import planted

WAYS = (alignment.matched, alignment.softly_matched, alignment.procrustes, alignment.labelled)


@pytest.fixture(scope="module")
def pair() -> tuple[Pair, np.ndarray]:
    animals = planted()
    shown, asked = np.arange(80), np.arange(80, 160)
    labels = animals.hidden[shown]
    return Pair(animals.one, animals.targets, animals.other[shown], animals.other[asked], labels), animals.hidden[asked]


@pytest.mark.parametrize("way", WAYS)
def test_targets_of_planted_animals_are_read_with_labels(pair, way):
    given, truth = pair
    assert (way(given) == truth).mean() > 0.8


@pytest.mark.parametrize("way", WAYS)
def test_without_labels_it_says_what_is_missing(pair, way):
    with pytest.raises(ValueError, match="give their labels"):
        way(replace(pair[0], labels=None))


@pytest.mark.parametrize("way", WAYS)
def test_a_condition_that_was_not_shown_does_not_matter(pair, way):
    given, truth = pair
    kept = given.labels != 3
    said = way(replace(given, shown=given.shown[kept], labels=given.labels[kept]))
    assert (said == truth)[truth != 3].mean() > 0.75


def test_units_are_matched_with_themselves():
    animals = planted(units=12, trials=1600, seed=3)
    both = Pair(animals.one, animals.targets, animals.other, animals.other, animals.hidden)
    weight = alignment.assigned(alignment._apart(both))
    first, second = alignment._order(animals.one), alignment._order(animals.other)
    assert (animals.order[second[weight.argmax(1)]] == first).mean() > 0.8
    assert (weight.sum(0) == 1).all()


def test_fewer_units_leave_some_without_a_partner(pair):
    given, truth = pair
    fewer = replace(given, shown=given.shown[..., :35], asked=given.asked[..., :35])
    assert (alignment.matched(fewer) == truth).mean() > 0.7


def test_what_suits_is_chosen_by_the_labels_alone(pair):
    given, _ = pair
    truth, shown = given.labels, np.sort(given.shown, 2)  # in whatever order units come

    def says(part: Pair, good: bool) -> np.ndarray:
        rows = [np.flatnonzero((shown == counts).all((1, 2)))[0] for counts in np.sort(part.asked, 2)]
        return truth[rows] if good else np.full(len(rows), -1)

    assert alignment._suits(given, (False, True), says)
    assert not alignment._suits(given, (False,), says)


def test_means_skip_bins_that_a_trial_does_not_have():
    counts = np.array([[[4.0], [16.0], [np.nan]]])
    assert alignment.means(counts) == pytest.approx(3.0)


def test_constant_units_are_nothing():
    x = np.array([[1.0, 2.0], [3.0, 2.0]])
    np.testing.assert_allclose(alignment.standard(np.array([[2.0, 9.0], [4.0, 2.0]]), x), [[0, 0], [2, 0]])


def test_distances_are_those_of_scipy():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(5, 3)), rng.normal(size=(7, 3))
    np.testing.assert_allclose(alignment.squared(a, b), cdist(a, b, "sqeuclidean"), atol=1e-12)


def test_spread_masses_are_uniform_and_little_blur_is_the_assignment():
    distance = np.random.default_rng(0).uniform(size=(6, 6))
    shares = alignment.spread(distance, 0.3)
    np.testing.assert_allclose(shares.sum(1), 1 / 6)
    np.testing.assert_allclose(shares.sum(0), 1 / 6, rtol=1e-4)
    np.testing.assert_allclose(6 * alignment.spread(distance, 0.002), alignment.assigned(distance), atol=0.05)


def test_a_turn_and_its_scale_are_found():
    rng = np.random.default_rng(0)
    points, turn = rng.normal(size=(9, 4)), 2.5 * ortho_group.rvs(4, random_state=1)
    np.testing.assert_allclose(alignment.turned(points, points @ turn), turn, atol=1e-9)


def test_components_are_orthonormal_and_as_many_as_there_are():
    x = np.random.default_rng(0).normal(size=(4, 9))
    axes = alignment.components(x)
    assert axes.shape == (9, 4)
    np.testing.assert_allclose(axes.T @ axes, np.eye(4), atol=1e-12)


def test_means_over_conditions():
    x, conditions = np.arange(6.0)[:, None], np.array([0, 1, 0, 1, 2, 2])
    np.testing.assert_allclose(alignment.condition_means(x, conditions, np.array([0, 2])), [[1.0], [4.5]])


def test_a_condition_of_a_single_trial_is_never_said():
    rng = np.random.default_rng(0)
    conditions = np.array([0, 1, 2] + [0, 2] * 10)
    x = rng.normal(size=(23, 2)) + 5 * conditions[:, None]
    told = alignment.decoder(x, conditions)
    np.testing.assert_array_equal(told.classes_, [0, 2])
    assert told.predict([[0.0, 0.0], [5.0, 5.0], [10.0, 10.0]])[[0, 2]].tolist() == [0, 2]
