"""A volume on napari's canvas: an image and its labels at all scales, each box read in the background."""

from __future__ import annotations

import math
from functools import partial
from typing import Any
from weakref import ref

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalInstance

from neurofm.app import colors
from neurofm.app.pictures import probable
from neurofm.app.pictures.late import Late
from neurofm.data.painted import Paint, Painted, below, paint_of, runs
from neurofm.data.volume import Pyramid, Volume, Voxels, whole

Layer = tuple[Any, dict[str, Any], str]  # data, options, kind
Rows = tuple[range | int, ...]
MOST = 4 << 30  # bytes of voxels that are read at once
UNNAMED = (0.6, 0.6, 0.6, 1.0)  # colour of numbers without a name
SAMPLED = 64  # voxels along each axis that contrast is told from
PAINTED = 1 << 26  # voxels of labels that can be painted without asking for it
PAINT, BEGUN = "paint", "begun"  # in a layer's metadata: says what was painted; whether nothing is by now
DARK, LIGHT = 0.5, 99.5  # percentiles that are black and white


class Scales(list[Any]):
    """Levels of an image, finest first, as napari takes them.

    Attributes
    ----------
    live : whether whoever shows it draws it again once `ready` tells so; then a coarse picture will do until it is read
    pending : what is painted over labels and not yet said to the session
    """

    def __init__(self, pyramid: Pyramid) -> None:
        self.late, self.pyramid, self.pending = Late(pyramid), pyramid, Paint(pyramid.shape)
        super().__init__(Level(number, self) for number in range(len(pyramid.levels)))
        self.live = False

    @property
    def ready(self) -> SignalInstance:
        return self.late.ready


