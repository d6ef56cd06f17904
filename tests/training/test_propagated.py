"""Classes by what neighbours are, as counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neurofm.synthetic.graphs import community
from neurofm.training import graphs, propagated


def piece_of(graph):
    kind = {"target": "class", "classes": sorted(set(graph.nodes["class"])), **graphs.scale([graph])}
    return graphs.pieces(graph, [kind], 0, both=True, place=False)[0]


def test_means_of_neighbours_are_those_of_a_loop():
    piece = piece_of(community(0))
    piece = replace(piece, weights=np.random.default_rng(0).random(len(piece.weights)).astype(np.float32))
    width, told = piece.x.shape[1], propagated.propagated(piece)
    for node in (0, 7, 11):
        into = piece.edges[1] == node
        mean = (piece.weights[into, None] * piece.x[piece.edges[0, into]]).sum(0) / max(piece.weights[into].sum(), 1e-9)
        np.testing.assert_allclose(told[node, width : 2 * width], mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(told[:, :width], piece.x)


def test_what_is_linear_is_named_and_what_is_most_frequent_is_counted():
    graph = community(0)
    piece = piece_of(graph)
    x = np.eye(int(piece.label.max()) + 1, 8)[piece.label].astype(np.float32)
    train, test = np.arange(0, len(x), 2), np.arange(1, len(x), 2)
    told = propagated.beside([replace(piece, x=x)], train, train[:20], test)
    assert told["features_accuracy"] == 1.0
    most = np.bincount(piece.label[train]).argmax()
    assert told["majority_accuracy"] == (piece.label[test] == most).mean()
    assert propagated.beside([piece], train[:1], train[:0], test) == {}
