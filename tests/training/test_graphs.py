"""Graphs as networks see them: edges that are summed, features on one scale, and as many nodes in each step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.data.graph import Graph
from neurofm.synthetic.graphs import communities, community
from neurofm.training import graphs


def kind(graph, column="class"):
    return {"target": column, "classes": sorted(set(graph.nodes[column].dropna())), **graphs.scale([graph])}


def pieces(several):
    kinds = [kind(graph) for graph in several]
    return [graphs.pieces(g, kinds, k, both=True, place=True)[0] for k, g in enumerate(several)]


NODES = pd.DataFrame({"label": list("abc"), "class": ["x", "x", "y"]})


def test_edges_come_once_and_weights_add_up_to_one_in_the_mean():
    links = pd.DataFrame({"weight": [1.0, -2.0, 3.0, np.nan]})
    graph = Graph(session="a", nodes=NODES, edges=[[0, 0, 1, 2], [1, 1, 2, 2]], links=links)
    edges, weights = graphs.linked(graph, both=False)
    assert dict(zip(zip(*edges.tolist()), weights * 2)) == pytest.approx({(0, 1): 3.0, (1, 2): 3.0, (2, 2): 0.0})
    edges, weights = graphs.linked(graph, both=True)
    assert dict(zip(zip(*edges.tolist()), weights * 12 / 5)) == pytest.approx(
        {(0, 1): 3.0, (1, 0): 3.0, (1, 2): 3.0, (2, 1): 3.0, (2, 2): 0.0}
    )


def test_what_is_not_known_is_the_mean_of_its_feature():
    x = np.array([[1.0, np.nan, 2.0], [3.0, np.nan, 2.0], [np.inf, np.nan, 2.0]])
    graph = Graph(session="a", nodes=NODES, edges=np.zeros((2, 0)), x=x)
    np.testing.assert_allclose(graphs.scaled(graph, graphs.scale([graph])), [[-1, 0, 0], [1, 0, 0], [0, 0, 0]])


def test_counts_of_words_are_rows_of_length_one():
    x = np.eye(3, 9)
    x[0, 4] = 3.0
    graph = Graph(session="a", nodes=NODES, edges=np.zeros((2, 0)), x=x)
    np.testing.assert_allclose(graphs.scaled(graph, graphs.scale([graph])) ** 2 @ np.ones(9), 1)


@pytest.mark.parametrize(
    ("values", "rows"),
    [(["a", None, "b"], [0, -1, 1]), ([2.0, np.nan, 3.0], [0, -1, 1]), (["a", " ", "c"], [0, -1, -1])],
)
def test_labels_are_rows_of_classes(values, rows):
    graph = Graph(session="a", nodes=NODES.assign(region=values), edges=np.zeros((2, 0)))
    classes = ["2", "3"] if isinstance(values[0], float) else ["a", "b"]
    assert graphs.labels(graph, "region", classes).tolist() == rows
    assert graphs.labels(graph, "layer", classes).tolist() == [-1, -1, -1]


def test_each_animal_is_a_piece_with_its_own_edges():
    subjects = pd.DataFrame({"label": ["ada", "bo"]})
    nodes = pd.DataFrame({"label": list("abcab"), "class": ["x", "y", "x", "x", "y"]})
    graph = Graph(session="two", nodes=nodes, edges=[[0, 3], [1, 4]], subjects=subjects, of=[0, 0, 0, 1, 1])
    one, other = graphs.pieces(graph, [kind(graph)], 0, both=True, place=False)
    assert (one.rows.tolist(), other.rows.tolist()) == ([0, 1, 2], [3, 4])
    assert other.edges.tolist() == [[0, 1], [1, 0]]
    assert one.x.shape[1] == graphs.WIDTH  # without features it is read where nodes stand


def test_graphs_lie_behind_each_other_those_of_a_kind_together():
    first, second = pieces(communities(2))
    batch = graphs.together([second, first, replace(second)])
    assert batch.lengths["kind"] == (0, 1, 1)
    assert batch["x 1"].shape == (2 * len(second.rows), second.x.shape[1])
    start = len(first.rows)
    inside = (batch["edges"] >= start).all(0) & (batch["edges"] < start + len(second.rows)).all(0)
    np.testing.assert_array_equal(batch["edges"][:, inside].numpy() - start, second.edges)


def test_a_part_is_connected_and_holds_what_it_held():
    (piece,) = pieces([community(0)])
    some = graphs.sample(piece, 50, np.random.default_rng(0))
    assert len(some.rows) == 50
    np.testing.assert_array_equal(some.x, piece.x[some.rows])
    pairs = set(zip(*piece.rows[piece.edges].tolist()))
    assert set(zip(*some.rows[some.edges].tolist())) <= pairs
    shares = some.edges.shape[1] / 50, piece.edges.shape[1] / len(piece.rows) * 50 / len(piece.rows)
    assert shares[0] > 1.5 * shares[1]  # more edges than among nodes at random
    lone = replace(piece, edges=piece.edges[:, :0], weights=piece.weights[:0])
    assert len(graphs.sample(lone, 50, np.random.default_rng(0)).rows) == 50


def test_steps_have_as_many_nodes_and_waste_less_than_a_twentieth():
    several = pieces(communities(12))
    tokens, most = 1400, 450
    drawn = [graphs.draw(several, tokens, most, np.random.default_rng(k)) for k in range(20)]
    sizes = np.array([sum(len(piece.rows) for piece in step) for step in drawn])
    assert (sizes <= tokens).all()
    assert (sizes > 0.95 * tokens).all()
    assert max(len(piece.rows) for step in drawn for piece in step) <= most


def test_parts_hold_all_that_can_be_told_of_a_node():
    (piece,) = pieces([community(0)])
    seen = []
    for part, wanted in graphs.parts(piece, 80, 1):
        seen.extend(part.rows[wanted])
        into = piece.edges[0][np.isin(piece.edges[1], part.rows[wanted])]
        assert set(into) <= set(part.rows)
    assert seen == list(range(len(piece.rows)))
