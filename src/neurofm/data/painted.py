"""Labels that somebody painted over: voxels with another number lie beside them, so that any size can be changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data.volume import Box, Pyramid, Turned, Voxels, asked

Numbers = NDArray[np.int64]
Row = list[int]  # z, y, x, the one after the last along x, number
MOST = 1 << 26  # voxels that are painted at once
BLANK = np.dtype(np.uint16)  # numbers of labels that begin empty
CHUNK = 64  # voxels along an edge of their chunks


@dataclass(frozen=True, eq=False)
class Paint:
    """Numbers that voxels have instead of those that lie below.

    Parameters
    ----------
    shape : voxels, z y x
    at : (voxel,) sorted places of painted voxels, counted along x, then y, then z
    numbers : (voxel,) of these
    instead : number that all other voxels have, by the one that lies below, where that is another
    """

    shape: tuple[int, int, int]
    at: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    numbers: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    instead: Mapping[int, int] = field(default_factory=dict)

    def dtype(self, below: np.dtype[Any]) -> np.dtype[Any]:
        """The numbers below, or larger ones where it has such."""
        most = max(int(self.numbers.max(initial=0)), *self.instead.values(), 0)
        small = np.dtype(np.uint8) if below.kind == "b" else below
        return small if most <= np.iinfo(small).max else np.min_scalar_type(most)

    def more(self, at: Numbers, numbers: Numbers) -> Paint:
        """The same with further voxels over it, of which the last of each place counts."""
        every, which = np.unique(np.concatenate([at[::-1], self.at]), return_index=True)
        return replace(self, at=every, numbers=np.concatenate([numbers[::-1], self.numbers])[which])

    def merged(self, numbers: Sequence[int], to: int) -> Paint:
        """The same with several numbers become one."""
        gone = [number for number in numbers if number != to]
        instead = {below: to if number in gone else number for below, number in self.instead.items()}
        instead = dict.fromkeys(gone, to) | instead
        instead = {below: number for below, number in instead.items() if below != number}
        return replace(self, numbers=np.where(np.isin(self.numbers, gone), to, self.numbers), instead=instead)

    def over(self, below: NDArray[Any], low: Sequence[int]) -> NDArray[Any]:
        """(z, y, x) numbers of a box that begins at `low`."""
        picture = np.array(below, self.dtype(below.dtype))
        for number, to in self.instead.items():
            picture[below == number] = to
        plane = self.shape[1] * self.shape[2]
        first, last = np.searchsorted(self.at, [low[0] * plane, (low[0] + below.shape[0]) * plane])
        place = np.stack(np.unravel_index(self.at[first:last], self.shape)) - np.reshape(low, (3, 1))
        inside = ((place >= 0) & (place < np.reshape(below.shape, (3, 1)))).all(0)
        picture[tuple(place[:, inside])] = self.numbers[first:last][inside]
        return picture

    def coarse(self, shape: tuple[int, int, int]) -> Paint:
        """The same on coarser voxels: the largest number that was painted in each."""
        if shape == self.shape or not len(self.at):
            return replace(self, shape=shape)
        fine = np.stack(np.unravel_index(self.at, self.shape))
        place = fine * np.reshape(shape, (3, 1)) // np.reshape(self.shape, (3, 1))
        flat = np.ravel_multi_index(tuple(place), shape)
        order = np.lexsort([self.numbers, flat])
        last = np.flatnonzero(np.diff(flat[order], append=-1))
        return replace(self, shape=shape, at=flat[order][last], numbers=self.numbers[order][last])

    def turned(self, order: Sequence[int]) -> Paint:
        """The same with its axes in another order: axis k is axis `order[k]` of what it was."""
        z, y, x = (self.shape[k] for k in order)
        place = np.unravel_index(self.at, self.shape)
        at = np.ravel_multi_index([place[k] for k in order], (z, y, x))
        rows = np.argsort(at)
        return replace(self, shape=(z, y, x), at=at[rows], numbers=self.numbers[rows])


@dataclass(frozen=True, eq=False)
class Painted:
    """Voxels with paint over them."""

    voxels: Voxels
    paint: Paint  # of the finest level

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.voxels.shape

    @property
    def ndim(self) -> int:
        return 3

    @property
    def chunks(self) -> tuple[int, int, int]:
        return self.voxels.chunks

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.paint.dtype(self.voxels.dtype)

    @property
    def instant(self) -> bool:
        """Whether it takes no time to read them."""
        return bool(getattr(self.voxels, "instant", False))

    @cached_property
    def own(self) -> Paint:
        """What is painted at the scale of these voxels."""
        return self.paint.coarse(self.shape)

    def __getitem__(self, box: Any) -> NDArray[Any]:
        rows, steps = asked(box, self.shape)
        spans = tuple(slice(min(row, default=0), max(row, default=-1) + 1) for row in rows)
        return self.own.over(self.voxels[spans], [span.start for span in spans])[steps]

    def turned(self, order: Sequence[int]) -> Painted:
        """The same with its axes in another order."""
        return Painted(Turned(self.voxels, order), self.paint.turned(order))


@dataclass(frozen=True, eq=False)
class Blank:
    """Voxels that are all 0."""

    shape: tuple[int, int, int]
    dtype: np.dtype[Any] = BLANK
    instant = True
    ndim = 3

    @property
    def chunks(self) -> tuple[int, int, int]:
        z, y, x = (min(n, CHUNK) for n in self.shape)
        return z, y, x

    def __getitem__(self, box: Any) -> NDArray[Any]:
        rows, steps = asked(box, self.shape)
        return np.zeros([len(row) for row in rows], self.dtype)[tuple(0 if s == 0 else slice(None) for s in steps)]


def blank(like: Pyramid) -> Pyramid:
    """Labels without any number, at all scales of an image."""
    return replace(like, levels=tuple(Blank(level.shape) for level in like.levels))


def paint_of(pyramid: Pyramid) -> Paint:
    """What is painted over labels, none of it by default."""
    finest = pyramid.levels[0]
    return finest.paint if isinstance(finest, Painted) else Paint(pyramid.shape)


def below(pyramid: Pyramid) -> Pyramid:
    """Labels without what is painted over them."""
    levels = tuple(level.voxels if isinstance(level, Painted) else level for level in pyramid.levels)
    return replace(pyramid, levels=levels)


def painted(pyramid: Pyramid, paint: Paint) -> Pyramid:
    """Labels with this paint, in place of what they had."""
    return replace(pyramid, levels=tuple(Painted(level, paint) for level in below(pyramid).levels))


def runs(at: Numbers, numbers: Numbers, shape: Sequence[int]) -> list[Row]:
    """Voxels, by sorted place, as rows of z, y, x, the one after the last along x, and number."""
    apart = (np.diff(at) != 1) | (np.diff(numbers) != 0) | (at[1:] % shape[2] == 0)
    first = np.r_[0, np.flatnonzero(apart) + 1].astype(int)[: len(at)]
    length = np.diff(np.r_[first, len(at)])
    z, y, x = np.unravel_index(at[first], tuple(shape))
    rows: list[Row] = np.stack([z, y, x, x + length, numbers[first]], 1).tolist()
    return rows


def voxels(rows: ArrayLike, shape: tuple[int, int, int]) -> tuple[Numbers, Numbers]:
    """Places and numbers of the voxels that rows of z, y, x, stop and number are.

    Raises
    ------
    ValueError
        If one is not within the shape, or they are too many.
    """
    z, y, x, stop, number = np.reshape(np.asarray(rows, np.int64), (-1, 5)).T
    wrong = (z < 0) | (z >= shape[0]) | (y < 0) | (y >= shape[1]) | (x < 0) | (stop > shape[2]) | (stop <= x)
    if wrong.any():
        k = int(wrong.argmax())
        size = " x ".join(f"{n:,}" for n in shape)
        raise ValueError(f"voxel z {z[k]}, y {y[k]}, x {x[k]} to {stop[k]} is not within the {size} voxels, z y x")
    if (number < 0).any() or (number > np.iinfo(np.uint32).max).any():
        raise ValueError(f"numbers of labels are from 0 on, got {number[number < 0][:1].tolist() or number.max()}")
    length = stop - x
    if length.sum() > MOST:
        raise ValueError(f"{length.sum():,} voxels are too many to paint at once; paint at most {MOST:,}")
    begin = np.ravel_multi_index((z, y, x), shape)
    along = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    return np.repeat(begin, length) + along, np.repeat(number, length)


def box_rows(box: Box, number: int) -> list[Row]:
    """The rows of all of a box."""
    z, y, x = box
    return [[k, j, x.start, x.stop, number] for k in range(z.start, z.stop) for j in range(y.start, y.stop)]
