"""How sure matches are: mistakes among the called are as rare as they are said to be."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis.calibration import NEVER, Calibration, joined, lone_share, rates


def scores(rng, count):
    """Of right and wrong matches, and of things without a like, which are matched worse."""
    return rng.normal(4, 1, count), rng.normal(0, 1, count)


def known(rng, count, wrong=0.1):
    right, other = scores(rng, count)
    missed = rng.random(count) < wrong
    return Calibration(right[~missed], other[missed], scores(rng, count)[1])


@pytest.mark.parametrize("lone", [0.0, 0.5, 1.0])
def test_mistakes_among_the_called_stay_below_what_was_asked_for(lone):
    shares, power = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        right, other = scores(rng, 200)
        true = (rng.random(200) >= lone) & (rng.random(200) >= 0.1)
        called = rates(np.where(true, right, other), known(rng, 60), 200) <= 0.1
        shares.append((called & ~true).sum() / max(called.sum(), 1))
        power.append((called & true).sum() / max(true.sum(), 1))
    assert np.mean(shares) <= (0.1 if lone < 1 else 0.15)
    assert np.mean(power) > 0.8 or lone == 1


def test_the_share_of_things_without_a_like_is_read_off_the_scores():
    rng = np.random.default_rng(0)
    told = known(rng, 2000)
    for lone in (0.0, 0.3, 0.8):
        right, other = scores(rng, 4000)
        true = (rng.random(4000) >= lone) & (rng.random(4000) >= 0.1)
        assert abs(lone_share(np.where(true, right, other), told, 4000) - lone) < 0.05


def test_rates_fall_with_the_score_and_do_not_depend_on_order():
    rng = np.random.default_rng(1)
    score, told = rng.normal(2, 2, 100), known(rng, 50)
    q = rates(score, told, 120)
    assert (np.diff(q[np.argsort(score)]) <= 0).all()
    assert (q >= 0).all()
    assert (q <= 1).all()
    order = rng.permutation(100)
    np.testing.assert_array_equal(rates(score[order], told, 120), q[order])


def test_few_known_things_promise_no_more_than_they_can():
    few = Calibration(np.full(4, 9.0), np.zeros(0), np.full(8, NEVER))
    assert rates(np.full(50, 9.0), few, 50).min() >= 0.19
    many = Calibration(np.full(99, 9.0), np.zeros(0), np.full(198, NEVER))
    assert rates(np.full(50, 9.0), many, 50).max() == pytest.approx(0.01)


def test_nothing_known_says_nothing():
    assert np.isnan(rates(np.ones(3), joined([]), 3)).all()
    assert len(rates(np.zeros(0), known(np.random.default_rng(0), 9), 5)) == 0
