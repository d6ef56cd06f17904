"""Convolutions see as much of the past as they say, and nothing of the future."""

from __future__ import annotations

import pytest
import torch

from neurofm.nn.tcn import Predictor, Tcn, apart, blocks_for, field


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Tcn(3, [8, 8, 4], 2).eval()


def test_it_sees_its_field_of_the_past_and_nothing_of_the_future(net):
    x = torch.randn(1, 60, 3, requires_grad=True)
    net(x)[0, 40].sum().backward()
    seen = x.grad[0].abs().sum(-1).nonzero().flatten()
    assert (int(seen[0]), int(seen[-1])) == (40 - field(3, 2) + 1, 40)


@pytest.mark.parametrize(("blocks", "base", "frames"), [(4, 2, 61), (5, 4, 1365), (4, 4, 341)])
def test_fields_are_those_of_the_released_networks(blocks, base, frames):
    assert field(blocks, base) == frames


@pytest.mark.parametrize(("seconds", "rate", "base", "blocks"), [(2.0, 30, 2, 4), (2.0, 150, 2, 7), (0.01, 30, 2, 1)])
def test_there_are_as_many_blocks_as_the_seconds_need(seconds, rate, base, blocks):
    assert blocks_for(seconds, rate, base) == blocks
    assert field(blocks, base) >= seconds * rate


def test_what_comes_behind_changes_nothing(net):
    x = torch.randn(2, 50, 3)
    longer = torch.cat([x, torch.randn(2, 20, 3)], 1)
    torch.testing.assert_close(net(longer)[:, :50], net(x), atol=1e-6, rtol=1e-5)


def test_moments_are_apart_by_the_cosine_and_the_second_gets_no_gradient():
    latent = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]], requires_grad=True)
    pairs = torch.tensor([[[0, 1], [0, 2]]])
    off = apart(torch.nn.Identity(), latent, pairs)
    off.backward()
    assert off.item() == pytest.approx(0.5)
    assert not latent.grad[0, 1:].any()
    assert Predictor(4)(torch.randn(3, 4)).shape == (3, 4)
