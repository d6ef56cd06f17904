"""What reads pictures."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch.testing import assert_close

from neurofm.nn.pictures import Pictures, view


def reading(name="plain", *, brightness=True, turned=1):
    torch.manual_seed(0)
    return Pictures(SimpleNamespace(reader=name, width=4, brightness=brightness, turned=turned)).eval()


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


@pytest.mark.parametrize("turned", [1, 2, 4, 8])
def test_latents_are_the_same_however_a_patch_is_laid_that_is_read_in_all_ways(turned):
    net, pictures = reading(turned=turned), torch.randn(3, 32, 32)
    ways = [pictures, pictures.flip(-1), pictures.flip(-2), pictures.rot90(2, (1, 2)), pictures.rot90(1, (1, 2))]
    told = net.latents(pictures)
    same = [torch.allclose(net.latents(way), told, atol=1e-5) for way in ways]
    assert same == [True, turned > 1, turned > 2, turned > 2, turned > 4]


def test_eight_views_are_all_ways_to_lay_a_square():
    square = torch.arange(9.0).reshape(3, 3)
    ways = {tuple(view(square, k).flatten().tolist()) for k in range(8)}
    assert ways == {tuple(s.rot90(k).flatten().tolist()) for k in range(4) for s in (square, square.flip(0))}


def test_networks_of_before_read_one_view_and_see_how_bright_it_is():
    before, net = reading(), reading(brightness=False, turned=8)
    weights = before.state_dict()
    del weights["level"], weights["turned"]
    net.load_state_dict(weights)
    pictures = 5.0 + torch.randn(3, 32, 32)
    assert_close(net.latents(pictures), before.latents(pictures))
