"""Graphs as networks see them: one piece for each that no edge connects to another, and several behind each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.classes import word
from neurofm.data.graph import Graph, single
from neurofm.transforms.structure import WIDTH, structure

if TYPE_CHECKING:
    from neurofm.batch import Batch

NOT_TOLD = -1  # label of a node that is read and not learned from
FEW = 0.05  # of the tokens of a step; a rest that is smaller stays empty

STANDS: WeakKeyDictionary[Graph, NDArray[np.float32]] = WeakKeyDictionary()  # of graphs that are there


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """A graph that no edge connects to another.

    Parameters
    ----------
    kind : of graph, by its number
    rows : (node,) rows of its nodes in their source
    x : (node, feature) at the kind's scale, or where each node stands if it has no features
    place : (node, WIDTH) where each node stands in its graph; no columns where nobody asks
    edges, weights : (2, edge) and (edge,), each pair of nodes once; the weights are 1 in the mean
    label : (node,) row of the class to learn, -1 where none is told
    """

    kind: int
    rows: NDArray[np.int64]
    x: NDArray[np.float32]
    place: NDArray[np.float32]
    edges: NDArray[np.int64]
    weights: NDArray[np.float32]
    label: NDArray[np.int64]

    def take(self, chosen: NDArray[np.int64]) -> Piece:
        """Some of its nodes, in this order, and the edges between them."""
        row = np.full(len(self.rows), -1)
        row[chosen] = np.arange(len(chosen))
        kept = (row[self.edges] >= 0).all(0)
        arrays = {name: getattr(self, name)[chosen] for name in ("rows", "x", "place", "label")}
        return replace(self, edges=row[self.edges[:, kept]], weights=self.weights[kept], **arrays)


def only(piece: Piece, rows: NDArray[np.int64]) -> Piece:
    """The same with the labels of these rows of its source alone."""
    return replace(piece, label=np.where(np.isin(piece.rows, rows), piece.label, NOT_TOLD))


def column(graph: Graph, name: str) -> NDArray[Any]:
    """(node,) what a column says of each node as people write it; "" where it says nothing."""
    values = graph.nodes[name]
    return np.array(["" if pd.isna(v) else word(v) for v in values], object)


def labels(graph: Graph, name: str, classes: Sequence[str]) -> NDArray[np.int64]:
    """(node,) row of each node's class; -1 where it has none, or none of these."""
    row = {one: k for k, one in enumerate(classes)}
    words = column(graph, name) if name in graph.nodes else np.full(len(graph.nodes), "", object)
    return np.array([row.get(one, NOT_TOLD) for one in words], np.int64)


