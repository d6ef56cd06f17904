"""Cells in labels of any size: connected pieces of a class, what each cell is like, and what each region holds.

Labels are read block by block, so that memory grows with the count of cells and with one plane, never with the volume.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.volume import Box, Pyramid, Voxels, asked

BLOCK = 1 << 23  # voxels that are looked at at once
MM = 1000.0  # micrometres
NEIGHBOURS = {"nearest": 1, "third": 3}  # columns of distances, and which neighbour each is of
EVERYWHERE = "all"  # the region where none are told apart

Floats = NDArray[np.float64]
Step = Callable[[float, str], Any]


def silent(fraction: float, words: str) -> None:
    """Tells nobody how far it is."""


def blocks(voxels: Voxels, most: int = BLOCK) -> list[Box]:
    """Boxes of whole chunks that together are all of it, plane after plane of them."""
    sizes = list(voxels.chunks)
    while True:
        longer = [k for k in (2, 1, 0) if sizes[k] < voxels.shape[k]]
        if not longer or 2 * np.prod(sizes, dtype=float) > most:
            break
        sizes[longer[0]] *= 2
    starts = (range(0, n, size) for n, size in zip(voxels.shape, sizes))
    return [_box(low, sizes, voxels.shape) for low in product(*starts)]


def connected(labels: Voxels, of: int, out: Any, *, least: int = 1, step: Step = silent) -> int:
    """Number the connected pieces of a class from 1 on, and write them into `out`; gives how many there are.

    Voxels are connected by faces, across borders of blocks as inside of them.

    Parameters
    ----------
    of : number of the class
    out : array of the same shape, of unsigned whole numbers, that takes and gives boxes
    least : voxels of a piece; smaller ones become 0
    """
    from scipy.ndimage import label

    faces: dict[tuple[int, ...], NDArray[Any]] = {}
    pairs, counts, total = [np.zeros((0, 2), np.int64)], [np.zeros(1, np.int64)], 0
    every = blocks(labels)
    for done, box in enumerate(every):
        step(0.6 * done / len(every), "Finding pieces")
        numbers, count = label(labels[box] == of)
        counts.append(np.bincount(numbers.ravel(), minlength=count + 1)[1:])
        numbers = np.where(numbers, numbers.astype(np.int64) + total, 0)
        total += count
        pairs += _meeting(numbers, box, faces, labels.shape)
        out[box] = numbers.astype(np.uint32)
    final = _joined(np.concatenate(counts), np.concatenate(pairs), least)
    for done, box in enumerate(every):
        step(0.6 + 0.4 * done / len(every), "Numbering pieces")
        out[box] = final[np.asarray(out[box])]
    return int(final.max())


def measure(
    labels: Voxels, spacing: Floats, origin: Floats, *, image: Voxels | None = None, regions: Voxels | None = None,
    least: int = 1, step: Step = silent,
) -> pd.DataFrame:  # fmt: skip
    """What each cell is like, by the number that its voxels have.

    Parameters
    ----------
    spacing, origin : (3,) micrometres, z y x
    image, regions : grey values, and numbers of regions, of the same shape
    least : voxels of a cell; smaller ones are left out

    Returns
    -------
    DataFrame
        A row a cell: `number`; `z`, `y`, `x` of its centroid in um; `voxels`; `size` in um^3, or in um^2 in a single
        plane; `intensity`, the mean of its grey values; `region` at its centroid (0 without any); whether it touches
        the `border`, so that a part of it may be missing; um to the `nearest` and the `third` neighbour's centroid,
        NaN where there is none; and its box, `z_low` to `x_high`, in voxels.
    """
    every = blocks(labels)
    parts = [_nobody()]
    for done, box in enumerate(every):
        step(done / len(every), "Measuring")
        parts.append(_sums(labels[box], box, None if image is None else image[box]))
    sums = _together(parts, least)
    flat = labels.shape[0] == 1
    each = float(np.prod(spacing[1:] if flat else spacing))
    mean = sums[["z", "y", "x"]].to_numpy(float) / sums[["voxels"]].to_numpy(float)
    low, high = (sums[[f"{axis}_{end}" for axis in "zyx"]].to_numpy(np.int64) for end in ("low", "high"))
    touching = (low == 0) | (high == np.array(labels.shape))
    cells = pd.DataFrame({"number": sums.index.to_numpy(np.int64), "voxels": sums["voxels"].to_numpy(np.int64)})
    cells[["z", "y", "x"]] = mean * spacing + origin
    cells = cells.assign(size=cells["voxels"] * each, border=touching[:, int(flat) :].any(1))
    cells["intensity"] = np.nan if image is None else (sums["grey"] / sums["voxels"]).to_numpy(float)
    cells["region"] = 0 if regions is None else at(regions, np.rint(mean).astype(np.int64))
    cells = cells.assign(**neighbours(cells[["z", "y", "x"]].to_numpy(float)))
    for axis, a, b in zip("zyx", low.T, high.T):
        cells[f"{axis}_low"], cells[f"{axis}_high"] = a, b
    return cells


def neighbours(places: Floats) -> dict[str, Floats]:
    """(place,) distances to the nearest and the third other place; NaN where there are not so many."""
    from scipy.spatial import cKDTree

    if not len(places):
        return {name: np.zeros(0) for name in NEIGHBOURS}
    far, _ = cKDTree(places).query(places, k=max(NEIGHBOURS.values()) + 1)  # the first is the place itself
    return {name: np.where(np.isfinite(far[:, k]), far[:, k], np.nan) for name, k in NEIGHBOURS.items()}


def counted(labels: Voxels, regions: Voxels | None = None, *, step: Step = silent) -> pd.DataFrame:
    """(region, class) voxels of each class in each region, by their numbers; one region, 0, by default."""
    every, parts = blocks(labels), [pd.Series(np.zeros(0, np.int64), pd.MultiIndex.from_arrays([[], []]))]
    for done, box in enumerate(every):
        step(done / len(every), "Counting voxels")
        numbers = labels[box].ravel().astype(np.int64)
        where = np.zeros_like(numbers) if regions is None else regions[box].ravel().astype(np.int64)
        pair, count = np.unique(np.stack([where, numbers]), axis=1, return_counts=True)
        parts.append(pd.Series(count, pd.MultiIndex.from_arrays(list(pair))))
    table: pd.DataFrame = pd.concat(parts[1:]).groupby(level=[0, 1]).sum().unstack(fill_value=0)
    return table


def by_region(
    cells: pd.DataFrame, voxels: pd.Series, each: float, *, flat: bool = False, shares: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What regions hold, a row each.

    Parameters
    ----------
    cells : as `measure` gives them
    voxels : by region, how many it has; those of region 0, which is none, are left out where there are others
    each : um^3 (or um^2) of a voxel
    shares : by region, further columns

    Returns
    -------
    DataFrame
        By region: `cells`; `mm3` (or `mm2`) of it; `density`, cells in one of these; means of `size`, `nearest` and
        `third` of its cells, NaN where it has none; and the shares.
    """
    names = [n for n in voxels.index if n != 0] or list(voxels.index)
    own = cells.groupby("region")
    extent = voxels.reindex(names).astype(float) * each / MM ** (2 if flat else 3)
    rows = pd.DataFrame({"cells": own.size().reindex(names, fill_value=0), "mm2" if flat else "mm3": extent})
    rows["density"] = rows["cells"] / extent
    for name in ("size", *NEIGHBOURS):
        rows[name] = own[name].mean().reindex(names).astype(float)
    return rows if shares is None else rows.join(shares.reindex(names))


