"""Where the nodes of a graph are drawn that lie nowhere: near those that they are connected to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.cells import Step, silent
from neurofm.data.graph import Graph, apart

SPRINGS = 2_000  # nodes up to which edges pull and nodes push; beyond, two vectors of the Laplacian
GAP = 2.6  # between graphs that lie side by side, each of which is about 2 wide


def layout(graph: Graph, *, seed: int = 0, step: Step = silent) -> NDArray[np.float64]:
    """(node, 2) by springs along edges (Fruchterman and Reingold), each subject's graph by itself, side by side.

    Graphs of more than 2,000 nodes are laid out by the smallest vectors of their Laplacian, which are quick.
    """
    xy, own = np.zeros((len(graph.nodes), 2)), apart(graph) if len(graph.subjects) > 1 else [graph]
    for k, one in enumerate(own):
        step(k / len(own), f"laying out {len(one.nodes):,} nodes")
        drawn = _springs(one, seed) if len(one.nodes) <= SPRINGS else _spectral(one)
        xy[graph.of == k] = _scaled(drawn) + side_by_side(k, len(own))
    return xy


def circle(graph: Graph) -> NDArray[np.float64]:
    """(node, 2) around a circle for each subject, nodes of a class beside each other."""
    xy = np.zeros((len(graph.nodes), 2))
    kinds = graph.nodes[[*graph.classes()[:1], "label"]].astype(str)
    rank = kinds.sort_values(list(kinds.columns)).index.to_numpy()
    place = np.empty(len(rank), np.int64)
    place[rank] = np.arange(len(rank))
    for k in range(len(graph.subjects)):
        own = np.flatnonzero(graph.of == k)
        angle = 2 * np.pi * np.argsort(np.argsort(place[own])) / max(len(own), 1)
        xy[own] = np.stack([np.sin(angle), np.cos(angle)], 1) + side_by_side(k, len(graph.subjects))
    return xy


def side_by_side(k: int, count: int) -> NDArray[np.float64]:
    """(2,) where the middle of one of so many graphs is, row by row from the top."""
    across = int(np.ceil(np.sqrt(count)))
    row, column = divmod(k, across)
    return np.array([GAP * column, -GAP * row])


def _springs(graph: Graph, seed: int) -> NDArray[np.float64]:
    import networkx

    drawn: networkx.Graph = networkx.Graph()
    drawn.add_nodes_from(range(len(graph.nodes)))
    drawn.add_weighted_edges_from((*pair, abs(w)) for pair, w in zip(graph.edges.T.tolist(), graph.weights()))
    places = networkx.spring_layout(drawn, seed=seed)
    return np.array([places[k] for k in range(len(graph.nodes))], float).reshape(-1, 2)


def _spectral(graph: Graph) -> NDArray[np.float64]:
    """Vectors of the normalised adjacency matrix next to the first, divided by the root of the degree."""
    from scipy.sparse import coo_array, diags_array
    from scipy.sparse.linalg import eigsh

    count, weights = len(graph.nodes), np.abs(graph.weights())
    one_way = coo_array((weights, tuple(graph.edges)), (count, count)).tocsr()
    both = one_way + one_way.T
    root = 1 / np.sqrt(np.maximum(both.sum(0), 1e-9))
    scaled = diags_array(root) @ both @ diags_array(root)
    vectors = eigsh(scaled, 3, which="LA", v0=np.ones(count), tol=1e-2)[1]
    return np.asarray(vectors[:, 1::-1] * root[:, None])


def _scaled(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Within about 1 of the middle; few that lie far out do not make the others small."""
    middle = np.median(xy, 0) if len(xy) else np.zeros(2)
    far = np.quantile(np.abs(xy - middle), 0.95) if len(xy) else 0.0
    return np.asarray(np.clip((xy - middle) / (far or 1.0), -1.2, 1.2))