def linked(graph: Graph, *, both: bool) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Edges (2, edge), each pair once, and weights (edge,) that are 1 in the mean; what is below 0 counts by its size.

    Those of edges that come again add up, and so do those of both directions where `both` are followed.
    """
    weights = np.abs(np.nan_to_num(graph.weights(), nan=0.0, posinf=0.0, neginf=0.0))
    edges = graph.edges
    if both and not graph.both_ways:
        loops = edges[0] == edges[1]
        edges = np.concatenate([edges, edges[::-1, ~loops]], 1)
        weights = np.concatenate([weights, weights[~loops]])
    edges, weights = single(edges, weights, len(graph.nodes))
    mean = weights.mean() if len(weights) else 1.0
    return edges, (weights / (mean if mean > 0 else 1.0)).astype(np.float32)


def scaled(graph: Graph, kind: Mapping[str, Any]) -> NDArray[np.float32]:
    """(node, feature) as a kind of graph is read; of what is not known the mean of the feature."""
    x, mean, sd = graph.x.astype(float), np.array(kind["mean"]), np.array(kind["sd"])
    x = np.where(np.isfinite(x), x, mean)
    if kind["rows"]:
        return np.asarray(x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9), np.float32)
    return np.asarray((x - mean) / sd, np.float32)


def scale(data: Sequence[Graph]) -> dict[str, Any]:
    """How features are read: rows of length one if they are counts of words, else columns of mean 0 and sd 1."""
    x = np.concatenate([graph.x for graph in data]).astype(float)
    x[~np.isfinite(x)] = np.nan
    known = np.isfinite(x).any(0)
    mean, sd = np.zeros(x.shape[1]), np.ones(x.shape[1])
    mean[known], sd[known] = np.nanmean(x[:, known], 0), np.nanstd(x[:, known], 0)
    words = bool(x.size and (np.nan_to_num(x) >= 0).all() and (np.nan_to_num(x) == 0).mean() > 0.5)
    return {"rows": words, "mean": mean.tolist(), "sd": np.where(sd > 1e-9, sd, 1.0).tolist()}


def pieces(graph: Graph, kinds: Sequence[Mapping[str, Any]], number: int, *, both: bool, place: bool) -> list[Piece]:
    """A piece for each subject of a source.

    Parameters
    ----------
    kinds, number : all kinds of graphs, and which one this is
    both : follow edges in both directions
    place : tell where nodes stand even if they have features
    """
    kind = kinds[number]
    edges, weights = linked(graph, both=both)
    x = scaled(graph, kind)
    stands = _stands(graph) if place or not x.shape[1] else np.zeros((len(x), 0), np.float32)
    whole = Piece(
        kind=number, rows=np.arange(len(x)), x=x if x.shape[1] else stands, place=stands, edges=edges, weights=weights,
        label=labels(graph, kind["target"], kind["classes"]),
    )  # fmt: skip
    if len(graph.subjects) == 1:
        return [whole]
    each = (np.flatnonzero(graph.of == k) for k in range(len(graph.subjects)))
    return [whole.take(rows) for rows in each if len(rows)]


def _stands(graph: Graph) -> NDArray[np.float32]:
    """(node, WIDTH) where each node stands among those of its subject; reckoned once for each graph."""
    if graph in STANDS:
        return STANDS[graph]
    weights = np.abs(np.nan_to_num(graph.weights(), nan=0.0, posinf=0.0, neginf=0.0))
    stands = np.zeros((len(graph.nodes), WIDTH), np.float32)
    for k in range(len(graph.subjects)):
        rows = np.flatnonzero(graph.of == k)
        if len(rows):  # nodes of a subject lie behind each other
            inside = graph.of[graph.edges[0]] == k
            stands[rows] = structure(graph.edges[:, inside] - rows[0], len(rows), weights[inside])
    STANDS[graph] = stands
    return stands


def together(several: Sequence[Piece]) -> Batch:
    """Pieces behind each other, those of a kind together."""
    import torch

    from neurofm.batch import Batch

    order = sorted(several, key=lambda piece: piece.kind)
    counts = [len(piece.rows) for piece in order]
    first = np.cumsum([0, *counts[:-1]])
    arrays = {
        "edges": np.concatenate([piece.edges + start for piece, start in zip(order, first)], 1),
        "weight": np.concatenate([piece.weights for piece in order]),
        "place": np.concatenate([piece.place for piece in order]),
        "label": np.concatenate([piece.label for piece in order]),
    }
    for kind in dict.fromkeys(piece.kind for piece in order):
        arrays[f"x {kind}"] = np.concatenate([piece.x for piece in order if piece.kind == kind])
    lengths = {"graph": tuple(counts), "kind": tuple(piece.kind for piece in order)}
    return Batch({name: torch.as_tensor(array) for name, array in arrays.items()}, lengths)


def sample(piece: Piece, count: int, rng: np.random.Generator) -> Piece:
    """So many of its nodes: some at random that are learned from, and neighbours of neighbours of these."""
    if len(piece.rows) <= count:
        return piece
    told = np.flatnonzero(piece.label != NOT_TOLD)
    begin = rng.permutation(told if len(told) else np.arange(len(piece.rows)))[: max(count // 8, 1)]
    reached = np.zeros(len(piece.rows), bool)
    reached[begin] = True
    out, first = _rows(piece)
    while reached.sum() < count:
        near = np.unique(np.concatenate([out[first[k] : first[k + 1]] for k in begin] or [out[:0]]))
        near = rng.permutation(near[~reached[near]])
        if not len(near):  # all that can be reached
            near = rng.permutation(np.flatnonzero(~reached))
        begin = near[: count - int(reached.sum())]
        reached[begin] = True
    return piece.take(np.flatnonzero(reached))


def _rows(piece: Piece) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Nodes from which edges lead to each node, and where those of each begin."""
    order = np.argsort(piece.edges[1], kind="stable")
    count = np.bincount(piece.edges[1], minlength=len(piece.rows))
    return piece.edges[0][order], np.concatenate([[0], count.cumsum()])


def draw(several: Sequence[Piece], tokens: int, most: int, rng: np.random.Generator) -> list[Piece]:
    """Graphs in random order until a step has its tokens; of large ones, and of the last, a part.

    Parameters
    ----------
    tokens : nodes of a step, of all graphs together
    most : nodes of one graph
    """
    drawn: list[Piece] = []
    left = tokens
    for k in rng.permutation(len(several)):
        if drawn and left < FEW * tokens:
            break
        drawn.append(sample(several[k], min(most, left), rng))
        left -= len(drawn[-1].rows)
        if left <= 0:
            break
    return drawn


def parts(piece: Piece, most: int, hops: int) -> Iterator[tuple[Piece, NDArray[np.int64]]]:
    """Parts that hold all from which an edge leads to some nodes in so many steps, and where these are in each."""
    size = max(most // 4, 1)
    for k in range(0, len(piece.rows), size):
        wanted = np.zeros(len(piece.rows), bool)
        wanted[k : k + size] = True
        reached = wanted.copy()
        for _ in range(hops):
            reached[piece.edges[0, reached[piece.edges[1]]]] = True
        chosen = np.flatnonzero(reached)
        yield piece.take(chosen), np.flatnonzero(wanted[chosen])
