"""What reads pictures."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch.testing import assert_close

from neurofm.nn.pictures import Pictures


def reading(name="plain", *, brightness):
    torch.manual_seed(0)
    return Pictures(SimpleNamespace(reader=name, width=4, brightness=brightness)).eval()


@pytest.mark.parametrize("name", ["plain", "resnet18"])
def test_latents_are_of_any_grey_scale(name):
    net = reading(name, brightness=True)
    pictures = torch.randn(2, 32, 32)
    before = net.latents(pictures)
    net.scale(100.0, 20.0)
    assert before.shape == (2, net.dim)
    assert_close(net.latents(100 + 20 * pictures), before, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("brightness", [False, True])
def test_how_bright_a_picture_is_counts_only_if_it_is_to(brightness):
    net = reading(brightness=brightness)
    pictures = torch.randn(3, 32, 32)
    same = torch.allclose(net.latents(pictures + 5.0), net.latents(pictures), atol=1e-4)
    assert same is not brightness


def test_networks_of_before_still_see_how_bright_pictures_are():
    before, net = reading(brightness=True), reading(brightness=False)
    weights = before.state_dict()
    del weights["level"]
    net.load_state_dict(weights)
    pictures = 5.0 + torch.randn(3, 32, 32)
    assert_close(net.latents(pictures), before.latents(pictures))
