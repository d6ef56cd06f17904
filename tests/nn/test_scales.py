"""Latents of two time scales: pairs of moments close by and anywhere, and how far what is said of them is off."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neurofm.batch import Batch
from neurofm.data.target import Target
from neurofm.nn.scales import Scales, Sizes
from tests.small import VOCAB


@pytest.fixture
def net():
    net = Scales(Sizes(width=4, pairs=5, near=0.2), VOCAB, Target(series="next", names=("x",)))
    net.tell = net.tellers()
    return net


def test_moments_are_close_in_the_short_space_and_anywhere_in_the_long_one(net):
    told = [np.arange(10, 300), np.arange(40, 60)]
    pairs = net.moments(told, np.random.default_rng(0))
    assert {name: frames.shape for name, frames in pairs.items()} == {"soon": (2, 5, 2), "whole": (2, 5, 2)}
    apart = np.diff(pairs["soon"], axis=-1)
    assert ((apart >= 0) & (apart <= 6)).all()  # 0.2 s of 30 frames a second
    assert np.abs(np.diff(pairs["whole"][0], axis=-1)).max() > 6
    assert all(np.isin(frames[k], told[k]).all() for frames in pairs.values() for k in range(2))


def test_each_space_is_told_of_itself_alone(net):
    latent = torch.randn(2, 50, 8, requires_grad=True)
    pairs = {name: torch.as_tensor(x) for name, x in net.moments([np.arange(50)] * 2, np.random.default_rng(1)).items()}
    soon, whole = net.apart(latent, Batch(pairs, {}))
    for loss, own, other in ((soon, slice(4), slice(4, 8)), (whole, slice(4, 8), slice(4))):
        (gradient,) = torch.autograd.grad(loss, latent, retain_graph=True)
        assert gradient[..., own].abs().sum() > 0
        assert gradient[..., other].abs().sum() == 0
    assert 0 <= float(soon.detach()) <= 2
