"""Where nodes stand is told by edges alone, the same in any order."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.synthetic.graphs import community
from neurofm.transforms import structure as told
from neurofm.transforms.structure import VECTORS, WALKS, WIDTH, structure

RING = np.array([[0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 0]])


def test_walks_of_a_path_return_as_counted_by_hand():
    edges = np.array([[0, 1], [1, 2]])  # the middle has two neighbours, which have one each
    returns = told._returns(_step(edges, 3))
    np.testing.assert_allclose(returns[:, 0], 0, atol=1e-12)
    np.testing.assert_allclose(returns[:, 1], [0.5, 1.0, 0.5])
    np.testing.assert_allclose(returns[:, 3], [0.5, 1.0, 0.5])


def _step(edges, count):
    from scipy.sparse import coo_array

    linked = coo_array((np.ones(edges.shape[1]), tuple(edges)), (count, count)).tocsr()
    linked = linked + linked.T
    turn = np.asarray(linked.sum(1)).ravel() ** -0.5
    return linked.multiply(turn[:, None]).multiply(turn[None]).tocsr()


def test_the_slowest_vector_parts_two_communities():
    rng = np.random.default_rng(0)
    blocks = [np.stack([rng.integers(30, size=200), rng.integers(30, size=200)]) + 30 * k for k in range(2)]
    edges = np.concatenate([*blocks, [[0], [30]]], 1)
    slowest = structure(edges, 60)[:, 0]
    assert (np.sign(slowest[:30]) == np.sign(slowest[0])).all()
    assert (np.sign(slowest[30:]) == -np.sign(slowest[0])).all()


def test_the_fastest_vector_parts_nodes_that_seek_the_others():
    rng = np.random.default_rng(0)
    edges = np.stack([rng.integers(30, size=200), 30 + rng.integers(30, size=200)])
    fastest = structure(edges, 60)[:, VECTORS]
    assert (np.sign(fastest[:30]) == np.sign(fastest[0])).all()
    assert (np.sign(fastest[30:]) == -np.sign(fastest[0])).all()


def test_nodes_in_another_order_stand_where_they_stood():
    graph = community(1)
    count = len(graph.nodes)
    order = np.random.default_rng(0).permutation(count)
    row = np.argsort(order)
    here, there = structure(graph.edges, count), structure(row[graph.edges], count)
    np.testing.assert_allclose(there, here[order], atol=1e-3)


@pytest.mark.parametrize("dense", [1, 10_000])
def test_large_graphs_have_the_same_vectors(monkeypatch, dense):
    graph = community(1)
    here = structure(graph.edges, len(graph.nodes))
    monkeypatch.setattr(told, "DENSE", dense)
    np.testing.assert_allclose(structure(graph.edges, len(graph.nodes))[:, :4], here[:, :4], atol=0.05)


def test_walks_that_are_tried_return_about_as_often_as_those_that_are_counted(monkeypatch):
    graph = community(1)
    here = structure(graph.edges, len(graph.nodes))[:, 2 * VECTORS + 1]
    monkeypatch.setattr(told, "EXACT", 1)
    tried = structure(graph.edges, len(graph.nodes))[:, 2 * VECTORS + 1]
    assert np.corrcoef(here, tried)[0, 1] > 0.3


@pytest.mark.parametrize(
    ("edges", "count"),
    [
        (np.zeros((2, 0), np.int64), 0),
        (np.zeros((2, 0), np.int64), 1),
        (np.zeros((2, 0), np.int64), 30),
        (np.array([[0], [0]]), 3),
        (RING, 6),
        (np.array([[0, 0, 0], [1, 1, 1]]), 4),
    ],
    ids=["nothing", "one", "no edges", "a loop", "a ring", "again"],
)
def test_odd_graphs_have_finite_numbers(edges, count):
    numbers = structure(edges, count)
    assert numbers.shape == (count, WIDTH)
    assert np.isfinite(numbers).all()


def test_degrees_are_told_by_direction_and_weight():
    edges, weights = np.array([[0, 0, 1], [1, 2, 2]]), np.array([1.0, 5.0, 1.0])
    into, out = structure(edges, 3, weights)[:, 2 * VECTORS + WALKS :].T
    assert into.argsort().tolist() == [0, 1, 2]
    assert out.argmax() == 0


def test_a_large_graph_without_edges_tells_nothing():
    assert not structure(np.zeros((2, 0), np.int64), 600).any()
