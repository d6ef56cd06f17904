"""A slower copy of a network."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from neurofm.nn.momentum import apart, follow, head, slow


def test_a_copy_follows_and_learns_nothing_itself():
    online = head(3, 4, 2)
    target = slow(online)
    before = online[0].weight.detach().clone()
    online[0].weight.data += 1.0
    follow(target, online, 0.9)
    assert_close(target[0].weight, before + 0.1)
    assert not any(p.requires_grad for p in target.parameters())


def test_apart_is_of_directions_alone():
    x = torch.eye(2)
    assert_close([float(apart(x, y)) for y in (3 * x, -x, x.flip(0))], [0.0, 4.0, 2.0])
