"""Nodes of two graphs compared by how they are wired to nodes that are known in both: seeded graph matching.

Two nodes are alike if their links lead to, and come from, the same known ones, and are as strong there. What is matched
so becomes known in part, and all are compared again by their links to those as well, until nothing changes (as in
Lyzinski et al. 2014, with soft assignments as in Gold and Rangarajan 1996). Kinds of links, chemical and electrical
synapses, count by how well they agree between nodes that are already matched. A node may stay without a partner.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.analysis.calibration import NEVER, Calibration, joined, rates
from neurofm.checks import check_shape
from neurofm.data.graph import LABEL, MEANS, WEIGHT, Graph
from neurofm.errors import DataError

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

SHARP = 30.0  # by which the odds of two nodes grow with the cosine of their wiring
ALONE = 0.2  # cosine at which a node would as well stay alone
ROUNDS, SETTLED = 15, 0.01  # at most, and the mean change of a node's shares at which it stops
TURNS = 50  # of balancing rows and columns
USUAL, SEEN = 0.3, 100  # correlation of strengths that a kind is thought to have, and of how many pairs that counts
MOST = 3_000  # nodes: all pairs are held at once
FOLDS = 5  # in which known nodes are matched blind


class Matched(NamedTuple):
    """What came of matching two graphs.

    Parameters
    ----------
    distance : (node, node of the other) minus the logarithm of `same`; known ones are 0 from their partner and as far
        as anything from all others
    same : (node, node of the other) share of a node that goes to each, rows and columns sum to 1 at most
    rounds : until nothing changed
    """

    distance: Floats
    same: Floats
    rounds: int


class Calls(NamedTuple):
    """Nodes that are each other's best, neither of them known: rows, columns, and the share of `same`."""

    rows: Ints
    columns: Ints
    score: NDArray[np.float64]


def match(one: ArrayLike, other: ArrayLike, known: ArrayLike, *, rounds: int = ROUNDS) -> Matched:
    """Nodes of two graphs that are wired alike.

    Parameters
    ----------
    one, other : (kind, node, node) how strong the links of each kind are, from the first node to the second, 0 for
        none; kinds are the same in both, as many nodes as there are
    known : (pair, 2) rows of nodes in one and in the other that are the same
    rounds : 1 for links to known nodes alone

    Raises
    ------
    ValueError
        If shapes do not fit, nothing is known, or a node is known to be two.
    """
    x, y, pairs = _checked(one, other, known)
    hidden = np.ix_(unknown(len(x[0]), pairs[:, 0]), unknown(len(y[0]), pairs[:, 1]))
    same = np.zeros((len(x[0]), len(y[0])), np.float32)
    same[tuple(pairs.T)] = 1
    x, y, far, done, change = scaled(x), scaled(y), np.zeros((0, 0), np.float32), 0, np.inf
    while done < rounds and change > SETTLED:
        odds = np.exp(SHARP * (_likeness(x, y, same)[hidden] - ALONE))
        row, column = _balanced(odds)
        far = -np.log(np.maximum(odds, 1e-30)) - np.log(row)[:, None] - np.log(column)
        now = np.exp(-far)
        change = np.abs(now - same[hidden]).sum() / max(len(now), 1)
        same[hidden], done = now, done + 1
    distance = np.full(same.shape, far.max(initial=1.0), np.float32)
    distance[hidden] = far
    distance[tuple(pairs.T)] = 0
    return Matched(distance, same, done)


def calls(same: ArrayLike, known: ArrayLike) -> Calls:
    """Nodes that are each other's best among those that are not known.

    Parameters
    ----------
    same : as in `Matched`
    known : (pair, 2)
    """
    same, pairs = np.asarray(same), _pairs(known)
    rows, columns = unknown(same.shape[0], pairs[:, 0]), unknown(same.shape[1], pairs[:, 1])
    best, score = _best(same[np.ix_(rows, columns)])
    there = score > NEVER
    return Calls(rows[there], columns[best[there]], score[there])


