"""Whether people are found again: the latents of one half of their trials among those of the other halves of all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

LEAST = 1e-3  # of the mean variance, added to that within subjects so that it can be inverted

Floats = NDArray[np.float64]


def within(first: Floats, second: Floats) -> Floats:
    """(dim, dim) map after which the two halves (subject, dim) of a subject differ alike in all directions."""
    apart = (first - second) / np.sqrt(2)
    spread = apart.T @ apart / len(apart)
    values, vectors = np.linalg.eigh(spread + LEAST * np.trace(spread) / len(spread) * np.eye(len(spread)))
    return np.asarray(vectors / np.sqrt(values))


def ranks(first: Floats, second: Floats, asked: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
    """(asked subject,) how many other second halves are nearer to its first half than its own; 0 if it is found.

    Parameters
    ----------
    first, second : (subject, dim)
    asked : rows of the subjects that are looked for among all; all if None
    """
    rows = np.arange(len(first)) if asked is None else np.asarray(asked)
    away = (second**2).sum(1)[None] - 2 * first[rows] @ second.T
    own = away[np.arange(len(rows)), rows]
    ranked: NDArray[np.int64] = (away < own[:, None]).sum(1)
    return ranked


def top(ranked: NDArray[np.int64], count: int) -> float:
    """Share of the subjects that are among the `count` nearest."""
    return float((ranked < count).mean())
