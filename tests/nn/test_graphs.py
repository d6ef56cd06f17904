"""Layers of many sets of weights against those of torch_geometric with the same weights, one set at a time."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from neurofm.nn import graphs

EDGES = np.array([[0, 1, 1, 2, 3, 4, 4, 0, 2], [1, 0, 2, 1, 3, 0, 1, 1, 4]])  # a loop, a pair twice; node 5 is alone
COUNT, INTO, SIZE, SETS = 6, 5, 8, 3


def layer(kind, heads=1):
    torch.manual_seed(0)
    one = graphs.Layer(kind, SETS, INTO, SIZE, heads=heads)
    torch.nn.init.normal_(one.bias)
    return one


def reference(ours, k):
    """A layer of torch_geometric with the weights of one set."""
    geometric = pytest.importorskip("torch_geometric.nn")
    with torch.no_grad():
        if ours.kind == "degrees":
            theirs = geometric.GCNConv(INTO, SIZE)
            theirs.lin.weight.copy_(ours.weight[:, k].T)
            theirs.bias.copy_(ours.bias[k])
        elif ours.kind == "mean":
            theirs = geometric.SAGEConv(INTO, SIZE)
            theirs.lin_l.weight.copy_(ours.weight[:, k].T)
            theirs.lin_r.weight.copy_(ours.own[:, k].T)
            theirs.lin_l.bias.copy_(ours.bias[k])
        else:
            theirs = geometric.GATConv(INTO, SIZE // ours.heads, ours.heads)
            theirs.lin.weight.copy_(ours.weight[:, k].T)
            theirs.att_src.copy_(ours.sender[:, k][None])
            theirs.att_dst.copy_(ours.listener[:, k][None])
            theirs.bias.copy_(ours.bias[k])
    return theirs


@pytest.mark.parametrize(("kind", "heads"), [("degrees", 1), ("mean", 1), ("attention", 1), ("attention", 4)])
def test_each_set_is_a_layer_of_torch_geometric(kind, heads):
    ours = layer(kind, heads)
    x = torch.randn(COUNT, SETS, INTO, requires_grad=True)
    said = ours(x, graphs.ways(kind, EDGES, COUNT))
    (gradient,) = torch.autograd.grad((said**2).sum(), x)
    for k in range(SETS):
        alone = x[:, k].detach().requires_grad_()
        wanted = reference(ours, k)(alone, torch.from_numpy(EDGES))
        torch.testing.assert_close(said[:, k], wanted, rtol=1e-4, atol=1e-5)
        (theirs,) = torch.autograd.grad((wanted**2).sum(), alone)
        torch.testing.assert_close(gradient[:, k], theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["degrees", "mean", "attention", "none"])
def test_features_held_sparse_or_dense_or_for_each_set_are_the_same(kind):
    ours, along = layer(kind), graphs.ways(kind, EDGES, COUNT)
    x = torch.relu(torch.randn(COUNT, INTO))
    wanted = ours(x, along)
    held = graphs.Sparse(sp.csr_array(x.numpy()))
    torch.testing.assert_close(ours(held, along), wanted)
    torch.testing.assert_close(ours(x[:, None].expand(-1, SETS, -1), along), wanted)
    swapped = graphs.Sparse(sp.csr_array(np.eye(COUNT)[::-1]), after=held)
    torch.testing.assert_close(swapped @ torch.eye(INTO), x.flip(0))


@pytest.mark.parametrize("kind", ["degrees", "mean", "attention"])
def test_no_edges_leave_each_node_to_itself(kind):
    ours = layer(kind)
    x = torch.randn(COUNT, INTO)
    said = ours(x, graphs.ways(kind, np.zeros((2, 0), np.int64), COUNT))
    torch.testing.assert_close(said[:1], ours(x[:1], graphs.ways(kind, np.zeros((2, 0), np.int64), 1)))


@pytest.mark.parametrize(("depth", "kind"), [(1, "none"), (2, "attention"), (4, "mean")])
def test_a_network_says_numbers_of_classes_and_sets_do_not_mix(depth, kind):
    net = graphs.Network(kind, SETS, INTO, 16, 4, depth, 0.0)
    said, state = net(torch.randn(COUNT, INTO), graphs.ways(kind, EDGES, COUNT))
    assert said.shape == (COUNT, SETS, 4)
    assert state.shape == ((COUNT, INTO) if depth == 1 else (COUNT, SETS, 16))
    said[:, 1].sum().backward()
    for name, weights in net.named_parameters():
        touched = weights.grad.flatten(2).any(2).any(0) if weights.ndim == 3 else weights.grad.any(1)
        assert touched.tolist()[::2] == [False, False], name
