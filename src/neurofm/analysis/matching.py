"""Which of one animal's units go with which of another's, by the distances between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.analysis.profiles import squared

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]  # (pair,) row, and column

METHODS: Mapping[str, str] = {
    "mutual": "each is the nearest of the other",
    "nearest": "the nearest of each, whether or not that has a nearer one",
    "hungarian": "pairs that are nearest in sum, as many as the smaller animal has units",
    "partial": "the same, but a unit stays alone where a partner would be farther than units of one animal usually are",
}


def nearest(distance: ArrayLike) -> Pairs:
    """The nearest column of each row."""
    distance = np.asarray(distance)
    rows = np.arange(len(distance))
    return rows, distance.argmin(1).astype(np.int64) if distance.size else rows[:0]


def mutual(distance: ArrayLike) -> Pairs:
    """Rows and columns that are the nearest of each other."""
    distance = np.asarray(distance)
    rows, columns = nearest(distance)
    both = distance.argmin(0)[columns] == rows if len(columns) else columns == columns
    return rows[both], columns[both]


def hungarian(distance: ArrayLike) -> Pairs:
    """Pairs of the least sum, each row and column in one at most (Kuhn 1955)."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(np.asarray(distance, float))
    return rows.astype(np.int64), columns.astype(np.int64)


def partial(distance: ArrayLike, alone: float) -> Pairs:
    """Unbalanced transport of units of equal mass: who stays without a partner costs half of `alone`.

    Mass that is not moved is charged in full (total variation), for which an optimal plan moves units whole, so that
    it is found as an assignment in which every unit has a stand-in (Caffarelli and McCann 2010).

    Parameters
    ----------
    alone : distance beyond which two units had better stay alone
    """
    distance = np.asarray(distance, float)
    n, m = distance.shape
    cost = np.zeros((n + m, n + m))
    cost[:n, :m] = distance
    cost[:n, m:] = cost[n:, :m] = alone / 2
    rows, columns = hungarian(cost)
    real = (rows < n) & (columns < m)
    return rows[real], columns[real]


def nearest_of_many(
    one: NDArray[np.float32], other: NDArray[np.float32], count: int = 10, *, block: int = 1024
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The nearest rows of another table without ever holding all distances.

    Parameters
    ----------
    one, other : (unit, feature)
    count : of the nearest that are given
    block : rows of each that are compared at once

    Returns
    -------
    rows, distances : (unit of one, count) ascending in distance, mean squared differences
    """
    count = min(count, len(other))
    rows = np.zeros((len(one), count), np.int64)
    away = np.full((len(one), count), np.inf, np.float32)
    for low in range(0, len(one), block):
        part = slice(low, low + block)
        for start in range(0, len(other), block):
            there = squared(one[part], other[start : start + block])
            both = np.concatenate([away[part], there], 1)
            ids = np.concatenate(
                [rows[part], np.broadcast_to(np.arange(start, start + there.shape[1]), there.shape)], 1
            )
            first = np.argpartition(both, count - 1, 1)[:, :count]
            away[part], rows[part] = (np.take_along_axis(table, first, 1) for table in (both, ids))
    order = np.lexsort((rows, away), 1)
    return np.take_along_axis(rows, order, 1), np.take_along_axis(away, order, 1)


def chosen(method: str, distance: NDArray[Any], alone: float) -> Pairs:
    """Pairs by the name of a method; `alone` as `partial` takes it."""
    if method == "partial":
        return partial(distance, alone)
    return {"mutual": mutual, "nearest": nearest, "hungarian": hungarian}[method](distance)
