"""A ridge over bins finds what came earlier or later, keeps to its trial, and is as the plain sums have it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from neurofm.analysis import wiener
from neurofm.baseline import spreads

RNG = np.random.default_rng(0)
COUNTS = RNG.poisson(2.0, (600, 6)).astype(float)
ONE = np.zeros(600, int)


@pytest.mark.parametrize("late", [-3, 0, 2])
def test_what_follows_or_goes_before_is_found(late):
    wanted = np.roll(COUNTS[:, :2], late, 0)
    fitted = wiener.fit(COUNTS[:400], ONE[:400], wanted[:400])
    assert fitted.bins >= 2 * abs(late) + 1
    answered = fitted(COUNTS[400:], ONE[400:])
    assert np.corrcoef(answered[10:-10, 0], wanted[410:-10, 0])[0, 1] > 0.99


def test_it_is_ridge_regression_of_what_is_seen(monkeypatch):
    monkeypatch.setattr(wiener, "BLOCK", 70)
    trial = np.repeat(np.arange(20), 30)
    wanted = RNG.normal(size=(600, 2)) + COUNTS[:, :2]
    fitted = wiener.fit(COUNTS, trial, wanted, 3)
    scaled = (COUNTS - COUNTS.mean(0)) / spreads(COUNTS)
    inside = [np.roll(trial, -k) == trial for k in (-1, 0, 1)]
    seen = np.hstack([np.where(there[:, None], np.roll(scaled, -k, 0), 0) for k, there in zip((-1, 0, 1), inside)])
    plain = Ridge(fitted.penalty * len(seen)).fit(seen, wanted)
    np.testing.assert_allclose(fitted(COUNTS, trial), plain.predict(seen), atol=1e-8)


def test_no_bin_sees_another_trial():
    trial = np.repeat(np.arange(20), 30)
    fitted = wiener.fit(COUNTS, trial, COUNTS[:, :1], 9)
    other = COUNTS.copy()
    other[30:] = 100
    np.testing.assert_array_equal(fitted(other, trial)[:30], fitted(COUNTS, trial)[:30])


def test_a_unit_that_was_silent_does_not_run_away():
    quiet = COUNTS.copy()
    quiet[:, 5] = 0
    quiet[7, 5] = 1  # one spike in all that is learned from
    fitted = wiener.fit(quiet, ONE, COUNTS[:, :1] + RNG.normal(size=(600, 1)))
    asked = quiet.copy()
    asked[:, 5] = 2
    assert np.abs(fitted(asked, ONE) - fitted(quiet, ONE)).max() < 5 * COUNTS[:, 0].std()


def test_of_few_bins_and_many_units_the_smaller_square_gives_the_same():
    few = RNG.poisson(2.0, (40, 50)).astype(float)
    fitted = wiener.fit(few, np.zeros(40, int), few[:, :2], 1)
    scaled = (few - few.mean(0)) / spreads(few)
    plain = Ridge(fitted.penalty * 40).fit(scaled, few[:, :2])
    np.testing.assert_allclose(fitted(few, np.zeros(40, int)), plain.predict(scaled), atol=1e-6)


def test_what_never_varies_says_nothing_much():
    same = 0.1 * np.ones((20, 3))
    fitted = wiener.fit(same, np.zeros(20, int), RNG.normal(size=(20, 1)))
    assert np.abs(fitted(2 + same, np.zeros(20, int))).max() < 10


def test_many_units_are_seen_in_fewer_bins():
    many = RNG.poisson(1.0, (60, 1_000)).astype(float)
    assert wiener.fit(many, np.zeros(60, int), many[:, :1]).bins == 1
