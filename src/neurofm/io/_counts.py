"""From counts in bins to spikes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def spread(
    counts: NDArray[Any], start: NDArray[np.float64], width: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Times (s) and units of the spikes; the k-th of c in a bin lies at (k + 0.5) / c of it.

    Parameters
    ----------
    counts : (bin, unit)
    start : (bin,) seconds at which each begins
    width : seconds a bin
    """
    row, unit = np.nonzero(counts)
    number = counts[row, unit].astype(np.int64)
    place = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    times = np.repeat(start[row], number) + (place + 0.5) / np.repeat(number, number) * width
    return times, np.repeat(unit, number)
