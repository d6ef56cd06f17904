"""Which of the arrays of a file is the image, and which are labels of its voxels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data.volume import MICRON, UNSCALED, Pyramid, Volume, Voxels
from neurofm.errors import DataError
from neurofm.io._levels import placed

LABELS = re.compile(
    r"label|mask|seg|annot|region|area|neuron|nucle|cell|instance|synap|ground.?truth|(^|_)gt(_|$)|class", re.IGNORECASE
)
TAKEN = "its name and whole numbers say labels, which it is taken for"  # note on what may be an image still
SIZE = re.compile(r"(voxel|element|pixel|spacing|resolution)(_?size)?_(nm|um)$", re.IGNORECASE)  # names of what says it
ALIKE, PAIRS = 0.1, 8  # correlation of neighbouring planes of a volume at least, and how many are looked at
LOOKED = 128  # voxels on either side of the middle of a plane
SAME, SPARSE = (
    0.45,
    0.05,
)  # share of neighbours that are alike in labels at least, and of voxels by which it can be told
COLOURS = (3, 4)  # channels of a picture in colour
MOST = 1 << 52  # voxels that can have a number of their own
TO_MICRON = {
    "": 1.0, "um": 1.0, "µm": 1.0, "μm": 1.0, "micron": 1.0, "microns": 1.0, "micrometer": 1.0, "micrometre": 1.0,
    "micrometers": 1.0, "nm": 1e-3, "nanometer": 1e-3, "nanometre": 1e-3, "mm": 1e3, "millimeter": 1e3,
    "millimetre": 1e3, "cm": 1e4, "centimeter": 1e4, "m": 1e6, "meter": 1e6, "angstrom": 1e-4, "inch": 25400.0,
    "\\u00b5m": 1.0, "\\u00B5m": 1.0,
}  # fmt: skip


def volume(
    path: Path | str, arrays: Mapping[str, Voxels], spacing: ArrayLike | None = None, notes: tuple[str, ...] = ()
) -> Volume:
    """The largest array that is no labels is the image; labels of its size go with it, and all else is told of.

    Raises
    ------
    DataError
        If there is no array, or more voxels than can be told apart.
    """
    if not arrays:
        raise DataError(path, "", "holds no image; an array of two or three axes is needed")
    for name, voxels in arrays.items():
        if np.prod(voxels.shape, dtype=float) > MOST:
            raise DataError(path, name, f"claims {voxels.shape} voxels; it is damaged")
    named = {name: voxels for name, voxels in arrays.items() if _named(name, voxels)}
    labels = {name: voxels for name, voxels in named.items() if not looks_grey(voxels)}
    images = {name: voxels for name, voxels in arrays.items() if name not in labels}
    image = max(images, key=lambda name: (np.prod(images[name].shape, dtype=float), name not in named), default=None)
    shape = arrays[image].shape if image else next(iter(labels.values())).shape
    fitting = {name: voxels for name, voxels in labels.items() if voxels.shape == shape}
    others = sorted(set(arrays) - set(fitting) - {image})
    notes += _apart(arrays[image] if image else next(iter(fitting.values())))
    notes += tuple(f"'{name}' is called as labels are and holds grey values" for name in named if name not in labels)
    notes += (TAKEN,) if image is None else ()
    left = (f"{', '.join(others)} also in it, of another size or kind, and left out",) if others else ()
    return Volume(
        session=name_of(path),
        image=None if image is None else pyramid(str(path), arrays[image], spacing),
        labels={name: pyramid(str(path), voxels, spacing, name) for name, voxels in fitting.items()},
        unit=UNSCALED if spacing is None else MICRON,
        paths=(str(path),),
        notes=(*notes, *left),
    )


def pyramid(path: str, voxels: Voxels, spacing: ArrayLike | None, part: str = "") -> Pyramid:
    """Of a single level, which says where it is from."""
    return placed(Pyramid((voxels,), np.ones(3) if spacing is None else np.asarray(spacing, float)), path, part)


def size(name: str, values: Any) -> NDArray[np.float64] | None:
    """(3,) micrometres z y x that an array or attribute of this name says; None if it says none."""
    told = SIZE.search(name)
    given = np.asarray(values, float).ravel() if told and np.asarray(values).dtype.kind in "iuf" else np.zeros(0)
    if told is None or len(given) not in (1, 3) or not (np.isfinite(given).all() and (given > 0).all()):
        return None
    return np.asarray(np.broadcast_to(given, 3) * TO_MICRON[told[3].lower()])


def _apart(voxels: Voxels) -> tuple[str, ...]:
    """The note on planes that have nothing in common, of voxels in memory."""
    if not getattr(voxels, "instant", False) or voxels.shape[0] < PAIRS:
        return ()
    rows = np.unique(np.linspace(0, voxels.shape[0] - 2, PAIRS).astype(int))
    planes = [np.stack([voxels[int(k), ::2, ::2], voxels[int(k) + 1, ::2, ::2]]).reshape(2, -1) for k in rows]
    alike = [np.corrcoef(pair.astype(float))[0, 1] for pair in planes if (pair.std(1) > 0).all()]
    if not alike or np.mean(alike) > ALIKE:
        return ()
    return ("neighbouring planes have nothing in common; they may be single pictures and no volume",)


def name_of(path: Path | str) -> str:
    """What a volume is called: the last part of its path or address, without suffix."""
    last = str(path).rstrip("/").split("/")[-1] if "://" in str(path) else Path(path).name
    return re.sub(r"(\.ome)?\.(zarr|tiff?|h5|hdf5|npy|npz|volume)$|\.volume\.h5$", "", last) or str(path)


def microns(value: Any, unit: Any) -> float | None:
    """A distance in micrometres; None where it is no positive number, or its unit is unknown."""
    factor = TO_MICRON.get(str(unit or "").strip().lower())
    try:
        length = float(value)
    except (TypeError, ValueError):
        return None
    return length * factor if factor is not None and np.isfinite(length) and length > 0 else None


def stacked(array: NDArray[Any], name: str) -> tuple[NDArray[Any] | None, tuple[str, ...]]:
    """An array of numbers as z y x, a plane as a stack of one; colours become their mean. None if it is no image."""
    if array.dtype.kind not in "biuf" or array.ndim not in (2, 3) or min(array.shape, default=0) < 1:
        return None, ()
    if array.dtype.kind == "b":
        array = array.astype(np.uint8)
    if array.ndim == 2:
        return array[None], ()
    if array.shape[-1] in COLOURS and min(array.shape[:2]) > 4 * max(COLOURS):
        grey = array[..., :3].mean(-1).astype(array.dtype)
        return grey[None], (f"{name or 'the image'} is in colour; the mean of red, green and blue is shown",)
    return array, ()


def says_labels(name: str, voxels: Voxels) -> bool:
    """Whether what is called so holds labels: its name says it, and numbers that do not look like grey values."""
    return _named(name, voxels) and not looks_grey(voxels)


def _named(name: str, voxels: Voxels) -> bool:
    """Whether an array is called as labels are, and could be some."""
    return voxels.dtype.kind in "iub" and bool(LABELS.search(name))


def looks_grey(voxels: Voxels) -> bool:
    """Whether most of what is in the middle is unlike its neighbours, as grey values are, unlike numbers of things."""
    middle = (slice(max(n // 2 - LOOKED, 0), n // 2 + LOOKED) for n in voxels.shape[1:])
    plane = np.asarray(voxels[(voxels.shape[0] // 2, *middle)])
    pairs = ((plane[1:], plane[:-1]), (plane[:, 1:], plane[:, :-1]))
    alike = [float((a == b)[there].mean()) for a, b in pairs if (there := (a > 0) | (b > 0)).any()]
    return bool(alike) and max(alike) < SAME and float((plane > 0).mean()) > SPARSE
