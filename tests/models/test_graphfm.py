"""GraphFM: what is said of a graph depends on it alone, however it is laid beside others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from neurofm.models.graphfm import Config, GraphFM
from neurofm.synthetic.graphs import Ranges, communities
from neurofm.training import graphs


@pytest.fixture(scope="module")
def begun():
    several = communities(3, ranges=Ranges(nodes=(30, 60)))
    kinds = [
        {"target": "class", "classes": sorted(set(g.nodes["class"])), "width": g.x.shape[1], **graphs.scale([g])}
        for g in several
    ]
    torch.manual_seed(0)
    net = GraphFM(Config(dim=16, latents=4, heads=2), {"kinds": kinds}).eval()
    return net, [graphs.pieces(g, kinds, k, both=True, place=True)[0] for k, g in enumerate(several)]


def test_other_graphs_beside_it_change_nothing(begun):
    net, pieces = begun
    with torch.no_grad():
        together = net.latents(graphs.together(pieces)).split([len(piece.rows) for piece in pieces])
        for piece, told in zip(pieces, together):
            assert_close(net.latents(graphs.together([piece])), told, atol=1e-5, rtol=1e-4)


def test_order_of_nodes_changes_nothing(begun):
    net, pieces = begun
    order = np.random.default_rng(0).permutation(len(pieces[0].rows))
    with torch.no_grad():
        here, there = (net.latents(graphs.together([p])) for p in (pieces[0], pieces[0].take(order)))
    assert_close(there, here[torch.as_tensor(order)], atol=1e-5, rtol=1e-4)


def test_the_graph_as_a_whole_tells_a_node_something(begun):
    net, pieces = begun
    far = pieces[0].x.copy()
    lone = replace(pieces[0], edges=pieces[0].edges[:, :0], weights=pieces[0].weights[:0])
    far[1:] += 1.0
    with torch.no_grad():
        here, there = (net.latents(graphs.together([p]))[0] for p in (lone, replace(lone, x=far)))
    assert not torch.allclose(here, there, atol=1e-4)


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="multiple of heads, got 9 and 2"):
        GraphFM(Config(dim=9, heads=2), {"kinds": []})


def test_features_are_squeezed_along_their_principal_axes(begun):
    net, pieces = begun
    x = torch.as_tensor(pieces[0].x)
    net.begin(0, x)
    squeezed = net.read[0](x).detach()
    sd = torch.linalg.svdvals(x - x.mean(0)) / len(x) ** 0.5
    count = squeezed.shape[1]
    assert_close(squeezed.std(0, correction=0), sd[:count] / sd[:8].mean(), atol=1e-3, rtol=1e-2)
    assert_close(torch.corrcoef(squeezed.T), torch.eye(count), atol=0.02, rtol=0)


@pytest.mark.parametrize("shape", [(2, 3), (40, 1), (1, 1), (3, 40)])
def test_fewer_features_than_axes_leave_the_others_empty(shape):
    torch.manual_seed(0)
    x = torch.randn(shape)
    net = GraphFM(Config(), {"kinds": [{"width": shape[1], "classes": ["a", "b"]}]}).eval()
    net.begin(0, x)
    assert net.read[0](x).isfinite().all()
    assert (net.read[0][1].weight[min(shape) :] == 0).all()
