"""GraphSAGE keeps what a node is apart from what its neighbours are."""

from __future__ import annotations

import torch
from torch.testing import assert_close

from neurofm.models.graph_sage import Config, GraphSage


def test_a_layer_is_that_of_pyg_where_all_weigh_alike():
    from torch_geometric.nn import SAGEConv

    torch.manual_seed(0)
    layer = GraphSage(Config(dim=4, depth=1), {"kinds": []}).layers[0]
    theirs = SAGEConv(4, 4)
    theirs.lin_r, theirs.lin_l.weight, theirs.lin_l.bias = layer.own, layer.around.weight, None
    x, edges = torch.randn(4, 4), torch.tensor([[0, 1, 1, 2], [1, 0, 2, 0]])
    assert_close(layer(x, edges, torch.ones(4)), theirs(x, edges))
