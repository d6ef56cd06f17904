"""The network that names areas."""

from __future__ import annotations

import torch

from neurofm.batch import Batch
from neurofm.data.target import Target
from neurofm.models.region_net import PAPER, Config, RegionNet


def test_dropout_is_for_learning_alone():
    torch.manual_seed(0)
    net = RegionNet(Config(dropout=0.8, width=4), {}, Target(names=("a", "b"))).eval()
    batch = Batch({"view 0": torch.randn(3, 32, 32)}, {})
    assert torch.equal(net(batch).prediction, net(batch).prediction)
    assert torch.allclose(net.answer(net(batch).latent).sum(-1), torch.ones(3))


def test_the_published_network_has_the_size_of_resnet18():
    net = RegionNet(PAPER, {}, Target(names=tuple("abcd")))
    assert 11.1e6 < sum(p.numel() for p in net.parameters()) < 11.3e6
