"""Where a node stands in its graph, told by edges alone: degree, walks that return, and vectors of the Laplacian.

Slow vectors are alike in neighbours, fast ones unlike, as nodes are that seek others than themselves.

What has no features is read by these. They are functions of the graph, with signs that are always the same, and are
kept as long as the graph is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

VECTORS, WALKS = 8, 6  # slow vectors, and as many fast ones; steps of walks
WIDTH = 2 * VECTORS + WALKS + 2  # numbers of a node; the last two are degrees, in and out
DENSE = 500  # nodes up to which all vectors are computed
EXACT = 2_000  # nodes up to which walks are counted, and not tried
TRIED = 64  # random signs of larger graphs; a chance to return is then known to about a tenth of itself
FARTHEST = 4.0  # sd beyond which a number is cut: a vector may be at home in a few nodes


def structure(edges: NDArray[np.int64], count: int, weights: NDArray[Any] | None = None) -> NDArray[np.float32]:
    """(node, WIDTH) with mean 0 and sd 1 in each column; 0 where all nodes are alike.

    Parameters
    ----------
    edges : (2, edge), read in both directions but for the degrees
    count : nodes
    weights : (edge,) 0 or more; 1 unless given
    """
    from scipy.sparse import coo_array
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    if not count:
        return np.zeros((0, WIDTH), np.float32)
    strength = np.ones(edges.shape[1]) if weights is None else np.asarray(weights, float)
    directed = coo_array((strength, (edges[0], edges[1])), (count, count)).tocsr()
    linked = directed + directed.T
    degree = np.asarray(linked.sum(1)).ravel()
    turn = np.where(degree > 0, degree, 1) ** -0.5
    step = (linked.multiply(turn[:, None]).multiply(turn[None])).tocsr()
    into, out = (np.log1p(np.asarray(directed.sum(axis)).ravel()) for axis in (0, 1))
    with threadpool_limits(1):  # many threads make small products slow
        columns = np.column_stack([_vectors(step), _returns(step), into, out])
    spread = columns.std(0)
    columns = np.where(spread > 1e-9, (columns - columns.mean(0)) / np.maximum(spread, 1e-9), 0.0)
    return columns.clip(-FARTHEST, FARTHEST).astype(np.float32)


def _vectors(step: Any) -> NDArray[np.float64]:
    """(node, 2 VECTORS) slowest first, without the one that is alike everywhere, then fastest first; zeros for none."""
    from scipy.linalg import eigh
    from scipy.sparse.linalg import ArpackNoConvergence, eigsh

    count = step.shape[0]
    if not step.nnz:
        return np.zeros((count, 2 * VECTORS))
    if count <= DENSE:
        values, vectors = eigh(step.toarray())
    else:
        begin = np.random.default_rng(0).normal(size=count)
        try:
            values, vectors = eigsh(step, 2 * VECTORS + 1, which="BE", v0=begin, tol=1e-4)
        except ArpackNoConvergence as error:
            values, vectors = error.eigenvalues, error.eigenvectors
    vectors = vectors[:, np.argsort(-values, kind="stable")][:, 1:]
    slow, fast = vectors[:, :VECTORS], vectors[:, VECTORS:][:, -VECTORS:][:, ::-1]
    told = np.concatenate([_padded(slow), _padded(fast)], 1)
    longest = np.abs(told).round(6).argmax(0)
    return told * np.where(told[longest, np.arange(told.shape[1])] < 0, -1.0, 1.0)


def _padded(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.pad(vectors, ((0, 0), (0, VECTORS - vectors.shape[1])))


def _returns(step: Any) -> NDArray[np.float64]:
    """(node, WALKS) chance that a walk is back after 1, 2, ... steps; that of a large graph by random signs."""
    count = step.shape[0]
    if count <= EXACT:
        dense = step.toarray()
        power, told = np.eye(count), []
        for _ in range(WALKS):
            power = power @ dense
            told.append(np.diag(power).copy())
        return np.column_stack(told)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (count, TRIED))
    walked, tried = signs, []
    for _ in range(WALKS):
        walked = step @ walked
        tried.append((signs * walked).mean(1))
    return np.column_stack(tried)
