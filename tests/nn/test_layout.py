"""How weights of convolutions lie in memory."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from neurofm.nn.layout import channels_last


@pytest.mark.parametrize("axes", [2, 3])
def test_what_a_network_says_and_learns_is_the_same(axes):
    conv, up, norm = (
        (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d)
        if axes == 2
        else (nn.Conv3d, nn.ConvTranspose3d, nn.BatchNorm3d)
    )

    def made():
        torch.manual_seed(0)
        return nn.Sequential(conv(1, 8, 3), norm(8), nn.ReLU(), conv(8, 4, 3, stride=2), up(4, 3, 2, stride=2))

    image, plain, laid = torch.randn(2, 1, *(16,) * axes), made(), channels_last(made())
    odds, same = plain(image), laid(image)
    assert_close(same, odds)
    odds.square().mean().backward()
    same.square().mean().backward()
    for one, other in zip(plain.parameters(), laid.parameters()):
        assert_close(other.grad, one.grad)
    assert laid[3].weight.stride()[1] == 1  # from a channel to the next
    assert all(value.is_contiguous() for value in nn.Sequential(laid).state_dict().values())


def test_it_stays_as_it_is_where_there_is_an_apple_gpu(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert channels_last(nn.Conv2d(4, 8, 3)).weight.stride()[1] == 9
