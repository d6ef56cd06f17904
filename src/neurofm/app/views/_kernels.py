"""The few loops that must keep up with the mouse: compiled once, kept on disk."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Rgba = NDArray[np.uint8]
STRIPS = 1024
GRID = 256  # cells across and up a lasso, for many points
UPON = 2.5  # marks upon each other that hide what is below them, nearly
FAINT = 0.2  # of the opacity; a mark with less is lost
ALONE = 200_000  # so many points are not worth a second thread


def warm() -> None:
    """Compile or load everything; fronts call it from a thread while their window opens."""
    unit, bounds = np.zeros(2, np.int32), np.array([0, 2])
    alone(1.0)
    frozen = unit.copy()
    frozen.flags.writeable = False  # memory maps are read-only, another type to numba
    for spikes in (unit, frozen):
        counts = count_spikes(spikes, bounds, np.zeros(1, np.int32), 1)
    paint_rows(counts, np.zeros((1, 4), np.uint8), 1.0)
    mark(np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.int64))
    taken(np.zeros(1, np.int64), np.ones(1, np.bool_))
    ends, cells = np.zeros((3, 4)), np.zeros((GRID, GRID), np.uint8)
    strips = (ends, np.zeros(3, np.int64), np.zeros(STRIPS + 1, np.int64), (0.0, 1.0, 0.0, 1.0), 1.0)
    _touched(ends, (0.0, 1.0, 0.0, 1.0), GRID)
    for kind in (np.float32, np.float64):
        xy = np.zeros((2, 2), kind)
        _looked_up(xy, cells, *strips)
        in_polygon(xy, np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
        in_box(xy, np.zeros(2), np.ones(2))
        bin_points(xy, np.zeros((2, 4), np.uint8), np.ones(2, np.bool_), (0.0, 1.0, 0.0, 1.0), 2, 2)


@njit(cache=True, nogil=True)
def count_spikes(
    unit: NDArray[np.int32], bounds: NDArray[np.int64], row: NDArray[np.int32], rows: int
) -> NDArray[np.int32]:
    """(column, row) spikes; those of column c are unit[bounds[c]:bounds[c + 1]], and a unit of row -1 is left out."""
    counts = np.zeros((len(bounds) - 1, rows), np.int32)
    for c in range(len(bounds) - 1):
        column = counts[c]
        for i in range(bounds[c], bounds[c + 1]):
            r = row[unit[i]]
            if r >= 0:
                column[r] += 1
    return counts


@njit(cache=True, nogil=True)
def paint_rows(counts: NDArray[np.int32], color: Rgba, full: float) -> Rgba:
    """(row, column, 4) pixels: the colour of the row, its opacity by how many of `full` spikes there are."""
    columns, rows = counts.shape
    rgba = np.zeros((rows, columns, 4), np.uint8)
    for r in range(rows):
        for c in range(columns):
            n = counts[c, r]
            if n > 0:
                share = min(0.4 + 0.6 * n / full, 1.0)
                rgba[r, c, 0], rgba[r, c, 1], rgba[r, c, 2] = color[r, 0], color[r, 1], color[r, 2]
                rgba[r, c, 3] = np.uint8(color[r, 3] * share)
    return rgba


def bin_points(
    xy: NDArray[np.floating],
    color: Rgba,
    shown: NDArray[np.bool_],
    box: tuple[float, float, float, float],
    columns: int,
    rows: int,
) -> Rgba:
    """(row, column, 4) mean colours of the points shown in the box (left, right, bottom, top), faint where few are.

    Opacity grows with the logarithm of their number, from what one keeps (`alone`) to all of it where most are.
    """
    totals = _shared(len(xy), lambda a, b: _add_points(xy[a:b], color[a:b], shown[a:b], box, columns, rows))
    return _mean_colors(sum(totals[1:], totals[0]))


@njit(cache=True, nogil=True)
def _add_points(
    xy: NDArray[np.floating],
    color: Rgba,
    shown: NDArray[np.bool_],
    box: tuple[float, float, float, float],
    columns: int,
    rows: int,
) -> NDArray[np.float32]:
    """(row, column, 5) sums of colours, and counts."""
    left, right, bottom, top = box
    total = np.zeros((rows, columns, 5), np.float32)
    across, up = columns / (right - left), rows / (top - bottom)
    for i in range(len(xy)):
        if not shown[i]:
            continue
        x, y = (xy[i, 0] - left) * across, (xy[i, 1] - bottom) * up
        if x >= 0 and y >= 0 and x < columns and y < rows:  # NaN is in no box
            cell = total[int(y), int(x)]
            for k in range(4):
                cell[k] += color[i, k]
            cell[4] += 1
    return total


@njit(cache=True, nogil=True)
def alone(crowd: float) -> float:
    """The share of the opacity of one mark, where a mark has so many upon it on average, itself included."""
    return min(max(UPON / max(crowd, 1.0), FAINT), 1.0)


@njit(cache=True, nogil=True)
def _mean_colors(total: NDArray[np.float32]) -> Rgba:
    rows, columns = total.shape[:2]
    rgba = np.zeros((rows, columns, 4), np.uint8)
    counts = total[:, :, 4]
    least, most = alone(np.square(counts).sum() / max(counts.sum(), 1.0)), np.log(max(counts.max(), 1.0))
    for r in range(rows):
        for c in range(columns):
            n = total[r, c, 4]
            if n > 0:
                share = least + (1 - least) * np.log(n) / most if most > 0 else 1.0
                for k in range(3):
                    rgba[r, c, k] = np.uint8(total[r, c, k] / n)
                rgba[r, c, 3] = np.uint8(share * total[r, c, 3] / n)
    return rgba


def mark(ids: NDArray[np.int64], order: NDArray[np.int64], picks: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which `ids`, ascending in this `order`, are among the sorted `picks`."""
    picked = np.zeros(len(ids), np.bool_)
    _shared(len(ids), lambda a, b: _walk(ids, order[a:b], picks, picked))
    return picked


