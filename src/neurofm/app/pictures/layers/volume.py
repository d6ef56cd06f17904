"""A volume on napari's canvas: an image and its labels at all scales, each box read in the background."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalInstance

from neurofm.app.pictures.late import Late
from neurofm.data.volume import Pyramid, Volume, whole

Layer = tuple[Any, dict[str, Any], str]  # data, options, kind
SAMPLED = 64  # voxels along each axis that contrast is told from
DARK, LIGHT = 0.5, 99.5  # percentiles that are black and white


class Scales(list[Any]):
    """Levels of an image, finest first, as napari takes them.

    Attributes
    ----------
    live : whether whoever shows it draws it again once `ready` tells so; then a coarse picture will do until it is read
    """

    def __init__(self, pyramid: Pyramid) -> None:
        self.late = Late()
        super().__init__(Level(pyramid, number, self) for number in range(len(pyramid.levels)))
        self.live = False

    @property
    def ready(self) -> SignalInstance:
        return self.late.ready


class Level:
    """Voxels of one level; while it is live, what is read already, a coarser picture, or nothing yet."""

    def __init__(self, pyramid: Pyramid, number: int, scales: Scales) -> None:
        self._pyramid, self._number, self._scales = pyramid, number, scales
        self._voxels = pyramid.levels[number]
        self.shape, self.dtype, self.ndim = self._voxels.shape, self._voxels.dtype, 3
        self.size = int(np.prod(self.shape, dtype=object))

    def __getitem__(self, box: Any) -> NDArray[Any]:
        parts = whole(box)
        if not self._scales.live:
            return self._voxels[parts]
        key = (self._number, *((p.start, p.stop, p.step) if isinstance(p, slice) else p for p in parts))
        picture = self._scales.late.get(key, lambda: self._voxels[parts])
        return self._coarse(parts) if picture is None else picture

    def _coarse(self, parts: tuple[int | slice, ...]) -> NDArray[Any]:
        """The same box of the coarsest level, as far as that is read, with each voxel many times."""
        spans = [range(n)[p] if isinstance(p, slice) else range(n)[p : p + 1] for p, n in zip(parts, self.shape)]
        rough = self._pyramid.levels[-1]
        if self._number < len(self._pyramid.levels) - 1:
            z = min(spans[0][0] * rough.shape[0] // self.shape[0], rough.shape[0] - 1) if len(spans[0]) == 1 else None
            if z is not None:
                plane = self._scales.late.get(("coarse", z), lambda: rough[z])
                if plane is not None:
                    y, x = (
                        np.minimum(np.array(span) * rough.shape[k] // self.shape[k], rough.shape[k] - 1)
                        for k, span in ((1, spans[1]), (2, spans[2]))
                    )
                    picture = plane[np.ix_(y, x)][None]
                    return picture[tuple(0 if isinstance(p, int) else slice(None) for p in parts)]
        shape = [len(span) for span, part in zip(spans, parts) if isinstance(part, slice)]
        return np.zeros(shape, self.dtype)

    def __array__(self, dtype: Any = None, copy: Any = None) -> NDArray[Any]:
        return np.asarray(self._voxels[:, :, :], dtype)


def layers(volume: Volume) -> list[Layer]:
    """The image, and a layer of each of its labels, where they are in micrometres."""
    image = [] if volume.image is None else [_image(volume, volume.image)]
    return image + [_labels(volume, name, label) for name, label in volume.labels.items()]


def _image(volume: Volume, pyramid: Pyramid) -> Layer:
    options = _placed(pyramid) | {"name": volume.session, "rgb": False, "colormap": "gray"}
    if limits := contrast(pyramid):
        options["contrast_limits"] = limits
    return Scales(pyramid), options, "image"


def _labels(volume: Volume, name: str, pyramid: Pyramid) -> Layer:
    options = _placed(pyramid) | {"name": f"{volume.session} {name}", "opacity": 0.5, "visible": volume.image is None}
    names = volume.names.get(name, {})
    if names:
        top = max(names)
        options["features"] = {"index": np.arange(top + 1), "name": [names.get(k, "") for k in range(top + 1)]}
    return Scales(pyramid), options, "labels"


def _placed(pyramid: Pyramid) -> dict[str, Any]:
    return {"multiscale": True, "scale": tuple(pyramid.spacing[0]), "translate": tuple(pyramid.origin)}


def contrast(pyramid: Pyramid) -> tuple[float, float] | None:
    """Grey values that are black and white, from some voxels in the middle; None where all are alike.

    Nothing is read of a volume behind an address: what its kind of numbers can be is shown.
    """
    coarse = pyramid.levels[-1]
    if getattr(coarse, "remote", False):
        return (0.0, float(np.iinfo(coarse.dtype).max)) if coarse.dtype.kind in "iu" else None
    low = [max((n - SAMPLED) // 2, 0) for n in coarse.shape]
    sample = coarse[coarse.shape[0] // 2, low[1] : low[1] + 8 * SAMPLED, low[2] : low[2] + 8 * SAMPLED]
    dark, light = np.nanpercentile(sample, [DARK, LIGHT]) if sample.size else (0.0, 0.0)
    return (float(dark), float(light)) if light > dark else None


SPEC = layers
