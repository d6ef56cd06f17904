"""Edges of a graph as marks: lines where they are few, else an image of how many cross each pixel."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from neurofm.app import colors
from neurofm.app.colors import Color
from neurofm.app.pictures.scene import Image, Line, Viewport
from neurofm.app.views._maps import Box

MOST = 10_000  # edges that are drawn; of more the strongest, since an image says no more of others
LINES = 1_500  # edges up to which each is a line
FAINT = 0.35  # opacity of one edge
COARSE = 2  # pixels of a screen that a pixel of the image is wide
SHADES = np.round(255 * (1 - (1 - FAINT) ** np.arange(64))).astype(np.uint8)  # opacity of so many edges


def warm() -> None:
    """Compile or load the loop."""
    edges, order = np.zeros((2, 1), np.int64), np.zeros(1, np.int64)
    _own(edges, order, np.ones(1, np.bool_), 1)
    crossed(np.zeros((1, 2)), edges, order, (0.0, 1.0, 0.0, 1.0), 1, 2, 2)


def lines(
    xy: NDArray[np.floating], edges: NDArray[np.int64], order: NDArray[np.int64], box: Box, viewport: Viewport
) -> tuple[tuple[Line | Image, ...], int]:
    """Marks of the edges in sight, the first in `order` if there are too many, and how many are drawn.

    Parameters
    ----------
    xy : (node, 2) in data coordinates
    edges : (2, edge)
    order : (edge,) rows of these, the strongest first
    box : what is seen
    """
    rgb = colors.GREY
    if len(order) <= LINES:
        x, y = _broken(xy, edges[:, order])
        return ((Line(x, y, colors.fade(rgb, 0.6), 1.0),), len(order)) if len(order) else ((), 0)
    across, high = max(viewport.width // COARSE, 1), max(viewport.height // COARSE, 1)
    counts, drawn = crossed(xy, edges, order, box, MOST, across, high)
    rgba = np.empty((*counts.shape, 4), np.uint8)
    rgba[..., :3] = rgb[:3]
    rgba[..., 3] = SHADES[np.minimum(counts, len(SHADES) - 1)]
    return (Image(rgba, box[:2], box[2:]),), int(drawn)


def around(
    xy: NDArray[np.floating], edges: NDArray[np.int64], order: NDArray[np.int64], nodes: NDArray[np.bool_], ink: Color
) -> tuple[Line, ...]:
    """Lines for edges of some nodes (node,), the strongest if there are too many."""
    own = _own(edges, order, nodes, LINES) if nodes.any() else order[:0]
    x, y = _broken(xy, edges[:, own])
    return (Line(x, y, colors.fade(ink, 0.7), 1.5),) if len(own) else ()


def _broken(xy: NDArray[np.floating], edges: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    path = np.full((edges.shape[1], 3, 2), np.nan)
    path[:, 0], path[:, 1] = xy[edges[0]], xy[edges[1]]
    return path[..., 0].ravel(), path[..., 1].ravel()


@njit(cache=True, nogil=True)
def _own(edges: NDArray[np.int64], order: NDArray[np.int64], nodes: NDArray[np.bool_], most: int) -> NDArray[np.int64]:
    """The first edges in order, `most` of them, with an end among some nodes (node,)."""
    own = np.empty(min(most, len(order)), np.int64)
    count = 0
    for k in order:
        if nodes[edges[0, k]] or nodes[edges[1, k]]:
            own[count] = k
            count += 1
            if count == len(own):
                break
    return own[:count]


@njit(cache=True, nogil=True)
def crossed(
    xy: NDArray[np.floating], edges: NDArray[np.int64], order: NDArray[np.int64], box: Box, most: int, width: int,
    height: int,
) -> tuple[NDArray[np.uint16], int]:  # fmt: skip
    """(row, column) how many edges cross each pixel, and how many that are: `most` of those with an end in sight."""
    counts = np.zeros((height, width), np.uint16)
    left, right, low, high = box
    across, up = width / (right - left), height / (high - low)
    drawn = 0
    for k in order:
        x0, y0 = (xy[edges[0, k], 0] - left) * across, (xy[edges[0, k], 1] - low) * up
        x1, y1 = (xy[edges[1, k], 0] - left) * across, (xy[edges[1, k], 1] - low) * up
        first = x0 >= 0 and x0 < width and y0 >= 0 and y0 < height
        last = x1 >= 0 and x1 < width and y1 >= 0 and y1 < height
        if not (first or last):  # NaN is nowhere, too
            continue
        steps = max(abs(x1 - x0), abs(y1 - y0))
        if not steps < 1e6:
            continue
        count = int(steps) + 1
        dx, dy = (x1 - x0) / count, (y1 - y0) / count
        for i in range(count + 1):  # from the end that is in sight until it leaves
            x, y = (x0 + i * dx, y0 + i * dy) if first else (x1 - i * dx, y1 - i * dy)
            if x < 0 or x >= width or y < 0 or y >= height:
                break
            if counts[int(y), int(x)] < 60000:
                counts[int(y), int(x)] += 1
        drawn += 1
        if drawn >= most:
            break
    return counts, drawn
