"""How animals move, from the places of their key points: arrays in, arrays out."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

LATE = 5.0  # usual steps after which a frame does not follow the one before
SOME = 200  # frames by which a size is told
FAR = 6.0  # times as far from its animal as is usual
CROSSED = 3.0  # times as far as each moved, where it is nearer to where the other was


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


def turned(points: NDArray[Any], angle: NDArray[Any]) -> NDArray[Any]:
    """Points (..., axis) turned by radians about the origin in the plane of x and y; a third axis stays as it is."""
    x, y = points[..., 0], points[..., 1]
    cos, sin = np.cos(angle), np.sin(angle)
    return np.concatenate([np.stack([cos * x - sin * y, sin * x + cos * y], -1), points[..., 2:]], -1)


def displacement(before: NDArray[Any], after: NDArray[Any]) -> NDArray[Any]:
    """(..., axis) how far an animal as a whole moved, from its key points (..., keypoint, axis) before and after.

    The median over those that were seen both times, so that one that jumps, comes or goes does not move the animal.
    """
    return median(after - before, -2)


def per_second(moved: NDArray[Any], seconds: NDArray[np.float64], follows: NDArray[np.bool_]) -> NDArray[Any]:
    """What moved (frame, ...) in so many seconds, per second; NaN of frames that follow no other."""
    rate = np.where(follows, 1 / np.where(follows, seconds, 1), np.nan)
    return (moved * rate.reshape(-1, *[1] * (moved.ndim - 1))).astype(moved.dtype)


def size(points: NDArray[Any]) -> float:
    """About how far points are from the middle of their animal, by some of the frames; 0 where nobody can say."""
    some = np.asarray(points[np.linspace(0, len(points) - 1, min(len(points), SOME)).astype(int)])[..., :2]
    if not some.size:
        return 0.0
    wide = np.linalg.norm(some - median(some, 2)[:, :, None], axis=-1)
    usual = float(median(wide.reshape(1, -1), 1)[0])
    if usual > 0:
        return usual
    known = some[np.isfinite(some).all(-1)]
    return 0.03 * float(np.ptp(known, axis=0).max()) if len(known) else 0.0


def strays(points: NDArray[Any]) -> NDArray[np.bool_]:
    """(frame, individual, keypoint) points that are far from their animal, where at least two others tell where it is.

    Far is `FAR` times as far from the middle of the others as this point is at most times, and as the animal is wide.
    """
    count = points.shape[2]
    if count < 3:
        return np.zeros(points.shape[:3], bool)
    middle = median(points, 2)[:, :, None]
    off = np.linalg.norm(points - middle, axis=-1)
    usual = median(off, 0)[None]
    wide = median(usual, 2)[..., None]
    others = np.isfinite(off).sum(2, keepdims=True) >= 3
    with np.errstate(invalid="ignore"):
        return np.asarray((off > FAR * np.maximum(usual, wide)) & others)


def switches(points: NDArray[Any], follows: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(switch, 3) frame and two individuals that were taken for each other from there on.

    Both were seen just before, jump, and together come to lie where the other was.

    Parameters
    ----------
    follows : (frame,) whether a frame follows the one before
    """
    places = median(points, 2)
    before, after = places[:-1], places[1:]
    told = []
    for a, b in combinations(range(points.shape[1]), 2):
        own = _apart(before, after, a, a) + _apart(before, after, b, b)
        crossed = _apart(before, after, a, b) + _apart(before, after, b, a)
        between = _apart(before, before, a, b)
        with np.errstate(invalid="ignore"):
            jumps = (own > CROSSED * crossed) & (own > between) & follows[1:]
        frames = np.flatnonzero(jumps) + 1
        told.append(np.stack([frames, np.full_like(frames, a), np.full_like(frames, b)], 1))
    told = [rows for rows in told if len(rows)] or [np.zeros((0, 3), np.intp)]
    rows = np.concatenate(told)
    return rows[np.argsort(rows[:, 0], kind="stable")]


def _apart(one: NDArray[Any], other: NDArray[Any], a: int, b: int) -> NDArray[Any]:
    """(frame,) distance of the place of an individual to that of another."""
    return np.linalg.norm(one[:, a] - other[:, b], axis=-1)
