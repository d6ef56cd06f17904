"""Graphs of communities: what features tell, and what neighbours tell."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.synthetic.graphs import Ranges, affinity, communities, community
from neurofm.training import graphs, propagated


def right(graph):
    """Shares named right from features, and from those of neighbours too."""
    kind = {"target": "class", "classes": sorted(set(graph.nodes["class"])), **graphs.scale([graph])}
    pieces = graphs.pieces(graph, [kind], 0, both=True, place=False)
    split = next(iter(graph.splits.values()))
    told = propagated.beside(pieces, *(np.flatnonzero(split == k) for k in range(3)))
    return told["features_accuracy"], told["propagated_accuracy"]


@pytest.mark.parametrize("homophily", [(0.1, 0.2), (0.75, 0.9)])
def test_features_are_weak_and_neighbours_tell_more_whatever_they_like(homophily):
    few = communities(5, seed=2, ranges=Ranges(homophily=homophily, nodes=(250, 350)))
    features, around = np.mean([right(graph) for graph in few], 0)
    assert 0.35 < features < 0.6
    assert around > features + 0.08


def test_neighbours_are_of_those_classes_that_a_class_likes():
    table = affinity(4, 0.2, np.random.default_rng(0))
    np.testing.assert_allclose(table.sum(1), 1)
    np.testing.assert_allclose(np.diag(table), 0.2)
    assert sorted(table.argmax(1)) == [0, 1, 2, 3]
    assert (table.argmax(1) != np.arange(4)).all()
    np.testing.assert_array_equal(table.argmax(1)[table.argmax(1)], np.arange(4))
    np.testing.assert_allclose(affinity(3, 0.8, np.random.default_rng(0))[0], [0.8, 0.1, 0.1])


@pytest.mark.parametrize("homophily", [0.2, 0.5, 0.8])
def test_homophily_size_and_degree_are_as_asked(homophily):
    asked = Ranges(nodes=(2000, 2000), classes=(4, 4), degree=(8, 8), homophily=(homophily, homophily))
    graph = community(5, ranges=asked)
    kind = graph.nodes["class"].to_numpy()
    assert (kind[graph.edges[0]] == kind[graph.edges[1]]).mean() == pytest.approx(homophily, abs=0.04)
    assert graph.edges.shape[1] / len(kind) == pytest.approx(8, rel=0.05)
    assert graph.both_ways
    assert graph.classes() == ("class",)
    assert np.bincount(graph.splits["random"]).tolist() == [200, 200, 1600]


def test_graphs_are_those_of_their_seed_and_none_is_like_another():
    one, more, other = communities(2, seed=3), communities(3, seed=3), communities(2, seed=4)
    for a, b in zip(one, more):
        np.testing.assert_array_equal(a.x, b.x)
        np.testing.assert_array_equal(a.edges, b.edges)
        np.testing.assert_array_equal(a.splits["random"], b.splits["random"])
    assert len({graph.x.shape for graph in [*one, *other]}) > 1
    assert not set(one[0].features) & set(one[1].features)
