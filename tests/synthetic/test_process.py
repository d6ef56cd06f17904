"""Noise forgets as fast as it says, and spikes come at their rates."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest, poisson

from neurofm.synthetic.process import draw_spikes, smooth_noise


@pytest.mark.parametrize(("tau", "sigma"), [(0.2, 0.02), (0.5, 0.1)])
def test_noise_has_unit_variance_and_the_autocorrelation_of_its_kernel(tau, sigma):
    dt, count = 0.01, 200_000
    noise = smooth_noise(np.random.default_rng(0), count, 2, dt=dt, tau=tau, sigma=sigma)
    assert noise.shape == (count, 2)
    np.testing.assert_allclose(noise.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(noise.std(0), 1)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.1
    lag = np.arange(0, 8 * tau, dt)
    decay = np.exp(-np.concatenate([lag[:0:-1], lag]) / tau)  # what exponential forgetting leaves of white noise
    width = np.arange(-6 * sigma, 6 * sigma + dt / 2, dt)
    wanted = np.convolve(decay, np.exp(-((width / sigma) ** 2) / 4), "same")  # smoothed twice: variances add up
    wanted /= wanted.max()
    for steps in (round(tau / dt), round(2 * tau / dt)):
        got = (noise[steps:] * noise[:-steps]).mean()
        assert got == pytest.approx(wanted[len(lag) - 1 + steps], abs=0.05)


@pytest.mark.parametrize("start", [0.0, -3.0])
def test_spikes_are_poisson_at_their_rates_and_anywhere_in_their_bin(start):
    dt, rates = 0.5, np.tile([[2.0, 30.0], [10.0, 0.0]], (2000, 1))
    spikes = draw_spikes(np.random.default_rng(1), rates, dt, start)
    assert (np.diff(spikes.times) >= 0).all()
    assert start <= spikes.times[0]
    assert spikes.times[-1] < start + len(rates) * dt
    place = (spikes.times - start) / dt
    counts = np.zeros(rates.shape, int)
    np.add.at(counts, (place.astype(int), spikes.unit), 1)
    for parity, unit in ((0, 0), (0, 1), (1, 0)):
        expected = rates[parity, unit] * dt
        drawn = counts[parity::2, unit]
        assert drawn.mean() == pytest.approx(expected, rel=0.06)
        assert (drawn == 0).mean() == pytest.approx(poisson.pmf(0, expected), abs=0.03)
        assert drawn.var() == pytest.approx(expected, rel=0.12)
    assert not counts[1::2, 1].any()
    assert kstest(place % 1, "uniform").pvalue > 0.001


@pytest.mark.parametrize("seed", [0, 7])
def test_the_seed_decides(seed):
    def draw(k):
        rng = np.random.default_rng(k)
        noise = smooth_noise(rng, 50, 1, dt=0.1, tau=0.3, sigma=0.1)
        return noise, draw_spikes(rng, np.exp(noise) * 20, 0.1).times

    for one, same, other in zip(draw(seed), draw(seed), draw(seed + 1)):
        np.testing.assert_array_equal(one, same)
        assert not np.array_equal(one, other)
