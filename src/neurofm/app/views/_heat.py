"""Activity of units over time as a picture: a row per unit, each from its own low to its own high."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofm.app.memory import remember
from neurofm.data.recording import Recording
from neurofm.data.series import Series

LOOKED = 2000  # samples from which the range of a unit is taken
MOST = 1 << 22  # numbers that one picture is made of; of more, means of samples after each other are kept

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
    left = np.linspace(*x, columns + 1)
    first, last = np.searchsorted(series.times, left[[0, -1]])
    if not last:
        return np.full((len(shown), columns), np.nan, np.float32)
    times, held = _pooled(series, 1 << ((int(last - first) * len(shown)) // MOST).bit_length())
    edges = np.searchsorted(times, left)
    first, last = max(int(edges[0]) - 1, 0), max(int(edges[-1]), 1)
    values = np.asarray(held[first:last], np.float32)[:, shown]
    low, high = _range(held, shown)
    high = np.where(high > low, high, np.max(np.nan_to_num(values, nan=-np.inf), axis=0))  # it is quiet but for this
    values = ((values - low) / np.where(high > low, high - low, 1)).astype(np.float32)
    there, begin = np.isfinite(values), np.clip(edges[:-1] - first, 0, len(values) - 1)
    end = edges[1:] - first
    begin = np.where(end > begin, begin, np.clip(end - 1, 0, len(values) - 1))  # the sample before, if none is in it
    total = np.add.reduceat(np.where(there, values, np.float32(0)), begin, 0)
    count = np.add.reduceat(there, begin, 0, dtype=np.int64)
    step = np.median(np.diff(series.times)) if len(series.times) > 1 else 0.0
    nothing = ((left[1:] <= series.times[0]) | (left[:-1] >= series.times[-1] + step))[:, None] | (count == 0)
    return np.where(nothing, np.nan, total / np.maximum(count, 1)).T.astype(np.float32)


def _pooled(series: Series, step: int) -> tuple[NDArray[np.float64], NDArray[np.floating]]:
    """Samples as they are, or so many after each other as one, when they begin and their mean (block, unit)."""
    if step == 1:
        return series.times, series.values

    def make() -> tuple[NDArray[np.float64], Values]:
        block = max(MOST // max(series.values.shape[1] * step, 1), 1) * step
        return series.times[::step], np.concatenate(
            [_means(series.values[k : k + block], step) for k in range(0, len(series.times), block)]
        )

    pooled: tuple[NDArray[np.float64], Values] = remember(series, ("pooled", step), make)
    return pooled


def _means(values: NDArray[np.floating], step: int) -> Values:
    values, starts = np.asarray(values, np.float32), np.arange(0, len(values), step)
    there = np.isfinite(values)
    count = np.add.reduceat(there, starts, 0, dtype=np.int64)
    total = np.add.reduceat(np.where(there, values, np.float32(0)), starts, 0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _range(values: NDArray[np.floating], shown: NDArray[np.intp]) -> tuple[Values, Values]:
    """(unit,) what is low and high of each, alike where nothing is known."""
    some = np.asarray(values[:: max(len(values) // LOOKED, 1)], np.float32)[:, shown]
    nothing = ~np.isfinite(some).any(0)
    low, high = np.nanpercentile(np.where(nothing, np.float32(0), some), [1, 99], axis=0)
    return low.astype(np.float32), high.astype(np.float32)
