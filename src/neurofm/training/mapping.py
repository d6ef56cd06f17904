"""Mapping: which region each place of a volume is in, from what a model says of patches that overlap.

The map is coarse: a voxel of it is a cell of `stride` voxels of the image along y and x, and as far along z. What is
said of a cell is what is said of the patches around it, those whose middle is near counting most. Cells lie on a grid
of the whole volume, so a box of the map is what it is of the whole.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data import patches as cutting
from neurofm.data.areas import Areas
from neurofm.data.cells import REGION
from neurofm.data.volume import MICRON, Volume
from neurofm.errors import DataError
from neurofm.io import _label_store
from neurofm.runs import RunFolder
from neurofm.training.chunks import whole
from neurofm.training.course import Step
from neurofm.training.segmenting import Record, check_same, digest, file, inside, ordered, told

CORE = 64  # cells of a chunk, along y and x
APART = 1.5  # times that voxels may be larger or smaller than those that were learned from
SHARE = 4  # strides to an edge of a patch, unless another stride is asked for

Spans = tuple[tuple[int, int], ...]


@dataclass
class Mapped:
    """What came of it: the store, how many chunks there are, and why some could not be done, by where they are."""

    out: Path
    chunks: int
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """Cells of a map, and patches around them, along one axis.

    Parameters
    ----------
    count : voxels of the volume
    step : voxels of a cell
    edge : voxels of a patch; 1 across the planes
    """

    count: int
    step: int
    edge: int

    def cells(self, low: int, high: int) -> tuple[int, int]:
        """First cell and the one after the last that hold some of these voxels."""
        return low // self.step, -(-high // self.step)

    def middles(self, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        """(cell,) where the middle of each is, in voxels; of the last one of that part that is in the volume."""
        ends = np.minimum((cells + 1) * self.step, self.count)
        return (cells * self.step + ends - 1) / 2

    def corners(self, middles: NDArray[np.float64]) -> NDArray[np.int64]:
        """First voxels of the patches that hold any of these middles: every `step` voxels, and one at the end."""
        if self.edge == 1:
            return np.floor(middles).astype(np.int64)
        every = np.unique(np.r_[np.arange(0, self.count - self.edge + 1, self.step), self.count - self.edge])
        return every[self.weights(middles, every).any(0)]

    def weights(self, middles: NDArray[np.float64], corners: NDArray[np.int64]) -> NDArray[np.float64]:
        """(cell, patch) how much each patch counts: 1 with its middle in that of the cell, 0 from its border on."""
        apart = np.abs(middles[:, None] - (corners + (self.edge - 1) / 2))
        reach = (self.edge + 1) / 2  # so that the outermost cell of a volume is still said something of
        return np.maximum(1 - apart / reach, 0.0)


def map_regions(
    run: RunFolder,
    net: Any,
    course: Any,
    source: Volume,
    out: str | os.PathLike[str],
    *,
    box: Spans | None = None,
    stride: int = 0,
    near: Sequence[int] | None = None,
    resume: bool = False,
    step: Step = lambda *_, **__: None,
) -> Mapped:
    """Write the likeliest region of each cell of a box, and how probable each is, into an OME-Zarr store.

    Parameters
    ----------
    course : its `says` gives probabilities of patches
    box : voxels from low to high along z, y, x, widened to whole cells; all if None
    stride : voxels from patch to patch; a quarter of a patch if 0
    near : voxel around which to begin; the middle of the box if None
    resume : whether to go on with what is there, if it is of the same network and image

    Raises
    ------
    DataError
        If the box is not in the image, patches do not fit into it, or what is there is of something else.
    ValueError
        If the stride is none.
    """
    check_names(run)
    check_spacing(run, source)
    out, grids = Path(out), grids_of(run, source, stride)
    if source.image is None:
        raise DataError(source.paths[0] if source.paths else source.session, "image", "is missing; open the image")
    voxels = source.image.levels[0]
    spans = inside(out, box, voxels.shape)
    near = near or [(low + high) // 2 for low, high in spans]
    cells = tuple(grid.cells(*span) for grid, span in zip(grids, spans))
    names = numbers_of(run, source)
    record = Record(out.with_name(f"{out.name}.chunks"))
    about: dict[str, Any] = {"cells": [list(span) for span in cells], "step": [grid.step for grid in grids]}
    about |= {"names": {str(k): name for k, name in names.items()}, "network": digest(net), "image": file(voxels)}
    kept = record.plan if resume and out.exists() else None
    if kept is not None:
        check_same(out, kept, about)
        store = _label_store.LabelStore(out)
    else:
        store = _store(out, source, grids, cells, names)
        record.begin(about)
    chunks = ordered(_cut(cells), [int(at) // grid.step for at, grid in zip(near, grids)])
    mapped = Mapped(out, len(chunks))
    done = record.done
    for number, chunk in enumerate(chunks, 1):
        if chunk not in done:
            try:
                with whole(voxels):
                    said = _said(run, net, course, source, grids, chunk)
                _write(store, cells, chunk, said, list(names))
                record.add(chunk)
            except OSError as error:
                mapped.failed[told(chunk)] = str(error).split("\n")[0]
        step(number / len(chunks), f"{number:,} of {len(chunks):,} chunks", preview=out)
    return mapped


def grids_of(run: RunFolder, source: Volume, stride: int = 0) -> tuple[Grid, Grid, Grid]:
    """Cells along z, y and x; along z as far apart as in the plane.

    Raises
    ------
    DataError
        If patches are larger than planes, or there is no image.
    ValueError
        If the stride is no number of voxels up to an edge.
    """
    edge = run.config["config"]["edge"]
    stride = stride or max(edge // SHARE, 1)
    if not 1 <= stride <= edge:
        raise ValueError(f"stride must be from 1 to {edge} voxels, the edge of a patch, got {stride}")
    cutting.check_edge(source, edge)
    z, y, x = source.whole.shape
    deep = max(round(stride * float(source.spacing[1] / source.spacing[0])), 1)
    return Grid(z, min(deep, z), 1), Grid(y, stride, edge), Grid(x, stride, edge)


def numbers_of(run: RunFolder, source: Volume) -> dict[int, str]:
    """What numbers of the map stand for: as in the volume's own labels where these name all areas, else from 1 on."""
    areas, label = Areas(run.vocab["areas"]), run.target.series
    rows = areas.table(source, label)[:-1] if label in source.labels else np.zeros(0, np.int64)
    first = [next((int(n) for n in np.flatnonzero(rows == k) if n), 0) for k in range(len(areas.names))]
    numbers = first if all(first) else range(1, len(areas.names) + 1)
    return dict(zip(numbers, areas.names))


