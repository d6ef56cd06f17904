"""A volume on napari's canvas: an image and its labels at all scales, each box read in the background."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalInstance

from neurofm.app import colors
from neurofm.app.pictures import probable
from neurofm.app.pictures.late import Late
from neurofm.data.volume import Pyramid, Volume, whole

Layer = tuple[Any, dict[str, Any], str]  # data, options, kind
Rows = tuple[range | int, ...]
MOST = 4 << 30  # bytes of voxels that are read at once
UNNAMED = (0.6, 0.6, 0.6, 1.0)  # colour of numbers without a name
SAMPLED = 64  # voxels along each axis that contrast is told from
DARK, LIGHT = 0.5, 99.5  # percentiles that are black and white


class Scales(list[Any]):
    """Levels of an image, finest first, as napari takes them.

    Attributes
    ----------
    live : whether whoever shows it draws it again once `ready` tells so; then a coarse picture will do until it is read
    """

    def __init__(self, pyramid: Pyramid) -> None:
        self.late = Late(pyramid)
        super().__init__(Level(pyramid, number, self) for number in range(len(pyramid.levels)))
        self.live = False

    @property
    def ready(self) -> SignalInstance:
        return self.late.ready


class Level:
    """Voxels of one level or a box of it: while it is live, what is read already, a coarser picture, or nothing yet.

    A box of all three axes is not read before it is made an array, as napari cuts what is in sight out of all planes
    and then takes one of them.

    Parameters
    ----------
    rows : of each axis those that it holds; all if None
    """

    def __init__(self, pyramid: Pyramid, number: int, scales: Scales, rows: tuple[range, ...] | None = None) -> None:
        self._pyramid, self._number, self._scales = pyramid, number, scales
        self._voxels = pyramid.levels[number]
        self._rows = rows or tuple(range(n) for n in self._voxels.shape)
        self.shape, self.ndim = tuple(len(row) for row in self._rows), 3
        self.dtype = np.dtype(np.uint8) if self._voxels.dtype == bool else self._voxels.dtype
        self.size = math.prod(self.shape)

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
        rows = tuple(row[part] for row, part in zip(self._rows, whole(box)))
        stretches = tuple(row for row in rows if isinstance(row, range))
        if len(stretches) == self.ndim:
            return Level(self._pyramid, self._number, self._scales, stretches)
        return self._read(rows)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        return np.asarray(self._read(self._rows), dtype)

    def _read(self, rows: Rows) -> NDArray[Any]:
        count = math.prod(len(row) for row in rows if isinstance(row, range))
        if count * self.dtype.itemsize > MOST:
            raise MemoryError(f"{count:,} voxels do not fit into memory; look at a plane, or at fewer of them at once")
        box = tuple(_slice(row) if isinstance(row, range) else row for row in rows)
        if not self._scales.live:
            return self._voxels[box].astype(self.dtype, copy=False)
        picture = self._scales.late.get((self._number, *rows), lambda: self._voxels[box].astype(self.dtype, copy=False))
        return self._coarse(rows) if picture is None else picture

    def _coarse(self, rows: Rows) -> NDArray[Any]:
        """The same box of the coarsest level, as far as that is read, with each voxel many times."""
        z, y, x = (row if isinstance(row, range) else range(row, row + 1) for row in rows)
        rough = self._pyramid.levels[-1]
        if self._number < len(self._pyramid.levels) - 1 and len(z) == 1:
            deep, high, wide = (
                np.minimum(np.array(span) * rough.shape[k] // self._voxels.shape[k], rough.shape[k] - 1)
                for k, span in enumerate((z, y, x))
            )
            plane = self._scales.late.get(("coarse", int(deep[0])), lambda: rough[int(deep[0])])
            if plane is not None:
                picture = plane[np.ix_(high, wide)][None]
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
    told = {"metadata": {"label": name, "tell": partial(probable.words, pyramid)}}  # of a place, z y x
    options = (
        _placed(pyramid) | told | {"name": f"{volume.session} {name}", "opacity": 0.5, "visible": volume.image is None}
    )
    names = volume.names.get(name, {})
    if names:
        known = sorted({0, *names})
        options["colormap"] = {None: UNNAMED, 0: (0.0,) * 4, **{k: colors.label(k) / 255 for k in known if k > 0}}
        options["features"] = {"index": known, "name": [names.get(k, "") for k in known]}
    scales = Scales(pyramid)
    if len(scales) > 1:
        return scales, options, "labels"
    return scales[0], options | {"multiscale": False}, "labels"  # napari takes a single level's planes for levels


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
