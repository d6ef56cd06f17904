"""Layers behind each other, with slow nodes between."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from neurofm.batch import Batch
from neurofm.nn.convolved import Convolved, Layers, geometric
from neurofm.nn.kinds import neighbours
from neurofm.transforms.half_hop import half_hop

KINDS = {"kinds": [{"width": 3, "classes": ["a", "b"]}]}


class Mean(nn.Module):
    def __init__(self):
        super().__init__()
        self.by = nn.Linear(4, 4)

    def forward(self, x, edges, weights):
        return self.by(neighbours(x, edges, weights) + x)


class Means(Convolved):
    def layer(self):
        return Mean()


def batch():
    rng = np.random.default_rng(0)
    edges = torch.as_tensor(rng.integers(9, size=(2, 30)))
    arrays = {"x 0": torch.randn(9, 3), "edges": edges, "weight": torch.rand(30), "label": torch.zeros(9).long()}
    return Batch(arrays, {"graph": (9,), "kind": (0,)})


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_what_is_said_is_that_of_every_edge_halved_whatever_was_drawn(share):
    torch.manual_seed(0)
    net, given = Means(Layers(dim=4, half_hop=share, alpha=0.25), KINDS).eval(), batch()
    x = net.read[0](given["x 0"])
    hopped = half_hop(x, given["edges"], alpha=0.25)
    ones = torch.ones(hopped.edges.shape[1])
    wanted = net.layers[1](net.layers[0](hopped.x, hopped.edges, ones).relu(), hopped.edges, ones)[:9]
    assert_close(net.latents(given), wanted)


def test_slow_nodes_are_drawn_anew_in_each_step_and_the_same_in_the_same():
    net, given = Means(Layers(dim=4, half_hop=0.5, dropout=0.0), KINDS).train(), batch()
    said = []
    for step in (1, 2, 1):
        torch.manual_seed(step)
        said.append(net.latents(given))
    assert torch.equal(said[0], said[2])
    assert not torch.equal(said[0], said[1])


def test_large_weights_are_penalised():
    given = batch()
    net = Means(Layers(dim=4, dropout=0.0, penalty=0.5), KINDS)
    output = net(given)
    squares = sum(p.square().sum() for p in net.parameters())
    assert_close(net.loss(output, given), super(Convolved, net).loss(output, given) + 0.5 * squares)


def test_without_slow_nodes_edges_have_their_weights():
    net, given = Means(Layers(dim=4, depth=1), KINDS).eval(), batch()
    x = net.read[0](given["x 0"])
    assert_close(net.latents(given), net.layers[0](x, given["edges"], given["weight"]))


def test_what_is_not_installed_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch_geometric", None)
    with pytest.raises(ImportError, match=r"napari-neurofm\[graph\]"):
        geometric()
