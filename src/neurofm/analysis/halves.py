"""Whether people are found again: the latents of one half of their trials among those of the other halves of all.

Halves are compared as by a probabilistic linear discriminant analysis (Ioffe 2006): directions in which the halves of
one subject differ count less, and those in which subjects differ count more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RIDGES = (1e-3, 1e-2, 1e-1)  # of the mean variance within subjects, added to it so that it can be inverted
LEAST = 0.05  # variance between subjects, of that within them, of a direction that tells them apart
FEWEST = 40  # subjects from which a ridge is chosen

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Likeness:
    """Maps of first and of second halves after which the nearest is the likeliest to be the same subject's."""

    mean: Floats
    first: Floats
    second: Floats

    def ranks(self, first: Floats, second: Floats, asked: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """As `ranks`, of halves as they are."""
        return ranks((first - self.mean) @ self.first, (second - self.mean) @ self.second, asked)


def likeness(first: Floats, second: Floats) -> Likeness:
    """How alike halves are, told from both halves (subject, dim) of known subjects, who are not those looked for.

    The ridge is the one by which, of three parts of them, most are among the ten nearest, told from the two others.
    """
    if len(first) < FEWEST:
        return _likeness(first, second, RIDGES[1])
    parts = [np.arange(len(first)) % 3 == k for k in range(3)]

    def among_ten(ridge: float) -> float:
        told = [_likeness(first[~part], second[~part], ridge).ranks(first[part], second[part]) for part in parts]
        return top(np.concatenate(told), 10)

    return _likeness(first, second, max(RIDGES, key=among_ten))


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


def _likeness(first: Floats, second: Floats, ridge: float) -> Likeness:
    """With w the variance within subjects made 1, and b that between them along each direction.

    The log odds of two halves x, y being one subject's are then sums of -(b² (x² + y²) - 2 b (1 + b) x y) / (2 (1 + 2b)
    (1 + b)), which is the negative of a squared distance of x (1 + b) / b and y but for what depends on x alone.
    """
    mean = (first.mean(0) + second.mean(0)) / 2
    a, b = first - mean, second - mean
    spread = (a - b).T @ (a - b) / (2 * len(a))
    values, vectors = np.linalg.eigh(spread + ridge * np.trace(spread) / len(spread) * np.eye(len(spread)))
    white = vectors / np.sqrt(values)
    shared = (a @ white).T @ (b @ white) / len(a)
    between, turned = np.linalg.eigh((shared + shared.T) / 2)
    kept = (between > LEAST) | (between == between[-1])
    between, turned = np.maximum(between[kept], LEAST), turned[:, kept]
    weight = between / np.sqrt((1 + 2 * between) * (1 + between))
    map_of = white @ turned * weight
    return Likeness(mean, map_of * (1 + between) / between, map_of)