@njit(cache=True, nogil=True)
def _walk(
    ids: NDArray[np.int64], order: NDArray[np.int64], picks: NDArray[np.int64], picked: NDArray[np.bool_]
) -> None:
    """One walk along both."""
    if not len(order):
        return
    k = np.searchsorted(picks, ids[order[0]])
    for i in order:
        while k < len(picks) and picks[k] < ids[i]:
            k += 1
        if k == len(picks):
            break
        picked[i] = picks[k] == ids[i]


def taken(ids: NDArray[np.int64], inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """`ids[inside]`, by all cores."""
    counts = dict(_shared(len(ids), lambda a, b: (a, int(np.count_nonzero(inside[a:b])))))
    chosen = np.empty(sum(counts.values()), np.int64)
    places = dict(zip(counts, np.split(chosen, np.cumsum(list(counts.values()))[:-1])))
    _shared(len(ids), lambda a, b: _fill(ids[a:b], inside[a:b], places[a]))
    return chosen


@njit(cache=True, nogil=True)
def _fill(ids: NDArray[np.int64], inside: NDArray[np.bool_], chosen: NDArray[np.int64]) -> None:
    """Writes each id, and goes on to the next place only after one that is inside: no branch to guess wrong."""
    k = 0
    for i in range(len(ids)):
        if k == len(chosen):
            break
        chosen[k] = ids[i]
        k += inside[i]


@njit(cache=True, nogil=True)
def in_box(xy: NDArray[np.floating], low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points lie between two corners."""
    inside = np.zeros(len(xy), np.bool_)
    for i in range(len(xy)):
        inside[i] = low[0] <= xy[i, 0] <= high[0] and low[1] <= xy[i, 1] <= high[1]
    return inside


def in_polygon(xy: NDArray[np.floating], corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points lie in a closed polygon, by the even-odd rule.

    Where there are many, each is looked up in a grid; only those in cells that an edge touches are tested one by one.
    """
    if len(corners) < 3:
        return np.zeros(len(xy), bool)
    ends = np.concatenate([corners, np.roll(corners, -1, 0)], 1)
    low, high = corners[:, 1].min(), corners[:, 1].max()
    scale = STRIPS / max(high - low, 1e-300)
    # each edge stands in every strip that it may touch, one to spare on both sides against rounding
    first = np.clip((np.minimum(ends[:, 1], ends[:, 3]) - low) * scale - 1, 0, STRIPS - 1).astype(np.int64)
    last = np.clip((np.maximum(ends[:, 1], ends[:, 3]) - low) * scale + 1, 0, STRIPS - 1).astype(np.int64)
    strip = np.concatenate([np.arange(a, b + 1) for a, b in zip(first, last)])
    edge = np.repeat(np.arange(len(ends)), last - first + 1)
    order = np.argsort(strip, kind="stable")
    begin = np.searchsorted(strip[order], np.arange(STRIPS + 1))
    box = (corners[:, 0].min(), corners[:, 0].max(), low, high)
    strips = (ends, edge[order], begin, box, scale)
    if len(xy) < ALONE or box[1] <= box[0] or high <= low:
        return _even_odd(xy, *strips)
    touched = _touched(ends, box, GRID)
    left, wide, tall = box[0], (box[1] - box[0]) / GRID, (high - low) / GRID
    middle = np.arange(GRID) + 0.5
    centre = np.stack(np.meshgrid(left + middle * wide, low + middle * tall), -1).reshape(-1, 2)
    cells = np.where(touched, 2, _even_odd(centre, *strips).reshape(GRID, GRID)).astype(np.uint8)
    parts = _shared(len(xy), lambda a, b: _looked_up(xy[a:b], cells, *strips))
    return np.concatenate(parts)


@njit(cache=True, nogil=True)
def _touched(ends: NDArray[np.float64], box: tuple[float, float, float, float], count: int) -> NDArray[np.bool_]:
    """(row, column) cells of the box that an edge may touch, one to spare on every side against rounding."""
    left, right, low, high = box
    wide, tall = (right - left) / count, (high - low) / count
    touched = np.zeros((count, count), np.bool_)
    for e in range(len(ends)):
        x1, y1, x2, y2 = ends[e]
        first = max(int((min(y1, y2) - low) / tall) - 1, 0)
        last = min(int((max(y1, y2) - low) / tall) + 1, count - 1)
        for r in range(first, last + 1):
            a, b = 0.0, 1.0  # the stretch of the edge that runs through this row
            if y1 != y2:
                s, t = (low + (r - 1) * tall - y1) / (y2 - y1), (low + (r + 2) * tall - y1) / (y2 - y1)
                a, b = max(min(s, t), 0.0), min(max(s, t), 1.0)
            xa, xb = x1 + a * (x2 - x1), x1 + b * (x2 - x1)
            begin = max(int((min(xa, xb) - left) / wide) - 1, 0)
            end = min(int((max(xa, xb) - left) / wide) + 1, count - 1)
            touched[r, begin : end + 1] = True
    return touched


@njit(cache=True, nogil=True)
def _odd(x: float, y: float, ends: NDArray[np.float64], edge: NDArray[np.int64]) -> bool:
    """Whether a ray to the right crosses an odd number of these edges."""
    odd = False
    for e in edge:
        x1, y1, x2, y2 = ends[e]
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            odd = not odd
    return odd


@njit(cache=True, nogil=True)
def _looked_up(
    xy: NDArray[np.floating],
    cells: NDArray[np.uint8],
    ends: NDArray[np.float64],
    edge: NDArray[np.int64],
    begin: NDArray[np.int64],
    box: tuple[float, float, float, float],
    scale: float,
) -> NDArray[np.bool_]:
    inside = np.zeros(len(xy), np.bool_)
    left, right, low, high = box
    count = len(cells)
    across, up = count / (right - left), count / (high - low)
    for i in range(len(xy)):
        x, y = np.float64(xy[i, 0]), np.float64(xy[i, 1])
        if not (x >= left and x <= right and y >= low and y <= high):
            continue
        cell = cells[min(int((y - low) * up), count - 1), min(int((x - left) * across), count - 1)]
        if cell < 2:
            inside[i] = cell == 1
            continue
        s = min(int((y - low) * scale), len(begin) - 2)
        inside[i] = _odd(x, y, ends, edge[begin[s] : begin[s + 1]])
    return inside


@njit(cache=True, nogil=True)
def _even_odd(
    xy: NDArray[np.floating],
    ends: NDArray[np.float64],
    edge: NDArray[np.int64],
    begin: NDArray[np.int64],
    box: tuple[float, float, float, float],
    scale: float,
) -> NDArray[np.bool_]:
    inside = np.zeros(len(xy), np.bool_)
    left, right, low, high = box
    for i in range(len(xy)):
        x, y = np.float64(xy[i, 0]), np.float64(xy[i, 1])
        if not (x >= left and x <= right and y >= low and y <= high):
            continue
        s = min(int((y - low) * scale), len(begin) - 2)
        inside[i] = _odd(x, y, ends, edge[begin[s] : begin[s + 1]])
    return inside


def _shared(count: int, work: Callable[[int, int], Any]) -> list[Any]:
    """What `work` gives for each stretch of `count` things, a stretch a core where there are many."""
    parts = _cores() if count > ALONE else 1
    edges = [count * k // parts for k in range(parts + 1)]
    stretches = list(pairwise(edges))
    return [work(*stretches[0])] if parts == 1 else list(_pool().map(lambda s: work(*s), stretches))


def _cores() -> int:
    return min(os.cpu_count() or 1, 8)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_cores(), thread_name_prefix="kernels")