class Level:
    """Voxels of one level or a box of it: while it is live, what is read already, a coarser picture, or nothing yet.

    A box of all three axes is not read before it is made an array, as napari cuts what is in sight out of all planes
    and then takes one of them. What is painted lies over what was read, so that this is not read again. An array of a
    whole level is waited for: no viewer asks for that, but whoever goes on to compute with it.

    Parameters
    ----------
    rows : of each axis those that it holds; all if None
    """

    def __init__(self, number: int, scales: Scales, rows: tuple[range, ...] | None = None) -> None:
        self._number, self._scales = number, scales
        self._all, self._rows = rows is None, rows or tuple(range(n) for n in self._voxels.shape)
        self.shape, self.ndim = tuple(len(row) for row in self._rows), 3
        self.dtype = np.dtype(np.uint8) if self._voxels.dtype == bool else self._voxels.dtype
        self.size = math.prod(self.shape)

    @property
    def _voxels(self) -> Voxels:
        return self._scales.pyramid.levels[self._number]

    @property
    def ready(self) -> SignalInstance:
        return self._scales.ready

    @property
    def live(self) -> bool:
        return self._scales.live

    @live.setter
    def live(self, value: bool) -> None:
        self._scales.live = value

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, box: Any) -> Any:
        rows = self._asked(box)
        stretches = tuple(row for row in rows if isinstance(row, range))
        if len(stretches) == self.ndim:
            return Level(self._number, self._scales, stretches)
        return self._read(rows)

    def __setitem__(self, box: Any, numbers: Any) -> None:
        """Paint over the finest level, until `painted` is asked for."""
        rows = self._asked(box)
        wide = tuple(row if isinstance(row, range) else range(row, row + 1) for row in rows)
        now, first = self._over(self._below[tuple(map(_slice, wide))], wide), [row.start for row in wide]
        given = np.broadcast_to(np.reshape(numbers, now.shape) if np.size(numbers) == now.size else numbers, now.shape)
        where = np.argwhere(given != now)
        at = np.ravel_multi_index(tuple((where + first).T), self._voxels.shape)
        self._scales.pending = self._scales.pending.more(at, given[tuple(where.T)].astype(np.int64))

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        return np.asarray(self._read(self._rows, wait=self._all), dtype)

    def painted(self) -> list[list[int]]:
        """Rows of z, y, x, stop and number of what was painted since this was asked for."""
        pending, self._scales.pending = self._scales.pending, Paint(self._scales.pyramid.shape)
        return runs(pending.at, pending.numbers, pending.shape)

    def become(self, other: Level) -> bool:
        """Show what is painted over the same voxels by now; False if it is about others."""
        before, after = self._scales.pyramid, other._scales.pyramid
        if len(before.levels) != len(after.levels) or before.levels[0].dtype != after.levels[0].dtype:
            return False
        alike = all(a is b for a, b in zip(below(before).levels, below(after).levels))
        placed = np.array_equal(before.spacing, after.spacing) and np.array_equal(before.origin, after.origin)
        if alike and placed:
            self._scales.pyramid, self._scales.pending = after, Paint(after.shape)
            self._scales.late.of = ref(after)
        return alike and placed

    @property
    def _below(self) -> Voxels:
        voxels = self._voxels
        return voxels.voxels if isinstance(voxels, Painted) else voxels

    def _asked(self, box: Any) -> Rows:
        return tuple(row[part] for row, part in zip(self._rows, whole(box)))

    def _read(self, rows: Rows, *, wait: bool = False) -> NDArray[Any]:
        count = math.prod(len(row) for row in rows if isinstance(row, range))
        if count * self.dtype.itemsize > MOST:
            raise MemoryError(f"{count:,} voxels do not fit into memory; look at a plane, or at fewer of them at once")
        box, beneath = tuple(_slice(row) if isinstance(row, range) else row for row in rows), self._below
        if wait or not self._scales.live or (beneath is not self._voxels and getattr(beneath, "instant", False)):
            return self._over(beneath[box], rows)
        picture = self._scales.late.get((self._number, *rows), lambda: beneath[box])
        return self._coarse(rows) if picture is None else self._over(picture, rows)

    def _over(self, picture: NDArray[Any], rows: Rows) -> NDArray[Any]:
        """A box with what is painted in it, as an array that nobody else has."""
        voxels, pending = self._voxels, self._scales.pending
        papers = [voxels.own] if isinstance(voxels, Painted) else []
        papers += [pending.coarse(voxels.shape)] if len(pending.at) else []
        if not papers or any(isinstance(row, range) and row.step != 1 for row in rows):
            at = tuple(_slice(row) if isinstance(row, range) else row for row in rows)
            return np.array(voxels[at] if papers else picture, self.dtype)
        low = [row.start if isinstance(row, range) else row for row in rows]
        full = picture.reshape([len(row) if isinstance(row, range) else 1 for row in rows])
        for paper in papers:
            full = paper.over(full, low)
        return full.reshape(picture.shape).astype(self.dtype, copy=False)

    def _coarse(self, rows: Rows) -> NDArray[Any]:
        """The same box of the coarsest level, as far as that is read, with each voxel many times."""
        z, y, x = (row if isinstance(row, range) else range(row, row + 1) for row in rows)
        rough: Level = self._scales[-1]
        if self._number < len(self._scales) - 1 and len(z) == 1:
            deep, high, wide = (
                np.minimum(np.array(span) * rough.shape[k] // self._voxels.shape[k], rough.shape[k] - 1)
                for k, span in enumerate((z, y, x))
            )
            first, beneath = int(deep[0]), rough._below
            plane = self._scales.late.get(("coarse", first), lambda: beneath[first])
            if plane is not None:
                picture = rough._over(plane, (first, *map(range, rough.shape[1:])))[np.ix_(high, wide)][None]
                return picture[tuple(slice(None) if isinstance(row, range) else 0 for row in rows)]
        return np.zeros([len(row) for row in rows if isinstance(row, range)], self.dtype)


def _slice(row: range) -> slice:
    return slice(row.start, row.stop if row.stop >= 0 else None, row.step)


def layers(volume: Volume) -> list[Layer]:
    """The image, and a layer of each of its labels, where they are in micrometres."""
    image = [] if volume.image is None else [_image(volume, volume.image)]
    return image + [_labels(volume, name, label) for name, label in volume.labels.items()]


def _image(volume: Volume, pyramid: Pyramid) -> Layer:
    options = _placed(pyramid) | {"name": volume.session, "rgb": False, "colormap": "gray"}
    if grey := contrast(pyramid):
        options["contrast_limits"] = grey
    return Scales(pyramid), options, "image"


def _labels(volume: Volume, name: str, pyramid: Pyramid) -> Layer:
    options = _placed(pyramid) | {"name": f"{volume.session} {name}", "opacity": 0.5}
    options["metadata"] = {"label": name, "tell": partial(probable.words, pyramid)}  # of a place, z y x
    edited = isinstance(pyramid.levels[0], Painted)
    options["visible"] = edited or volume.image is None
    names = volume.names.get(name, {})
    if names:
        known = sorted({0, *names})
        options["colormap"] = {None: UNNAMED, 0: (0.0,) * 4, **{k: colors.label(k) / 255 for k in known if k > 0}}
        options["features"] = {"index": known, "name": [names.get(k, "") for k in known]}
    scales = Scales(pyramid)
    if len(scales) > 1 and not edited and math.prod(pyramid.shape) > PAINTED:
        return scales, options, "labels"
    options["metadata"] |= {PAINT: partial(_say, volume.session, name), BEGUN: edited and not len(paint_of(pyramid).at)}
    return scales[0], options | {"multiscale": False}, "labels"  # napari paints on a single level only


def _say(volume: str, label: str, session: Any, rows: list[list[int]]) -> None:
    """Let a session know what was painted."""
    session.paint(volume, rows, label=label)


def _placed(pyramid: Pyramid) -> dict[str, Any]:
    return {"multiscale": True, "scale": tuple(pyramid.spacing[0]), "translate": tuple(pyramid.origin)}


def contrast(pyramid: Pyramid) -> tuple[float, float] | None:
    """Grey values that are black and white, from some voxels in the middle; None where all are alike.

    Nothing is read of a volume behind an address: what its kind of numbers can be is shown.
    """
    coarse = pyramid.levels[-1]
    if getattr(coarse, "remote", False):
        return (0.0, float(np.iinfo(coarse.dtype).max)) if coarse.dtype.kind in "iu" else None
    low = [max((n - 8 * SAMPLED) // 2, 0) for n in coarse.shape]
    return limits(coarse[coarse.shape[0] // 2, low[1] : low[1] + 8 * SAMPLED, low[2] : low[2] + 8 * SAMPLED])


def limits(sample: NDArray[Any]) -> tuple[float, float] | None:
    """Grey values that are black and white, of some voxels; None where all are alike."""
    dark, light = np.nanpercentile(sample, [DARK, LIGHT]) if sample.size else (0.0, 0.0)
    return (float(dark), float(light)) if light > dark else None


SPEC = layers
