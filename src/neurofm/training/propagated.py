"""Classes of nodes without a network: by what a node and those around it are, and by what is most frequent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofm.training.graphs import Piece

PENALTIES = (1000.0, 100.0, 10.0)  # of logistic regression; nodes for choosing choose
STRENGTHS = (1.0, 10.0, 100.0, 1000.0)  # the other way round, where features are shares of words
STEPS = 2  # along edges


def propagated(piece: Piece, steps: int = STEPS) -> NDArray[np.float64]:
    """(node, ...) x, Rx, R²x, ...: what each node is, and the means of those from which edges lead to it."""
    from scipy.sparse import coo_array

    count = len(piece.rows)
    graph = coo_array((piece.weights.astype(float), (piece.edges[1], piece.edges[0])), (count, count)).tocsr()
    total = np.asarray(graph.sum(1)).ravel()
    mean = graph.multiply((1 / np.where(total > 0, total, 1))[:, None]).tocsr()
    told = [piece.x.astype(float)]
    for _ in range(steps):
        told.append(mean @ told[-1])
    return np.concatenate(told, 1)


def logistic(
    x: NDArray[np.float64], label: NDArray[np.int64], train: NDArray[np.int64], valid: NDArray[np.int64]
) -> NDArray[np.int64]:
    """(row,) classes by logistic regression on rows `train`, whose penalty the rows `valid` choose.

    Shares of words (rows of length one, nowhere below 0) stay as they are: were each word made as wide as any other,
    the rare ones would say most.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    said, words = [], bool((x >= 0).all())
    for strength in STRENGTHS if words else [1 / penalty for penalty in PENALTIES]:
        plain = LogisticRegression(C=strength, max_iter=300)
        model = plain if words else make_pipeline(StandardScaler(), plain)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            said.append(np.asarray(model.fit(x[train], label[train]).predict(x)))
    right = [(answer[valid] == label[valid]).mean() if len(valid) else 0.0 for answer in said]
    return said[int(np.argmax(right))]


def beside(
    several: Sequence[Piece], train: NDArray[np.int64], valid: NDArray[np.int64], test: NDArray[np.int64]
) -> dict[str, float]:
    """Shares of the rows `test` of a source that simple ways name right; empty where there is nothing to learn.

    Parameters
    ----------
    several : all pieces of a source, with all labels that are known
    """
    label = np.concatenate([piece.label for piece in several])
    rows = np.concatenate([piece.rows for piece in several])
    x = np.concatenate([propagated(piece) for piece in several])
    order = np.argsort(rows)
    label, x = label[order], x[order]
    train, valid, test = (part[label[part] >= 0] for part in (train, valid, test))
    if not len(test) or len(np.unique(label[train])) < 2:
        return {}
    width = x.shape[1] // (STEPS + 1)
    said = {
        "majority": np.full(len(label), np.bincount(label[train]).argmax()),
        "features": logistic(x[:, :width], label, train, valid),
        "propagated": logistic(x, label, train, valid),
    }
    return {f"{name}_accuracy": float((answer[test] == label[test]).mean()) for name, answer in said.items()}
