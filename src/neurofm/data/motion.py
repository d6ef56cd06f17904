"""When what was measured moves, when it rests, and when it stands quite still."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from neurofm.data import spans
from neurofm.data.sentinels import is_discrete, without
from neurofm.data.series import Series, gaps
from neurofm.data.spans import SpanArray

PIECE = 0.5  # seconds; a piece moves if something changes in it and its two neighbours
PART = 0.1  # of how far it usually gets in that time; less is rest
STILL: WeakKeyDictionary[Series, SpanArray] = WeakKeyDictionary()  # of series that are there: pictures ask again
LONG, SHARE = 15.0, 0.2  # seconds, and part of all measured time, for which standing still is worth a word


def moving(series: Series) -> SpanArray:
    """(k, 2) seconds at which a series moves: over about a second it gets further than a tenth of its usual way.

    The usual way is the root mean square over all pieces of time, so what always drifts slowly always moves, and what
    was measured alone, far from its neighbours, moves too.
    """
    values = without(series.values)[0]
    good = np.isfinite(values).all(1)
    times, values = series.times[good], values[good].astype(float)
    if len(times) < 2:
        return np.zeros((0, 2))
    number = np.floor((times - times[0]) / PIECE).astype(np.int64)
    first = np.flatnonzero(np.r_[True, np.diff(number) > 0])
    piece = number[first]
    low, high = (np.stack(_with_neighbours(f, values, first, piece)) for f in (np.minimum, np.maximum))
    way = np.nanmax(high, 0) - np.nanmin(low, 0)  # (piece, feature)
    usual = np.sqrt((way**2).mean(0))
    moves = (way > PART * usual).any(1) | _alone(first, piece, len(times))
    begin = times[0] + piece[moves] * PIECE
    return spans.tidy(np.stack([begin, begin + PIECE], 1))


def still(series: Series) -> SpanArray:
    """(k, 2) seconds, a fifth of all time and 15 s at least, at which a series was measured and does not change."""
    if series not in STILL:
        STILL[series] = _still(series)
    return STILL[series]


def _still(series: Series) -> SpanArray:
    rows = np.flatnonzero(np.isfinite(series.values).all(1))
    times, values = series.times[rows], series.values[rows]
    if len(times) < 2 or is_discrete(values):
        return np.zeros((0, 2))
    step, equal = np.diff(times), (np.diff(values.astype(float), axis=0) == 0).all(1)
    near = (np.diff(rows) == 1) & ~np.isin(times[:-1], gaps(series.times)[:, 0])  # nobody knows what is between others
    seen = np.r_[0.0, np.cumsum(np.where(near, step, 0.0))]
    same = np.r_[False, equal, False]
    begin, end = np.flatnonzero(same[1:] & ~same[:-1]), np.flatnonzero(same[:-1] & ~same[1:])
    least = max(LONG, SHARE * float(series.times[-1] - series.times[0]))
    return np.stack([times[begin], times[end]], 1)[seen[end] - seen[begin] >= least]


def stands(series: Series) -> NDArray[np.bool_]:
    """(time,) samples that only repeat what was there before a series stood still (`still`)."""
    told, times = np.zeros(len(series.times), bool), series.times
    for begin, end in still(series):
        told |= (times > begin) & (times <= end)
    return told


def _with_neighbours(
    extreme: np.ufunc, values: NDArray[np.float64], first: NDArray[np.intp], piece: NDArray[np.int64]
) -> list[NDArray[np.float64]]:
    """The extremes of each piece, of the one before and of the one after; NaN where that is not next to it."""
    own = extreme.reduceat(values, first, axis=0)
    near = np.diff(piece)[:, None] == 1
    gone = np.full((1, values.shape[1]), np.nan)
    return [own, np.r_[gone, np.where(near, own[:-1], np.nan)], np.r_[np.where(near, own[1:], np.nan), gone]]


def _alone(first: NDArray[np.intp], piece: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """(piece,) with one sample and none beside it."""
    near = np.diff(piece) == 1
    return (np.diff(np.r_[first, count]) == 1) & ~np.r_[False, near] & ~np.r_[near, False]
