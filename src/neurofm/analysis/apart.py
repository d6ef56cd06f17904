"""Cells that touch, cut apart: where one is narrow, and, with an image, where it is less bright or dark than around."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.analysis import cutting
from neurofm.analysis.cells import Step, silent
from neurofm.data.volume import Box, Voxels

NARROW = 0.9  # of how deep the less deep of two parts is: narrower between them, they are two
BLUR = 0.22  # of the usual radius: smaller bumps are no shape
GREY = 0.7  # how much of a depth is due to what its voxels look like
SAMPLED = 200  # cells that tell what is usual
PLANES = 16  # that are looked at at once
SPECK = 0.05  # of the largest part: what is smaller and lies apart is no cell
LEAST = 1.5  # voxels: less deep is no middle of a cell

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Usual(NamedTuple):
    """What cells are like.

    Parameters
    ----------
    radius : um from the middle of one to its edge
    bright : 1 if middles are brighter than edges, -1 if they are darker, 0 where there is no image
    """

    radius: float
    bright: float


def split(out: Any, cells: pd.DataFrame, spacing: Floats, *, image: Voxels | None = None, step: Step = silent) -> int:
    """Cut cells that touch each other apart, in place; gives how many there are more.

    Parameters
    ----------
    out : numbers of cells by voxel, which takes and gives boxes
    cells : as `cells.measure` gives them
    image : grey values of the same shape
    """
    highest = following = _highest(out)  # also of what was too small to be a cell, which keeps its number
    corners = cells[["z_low", "y_low", "x_low", "z_high", "y_high", "x_high"]].to_numpy(np.int64)
    boxes: list[Any] = [tuple(slice(int(a), int(b)) for a, b in zip(each[:3], each[3:])) for each in corners]
    each = list(zip(cells["number"].tolist(), boxes))
    usual = _usual(out, each[:: max(len(each) // SAMPLED, 1)], spacing, image)
    for done, (number, box) in enumerate(each):
        step(done / len(cells), "Splitting those that touch")
        there = np.array(out[box])
        parts = _cut(there == number, None if image is None else image[box], spacing, usual)
        if parts.max() > 1:
            there[parts > 1] = following + parts[parts > 1] - 1
            out[box] = there
            following += int(parts.max()) - 1
    return following - highest


def _highest(out: Any) -> int:
    """The largest number there is."""
    count = out.shape[0]
    return max((int(out[k : min(k + PLANES, count)].max()) for k in range(0, count, PLANES)), default=0)


def _usual(out: Any, some: list[tuple[int, Box]], spacing: Floats, image: Voxels | None) -> Usual:
    """The radius that cells with half of all tissue have at least, and whether their middles are bright, by some."""
    tops, likeness = [np.zeros(0)], [0.0]
    for number, box in some:
        inside = np.asarray(out[box]) == number
        full = _filled(inside)
        deep = cutting.depth(full, spacing)
        smooth = _blurred(deep, 0.7 * _least(inside, spacing), spacing)
        middles = cutting.middles(np.where(full, smooth, 0.0), 0.1 * _least(inside, spacing))
        tops.append(deep[tuple(middles.T)])
        if image is not None:
            grey, deep = (each[inside] for each in (_known(image[box], inside), deep))
            spread = float(grey.std() * deep.std())
            likeness.append(float(((grey - grey.mean()) * deep).mean() / spread) if spread else 0.0)
    deepest = np.sort(np.concatenate(tops))
    deepest = deepest[deepest >= LEAST * float(spacing.min())]
    share = np.cumsum(deepest ** (2 if out.shape[0] == 1 else 3))
    radius = float(deepest[np.searchsorted(share, share[-1] / 2)]) if len(deepest) else 0.0
    return Usual(radius, float(np.sign(np.median(likeness[1:]))) if len(likeness) > 1 else 0.0)


def _cut(inside: Mask, grey: Any, spacing: Floats, usual: Usual) -> NDArray[np.int64]:
    """Parts of a cell from 1 on: those of each piece that is connected by itself; specks stay with the first."""
    from scipy.ndimage import find_objects, label

    pieces, _ = label(inside)
    parts, shallow = np.zeros(inside.shape, np.int64), list[int]()
    for number, box in enumerate(find_objects(pieces), 1):
        own = pieces[box] == number
        cut, last = _around_middles(own, None if grey is None else grey[box], spacing, usual), int(parts.max())
        parts[box][own] = np.maximum(cut[own], 1) + last
        shallow += [] if cut.any() else [last + 1]
    sizes = np.bincount(parts.ravel())
    keep = np.ones(len(sizes), bool)
    keep[shallow] = sizes[shallow] >= SPECK * sizes[1:].max(initial=0)
    keep[0] = False
    return np.where(inside, np.where(keep, np.cumsum(keep), 1)[parts], 0)


def _around_middles(inside: Mask, grey: Any, spacing: Floats, usual: Usual) -> NDArray[np.int64]:
    """Parts of a connected piece from 1 on: the voxels around each of its middles; none if it is nowhere deep."""
    from skimage.segmentation import watershed

    full, least = _filled(inside), _least(inside, spacing)  # a hole is no narrow place
    deep = _blurred(cutting.depth(full, spacing), BLUR * usual.radius, spacing)
    if grey is not None and usual.bright:
        deep = deep * (1 - GREY + GREY * _scaled(usual.bright * _known(grey, inside), inside, usual, spacing))
    relative = np.where(full, np.log(np.maximum(deep, least)), 0.0) - np.log(least)
    middles = cutting.middles(np.maximum(relative, 0.0), -np.log(NARROW))
    middles = middles[full[tuple(middles.T)]]  # of what is nowhere deep all is level, and outside, too
    if not len(middles):
        return np.zeros(inside.shape, np.int64)
    seeds = np.zeros(inside.shape, np.int32)
    seeds[tuple(middles.T)] = np.arange(1, len(middles) + 1)
    parts = watershed(-deep, seeds, mask=full)
    return np.asarray(np.where(inside, np.maximum(parts, 1), 0), np.int64)


def _scaled(grey: Floats, inside: Mask, usual: Usual, spacing: Floats) -> Floats:
    """Blurred grey values, from 0 at the least that a cell has to 1 at the most."""
    smooth = _blurred(grey, BLUR * usual.radius, spacing)
    low, high = np.percentile(smooth[inside], [2, 98])
    return np.clip((smooth - low) / max(high - low, 1e-9), 0.0, 1.0)


def _known(grey: Any, inside: Mask) -> Floats:
    """Grey values, the mean of the cell's where there is none."""
    values = np.asarray(grey, float)
    known = np.isfinite(values)
    if known.all():
        return values
    usual = float(values[known & inside].mean()) if (known & inside).any() else 0.0
    return np.where(known, values, usual)


def _filled(inside: Mask) -> Mask:
    from scipy.ndimage import binary_fill_holes

    return np.stack([binary_fill_holes(plane) for plane in inside])


def _blurred(values: Floats, sigma: float, spacing: Floats) -> Floats:
    """By a Gaussian of so many um; a single plane has nothing above and below."""
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(values, np.array([sigma * (len(values) > 1), sigma, sigma]) / spacing), float)


def _least(inside: Mask, spacing: Floats) -> float:
    """um of the finest step."""
    return float(spacing[int(len(inside) == 1) :].min())
