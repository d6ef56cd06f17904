"""Graphs of communities: classes that like some classes, and features that tell little of them (block models).

A node's neighbours are of its own class with the chance `homophily`. Where that is below one half, each class prefers
one other class, mostly one that prefers it, so that neighbours tell as much, in another way. Features are eight hidden
numbers, whose means differ between classes, mixed at random into as many as a graph has; no two graphs mix alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import TEST, TRAIN, VALID, Graph, both_directions

HIDDEN = 8  # numbers that features are mixed from
PREFERRED = 0.8  # of the neighbours of other classes that are of the preferred one
NOISE = 1.3  # sd of each feature beside the mixture
SPLIT = "random"  # its name: a tenth of the nodes to train on, a tenth to choose by, the others held out


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """From what to what graphs differ, both ends included."""

    nodes: tuple[int, int] = (200, 500)
    classes: tuple[int, int] = (3, 6)
    features: tuple[int, int] = (16, 200)
    degree: tuple[float, float] = (4.0, 12.0)  # in the mean of a graph
    homophily: tuple[float, float] = (0.1, 0.9)
    signal: tuple[float, float] = (0.4, 0.9)  # of the class means, in sd of the hidden numbers


def communities(count: int, *, seed: int = 0, ranges: Ranges | None = None) -> list[Graph]:
    """Several graphs, none like another; the first ones of a seed are the same however many there are."""
    return [community([seed, k], ranges=ranges, session=f"communities {seed}.{k}") for k in range(count)]


def community(seed: int | Sequence[int], *, ranges: Ranges | None = None, session: str = "communities") -> Graph:
    """One graph, with column `class` of its nodes, a random split, and edges in both directions."""
    ranges, rng = ranges or Ranges(), np.random.default_rng(seed)
    count, classes, width = (
        int(rng.integers(*low_high, endpoint=True)) for low_high in (ranges.nodes, ranges.classes, ranges.features)
    )
    degree, homophily, signal = (
        float(rng.uniform(*low_high)) for low_high in (ranges.degree, ranges.homophily, ranges.signal)
    )
    kind = rng.permutation(np.arange(count) % classes)
    means = rng.normal(size=(classes, HIDDEN)) * signal
    hidden = means[kind] + rng.normal(size=(count, HIDDEN))
    mixing = rng.normal(size=(HIDDEN, width)) / np.sqrt(HIDDEN)
    x = hidden @ mixing + NOISE * rng.normal(size=(count, width))
    nodes = pd.DataFrame({"label": [f"node {k}" for k in range(count)], "class": [f"class {k}" for k in kind]})
    return Graph(
        session=session, nodes=nodes, edges=_edges(kind, affinity(classes, homophily, rng), degree, rng),
        x=x.astype(np.float32), features=tuple(f"{session} {k}" for k in range(width)),
        splits={SPLIT: _split(count, rng)}, notes=(f"homophily {homophily:.2f}, signal {signal:.2f}",),
    )  # fmt: skip


def affinity(classes: int, homophily: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """(class, class) chance that a neighbour of a node of the first is of the second; rows sum to one."""
    table = np.full((classes, classes), (1 - homophily) / (classes - 1))
    if homophily < 0.5:
        preferred = _pairs(rng.permutation(classes))
        table[:] = (1 - homophily) * (1 - PREFERRED) / max(classes - 2, 1)
        table[np.arange(classes), preferred] = (1 - homophily) * (PREFERRED if classes > 2 else 1)
    np.fill_diagonal(table, homophily)
    return table


def _pairs(order: NDArray[np.int64]) -> NDArray[np.int64]:
    """(class,) which other each prefers: two each other, and the last of an odd number the first."""
    preferred = np.empty(len(order), np.int64)
    even = len(order) - len(order) % 2
    preferred[order[:even:2]], preferred[order[1:even:2]] = order[1:even:2], order[:even:2]
    preferred[order[even:]] = order[0]
    return preferred


def _edges(
    kind: NDArray[np.int64], chances: NDArray[np.float64], degree: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """(2, edge) both directions; each node asks for half of its neighbours, and is asked by the others."""
    count = len(kind)
    source = rng.integers(count, size=round(count * degree / 2))
    wanted = (rng.random((len(source), 1)) > chances[kind[source]].cumsum(1)).sum(1).clip(max=len(chances) - 1)
    members = [np.flatnonzero(kind == k) for k in range(len(chances))]
    target = np.array([rng.choice(members[k]) for k in wanted], np.int64)
    edges = np.stack([source, target])
    return both_directions(edges[:, source != target], count)


def _split(count: int, rng: np.random.Generator) -> NDArray[np.int8]:
    split, order, tenth = np.full(count, TEST, np.int8), rng.permutation(count), max(count // 10, 1)
    split[order[:tenth]], split[order[tenth : 2 * tenth]] = TRAIN, VALID
    return split