def _store(out: Path, source: Volume, grids: Sequence[Grid], cells: Spans, names: Mapping[int, str]) -> Any:
    steps = np.array([grid.step for grid in grids])
    first = np.array([low for low, _ in cells])
    return _label_store.create(
        out, [high - low for low, high in cells], label=REGION, names=names, spacing=source.spacing * steps,
        origin=source.whole.origin + source.spacing * (first * steps + (steps - 1) / 2), unit=source.unit,
        classes=list(names.values()),
    )  # fmt: skip


def _cut(cells: Spans) -> list[Spans]:
    """Chunks of cells, a plane of them each."""
    z, y, x = (
        [(k, min(k + size, high)) for k in range(low, high, size)] for (low, high), size in zip(cells, (1, CORE, CORE))
    )
    return [(a, b, c) for a in z for b in y for c in x]


def _said(
    run: RunFolder, net: Any, course: Any, source: Volume, grids: Sequence[Grid], chunk: Spans
) -> NDArray[np.float32]:
    """(region, 1, y, x) how probable each region is in the cells of a chunk; 0 of all where there is nothing to see."""
    middles = [grid.middles(np.arange(*span)) for grid, span in zip(grids, chunk)]
    along = [grid.corners(middle) for grid, middle in zip(grids, middles)]
    corners = np.stack(np.meshgrid(*along, indexing="ij"), -1).reshape(-1, 3)
    said = course.says(run, net, source, corners)
    shape = tuple(len(one) for one in along[1:])
    known = np.isfinite(said[:, 0]).reshape(shape).astype(float)
    said = np.nan_to_num(said).reshape(*shape, -1)
    y, x = (grid.weights(middle, one) for grid, middle, one in zip(grids[1:], middles[1:], along[1:]))
    weight = y @ known @ x.T
    share = np.einsum("iy,yxk,jx->kij", y, said, x, optimize=True) / np.where(weight > 0, weight, 1.0)
    return np.asarray(share[:, None], np.float32)


def _write(store: Any, cells: Spans, chunk: Spans, said: NDArray[np.float32], numbers: Sequence[int]) -> None:
    there = [(low - begin, high - begin) for (low, high), (begin, _) in zip(chunk, cells)]
    labels = np.where(said.sum(0) > 0, np.array(numbers)[said.argmax(0)], 0).astype(store.dtype)
    store.write(there, labels, said)


def check_spacing(run: RunFolder, source: Volume) -> None:
    """Refuse voxels of another size in a plane than those that were learned from, where both are told.

    Raises
    ------
    DataError
        If they are half as large again, or less than two thirds.
    """
    learned = run.vocab.get("spacings", []) if source.unit == MICRON else []
    if learned and min(np.abs(np.log(source.spacing / one))[1:].max() for one in learned) > np.log(APART):
        own, one = ([float(f"{step:.4g}") for step in each] for each in (source.spacing, learned[0]))
        problem = f"is {own}, and {run.name} learned from {one} (z, y, x); put size or axes right, or train on this one"
        raise DataError((*source.paths, source.session)[0], "spacing", problem)


def check_names(run: RunFolder) -> None:
    """Refuse a run that names no regions.

    Raises
    ------
    DataError
        If it has learned without labels.
    """
    if not run.target.names:
        raise DataError(run.path, "target", "names no regions, as it learned without labels; train it on labels, too")