def calibrate(one: ArrayLike, other: ArrayLike, known: ArrayLike, *, seed: int = 0) -> Calibration:
    """What known nodes score when they are matched blind, in five parts of which the others stay known.

    Each of the smaller graph, of which every node could be in a match, is matched with its partner there, and then
    without; of both, where they are as large.

    Parameters
    ----------
    one, other, known : as in `match`; parts are drawn over known pairs in the order in which they are given
    seed : of the parts
    """
    x, y, pairs = _checked(one, other, known)
    part = np.random.default_rng(seed).permutation(len(pairs)) % FOLDS
    folds = [(pairs[part != k], pairs[part == k]) for k in range(min(FOLDS, len(pairs)))] if len(pairs) > 1 else []
    return joined([_fold(x, y, kept, blind) for kept, blind in folds])


def sure(one: ArrayLike, other: ArrayLike, known: ArrayLike, matched: Matched, *, seed: int = 0) -> pd.DataFrame:
    """Matches with the least false-discovery rate at which each would be called.

    Returns
    -------
    A row a match: `row` and `column` of the nodes, `score`, and `q`, NaN if too few are known to tell.
    """
    pairs = _pairs(known)
    called = calls(matched.same, pairs)
    count = min(matched.same.shape) - len(pairs)
    q = rates(called.score, calibrate(one, other, pairs, seed=seed), count)
    return pd.DataFrame({"row": called.rows, "column": called.columns, "score": called.score, "q": q})


def unknown(count: int, known: ArrayLike) -> Ints:
    """Rows that are not among the known ones."""
    return np.setdiff1d(np.arange(count), np.asarray(known, np.int64))


