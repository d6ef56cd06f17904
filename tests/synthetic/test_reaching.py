"""Velocity-tuned sessions hold what their truth columns say."""

import numpy as np
import pytest

from neurofm.synthetic.reaching import sessions


@pytest.fixture(scope="module")
def session():
    return sessions(1, units=20, duration=100.0)[0]


def counts(recording, samples):
    """(sample, unit) spikes in each 10 ms."""
    bins = (recording.spikes.times / 0.01).astype(int)
    return np.bincount(
        bins * len(recording.units) + recording.spikes.unit, minlength=samples * len(recording.units)
    ).reshape(samples, -1)


def test_velocity_is_smooth_with_unit_variance(session):
    velocity = session.series["velocity"].values
    assert np.allclose(velocity.std(0), 1)
    assert np.allclose(velocity.mean(0), 0)
    lag = round(0.25 / 0.01)
    assert 0.2 < (velocity[lag:] * velocity[:-lag]).mean() < 0.7  # about 1/e after tau
    assert np.abs(np.diff(velocity, axis=0)).max() < 0.5


def test_poisson_regression_finds_the_truth(session):
    velocity = session.series["velocity"].values
    design = np.c_[np.ones(len(velocity)), velocity]
    observed = counts(session, len(velocity))
    for k, unit in session.units.iterrows():
        weights = np.array([np.log(observed[:, k].mean()), 0, 0])
        for _ in range(15):  # Newton's steps on the Poisson likelihood
            rate = np.exp(design @ weights)
            weights += np.linalg.solve(design.T * rate @ design, design.T @ (observed[:, k] - rate))
        assert np.exp(weights[0]) / 0.01 == pytest.approx(unit.baseline, rel=0.2)
        assert np.hypot(*weights[1:]) == pytest.approx(unit.gain, abs=0.15)
        assert abs(np.angle(np.exp(1j * (np.arctan2(weights[2], weights[1]) - unit.preferred)))) < np.radians(12)


def test_same_seed_gives_the_same_sessions_whatever_the_count():
    one, three = sessions(1, units=3, duration=5.0, seed=4), sessions(3, units=3, duration=5.0, seed=4)
    assert np.array_equal(one[0].spikes.times, three[0].spikes.times)
    assert not np.array_equal(three[0].units["preferred"], three[1].units["preferred"])
    assert [s.session for s in three] == ["reach 0", "reach 1", "reach 2"]
    assert not np.array_equal(one[0].spikes.times, sessions(1, units=3, duration=5.0, seed=5)[0].spikes.times)


@pytest.mark.parametrize("lag", [0.1, -0.1])
def test_spikes_lead_by_the_lag(lag):
    session = sessions(1, units=60, duration=100.0, lag=lag)[0]
    velocity = session.series["velocity"].values
    observed = counts(session, len(velocity)).astype(float)
    decoded = observed @ np.cos(session.units["preferred"].to_numpy())
    shifts = np.arange(-20, 21)
    inner = slice(30, -30)
    match = [np.corrcoef(np.roll(decoded, s)[inner], velocity[inner, 0])[0, 1] for s in shifts]
    assert shifts[np.argmax(match)] * 0.01 == pytest.approx(lag, abs=0.02)


def test_truth_lies_in_the_ranges_of_the_specification():
    units = sessions(1, units=500, duration=1.0)[0].units
    for name, low, high in (("baseline", 5, 20), ("gain", 0.5, 1.2), ("preferred", -np.pi, np.pi)):
        assert units[name].between(low, high).all()
        assert units[name].max() - units[name].min() > 0.9 * (high - low)


def test_spikes_are_anywhere_in_their_bin(session):
    phase = (session.spikes.times / 0.01) % 1
    assert np.histogram(phase, 10, (0, 1))[0] == pytest.approx(np.full(10, len(phase) / 10), rel=0.1)
