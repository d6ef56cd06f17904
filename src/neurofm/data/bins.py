"""Bins of equal width in time, and which of them a spike lies in. All who count spikes ask here.

A spike at 0.3 s lies in the fourth bin of 0.1 s, though 0.3 / 0.1 is 2.9999999999999996: an edge begins its bin, and
what is an edge but for rounding is one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data.series import Spikes

SLACK = 5e-7  # seconds; moments are told apart by the microsecond, and Unix time in float64 is rounded by 2e-7


def edges(start: float, width: float, count: int) -> NDArray[np.float64]:
    """(count + 1,) seconds of the edges of `count` bins from `start` on."""
    return start + width * np.arange(count + 1, dtype=np.float64)


def bounds(times: NDArray[np.float64], edges: ArrayLike) -> NDArray[np.int64]:
    """(edge,) how many of `times`, ascending, lie before each edge: bin k holds times[bounds[k]:bounds[k + 1]]."""
    return np.searchsorted(times, np.asarray(edges, float) - SLACK)


def placed(spikes: Spikes, start: float, width: float, count: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Bin and unit of each spike in `count` bins from `start` on."""
    ends = bounds(spikes.times, edges(start, width, count))
    return np.repeat(np.arange(count), np.diff(ends)), spikes.unit[ends[0] : ends[-1]]


def whole(length: ArrayLike, width: float) -> NDArray[np.int64]:
    """How many whole bins fit into a length, both in seconds."""
    return np.floor((np.asarray(length, float) + SLACK) / width + 1e-6).astype(np.int64)
