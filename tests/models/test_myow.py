"""What MYOW mines."""

from __future__ import annotations

from itertools import pairwise

import torch

from neurofm.batch import Batch
from neurofm.data.target import Target
from neurofm.models.myow import Config, Myow, nearest


def test_the_nearest_other_is_mined():
    latent = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]])
    assert nearest(latent, latent, 1).tolist() == [1, 0, 3, 2]


def test_mined_views_weigh_more_as_it_learns():
    torch.manual_seed(0)
    net = Myow(Config(width=4, hidden=8, dim=4, ramp=2, mined=1.0), {}, Target(names=("a", "b")))
    batch = Batch({f"view {k}": torch.randn(4, 32, 32) for k in range(2)}, {})
    output = net.eval()(batch)
    losses = []
    for steps in (0, 1, 2, 5):
        net.steps.fill_(steps)
        losses.append(float(net.loss(output, batch).detach()))
    rises = [b - a for a, b in pairwise(losses)]
    assert rises[0] > 0
    assert abs(rises[0] - rises[1]) < 1e-5
    assert rises[2] == 0
