"""Rows of an embedding as marks: points or an image of them, those that are picked on top, and what a shape holds."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurofm.app import colors
from neurofm.app.colors import Color
from neurofm.app.memory import Same, remember
from neurofm.app.pictures.scene import Image, Points, Shape, Viewport
from neurofm.app.views._maps import Box
from neurofm.data.embedding import Embedding
from neurofm.data.ids import Ids

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

MANY = 20_000  # more marks than this become an image
FEW = 2_000  # up to so many marks are as large as they can be
SMALLEST = 3.0  # pixels of a mark among many, unless there are so many that they are smaller anyway


def under(embedding: Embedding, xy: NDArray[np.floating], kept: NDArray[np.bool_] | None, shape: Shape) -> Ids:
    """Ids of the rows at `xy` (row, 2) under a shape, of those that are kept (all if None); of a point the nearest."""
    from neurofm.app.views._kernels import in_box, in_polygon, taken

    if shape.kind == "point":
        return embedding.ids[nearest(xy, kept, shape)]
    corners = np.asarray(shape.xy, float)
    inside = in_box(xy, corners.min(0), corners.max(0)) if shape.kind == "box" else in_polygon(xy, corners)
    return taken(embedding.ids, inside if kept is None else inside & kept)


def picked_rows(session: Catalog, embedding: Embedding) -> NDArray[np.bool_]:
    """(row,) which rows are picked."""
    from neurofm.app.views._kernels import mark

    picks = session.selection.picked(embedding.space)
    if not len(picks):
        return remember(embedding, "nothing", lambda: np.zeros(len(embedding.ids), bool))
    order = _order(embedding)
    return remember(embedding, Same(picks), lambda: mark(embedding.ids, order, picks))


def below(kept: NDArray[np.bool_] | None, picked: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Rows drawn first, None for all: those that are not picked; where there are many, picked ones are drawn twice."""
    count = len(picked) if kept is None else int(np.count_nonzero(kept))
    if count > MANY:
        return kept
    return ~picked if kept is None else kept & ~picked


def _order(embedding: Embedding) -> NDArray[np.intp]:
    return remember(embedding, "order", lambda: np.argsort(embedding.ids, kind="stable"))


def layer(
    embedding: Embedding,
    xy: NDArray[np.floating],
    rgba: Color,
    keep: NDArray[np.bool_] | None,
    *,
    box: Box,
    viewport: Viewport,
    size: float,
    opacity: float,
    outline: Color | None = None,
    known: Hashable = None,
) -> tuple[Points | Image, ...]:
    """The rows kept, as points or as an image of mean colours, which is made once for all that `known` tells apart."""
    from neurofm.app.views._kernels import alone, bin_points

    keep = remember(embedding, "all", lambda: np.ones(len(embedding.ids), bool)) if keep is None else keep
    count = int(np.count_nonzero(keep))
    width, height = max(viewport.width, 1), max(viewport.height, 1)
    if not count:
        return ()
    if count <= min(MANY, width * height):
        rows = np.flatnonzero(keep)
        rows = rows[np.isfinite(xy[rows]).all(1)]
        many = len(embedding.ids)
        room = max(min(width, height) / np.sqrt(many), SMALLEST)  # side by side they fill a picture, but for the lowest
        across = size * min(8.0 * min(1.0, FEW / many) ** (1 / 3), float(room))
        crowd = 1.0 if outline is not None else _crowd(xy[rows], box, (width / across, height / across))
        color = colors.fade(rgba[rows], opacity * alone(crowd))
        return (Points(embedding.space, embedding.ids[rows], xy[rows], color, across, outline),)
    fine = max(round(2 * size), 1)  # pixels that a mark is wide
    cells = (max(width // fine, 1), max(height // fine, 1))

    def make() -> Color:
        return bin_points(xy, rgba, keep, box, *cells)

    image = make() if known is None else remember(embedding, ("image", known, box, cells), make)
    return (Image(colors.fade(image, opacity), box[:2], box[2:]),)


def _crowd(xy: NDArray[np.floating], box: Box, cells: tuple[float, float]) -> float:
    """How many points there are in the cell of a point, on average; the box is cut into so many across and up."""
    left, right, bottom, top = box
    place = np.floor((xy - (left, bottom)) * (cells[0] / (right - left), cells[1] / (top - bottom)))
    across, up = place.T
    seen = (across >= 0) & (across < cells[0]) & (up >= 0) & (up < cells[1])
    counts = np.bincount((across[seen] + (int(cells[0]) + 1) * up[seen]).astype(np.int64))
    return float(np.square(counts).sum() / max(counts.sum(), 1))


def nearest(xy: NDArray[np.floating], kept: NDArray[np.bool_] | None, shape: Shape) -> NDArray[np.intp]:
    """The row under a point, or none."""
    reach = np.maximum(shape.reach, 1e-300)
    x = shape.xy[0, 0]
    near = np.flatnonzero(np.abs(xy[:, 0] - x) <= reach[0])  # NaN is nowhere near
    near = near if kept is None else near[kept[near]]
    far = np.square((xy[near] - shape.xy[0]) / reach).sum(1)
    order = np.argsort(far, kind="stable")[:1]
    return near[order[far[order] <= 1]]
