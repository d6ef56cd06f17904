"""Voxels where they lie: each kind reads just the box that it is asked for, in any process, and holds no file open."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import Pyramid, Turned, asked

KEPT = 64 << 20  # bytes of planes that are kept of a stack of files
PATIENCE = 60.0  # seconds for a box of a store
STORED = 256 << 20  # bytes of chunks that are kept of each store

Span = tuple[int, int]


@dataclass(frozen=True)
class Where:
    """Which voxels of which file these are: of its image ("") or of labels, at a level."""

    path: str
    part: str = ""
    level: int = 0


class Lazy:
    """Voxels that are read box by box.

    Parameters
    ----------
    shape, dtype, chunks : as `neurofm.data.volume.Voxels` says
    where : what to read to have them again; None of what is in memory only
    """

    where: Where | None = None

    def __init__(self, shape: Sequence[int], dtype: Any, chunks: Sequence[int]) -> None:
        z, y, x = (int(n) for n in shape)
        self.shape, self.ndim, self.dtype = (z, y, x), 3, np.dtype(dtype).newbyteorder("=")
        deep, high, wide = (min(int(c), n) for c, n in zip(chunks, self.shape))
        self.chunks = deep, high, wide

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.shape} {self.dtype} {self.where}>"

    def __getitem__(self, box: Any) -> NDArray[Any]:
        rows, steps = asked(box, self.shape)
        if any(not len(row) for row in rows):
            return np.zeros([len(row) for row in rows], self.dtype)[steps]
        return self.region([(min(row[0], row[-1]), max(row[0], row[-1]) + 1) for row in rows])[steps]

    def region(self, spans: Sequence[Span]) -> NDArray[Any]:
        """The voxels from low to high, exclusive, along each axis."""
        raise NotImplementedError

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        return np.asarray(self[:, :, :], dtype)


class Planes(Lazy):
    """Planes that are decoded one by one, the last of which are kept.

    Parameters
    ----------
    plane : z -> (y, x)
    """

    def __init__(self, shape: Sequence[int], dtype: Any, plane: Callable[[int], NDArray[Any]]) -> None:
        super().__init__(shape, dtype, (1, *shape[1:]))
        self._plane = plane
        self._kept: OrderedDict[int, NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def region(self, spans: Sequence[Span]) -> NDArray[Any]:
        z, y, x = spans
        return np.stack([self._one(k)[slice(*y), slice(*x)] for k in range(*z)])

    def _one(self, z: int) -> NDArray[Any]:
        with self._lock:
            if z in self._kept:
                self._kept.move_to_end(z)
                return self._kept[z]
        plane = np.asarray(self._plane(z))
        if plane.shape != self.shape[1:]:
            raise ValueError(f"plane {z} is {plane.shape} where the others are {self.shape[1:]}")
        with self._lock:
            self._kept[z] = plane
            while len(self._kept) > 1 and sum(p.nbytes for p in self._kept.values()) > KEPT:
                self._kept.popitem(last=False)
        return plane


class Dataset(Lazy):
    """A dataset of an HDF5 file, which is opened for each box; a plane of it may be all there is.

    Of one with more than three axes, all but three must be of length one.
    """

    def __init__(self, path: Path, key: str, shape: Sequence[int], dtype: Any, chunks: Sequence[int]) -> None:
        super().__init__(shape, dtype, chunks)
        self.path, self.key = path, key

    def region(self, spans: Sequence[Span]) -> NDArray[Any]:
        import h5py

        with h5py.File(self.path, "r") as file:
            held = file[self.key]
            box = tuple(slice(*span) for span in spans)[max(3 - held.ndim, 0) :]
            if held.ndim > 3:
                three = iter(box)
                box = tuple(next(three) if n > 1 else slice(1) for n in held.shape)
            return np.asarray(held[box], self.dtype).reshape([high - low for low, high in spans])


class Chunked(Protocol):
    """What a store of chunks offers, such as one of tensorstore."""

    @property
    def domain(self) -> Any: ...
    def __getitem__(self, box: Any) -> Any: ...


class Store(Lazy):
    """Chunks of a store, z y x after its other axes are fixed.

    Parameters
    ----------
    opened : gives the store, once it is needed
    """

    def __init__(self, opened: Callable[[], Chunked], shape: Sequence[int], dtype: Any, chunks: Sequence[int]) -> None:
        super().__init__(shape, dtype, chunks)
        self._opened = opened

    @cached_property
    def _store(self) -> Chunked:
        return self._opened()

    def renew(self) -> None:
        """Open it once more, so that chunks that others have written since are seen."""
        self.__dict__.pop("_store", None)

    def region(self, spans: Sequence[Span]) -> NDArray[Any]:
        return np.asarray(self._store[tuple(slice(*span) for span in spans)].read().result(timeout=PATIENCE))


@dataclass(frozen=True)
class Reference:
    """A whole image or label of a file, its axes in another order than there."""

    where: Where
    order: tuple[int, ...] = (0, 1, 2)
    levels: int = field(default=1, compare=False)


def reference(pyramid: Pyramid) -> Reference | None:
    """The file that a pyramid is of, if all of it is of one."""
    found = []
    for voxels in pyramid.levels:
        order: tuple[int, ...] = (0, 1, 2)
        while isinstance(voxels, Turned):
            order, voxels = tuple(voxels.order[k] for k in order), voxels.voxels
        where = getattr(voxels, "where", None)
        if where is None:
            return None
        found.append((where.path, where.part, order))
    return Reference(Where(*found[0][:2]), found[0][2], len(found)) if len(set(found)) == 1 else None
