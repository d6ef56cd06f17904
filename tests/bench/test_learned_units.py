"""Halves of trials of a planted animal, by counts and by features of a network trained for a few steps."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis.conditions import together
from neurofm.analysis.learned import Learned
from neurofm.bench import _learned_units
from tests.animals import recordings


@pytest.fixture(scope="module")
def recording():
    return recordings(units=16, trials=64)[0]


def test_every_system_says_how_many_units_are_found_again(recording):
    shares = dict(_learned_units.gauges(recording, "target", 0, quick=True))
    assert list(shares) == [
        "counts, L2", "counts, correlation", "EIT, L2", "EIT, correlation", "EIT, random weights, L2",
        "EIT, random weights, correlation",
    ]  # fmt: skip
    assert shares["counts, L2"] > 0.3
    assert all(0 <= share <= 1 for share in shares.values())
    assert shares == dict(_learned_units.gauges(recording, "target", 0, quick=True))


def test_correlation_does_not_mind_gain_and_shift(recording):
    shared = together([recording], bins=4, conditions="target")
    counts = shared.animals[0].trials.counts.astype(np.float32)[..., None]
    by = {kind: kind(shared, [counts]) for kind in (Learned, _learned_units.Alike)}
    rows = np.random.default_rng(0).random((3, 12)).astype(np.float32)
    assert np.diag(by[Learned].between(rows, 2 * rows + 1)).min() > 0.5
    np.testing.assert_allclose(np.diag(by[_learned_units.Alike].between(rows, 2 * rows + 1)), 0, atol=1e-6)
