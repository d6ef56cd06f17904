"""Velocity-tuned sessions hold what their truth columns say."""

import numpy as np
import pytest

from neurofm import read
from neurofm.synthetic.reaching import ARRAY, sessions


@pytest.fixture(scope="module")
def session():
    return sessions(1, units=20, duration=100.0)[0]


def counts(recording, samples):
    """(sample, unit) spikes in each 10 ms."""
    bins = (recording.spikes.times / 0.01).astype(int)
    return np.bincount(
        bins * len(recording.units) + recording.spikes.unit, minlength=samples * len(recording.units)
    ).reshape(samples, -1)


def tuned(velocity, observed):
    """(2,) weights of velocity and spikes a bin at rest, by Newton's steps on the Poisson likelihood."""
    design = np.c_[np.ones(len(velocity)), velocity]
    weights = np.array([np.log(observed.mean()), 0, 0])
    for _ in range(15):
        rate = np.exp(design @ weights)
        weights += np.linalg.solve(design.T * rate @ design, design.T @ (observed - rate))
    return weights[1:], np.exp(weights[0])


def test_velocity_is_smooth_with_unit_variance(session):
    velocity = session.series["velocity"].values
    assert np.allclose(velocity.std(0), 1)
    assert np.allclose(velocity.mean(0), 0)
    lag = round(0.25 / 0.01)
    assert 0.2 < (velocity[lag:] * velocity[:-lag]).mean() < 0.7  # about 1/e after tau
    assert np.abs(np.diff(velocity, axis=0)).max() < 0.5


def test_poisson_regression_finds_the_truth(session):
    velocity = session.series["velocity"].values
    observed = counts(session, len(velocity))
    for k, unit in session.units.iterrows():
        weights, rest = tuned(velocity, observed[:, k])
        assert rest / 0.01 == pytest.approx(unit.baseline, rel=0.2)
        assert np.hypot(*weights) == pytest.approx(unit.gain, abs=0.15)
        assert abs(np.angle(np.exp(1j * (np.arctan2(*weights[::-1]) - unit.preferred)))) < np.radians(12)


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


@pytest.mark.parametrize("ranges", [{"baseline": (5, 20), "gain": (0.5, 1.2)}, {"baseline": (1.3, 30), "gain": (0, 1)}])
def test_truth_lies_in_the_ranges_asked_for(ranges):
    units = sessions(1, units=500, duration=1.0, **ranges)[0].units
    for name, (low, high) in {**ranges, "preferred": (-np.pi, np.pi)}.items():
        assert units[name].between(low, high).all()
        assert units[name].max() - units[name].min() > 0.9 * (high - low)


@pytest.mark.real
def test_an_array_is_as_two_recorded_ones(shared_data):
    tuning, sizes = [], []
    for name in ("chewie_2013-10-03", "mihi_2014-03-03"):
        series = read(shared_data("monkey_reach") / f"{name}_bin100ms.npz").series
        velocity, observed = series["velocity"].values, series["counts"].values
        velocity = (velocity - velocity.mean(0)) / velocity.std(0)
        fires = observed.mean(0) > 0.1  # spikes in 100 ms
        sizes.append(fires.sum())
        for unit in observed.T[fires]:
            half = len(unit) // 2  # the product of two halves' weights has no bias from noise
            (early, _), (late, _) = tuned(velocity[:half], unit[:half]), tuned(velocity[half:], unit[half:])
            tuning.append((unit.mean() / 0.1, np.sqrt(max(0, early @ late))))
    rates, gains = np.transpose(tuning)
    assert ARRAY["units"] == pytest.approx(np.mean(sizes), abs=2)
    assert np.log(ARRAY["baseline"]) == pytest.approx(np.log(np.quantile(rates, [0.05, 0.95])), abs=0.4)
    assert ARRAY["gain"] == pytest.approx(np.quantile(gains, [0.05, 0.95]), abs=0.1)
    assert np.mean(ARRAY["gain"]) >= np.median(gains)
    assert np.exp(np.log(ARRAY["baseline"]).mean()) >= np.median(rates)


def test_spikes_are_anywhere_in_their_bin(session):
    phase = (session.spikes.times / 0.01) % 1
    assert np.histogram(phase, 10, (0, 1))[0] == pytest.approx(np.full(10, len(phase) / 10), rel=0.1)
