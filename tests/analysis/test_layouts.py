from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis import layouts
from neurofm.data.graph import Graph


def two_clusters(size: int, **more: object) -> Graph:
    """Two groups of nodes with ten edges each inside, and one between."""
    rng = np.random.default_rng(0)
    inside = [rng.integers(0, size, (2, 10 * size)) + k * size for k in (0, 1)]
    edges = np.concatenate([*inside, [[0], [size]]], 1)
    nodes = pd.DataFrame({"label": np.arange(2 * size).astype(str), "side": np.repeat(["l", "r"], size)})
    return Graph(**{"session": "two", "nodes": nodes, "edges": edges, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("springs", [5_000, 0])
def test_nodes_that_are_connected_lie_near_each_other(monkeypatch: pytest.MonkeyPatch, springs: int) -> None:
    monkeypatch.setattr(layouts, "SPRINGS", springs)
    xy = layouts.layout(two_clusters(30))
    left, right = xy[:30], xy[30:]
    apart = np.linalg.norm(left.mean(0) - right.mean(0))
    assert apart > 1.5 * max(np.linalg.norm(side - side.mean(0), axis=1).mean() for side in (left, right))
    assert np.abs(xy).max() <= 1.2
    assert np.array_equal(xy, layouts.layout(two_clusters(30)))


def test_graphs_lie_side_by_side() -> None:
    subjects = pd.DataFrame({"label": ["ada", "bo"]})
    graph = two_clusters(5)
    graph = two_clusters(5, edges=graph.edges[:, :-1], of=np.repeat([0, 1], 5), subjects=subjects)
    for xy in (layouts.layout(graph), layouts.circle(graph)):
        assert xy[:5, 0].max() < xy[5:, 0].min()


def test_nodes_of_a_class_are_beside_each_other_on_the_circle() -> None:
    nodes = pd.DataFrame({"label": list("abcd"), "side": list("lrlr")})
    xy = layouts.circle(Graph(session="s", nodes=nodes, edges=np.zeros((2, 0))))
    away = np.linalg.norm(xy[:, None] - xy, axis=-1)
    assert away[0, 2] == pytest.approx(np.sqrt(2))
    assert len(layouts.circle(Graph(session="none", nodes=nodes[:0], edges=np.zeros((2, 0))))) == 0


def test_a_graph_without_edges_can_be_laid_out() -> None:
    nodes = pd.DataFrame({"label": list("abcd")})
    assert np.isfinite(layouts.layout(Graph(session="s", nodes=nodes, edges=np.zeros((2, 0))))).all()


@pytest.mark.parametrize("springs", [5_000, 3])
def test_pieces_lie_beside_each_other_and_weights_may_be_unknown(monkeypatch: pytest.MonkeyPatch, springs: int) -> None:
    monkeypatch.setattr(layouts, "SPRINGS", springs)
    nodes = pd.DataFrame({"label": np.arange(40).astype(str)})
    ring = np.arange(5)
    edges = np.concatenate([np.stack([ring, (ring + 1) % 5]) + 5 * k for k in range(4)], 1)  # and twenty by themselves
    links = pd.DataFrame({"weight": np.r_[np.nan, -1.0, np.ones(18)]})
    xy = layouts.layout(Graph(session="s", nodes=nodes, edges=edges, links=links))
    assert np.isfinite(xy).all()
    assert len(np.unique(xy.round(6), axis=0)) == 40
    middles = xy[:20].reshape(4, 5, 2).mean(1)
    spread = np.linalg.norm(xy[:20].reshape(4, 5, 2) - middles[:, None], axis=-1).max()
    assert np.linalg.norm(middles[:, None] - middles, axis=-1)[~np.eye(4, dtype=bool)].min() > spread
