"""GCN is the mean that its paper states."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from neurofm.models.gcn import Config, Gcn


def test_a_layer_weighs_neighbours_by_the_roots_of_degrees():
    torch.manual_seed(0)
    net = Gcn(Config(dim=4, depth=1), {"kinds": []}).eval()
    x, edges = torch.randn(3, 4), torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    weights = torch.tensor([2.0, 2.0, 1.0, 1.0])
    table = torch.eye(3)
    table[edges[1], edges[0]] = weights
    degree = table.sum(1)
    mixed = (table / (degree[:, None] * degree[None]).sqrt()) @ x
    wanted = mixed @ net.layers[0].lin.weight.T + net.layers[0].bias
    assert_close(net.layers[0](x, edges, weights), wanted)
