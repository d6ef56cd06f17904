"""Halves of people: found where they are alike, and as often as chance where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis.halves import Likeness, likeness, ranks, top


def halves(noise, subjects=300, seed=0):
    rng = np.random.default_rng(seed)
    own = rng.normal(size=(subjects, 4))
    return [own + noise * rng.normal(size=own.shape) for _ in range(2)]


def test_ranks_are_those_of_plain_distances():
    first, second = halves(0.5, 20)
    away = np.linalg.norm(first[:, None] - second[None], axis=-1)
    wanted = (away < np.diag(away)[:, None]).sum(1)
    np.testing.assert_array_equal(ranks(first, second), wanted)
    np.testing.assert_array_equal(ranks(first, second, np.array([3, 7])), wanted[[3, 7]])


@pytest.mark.parametrize(("noise", "low", "high"), [(1e-3, 1.0, 1.0), (1e3, 0.0, 0.1)])
def test_equal_halves_are_found_and_others_by_chance(noise, low, high):
    assert low <= top(ranks(*halves(noise)), 10) <= high


def test_noisy_directions_are_weighed_down():
    loud = np.array([1.0, 1.0, 1.0, 50.0])
    rng = np.random.default_rng(1)
    (a, b), (c, d) = halves(0.2, seed=1), halves(0.2, seed=2)
    noisy = [x + loud * 0.2 * rng.normal(size=x.shape) for x in (a, b, c, d)]
    alike = likeness(*noisy[2:])
    assert top(alike.ranks(*noisy[:2]), 1) > top(ranks(*noisy[:2]), 1) + 0.1


def test_what_all_share_is_weighed_down():
    """Directions in which subjects hardly differ tell nothing, however little their halves do."""
    rng = np.random.default_rng(3)
    wide = np.array([1.0, 1.0] + [0.05] * 20)
    (a, b), (c, d) = (
        [own + rng.normal(0, 0.3, own.shape) for _ in range(2)] for own in rng.normal(0, wide, (2, 300, 22))
    )
    plain = top(ranks(a / 0.3, b / 0.3), 10)
    assert top(likeness(c, d).ranks(a, b), 10) > plain + 0.1


def test_it_is_the_likelihood_that_two_halves_are_one_subject():
    first, second = (half @ np.diag([1.0, 2.0, 0.5, 3.0]) for half in halves(0.5, 4000))
    alike = likeness(first, second)
    within, between = (first - second).var(0) / 2, (first * second).mean(0)
    x, y = first[:30], second[:30]
    joint = [np.array([[b + w, b], [b, b + w]]) for w, b in zip(within, between)]
    wanted = np.array(
        [
            sum(
                -0.5 * np.array([u, v]) @ np.linalg.inv(c) @ [u, v] + 0.5 * v * v / c[1, 1]
                for u, v, c in zip(p, q, joint)
            )
            for p in x
            for q in y
        ]
    ).reshape(30, 30)
    orders = (-((x - alike.mean) @ alike.first)[:, None] + ((y - alike.mean) @ alike.second)[None]) ** 2
    near = np.argsort(np.argsort(orders.sum(-1), 1), 1)
    likely = np.argsort(np.argsort(-wanted, 1), 1)
    assert np.corrcoef(near.ravel(), likely.ravel())[0, 1] > 0.99


@pytest.mark.parametrize("subjects", [2, 10, 60])
def test_few_subjects_give_a_measure_too(subjects):
    alike = likeness(*halves(0.5, subjects))
    assert isinstance(alike, Likeness)
    assert np.isfinite(alike.first).all()
