"""Where the nodes of a graph are drawn that lie nowhere: near those that they are connected to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.cells import Step, silent
from neurofm.data.graph import Graph, apart, ranked

SPRINGS = 5_000  # nodes up to which edges pull and nodes push; beyond, two vectors of the Laplacian
GAP = 2.6  # between graphs that lie side by side, each of which is about 2 wide


def layout(graph: Graph, *, seed: int = 0, step: Step = silent) -> NDArray[np.float64]:
    """(node, 2) by springs along edges (Fruchterman and Reingold), each subject's graph by itself, side by side.

    Pieces that no edge connects lie beside each other, the largest first. Those of more than 5,000 nodes are laid out
    by the smallest vectors of their Laplacian, which are quick.
    """
    xy, own = np.zeros((len(graph.nodes), 2)), apart(graph) if len(graph.subjects) > 1 else [graph]
    for k, one in enumerate(own):
        step(k / len(own), f"laying out {len(one.nodes):,} nodes")
        xy[graph.of == k] = _scaled(_pieces(one, seed)) + side_by_side(k, len(own))
    return xy


def circle(graph: Graph) -> NDArray[np.float64]:
    """(node, 2) around a circle for each subject, nodes of a class beside each other."""
    xy = np.zeros((len(graph.nodes), 2))
    column = next(iter(graph.classes()), "")
    rank = ranked(graph.nodes[column])[0] if column else np.zeros(len(graph.nodes), np.int64)
    for k in range(len(graph.subjects)):
        own = np.flatnonzero(graph.of == k)
        place = np.empty(len(own), np.int64)
        place[np.argsort(rank[own], kind="stable")] = np.arange(len(own))
        angle = 2 * np.pi * place / max(len(own), 1)
        xy[own] = np.stack([np.sin(angle), np.cos(angle)], 1) + side_by_side(k, len(graph.subjects))
    return xy


def side_by_side(k: int, count: int) -> NDArray[np.float64]:
    """(2,) where the middle of one of so many graphs is, row by row from the top."""
    across = int(np.ceil(np.sqrt(count)))
    row, column = divmod(k, across)
    return np.array([GAP * column, -GAP * row])


def _pieces(graph: Graph, seed: int) -> NDArray[np.float64]:
    """(node, 2) each connected piece in a square as large as its nodes need, row by row."""
    from scipy.sparse.csgraph import connected_components

    count = len(graph.nodes)
    number, piece = connected_components(_linked(graph.edges, graph.strength(), count), directed=False)
    members = np.split(np.argsort(piece, kind="stable"), np.cumsum(np.bincount(piece, minlength=number))[:-1])
    members.sort(key=len, reverse=True)
    xy, across = np.zeros((count, 2)), 1.2 * np.sqrt(max(count, 1))
    corner, high = np.zeros(2), 0.0
    row = np.empty(count, np.int64)
    for own in members if count else ():
        side = float(np.sqrt(len(own)))
        if corner[0] > 0 and corner[0] + side > across:
            corner, high = np.array([0.0, corner[1] - high]), 0.0
        high = max(high, side)
        middle = corner + np.array([side, -side]) / 2
        if len(own) > 1:
            row[own] = np.arange(len(own))
            inside = piece[graph.edges[0]] == piece[own[0]]
            edges, strength = row[graph.edges[:, inside]], graph.strength()[inside]
            draw = _springs if len(own) <= SPRINGS else _spectral
            xy[own] = 0.4 * side * _scaled(draw(edges, strength, len(own), seed))
        xy[own] += middle
        corner = corner + np.array([side, 0.0])
    return xy


def _linked(edges: NDArray[np.int64], strength: NDArray[np.float64], count: int) -> Any:
    """(node, node) sparse, both ways."""
    from scipy.sparse import coo_array

    one_way = coo_array((strength, tuple(edges)), (count, count)).tocsr()
    return one_way + one_way.T


def _springs(edges: NDArray[np.int64], strength: NDArray[np.float64], count: int, seed: int) -> NDArray[np.float64]:
    import networkx

    drawn: networkx.Graph = networkx.Graph()
    drawn.add_nodes_from(range(count))
    drawn.add_weighted_edges_from((*pair, weight) for pair, weight in zip(edges.T.tolist(), strength))
    places = networkx.spring_layout(drawn, seed=seed)
    return np.array([places[k] for k in range(count)], float).reshape(-1, 2)


def _spectral(edges: NDArray[np.int64], strength: NDArray[np.float64], count: int, seed: int) -> NDArray[np.float64]:
    """Vectors of the normalised adjacency matrix next to the first, divided by the root of the degree."""
    from scipy.sparse import diags_array
    from scipy.sparse.linalg import eigsh

    both = _linked(edges, strength, count)
    root = 1 / np.sqrt(np.maximum(both.sum(0), 1e-9))
    scaled = diags_array(root) @ both @ diags_array(root)
    vectors = eigsh(scaled, 3, which="LA", v0=np.ones(count), tol=1e-2)[1]
    return np.asarray(vectors[:, 1::-1] * root[:, None])


def _scaled(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Within about 1 of the middle; few that lie far out do not make the others small."""
    middle = np.median(xy, 0) if len(xy) else np.zeros(2)
    far = np.quantile(np.abs(xy - middle), 0.95) if len(xy) else 0.0
    return np.asarray(np.clip((xy - middle) / (far or 1.0), -1.2, 1.2))
