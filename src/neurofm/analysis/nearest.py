"""The things nearest to some in a latent space, of which no two are from one stretch of time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEW = 1024  # rows that are looked through first


def nearest(
    values: ArrayLike, picked: ArrayLike, source: ArrayLike, seconds: ArrayLike, *,
    count: int, apart: float = 1.0, bout: ArrayLike | None = None,
) -> NDArray[np.intp]:  # fmt: skip
    """Rows nearest to the mean of those that are picked, the nearest first; that is one of the picked.

    Parameters
    ----------
    values : (row, dim)
    picked : (pick,) rows
    source, seconds : (row,) what each row is of, and when it was
    count : rows at most
    apart : seconds that two rows of a source are apart at least
    bout : (row,) no two rows are of the same; -1 for none

    Returns
    -------
    (row,) fewer than `count` where there are no others.
    """
    values, picked = np.asarray(values), np.asarray(picked, np.intp)
    source, seconds = np.asarray(source), np.asarray(seconds, float)
    bouts = np.full(len(values), -1) if bout is None else np.asarray(bout)
    if not len(picked):
        return picked
    middle = values[picked].mean(0, dtype=float)
    away = np.linalg.norm(values - middle.astype(values.dtype), axis=1)
    away[~(np.isfinite(away) & np.isfinite(seconds))] = np.inf
    first = picked[np.argmin(away[picked])]
    away[first] = -1.0
    looked = FEW
    while True:
        rows = _few(away, looked)
        chosen = _apart(rows, source, seconds, bouts, count, apart)
        if len(chosen) == count or looked >= len(away):
            return chosen
        looked *= 8


def _few(away: NDArray[np.floating], count: int) -> NDArray[np.intp]:
    """Rows of the smallest, ascending; none that is infinite."""
    rows = np.argpartition(away, count)[:count] if count < len(away) else np.arange(len(away))
    rows = rows[np.isfinite(away[rows])]
    return rows[np.argsort(away[rows], kind="stable")]


def _apart(
    rows: NDArray[np.intp], source: NDArray[np.generic], seconds: NDArray[np.float64], bout: NDArray[np.generic],
    count: int, apart: float,
) -> NDArray[np.intp]:  # fmt: skip
    """Of rows in this order each that is of no stretch of one before."""
    free = np.ones(len(rows), bool)
    chosen: list[np.intp] = []
    while len(chosen) < count and free.any():
        row = rows[np.argmax(free)]
        chosen.append(row)
        near = (source[rows] == source[row]) & (np.abs(seconds[rows] - seconds[row]) < apart)
        same = (bout[rows] == bout[row]) & (bout[row] >= 0)
        free &= ~(near | same)
    return np.array(chosen, np.intp)
