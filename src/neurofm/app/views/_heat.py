"""Activity of units over time as a picture: a row per unit, each from its own low to its own high."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import Series

LOOKED = 2000  # samples from which the range of a unit is taken
MOST = 1 << 22  # numbers that one picture is made of; of more, every k-th sample is taken

Values = NDArray[np.float32]


def heat(
    recording: Recording, names: Sequence[str], order: NDArray[np.intp], x: tuple[float, float], size: tuple[int, int]
) -> Values:
    """(row, column) mean activity, 0 at the unit's low and 1 at its high; NaN where there is none.

    Parameters
    ----------
    names : of series with units as features
    order : (unit,) rows of the units table, from the bottom of the picture up
    x : seconds of its left and its right edge
    size : rows and columns; units share rows where there are more of them
    """
    rows, columns = min(size[0], max(len(order), 1)), max(size[1], 1)
    total, count = np.zeros((rows, columns), np.float32), np.zeros((rows, columns), np.float32)
    place = np.full(len(recording.units), -1)
    place[order] = np.arange(len(order)) * rows // max(len(order), 1)
    of_label = dict(zip(recording.units["label"], place))
    for series in (recording.series[name] for name in names):
        row = np.array([of_label[label] for label in series.names])
        shown = np.flatnonzero(row >= 0)
        part = _binned(series, shown, x, columns)
        np.add.at(total, row[shown], np.nan_to_num(part))
        np.add.at(count, row[shown], np.isfinite(part))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _binned(series: Series, shown: NDArray[np.intp], x: tuple[float, float], columns: int) -> Values:
    """(unit, column) mean of the samples in each column, between samples the one before."""
    edges = np.searchsorted(series.times, np.linspace(*x, columns + 1))
    first, last = max(int(edges[0]) - 1, 0), int(edges[-1])
    step = max((last - first) * len(shown) // MOST, 1)
    values = np.asarray(series.values[first:last:step], np.float32)[:, shown]
    if not len(values):
        return np.full((len(shown), columns), np.nan, np.float32)
    low, high = _range(series, shown)
    values = (values - low) / np.maximum(high - low, 1e-12)
    begin = np.clip((edges[:-1] - first) // step, 0, len(values) - 1)
    end = (edges[1:] - first) // step
    begin = np.where(end > begin, begin, np.clip(end - 1, 0, len(values) - 1))  # the sample before, if none is in it
    means = np.add.reduceat(values, begin, 0) / np.maximum(np.diff(np.r_[begin, len(values)]), 1)[:, None]
    left, held = np.linspace(*x, columns + 1), np.median(np.diff(series.times)) if len(series.times) > 1 else 0.0
    outside = (left[1:] <= series.times[0]) | (left[:-1] >= series.times[-1] + held)
    return np.where(outside[:, None], np.nan, means).T.astype(np.float32)


def _range(series: Series, shown: NDArray[np.intp]) -> tuple[Values, Values]:
    """(unit,) what is low and high of each."""
    some = np.asarray(series.values[:: max(len(series.times) // LOOKED, 1)], np.float32)[:, shown]
    some = np.where(np.isfinite(some), some, np.float32(0))
    low, high = np.percentile(some, [1, 99], axis=0)
    return low.astype(np.float32), high.astype(np.float32)
