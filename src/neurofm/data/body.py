"""Key points as an animal has them: from its middle, its front ahead; and how it moves seen from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data import pose

FRONT = ("nose", "snout", "beak", "head", "mouth")  # words in the name of the key point that is ahead, the best first
MOVES = ("forward", "sideways", "turning")


def front(keypoints: Sequence[str]) -> int:
    """The key point that is ahead by its name, else the first."""
    named = [k for word in FRONT for k, name in enumerate(keypoints) if word in name.lower()]
    return named[0] if named else 0


def middle(points: NDArray[Any]) -> NDArray[Any]:
    """(..., axis) mean of the key points (..., keypoint, axis) that are seen; NaN where none is."""
    return pose.mean(points, -2)


def heading(points: NDArray[Any], ahead: int) -> NDArray[Any]:
    """(...,) radians of the direction from the middle to the key point that is ahead; NaN where that is not seen."""
    x, y = np.moveaxis(points[..., ahead, :2] - middle(points)[..., :2], -1, 0)
    return np.arctan2(y, x)


def aligned(points: NDArray[Any], ahead: int) -> NDArray[Any]:
    """(..., keypoint, axis) from the middle, turned so that what is ahead lies along x; NaN where nobody knows."""
    return pose.turned(points - middle(points)[..., None, :], -heading(points, ahead)[..., None])


def moves(points: NDArray[Any], ahead: int, step: float) -> NDArray[Any]:
    """(frame, individual, 3) how fast each went forward and sideways (a second) and turned (rad/s).

    That is since the frame before; NaN of the first frame, and where nobody knows.

    Parameters
    ----------
    points : (frame, individual, keypoint, axis) of frames that follow each other, `step` seconds apart
    """
    said = moved(points[:-1], points[1:], ahead) / step
    none = np.full((*points.shape[:2], 3), np.nan)
    return np.concatenate([np.full_like(said[:1], np.nan), said]) if len(said) else none


def moved(
    before: NDArray[Any], after: NDArray[Any], ahead: int, whole: Callable[..., NDArray[Any]] = pose.mean
) -> NDArray[Any]:
    """(..., 3) how far each went forward and sideways, and by how many radians it turned.

    How far it went is what `whole` makes of how far its key points went that were seen both times.
    """
    angle = heading(before, ahead)
    went = pose.turned(whole(after - before, -2), -angle)[..., :2]
    turn = (heading(after, ahead) - angle + np.pi) % (2 * np.pi) - np.pi
    return np.concatenate([went, turn[..., None]], -1)
