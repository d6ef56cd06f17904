"""What comes next as a distribution: a histogram over the frames ahead, and how far a said one is from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

RANGE = (0.5, 99.5)  # percentiles between which bins lie; what is beyond falls into the two outer ones


def edges(values: NDArray[np.floating], bins: int) -> NDArray[np.float32]:
    """(feature, bins - 1) edges, equally far apart, of values (frame, feature), which may be missing."""
    low, high = np.nanpercentile(np.where(np.isfinite(values).any(0), values, 0), RANGE, axis=0)
    wide = np.where(high > low, high - low, 1.0)
    return (low[:, None] + wide[:, None] * np.linspace(0, 1, bins - 1)).astype(np.float32)


def bin_of(values: NDArray[np.floating], edges: NDArray[np.floating]) -> NDArray[np.int64]:
    """Which bin each value (frame, feature) is in; -1 where it is missing."""
    bins = np.stack([np.searchsorted(edge, column, "right") for edge, column in zip(edges, values.T)], -1)
    return np.where(np.isfinite(values), bins, -1)


def ahead(
    bins: NDArray[np.int64], frames: NDArray[np.int64], horizon: int, count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Histograms of what comes after some frames, and the share of the horizon that they are made of.

    The frame itself is not in it, nor what is missing or beyond the end.

    Parameters
    ----------
    bins : (frame, feature) from `bin_of`
    frames : (asked,) rows of it
    horizon : frames that are counted: frame + 1 to frame + horizon
    count : bins

    Returns
    -------
    (asked, feature, bin) with a sum of 1, or 0 where nothing is known; (asked, feature)
    """
    rows = frames[:, None] + np.arange(1, horizon + 1)
    there = bins[np.minimum(rows, len(bins) - 1)]  # (asked, horizon, feature)
    known = (there >= 0) & (rows < len(bins))[..., None]
    asked, _, feature = np.nonzero(known)
    place = (asked * bins.shape[1] + feature) * count + there[known]
    counts = np.bincount(place, minlength=len(frames) * bins.shape[1] * count)
    counts = counts.reshape(len(frames), bins.shape[1], count)
    total = counts.sum(-1)
    return (counts / np.maximum(total, 1)[..., None]).astype(np.float32), (total / horizon).astype(np.float32)


def mallows(said: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Mean over bins of the squared difference of cumulative distributions, weighed (..., feature).

    Parameters
    ----------
    said : (..., feature, bin) log odds
    truth : (..., feature, bin) with a sum of 1
    """
    off = (said.softmax(-1).cumsum(-1) - truth.cumsum(-1)).square().mean(-1)
    return (off * weight).sum() / weight.sum().clamp(min=1e-6)


def mover(said: NDArray[np.floating], truth: NDArray[np.floating]) -> NDArray[np.float64]:
    """(...,) earth mover's distance between distributions (..., bin): mean difference of the cumulative ones."""
    off: NDArray[np.float64] = np.abs((said.astype(float) - truth).cumsum(-1)).mean(-1)
    return off
