"""Patches: squares on planes of a volume, each by an id that says where it is and how large.

The id of a patch is the flat index of its middle voxel, with the power of two that its edge is in the last four bits.
So it leads back to its place without a table, and patches of several sizes of one volume go beside each other.
Volumes are shared out by blocks, cubes of 256 voxels; no patch lies in two of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from neurofm.data.blank import filled
from neurofm.data.ids import SHIFT, Ids
from neurofm.data.source import Space
from neurofm.errors import DataError

Volume: TypeAlias = Any  # of `neurofm.data.volume`, of which patches are a space
Pyramid: TypeAlias = Any
Voxels: TypeAlias = Any

PATCH = "patch"  # its space
ALONG = ("z", "y", "x")  # columns that say where one is
BITS = 4  # of an id that say how large a patch is
BLOCK = 256  # voxels along an edge of what is shared out as a whole
PLANES = 4  # of a block that are looked at, at most
EDGES = (16, BLOCK)  # voxels along a side, at least and at most
MOST = 1 << 28  # bytes of patches that are learned from, at most
MANY, ALL = 20_000, 100_000  # patches that are learned from, and that are placed, at most

OFFSET, GAIN = 0.1, 0.1  # sd by which grey values change, of theirs; with noise batch norm would see other pictures

Corners = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Cut:
    """How volumes are cut into patches, what these are labelled as, and what counts in them."""

    edge: Annotated[int, {"min": EDGES[0], "max": EDGES[1]}] = 64  # voxels along a side of a patch: 32, 64, 128 or 256
    areas: str = ""  # names or numbers to tell apart, "a, b+c" for b and c as one; all if none
    share: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.9  # of the voxels of a patch that its label must have
    brightness: bool = False  # whether the mean of a patch counts; it drifts over a slice by more than areas differ
    turned: Annotated[int, {"min": 1, "max": 8}] = 2  # of a patch's eight turned and mirrored views, how many are read


@dataclass(frozen=True, eq=False)
class Patches:
    """Some patches of a volume.

    Parameters
    ----------
    corners : (patch, 3) first voxel of each
    images : (patch, y, x) grey values
    numbers : (patch,) most frequent label of each; -1 where less than the needed share has it, or it has none
    """

    corners: Corners
    images: NDArray[Any]
    numbers: NDArray[np.int64]

    def take(self, rows: Any) -> Patches:
        """Those of some rows."""
        return Patches(self.corners[rows], self.images[rows], self.numbers[rows])


# ---- ids


def ids_of(shape: Sequence[int], corners: Corners, edge: int) -> Ids:
    """(patch,) local ids of patches by their first voxel."""
    middle = np.ravel_multi_index(tuple((corners + np.array([0, edge // 2, edge // 2])).T), tuple(shape))
    return (np.asarray(middle, np.int64) << BITS) | _power(edge)


def corners_of(shape: Sequence[int], local: Ids) -> tuple[Corners, NDArray[np.int64]]:
    """(patch, 3) first voxels and (patch,) edges of patches by local id."""
    local = np.asarray(local, np.int64)
    edges = np.int64(1) << (local & ((1 << BITS) - 1))
    middle = np.stack(np.unravel_index(local >> BITS, tuple(shape)), -1)
    return middle - np.stack([0 * edges, edges // 2, edges // 2], -1), edges


def check_edge(volume: Volume, edge: int) -> None:
    """Refuse patches that no id can name, or that do not fit.

    Raises
    ------
    ValueError
        If the edge is no power of two.
    DataError
        If the planes are smaller, or the volume has more voxels than ids.
    """
    if not EDGES[0] <= edge <= EDGES[1] or edge & (edge - 1):
        raise ValueError(f"edge must be 16, 32, 64, 128 or 256 voxels, got {edge}")
    where, shape = (*volume.paths, volume.session)[0], volume.whole.shape
    if min(shape[1:]) < edge:
        problem = f"has planes of {shape[1]} x {shape[2]} voxels, less than a patch of {edge}; choose a smaller edge"
        raise DataError(where, "image", problem)
    if np.prod(shape, dtype=float) >= 1 << (SHIFT - BITS):
        raise DataError(where, "image", "has more voxels than patches can be told apart in; open a part of it")


def _power(edge: int) -> int:
    return edge.bit_length() - 1


# ---- where patches are


def block_count(shape: Sequence[int]) -> int:
    """How many blocks a volume has."""
    return int(np.prod(_blocks_along(shape)))


def block_box(shape: Sequence[int], number: int) -> tuple[range, range, range]:
    """The voxels of a block along each axis."""
    at = np.unravel_index(number, _blocks_along(shape))
    z, y, x = (range(int(k) * BLOCK, min((int(k) + 1) * BLOCK, n)) for k, n in zip(at, shape))
    return z, y, x


def blocks_at(shape: Sequence[int], voxels: Corners) -> NDArray[np.int64]:
    """(voxel,) numbers of the blocks that voxels (voxel, 3) lie in."""
    return np.ravel_multi_index(tuple((voxels // BLOCK).T), _blocks_along(shape))


def _blocks_along(shape: Sequence[int]) -> tuple[int, int, int]:
    z, y, x = (-(-n // BLOCK) for n in shape)
    return z, y, x


def grid(shape: Sequence[int], edge: int, stride: int = 0, most: int = ALL) -> Corners:
    """(patch, 3) patches side by side in every so many planes; further apart where they would be too many.

    Parameters
    ----------
    stride : voxels from patch to patch; an edge if 0
    """
    step = stride or edge
    while True:
        z, y, x = shape
        along = [np.arange(min(step // 2, (z - 1) // 2), z, step), *(np.arange(0, n - edge + 1, step) for n in (y, x))]
        if np.prod([len(a) for a in along], dtype=float) <= most:
            return np.stack(np.meshgrid(*along, indexing="ij"), -1).reshape(-1, 3)
        step *= 2


def _planes(rows: range) -> list[int]:
    """Some planes of a block, evenly apart."""
    edges = np.linspace(rows.start, rows.stop, min(PLANES, len(rows)) + 1)
    return [int(k) for k in (edges[:-1] + edges[1:]) // 2]


# ---- what is in them


def gather(
    volume: Volume, label: str, blocks: Iterable[int], edge: int, share: float, *,
    reach: int = 0, rng: np.random.Generator | None = None,
) -> Patches:  # fmt: skip
    """Patches in some blocks: side by side, or with `rng` anywhere in them, as many as fit into memory.

    Those of which all voxels are alike, as outside of the tissue, are left out.

    Parameters
    ----------
    label : which of the labels they are told by; "" for none
    share : of the voxels of a patch that its label must have
    reach : voxels by which the pictures are wider than the patches
    """
    shape, wide, blocks = volume.whole.shape, edge + reach, list(blocks)
    each = max(min(MANY, MOST // wide**2) // max(len(blocks) * min(PLANES, shape[0]), 1), 1)
    parts = []
    for number in blocks:
        z, *plane = block_box(shape, int(number))
        if min(len(rows) for rows in plane) < wide:
            continue
        if rng is None:
            inner = [range(rows.start, rows.stop - wide + 1, edge) for rows in plane]
            yx = np.stack(np.meshgrid(*inner, indexing="ij"), -1).reshape(-1, 2)
        else:
            yx = np.stack([rng.integers(rows.start, rows.stop - wide + 1, each) for rows in plane], -1)
        for k in _planes(z):
            parts.append(_cut(volume, label, k, yx, wide, share))
    if not parts:
        none = np.zeros(0, np.int64)
        return Patches(np.zeros((0, 3), np.int64), np.zeros((0, wide, wide), np.float32), none)
    every = Patches(*(np.concatenate(part) for part in zip(*((p.corners, p.images, p.numbers) for p in parts))))
    flat = every.images.reshape(len(every.images), -1)
    return every.take(flat.max(1) > flat.min(1))


def look(volume: Volume, corners: Corners, edge: int, some: int = 256) -> Iterator[tuple[slice, NDArray[Any]]]:
    """Pictures (patch, y, x) of patches, some at a time, with the rows that these are."""
    if volume.image is None:
        raise DataError((*volume.paths, volume.session)[0], "image", "is missing; open the image with its labels")
    for first in range(0, len(corners), some):
        rows = slice(first, first + some)
        yield rows, filled(windows(volume.image.levels[0], corners[rows], edge))


def numbers_of(label: Pyramid, corners: Corners, edge: int, share: float) -> NDArray[np.int64]:
    """(patch,) the most frequent number of a label in each patch; -1 where less than this share has it."""
    told = [_most(windows(label.levels[0], corners[k : k + 256], edge), share) for k in range(0, len(corners), 256)]
    return np.concatenate([np.zeros(0, np.int64), *told])


def spacings_of(volumes: Iterable[Volume]) -> list[list[float]]:
    """Distances of voxels along z, y and x, of those volumes that tell them."""
    return [volume.spacing.tolist() for volume in volumes if volume.unit == "um"]


def kinds_of(volume: Volume, blocks: NDArray[np.int64]) -> NDArray[np.int64]:
    """(block,) the most frequent number of its first label in a plane of each, every eighth voxel looked at."""
    if not volume.labels:
        return np.zeros(len(blocks), np.int64)
    voxels = next(iter(volume.labels.values())).levels[0]
    kinds = []
    for number in blocks:
        z, y, x = block_box(volume.whole.shape, int(number))
        plane = voxels[z[len(z) // 2], y.start : y.stop, x.start : x.stop][::8, ::8]
        values, count = np.unique(plane[plane > 0], return_counts=True)
        kinds.append(int(values[count.argmax()]) if len(values) else 0)
    return np.array(kinds)


def _cut(volume: Volume, label: str, z: int, yx: NDArray[np.int64], edge: int, share: float) -> Patches:
    corners = np.column_stack([np.full(len(yx), z), yx])
    images = np.concatenate([picture for _, picture in look(volume, corners, edge, len(corners) or 1)])
    if not label:
        return Patches(corners, images, np.full(len(corners), -1))
    return Patches(corners, images, numbers_of(volume.labels[label], corners, edge, share))


def windows(voxels: Voxels, corners: Corners, edge: int) -> NDArray[Any]:
    """(patch, y, x) squares of planes, 0 beyond the voxels; those of one plane that lie close are read at once."""
    out = np.zeros((len(corners), edge, edge), voxels.dtype)
    if not len(corners):
        return out
    groups = np.column_stack([corners[:, 0], corners[:, 1:] // (4 * BLOCK)])
    _, group = np.unique(groups, axis=0, return_inverse=True)
    for number in range(group.max() + 1):
        rows = np.flatnonzero(group.ravel() == number)
        low, high = corners[rows, 1:].min(0).clip(0), corners[rows, 1:].max(0) + edge
        z = int(corners[rows[0], 0])
        if z >= voxels.shape[0]:
            continue
        plane = voxels[z, low[0] : high[0], low[1] : high[1]]
        for row in rows:
            begin = corners[row, 1:] - low
            (y, x), (up, left) = begin.clip(0), (-begin).clip(0)
            part = plane[y : y + edge - up, x : x + edge - left]
            out[row, up : up + part.shape[0], left : left + part.shape[1]] = part
    return out


def _most(pictures: NDArray[Any], share: float) -> NDArray[np.int64]:
    """(patch,) the most frequent number in each, -1 where less than a share has it."""
    values, place = np.unique(pictures, return_inverse=True)
    count = [np.bincount(row, minlength=1) for row in place.reshape(len(pictures), -1)]
    first = np.array([row.argmax() for row in count], np.int64)
    enough = np.array([row.max() for row in count]) >= share * pictures[0].size if len(count) else first > 0
    return np.where(enough, values.astype(np.int64)[first], -1) if len(count) else first


# ---- how they are changed while a model learns


def changed(pictures: NDArray[Any], edge: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(patch, y, x) pictures cut out, turned, mirrored, and a little brighter, each in another way."""
    spread = float(pictures.std()) or 1.0
    out = np.empty((len(pictures), edge, edge), np.float32)
    free = pictures.shape[1] - edge + 1
    for k, picture in enumerate(pictures):
        y, x, up, right, turned = (int(rng.integers(n)) for n in (free, free, 2, 2, 2))
        part = picture[y : y + edge, x : x + edge][:: 1 - 2 * up, :: 1 - 2 * right]
        out[k] = part.T if turned else part
    gain = 1 + GAIN * rng.standard_normal((len(out), 1, 1), np.float32)
    middle = out.mean((1, 2), keepdims=True)
    return middle + (out - middle) * gain + spread * OFFSET * rng.standard_normal((len(out), 1, 1), np.float32)


