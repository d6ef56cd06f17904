import numpy as np
import pytest

from neurofm.data.trials import cut
from neurofm.synthetic import regions


def test_a_session_is_the_same_whatever_the_count():
    one, (same, other) = regions.sessions(1, units=3, trials=5)[0], regions.sessions(2, units=3, trials=5)
    np.testing.assert_array_equal(one.spikes.times, same.spikes.times)
    assert len(one.spikes) != len(other.spikes)


@pytest.mark.parametrize("often", [True, False])
def test_spikes_come_at_the_true_rates(often):
    recording = regions.sessions(1, units=10, trials=300)[0]
    trials = cut(recording, regions.BIN)
    rates = trials.values("rates") * regions.BIN
    assert trials.counts.shape == (300, 100, 30)
    some = (rates > np.quantile(rates, 0.9)) == often
    np.testing.assert_allclose(trials.counts[some].mean(), rates[some].mean(), rtol=0.03)


def test_regions_share_the_first_latents_only():
    recording = regions.sessions(1, units=10, trials=200, seed=1)[0]
    trials = cut(recording, regions.BIN)
    latents, log = trials.values("latents").reshape(-1, 8), np.log(trials.values("rates").reshape(-1, 30))
    weight = np.linalg.lstsq(np.c_[latents, np.ones(len(latents))], log, rcond=None)[0][:8]
    region = np.repeat([0, 1, 2], 10)
    for k in range(3):
        own = np.r_[0, 1, 2 + 2 * k, 3 + 2 * k]
        assert (np.abs(weight[own][:, region == k]).max(1) > 0.2).all()
        others = np.setdiff1d(np.arange(8), own)
        assert np.abs(weight[others][:, region == k]).max() < 1e-2


def test_choice_is_the_sign_of_the_first_latent():
    recording = regions.sessions(1, units=3, trials=50)[0]
    latent = cut(recording, regions.BIN).values("latents")[:, 50:, 0].mean(1)
    assert (np.sign(latent) == recording.intervals["trials"]["choice"]).all()