def draw(names: Sequence[Iterable[str]], share: float, seed: int) -> list[str]:
    """Names that count as known, a share of those that all have, whatever their order.

    Raises
    ------
    ValueError
        If the share is not between 0 and 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be above 0 and at most 1, got {share:g}")
    common = sorted(set.intersection(*(set(map(str, own)) for own in names)))
    count = min(len(common), max(round(share * len(common)), 1))
    drawn = np.random.default_rng(seed).choice(len(common), count, replace=False)
    return [common[k] for k in np.sort(drawn)]


def places(names: Sequence[str], one: Sequence[str], other: Sequence[str]) -> Ints:
    """(pair, 2) rows of these names in both."""
    return np.stack([pd.Index(own).get_indexer(pd.Index(names)) for own in (one, other)], 1).astype(np.int64)


def labels(graph: Graph) -> list[str]:
    """What nodes are called in their own graph."""
    return graph.nodes[LABEL].astype(str).tolist()


def kinds(graphs: Sequence[Graph]) -> tuple[str, ...]:
    """Columns of links that say how strong they are, by kind, in all graphs; their sum only if there is no other."""
    numeric = [set(graph.links.select_dtypes("number")) - set(MEANS) for graph in graphs]
    shared = sorted(map(str, set.intersection(*numeric) - {WEIGHT}))
    return tuple(shared) or (WEIGHT,)


def strengths(graph: Graph, names: Sequence[str]) -> Floats:
    """(kind, node, node) how strong the links of each kind are, from the first node to the second.

    Raises
    ------
    DataError
        If there are more nodes than can be compared at once.
    """
    count = len(graph.nodes)
    if count > MOST:
        raise DataError(graph.origin, "nodes", f"are {count:,}, and {MOST:,} can be compared by wiring; take fewer")
    table = np.zeros((len(names), count, count), np.float32)
    for k, name in enumerate(names):
        np.add.at(table[k], tuple(graph.edges), graph.strength(name))
    return table


def scaled(strength: Floats) -> Floats:
    """Logarithms, of mean square 1 in each kind, so that animals of few and of many synapses compare."""
    logs = np.log1p(strength)
    mean = np.sqrt((logs**2).mean((1, 2), keepdims=True))
    return (logs / np.where(mean > 0, mean, 1)).astype(np.float32)


# ---- parts of them


def _fold(x: Floats, y: Floats, kept: Ints, blind: Ints) -> Calibration:
    """Scores of the blind ones of the smaller graph, or of both if they are as large, while the others are known."""
    sides = [(x, y, kept, blind), (y, x, kept[:, ::-1], blind[:, ::-1])]
    return joined([_blind(*side) for side in sides if side[0].shape[1] <= side[1].shape[1]])


def _blind(one: Floats, other: Floats, kept: Ints, blind: Ints) -> Calibration:
    called = calls(match(one, other, kept).same, kept)
    found = dict(zip(called.rows, zip(called.columns, called.score)))
    right = [found[a][1] for a, b in blind if a in found and found[a][0] == b]
    wrong = [found[a][1] if a in found else NEVER for a, b in blind if a not in found or found[a][0] != b]
    left = unknown(other.shape[1], blind[:, 1])
    known = np.stack([kept[:, 0], np.searchsorted(left, kept[:, 1])], 1)
    called = calls(match(one, other[:, left][:, :, left], known).same, known)
    score = dict(zip(called.rows, called.score))
    lone = [score.get(a, NEVER) for a in blind[:, 0]]
    return Calibration(*(np.array(scores, float) for scores in (right, wrong, lone)))


def _best(same: Floats) -> tuple[Ints, NDArray[np.float64]]:
    """(row,) best column, and its share; `NEVER` where another row is better for that column."""
    if not same.size:
        return np.zeros(len(same), np.int64), np.full(len(same), NEVER)
    rows, best = np.arange(len(same)), same.argmax(1)
    mutual = same.argmax(0)[best] == rows
    return best, np.where(mutual, same[rows, best], NEVER).astype(float)


def _likeness(x: Floats, y: Floats, same: Floats) -> Floats:
    """(node, node) cosine of links to and from nodes in so far as they are the same."""
    trust = _trust(x, y, same)
    mine, theirs = same.sum(1), same.sum(0)
    shared = sum(t * (a @ same @ b.T + a.T @ same @ b) for t, a, b in zip(trust, x, y))
    own = sum(t * (a**2 @ mine + mine @ a**2) for t, a in zip(trust, x))
    their = sum(t * (b**2 @ theirs + theirs @ b**2) for t, b in zip(trust, y))
    return (shared / np.sqrt(np.maximum(np.outer(own, their), 1e-12))).astype(np.float32)


def _trust(x: Floats, y: Floats, same: Floats) -> Floats:
    """(kind,) what a link tells: the log-likelihood ratio of strengths that correlate as those of the matched do."""
    rows, columns = np.nonzero(same > 0.5)
    trust = []
    for a, b in zip(x, y):
        one, other = a[np.ix_(rows, rows)].ravel(), b[np.ix_(columns, columns)].ravel()
        varies = len(one) > 1 and one.std() > 0 and other.std() > 0
        r = float(np.corrcoef(one, other)[0, 1]) if varies else 0.0
        r = float(np.clip((len(one) * r + SEEN * USUAL) / (len(one) + SEEN), 0.02, 0.95))
        trust.append(r / (1 - r * r))
    return np.array(trust, np.float32)


def _balanced(odds: Floats) -> tuple[Floats, Floats]:
    """Factors of rows and columns with which each sums to 1, together with 1 times its factor for staying alone."""
    row, column = np.ones(len(odds), np.float32), np.ones(odds.shape[1], np.float32)
    for _ in range(TURNS):
        here, there = 1 / (odds @ column + 1), 1 / (row @ odds + 1)
        row, column = np.sqrt(row * here), np.sqrt(column * there)
    return row, column


def _pairs(known: ArrayLike) -> Ints:
    return np.asarray(known, np.int64).reshape(-1, 2)


def _checked(one: ArrayLike, other: ArrayLike, known: ArrayLike) -> tuple[Floats, Floats, Ints]:
    x, y, pairs = np.asarray(one, np.float32), np.asarray(other, np.float32), _pairs(known)
    for name, table in (("one", x), ("other", y)):
        check_shape(name, table, "kind node node")
        if table.shape[1] != table.shape[2]:
            raise ValueError(f"{name} must have as many nodes to as from, got shape {table.shape}")
    if len(x) != len(y):
        raise ValueError(f"both must have the same kinds of links, got {len(x)} and {len(y)}")
    if not len(pairs):
        raise ValueError("no node is known in both graphs; say one pair at least")
    for k, table in enumerate((x, y)):
        if pairs[:, k].min() < 0 or pairs[:, k].max() >= table.shape[1]:
            raise ValueError(f"known names node {pairs[:, k].max()}, of {table.shape[1]}")
        if len(np.unique(pairs[:, k])) < len(pairs):
            raise ValueError("a node is known to be two others; say one partner for each")
    return x, y, pairs
