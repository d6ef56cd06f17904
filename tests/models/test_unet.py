"""U-Nets: any size, tiles that equal the whole, classes that are asked for where somebody says what is there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from neurofm.batch import Batch, Output
from neurofm.data.target import Target
from neurofm.models.unet import NETWORKS, Config, Unet

VOCAB = {"classes": ["nothing", "vessel", "cell"], "besides": "nothing"}


def build(network="unet", *, planar=False, strides=((2, 2, 2), (2, 2, 2)), **vocab):
    torch.manual_seed(0)
    vocab = VOCAB | {"planar": planar, "strides": [list(s) for s in strides]} | vocab
    net = Unet(Config(network=network, width=8), vocab, Target(names=tuple(vocab["classes"])))
    net.scale(10.0, 2.0)
    return net.eval()


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("planar", [False, True])
def test_every_network_takes_any_size_and_norms_by_batch_alone(network, planar):
    net = build(network, planar=planar, strides=((1, 2, 2),) * 2 if planar else ((2, 2, 2),) * 2)
    image = torch.randn(2, 1, 5, 17, 22) * 2 + 10
    with torch.no_grad():
        assert net.net(image).shape == (2, 3, 5, 17, 22)
    kinds = {type(m).__name__ for m in net.modules() if "Norm" in type(m).__name__}
    assert kinds <= {"BatchNorm2d", "BatchNorm3d"}
    assert kinds


@pytest.mark.parametrize("network", NETWORKS)
def test_what_is_said_moves_along_with_the_image_by_its_grid(network):
    net = build(network, strides=((1, 2, 2), (2, 2, 2)))
    image = torch.randn(1, 1, 48, 88, 88) * 2 + 10
    low = [g * -(-n // g) for n, g in zip((8, 20, 20), net.net.grid)]
    with torch.no_grad():
        whole = net.net(image)
        part = net.net(image[..., low[0] :, low[1] :, low[2] :])
    inside = (..., slice(22, 24), slice(32, 36), slice(32, 36))
    assert_close(part[inside], whole[..., low[0] :, low[1] :, low[2] :][inside], atol=1e-4, rtol=1e-4)


def test_planes_do_not_see_each_other():
    net = build(planar=True, strides=((1, 2, 2),) * 2)
    image = torch.randn(1, 1, 3, 16, 16)
    with torch.no_grad():
        assert_close(net.net(image)[:, :, 1:2], net.net(image[:, :, 1:2]), atol=1e-5, rtol=1e-5)


def test_values_that_are_no_numbers_count_as_usual():
    net, image = build(), torch.full((1, 1, 8, 8, 8), 10.0)
    holed = image.clone()
    holed[..., 3, 3] = torch.nan
    with torch.no_grad():
        assert_close(net.net(holed), net.net(image))


def test_what_nobody_says_changes_no_loss():
    net, truth = build(), torch.from_numpy(np.random.default_rng(0).integers(-1, 3, (2, 8, 8, 8)))
    odds = torch.randn(2, 3, 8, 8, 8)
    other = torch.where(truth[:, None] < 0, torch.randn_like(odds), odds)
    batch = Batch({"truth": truth}, {})
    assert_close(*(net.loss(Output(x, x), batch) for x in (odds, other)))
    assert float(net.loss(Output(odds, odds), Batch({"truth": torch.full_like(truth, -1)}, {}))) == 0


def test_right_answers_have_the_least_loss():
    net, truth = build(), torch.arange(3).repeat(1, 4, 4, 4)[..., :9]
    right = 20.0 * nn.functional.one_hot(truth, 3).movedim(-1, 1).float()
    batch = Batch({"truth": truth}, {})
    assert float(net.loss(Output(right, right), batch)) < 1e-3
    assert float(net.loss(Output(-right, -right), batch)) > 1
