"""What reads pictures."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch.testing import assert_close

from neurofm.nn.pictures import Pictures


@pytest.mark.parametrize("name", ["plain", "resnet18"])
def test_latents_are_of_any_grey_scale(name):
    torch.manual_seed(0)
    net = Pictures(SimpleNamespace(reader=name, width=4)).eval()
    pictures = torch.randn(2, 32, 32)
    before = net.latents(pictures)
    net.scale(100.0, 20.0)
    assert before.shape == (2, net.dim)
    assert_close(net.latents(100 + 20 * pictures), before, rtol=1e-3, atol=1e-3)
