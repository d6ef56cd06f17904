"""How animals move, from the places of their key points: arrays in, arrays out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

LATE = 5.0  # usual steps after which a frame does not follow the one before


def mean(values: ArrayLike, axis: int) -> NDArray[Any]:
    """Mean of what is known; NaN where nothing is."""
    values = np.asarray(values)
    known = np.isfinite(values)
    count = known.sum(axis)
    total = np.where(known, values, 0).sum(axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(values.dtype)


def median(values: ArrayLike, axis: int) -> NDArray[Any]:
    """Median of what is known; NaN where nothing is."""
    values = np.asarray(values)
    count = np.isfinite(values).sum(axis, keepdims=True)
    if not values.shape[axis]:
        return np.full(np.delete(values.shape, axis), np.nan, values.dtype)
    ordered = np.sort(np.where(np.isfinite(values), values, np.nan), axis)  # NaN last
    low, high = (
        np.take_along_axis(ordered, np.maximum(k, 0), axis) for k in ((count - 1) // 2, count // 2 - (count == 0))
    )
    return np.squeeze((low + high) / 2, axis)


def displacement(before: NDArray[Any], after: NDArray[Any]) -> NDArray[Any]:
    """(..., axis) how far an animal as a whole moved, from its key points (..., keypoint, axis) before and after.

    The median over those that were seen both times, so that one that jumps, comes or goes does not move the animal.
    """
    return median(after - before, -2)


def per_second(moved: NDArray[Any], seconds: NDArray[np.float64], step: float) -> NDArray[Any]:
    """What moved (frame, ...) in so many seconds, per second; NaN of the first frame and of those behind a gap."""
    follows = (seconds > 0) & (seconds <= LATE * step)
    rate = np.where(follows, 1 / np.where(follows, seconds, 1), np.nan)
    return (moved * rate.reshape(-1, *[1] * (moved.ndim - 1))).astype(moved.dtype)