# ---- as a space


def space(volume: Volume) -> Space:
    """Patches of a volume, of which those exist that a map or a prediction shows."""
    labels, shape = tuple(volume.labels), volume.whole.shape
    image = ("value",) if volume.image is not None else ()

    def label(local: int) -> str:
        (corner,), (edge,) = corners_of(shape, np.array([local]))
        return f"{volume.session}/{PATCH} {' '.join(map(str, corner))}, {edge} wide"

    known: dict[str, tuple[bytes, NDArray[Any]]] = {}  # what was asked for last of each column

    def at(column: str, local: Ids) -> NDArray[Any]:
        asked = np.asarray(local, np.int64)
        last = known.get(column)
        if last is None or last[0] != asked.tobytes():
            last = known[column] = asked.tobytes(), _told(volume, column, asked)
        return last[1]

    columns = (*ALONG, "edge", *image, *labels)
    return Space(columns=columns, at=at, label=label, telling=labels, boxes=lambda local: _boxes(volume, local))


def _boxes(volume: Volume, local: Ids) -> NDArray[np.float64]:
    """(patch, 2, 3) low and high corners, in the volume's unit."""
    low, edges = corners_of(volume.whole.shape, local)
    high = low + np.stack([np.ones_like(edges), edges, edges], -1)
    return (np.stack([low, high], 1) - 0.5) * volume.spacing + volume.whole.origin


def _told(volume: Volume, column: str, local: Ids) -> NDArray[Any]:
    if column in ALONG:
        return volume.place(local >> BITS)[..., ALONG.index(column)]
    corners, edges = corners_of(volume.whole.shape, local)
    if column == "edge":
        return edges
    of = volume.image if column == "value" else volume.labels.get(column)
    if of is None:
        raise LookupError(f"patches of {volume.session} have no '{column}'")
    out = np.zeros(len(local)) if column == "value" else np.full(len(local), "", object)
    for edge in np.unique(edges):
        rows = np.flatnonzero(edges == edge)
        if column == "value":
            for part, picture in look(volume, corners[rows], int(edge)):
                out[rows[part]] = picture.mean((1, 2))
        else:
            numbers = numbers_of(of, corners[rows], int(edge), 0.0)
            out[rows] = [volume.name(column, int(n)) if n > 0 else "" for n in numbers]
    return out
