"""What BYOL foresees."""

from __future__ import annotations

import torch

from neurofm.batch import Batch
from neurofm.data.target import Target
from neurofm.models.byol import Byol, Config


def test_the_slower_copy_moves_while_it_learns_alone():
    torch.manual_seed(0)
    net = Byol(Config(width=4, hidden=8, dim=4, momentum=0.5), {}, Target(names=("a", "b")))
    batch = Batch({f"view {k}": torch.randn(4, 32, 32) for k in range(2)}, {})
    net.project[0].weight.data += 1.0
    before = net.slow_project[0].weight.clone()
    net.eval()(batch)
    assert torch.equal(net.slow_project[0].weight, before)
    net.train()(batch)
    assert torch.allclose(net.slow_project[0].weight, before + 0.5)


def test_no_gradient_reaches_the_slower_copy_or_the_readout():
    torch.manual_seed(0)
    net = Byol(Config(width=4, hidden=8, dim=4), {}, Target(names=("a", "b")))
    batch = Batch({f"view {k}": torch.randn(4, 32, 32) for k in range(2)}, {})
    net.loss(net(batch), batch).backward()
    still = [n for n, p in net.named_parameters() if p.grad is None]
    assert all(name.startswith(("slow_", "say.")) for name in still)
    assert still
