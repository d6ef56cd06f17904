"""BAMS of 2022 pools what faster encoders saw, looks at the past alone, and predicts no action."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neurofm.batch import Batch
from neurofm.data.stretches import cut
from neurofm.data.target import Target
from neurofm.models.bams_2022 import Bams2022, Config, past_mean
from neurofm.synthetic import quadrupeds


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    vocab = {"features": ["x", "y"], "actions": ["x"], "rate": 10}
    net = Bams2022(Config(width=8, long=6.0, short=1.0), vocab, Target(names=("x",)))
    net.scale.fill_(1.0)
    return net.eval()


def test_pools_are_means_of_the_past():
    x = torch.randn(2, 9, 3)
    said = past_mean(x, 4)
    for t in range(9):
        torch.testing.assert_close(said[:, t], x[:, max(t - 3, 0) : t + 1].mean(1), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("part", ["short", "long"])
def test_latents_see_the_past_they_say_and_nothing_else(net, part):
    x = torch.randn(1, 150, 3, requires_grad=True)
    torch.cat(net.encode(x), -1)[0, 120, net.parts[part]].sum().backward()
    seen = x.grad[0].abs().sum(-1).nonzero().flatten()
    assert seen[-1] == 120
    assert 120 - seen[0] < net.past
    assert part == "short" or 120 - seen[0] > 60


def test_both_spaces_are_learned():
    stretches = cut(quadrupeds.session(4, seed=0, frames=150))
    vocab = {"features": stretches.names, "actions": stretches.does, "rate": 30}
    torch.manual_seed(0)
    net = Bams2022(Config(width=8, sequence=5.0), vocab, Target(names=stretches.does))
    net.prepare([stretches])
    optimizer = torch.optim.AdamW(net.parameters(), 3e-3)
    lost = []
    for k in range(12):
        arrays = net.draw([stretches], 4, np.random.default_rng(k))
        given = Batch({name: torch.as_tensor(x) for name, x in arrays.items()}, {})
        loss = net.loss(net(given), given)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        lost.append(loss.item())
    assert np.mean(lost[-3:]) < 0.7 * np.mean(lost[:3])
    assert all(p.grad is not None for p in net.parameters())