def at(voxels: Voxels, rows: NDArray[np.int64]) -> NDArray[Any]:
    """(place,) values at voxels (place, 3), each block read once."""
    values = np.zeros(len(rows), voxels.dtype)
    for box in blocks(voxels):
        low, high = (np.array([getattr(side, end) for side in box]) for end in ("start", "stop"))
        here = np.flatnonzero(((rows >= low) & (rows < high)).all(1))
        if len(here):
            values[here] = voxels[box][tuple((rows[here] - low).T)]
    return values


@dataclass(frozen=True, eq=False)
class On:
    """Voxels of one image at the places of those of another: the nearest of each, 0 where there is none.

    Parameters
    ----------
    what, on : the image that is read, and the one whose places count
    """

    what: Pyramid
    on: Pyramid

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.on.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.what.dtype

    @property
    def chunks(self) -> tuple[int, int, int]:
        return self.on.levels[0].chunks

    def __getitem__(self, box: Any) -> NDArray[Any]:
        rows, steps = asked(box, self.shape)
        out = np.zeros([len(row) for row in rows], self.dtype)
        axes = [self._axis(axis, np.asarray(row)) for axis, row in enumerate(rows)]
        inside = [(row >= 0) & (row < n) for row, n in zip(axes, self.what.shape)]
        if all(some.any() for some in inside):
            near = [row[some] for row, some in zip(axes, inside)]
            read = self.what.levels[0][tuple(slice(int(row.min()), int(row.max()) + 1) for row in near)]
            out[np.ix_(*inside)] = read[np.ix_(*(row - row.min() for row in near))]
        return out[tuple(0 if isinstance(s, int) else slice(None) for s in steps)]

    def _axis(self, axis: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        place = rows * self.on.spacing[0, axis] + self.on.origin[axis]
        return np.rint((place - self.what.origin[axis]) / self.what.spacing[0, axis] - 1e-9).astype(np.int64)


def _box(low: Sequence[int], sizes: Sequence[int], shape: Sequence[int]) -> Box:
    z, y, x = (slice(a, min(a + size, n)) for a, size, n in zip(low, sizes, shape))
    return z, y, x


def _meeting(
    numbers: NDArray[Any], box: Box, faces: dict[tuple[int, ...], NDArray[Any]], shape: Sequence[int]
) -> Iterator[NDArray[np.int64]]:
    """(pair, 2) numbers that meet at the faces of a block, whose last faces are kept for those that follow."""
    corner = tuple(side.start for side in box)
    for axis, side in enumerate(box):
        before = faces.pop((axis, *corner), None)
        if before is not None:
            both = np.stack([before.ravel(), numbers.take(0, axis).ravel()], 1)
            yield np.unique(both[(both > 0).all(1)], axis=0)
        if side.stop < shape[axis]:
            following = (*corner[:axis], side.stop, *corner[axis + 1 :])
            faces[(axis, *following)] = numbers.take(-1, axis)


def _joined(counts: NDArray[np.int64], pairs: NDArray[np.int64], least: int) -> NDArray[np.uint32]:
    """(number + 1,) the final number of each first one: pairs are one, and what is too small is 0."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if len(counts) > np.iinfo(np.uint32).max:
        raise ValueError(f"{len(counts):,} pieces are more than can be numbered; is it the right class?")
    size = len(counts)
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), (size, size))
    _, piece = connected_components(graph, directed=False)
    kept = np.bincount(piece, counts) >= max(least, 1)
    kept[piece[0]] = False  # what is of no class
    return np.where(kept, np.cumsum(kept), 0)[piece].astype(np.uint32)


def _nobody() -> pd.DataFrame:
    names = ["voxels", "z", "y", "x", "grey", *(f"{axis}_{end}" for axis in "zyx" for end in ("low", "high"))]
    return pd.DataFrame({name: np.zeros(0) for name in names}, index=pd.Index([], dtype=np.int64))


def _sums(numbers: NDArray[Any], box: Box, image: NDArray[Any] | None) -> pd.DataFrame:
    """Of each number in a block how many voxels it has, the sums of their places and grey values, and their box."""
    where = np.nonzero(numbers)
    if not len(where[0]):
        return _nobody()
    own, row, count = np.unique(numbers[where], return_inverse=True, return_counts=True)
    order = np.argsort(row, kind="stable")
    first = np.cumsum(count) - count
    grey = np.zeros(len(row)) if image is None else image[where].astype(float)
    sums: dict[str, Any] = {"voxels": count, "grey": np.add.reduceat(grey[order], first)}
    for axis, places, side in zip("zyx", where, box):
        along = places[order] + side.start
        sums[axis] = np.add.reduceat(along.astype(float), first)
        sums[f"{axis}_low"], sums[f"{axis}_high"] = (
            np.minimum.reduceat(along, first), np.maximum.reduceat(along, first) + 1,
        )  # fmt: skip
    return pd.DataFrame(sums, index=pd.Index(own.astype(np.int64)))


def _together(parts: Sequence[pd.DataFrame], least: int) -> pd.DataFrame:
    """The same of all blocks, without what is too small."""
    some = [part for part in parts if len(part)] or list(parts[:1])
    own = pd.concat(some).groupby(level=0)
    low, high = ([f"{axis}_{end}" for axis in "zyx"] for end in ("low", "high"))
    sums = own[["voxels", "z", "y", "x", "grey"]].sum().join(own[low].min()).join(own[high].max())
    return sums[sums["voxels"] >= least]
