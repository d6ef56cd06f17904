"""A forecast is set against the marginal and the past: a perfect one leaves nothing over, the marginal has no gain."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neurofm.analysis.futures import foreseen
from neurofm.data.stretches import cut
from neurofm.nn import histogram
from neurofm.synthetic import squares


class Oracle:
    """Says the true future, or the mean of all of them."""

    horizon = 1.0

    def __init__(self, waves, share):
        self.waves, self.share = waves, share
        self.edges = torch.as_tensor(histogram.edges(waves.tracks.features[:, 0], 8))

    def frames(self, seconds):
        return round(seconds * squares.RATE)

    def futures(self, x):
        bins = histogram.bin_of(x[0].numpy(), self.edges.numpy())
        truth = histogram.ahead(bins, np.arange(len(bins)), 30, 8)[0]
        whole = histogram.bin_of(self.waves.tracks.features[:, 0], self.edges.numpy())
        marginal = np.bincount(whole[:, 0], minlength=8) / len(whole)
        return torch.as_tensor(self.share * truth + (1 - self.share) * marginal)[None]


@pytest.mark.parametrize(("share", "low", "high"), [(1.0, 0.999, 1.0), (0.5, 0.4, 0.6), (0.0, -0.05, 0.05)])
def test_what_is_gained_is_between_nothing_and_all(share, low, high):
    waves = cut(squares.session(6, 12.0))
    gained = foreseen(Oracle(waves, share), waves.take(slice(4)), waves.take(slice(4, 6)))
    assert low <= gained["EMD"] <= high
    assert gained["EMD, mix"] <= gained["EMD"] + 1e-9
    assert gained["squared"] >= gained["EMD"] - 0.05
