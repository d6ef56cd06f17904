"""What a network says of windows is put together over a recording."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from neurofm.synthetic import reaching
from neurofm.training.evaluate import moments, stitch


class Echo(torch.nn.Module):
    """Says of each moment the second it is, as far as it knows where its window begins."""

    def __init__(self):
        super().__init__()
        self.config = SimpleNamespace(window=1.0, latents=2, dim=1)
        self.latent_times = np.array([0.25, 0.25, 0.75, 0.75])
        self.scale = torch.zeros(1, 1, 2)
        self.asked = 0

    def tokenize(self, window, target="", times=None):
        self.asked += 1
        return {"start": np.float64(window.start), "query": np.asarray(times, float)}

    def forward(self, batch):
        start = batch["start"].repeat_interleave(torch.tensor(batch.lengths["query"]))
        return SimpleNamespace(prediction=(start + batch["query"])[:, None])

    def rescale(self, prediction, batch):
        return prediction.double()

    def encode(self, batch):
        return (batch["start"][:, None] + torch.as_tensor(self.latent_times))[..., None]


@pytest.fixture(scope="module")
def recording():
    return reaching.sessions(1, units=2, duration=10.0)[0]


@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.75])
def test_each_moment_is_the_mean_of_the_windows_that_hold_it(recording, overlap):
    net, times = Echo().train(), np.sort(np.random.default_rng(0).uniform(0, 10, 200))
    np.testing.assert_allclose(stitch(net, recording, times, overlap=overlap)[:, 0], times, atol=1e-5)
    assert net.training
    assert net.asked == pytest.approx(9 / (1 - overlap) + 1, abs=1)


def test_moments_that_no_window_holds_are_unknown(recording):
    assert np.isnan(stitch(Echo(), recording, np.array([-1.0, 12.0]))).all()


@pytest.mark.parametrize(("most", "count"), [(200_000, 20), (10, 10), (4, 4)])
def test_latents_are_means_of_their_step_evenly_thinned(recording, most, count):
    times, values = moments(Echo(), recording, most=most)
    np.testing.assert_allclose(values[:, 0], times, atol=1e-5)
    assert len(times) == count
    assert (np.diff(times) > 0).all()


def test_progress_ends_at_one(recording):
    done = []
    stitch(Echo(), recording, np.arange(0, 10, 0.1), progress=done.append)
    assert done[-1] == 1.0
