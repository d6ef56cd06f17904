"""Simulated walkers are what they are said to be, and single frames give nothing away."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import skew

from neurofm.synthetic import quadrupeds


@pytest.fixture(scope="module")
def walks():
    return quadrupeds.walks(80, np.random.default_rng(0))


def test_same_generator_same_walks():
    one, same, other = (quadrupeds.walks(3, np.random.default_rng(seed), 50) for seed in (4, 4, 5))
    assert all(np.array_equal(a, b) for a, b in zip(one, same))
    assert not np.array_equal(one.features, other.features)


@pytest.mark.parametrize(("kind", "kinds"), [("gait", 4), ("ground", 3)])
def test_gaits_and_grounds_last_one_to_four_seconds_and_then_change(walks, kind, kinds):
    of_frame = getattr(walks, kind)
    changes = [np.flatnonzero(np.diff(row)) for row in of_frame]
    lasts = np.concatenate([np.diff(c) for c in changes]) / quadrupeds.RATE
    assert set(np.unique(of_frame)) == set(range(kinds))
    assert 1 - 0.04 <= lasts.min() < 1.3
    assert 3.7 < lasts.max() <= 4 + 0.04


def test_velocities_are_those_of_the_positions(walks):
    position, velocity = np.split(walks.features.astype(float), 2, -1)
    slope = np.gradient(position, axis=1) * quadrupeds.RATE
    left = (velocity - slope)[:, 1:-1]
    assert left.std() == pytest.approx(np.hypot(0.6, 0.05 * 30 / np.sqrt(2)), rel=0.02)  # the noise of both


def test_faster_walkers_step_further(walks):
    spread = walks.features[..., 1].std(1)
    assert np.corrcoef(spread, walks.speed)[0, 1] > 0.6


def test_bodies_differ_in_the_skew_of_a_velocity_only(walks):
    shank = walks.features[..., 14].astype(float)
    first, second = (shank[walks.body == k] for k in (0, 1))
    assert np.mean(skew(first, axis=1)) * np.mean(skew(second, axis=1)) < 0
    assert first.std() == pytest.approx(second.std(), rel=0.1)


def test_tracks_lay_the_sequences_one_after_the_other():
    tracks = quadrupeds.session(3, seed=1, frames=60)
    assert tracks.features.shape == (180, 1, 24)
    assert len(tracks.feature_names) == 24
    assert list(tracks.trials) == ["start", "stop", "speed", "morphology"]
    assert set(tracks.labels) == {"gait", "terrain"}
    starts = tracks.times[::60]
    np.testing.assert_allclose(tracks.trials["start"], starts)
    np.testing.assert_allclose(np.diff(starts), 3.0)  # 2 s, and 1 s between
