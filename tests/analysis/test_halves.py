"""Halves of people: found where they are alike, and as often as chance where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis.halves import ranks, top, within


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
    turn = within(*noisy[2:])
    assert top(ranks(noisy[0] @ turn, noisy[1] @ turn), 1) > top(ranks(*noisy[:2]), 1) + 0.1
