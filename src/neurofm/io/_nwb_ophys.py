"""Imaging in NWB: the regions of plane segmentations are units."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.volume import Volume
from neurofm.io._hdf5 import array, text
from neurofm.io._nwb_parts import table
from neurofm.io._nwb_rois import labels, planes
from neurofm.io._regions import Region, empty, volume
from neurofm.io._rows import vector

MASKS = ("pixel_mask", "image_mask", "voxel_mask")
PICTURES = ("GrayscaleImage", "Image")
SUMMARIES = ("mean", "average", "avg", "correlation", "max", "std")  # in names of pictures, the best first
MOST = 1 << 15  # pixels along an edge
APART = (*MASKS, *(f"{mask}_index" for mask in MASKS), "imaging_plane", "reference_images")


def regions(path: Path, file: Any) -> tuple[pd.DataFrame, list[str]]:
    """A row per region of every plane: its label, its middle in pixels, how many pixels, and what the file tells."""
    tables: list[pd.DataFrame] = []
    notes: list[str] = []
    named = planes(file)
    for name, group in named.items():
        rows, told = table(path, group, APART)
        rows = rows.drop(columns="label", errors="ignore")
        rows.insert(0, "label", labels(path, group, name if len(named) > 1 else ""))
        masks, more = _masks(path, group, len(rows))
        tables.append(rows.assign(**masks))
        notes += [*told, *more]
    if not tables:
        return pd.DataFrame({"label": pd.Series(dtype=str)}), notes
    return pd.concat(tables, ignore_index=True), notes


def _masks(path: Path, group: Any, count: int) -> tuple[dict[str, NDArray[np.float64]], list[str]]:
    """Middle and number of pixels of each region, from one kind of mask."""
    name = next((mask for mask in MASKS if mask in group), "")
    if not name:
        return {}, []
    try:
        places = list(_pixels(path, group, name))
    except (ValueError, KeyError, IndexError) as error:
        return {}, [f"{group.name.strip('/')}.{name}: cannot be read ({error}), left out"]
    if len(places) != count:
        return {}, [f"{group.name.strip('/')}.{name}: is of {len(places)} regions for {count} rows, left out"]
    middle = np.array([zyx.mean(0) if len(zyx) else np.full(3, np.nan) for zyx in places]).reshape(count, 3)
    return {"x": middle[:, 2], "y": middle[:, 1], "npix": np.array([len(zyx) for zyx in places], float)}, []


def _pixels(path: Path, group: Any, name: str) -> Iterator[NDArray[np.float64]]:
    """(pixel, 3) z, y and x of each region's pixels."""
    dataset = group[name]
    if name == "image_mask":
        for k in range(dataset.shape[0]):
            at = np.argwhere(dataset[k]).astype(float)  # the standard's images are (x, y) or (x, y, z)
            yield np.pad(at, ((0, 0), (0, 3 - at.shape[1])))[:, ::-1]
        return
    ends = vector(path, f"{name}_index", array(path, group[f"{name}_index"])).astype(np.int64)
    if (np.diff(ends, prepend=0) < 0).any() or (ends[-1:] > len(dataset)).any():
        raise ValueError(f"{name}_index does not fit")
    pixels = dataset[()]
    deep = pixels["z"] if "z" in pixels.dtype.names else np.zeros(len(pixels))
    places = np.stack([deep, pixels["y"], pixels["x"]], 1).astype(float)
    yield from np.split(places, ends[:-1])


def cells(path: Path) -> Volume | None:
    """Planes of all segmentations with their mean pictures, and labels of the regions, called as the units are."""
    drawn: list[Region] = []
    pictures: list[NDArray[np.floating] | None] = []
    notes: list[str] = []
    sizes = [(0, 0)]
    with h5py.File(path) as file:
        if "units" in file:  # which are the rows then
            return None
        named = planes(file)
        for name, group in named.items():
            own = _regions_of(path, group, name if len(named) > 1 else "", len(pictures))
            notes += empty([one.name for one in own if not len(one.pixels)])
            deep = max((int(one.pixels[:, 0].max()) for one in own if len(one.pixels)), default=len(pictures))
            high, wide = _size(group)
            sizes.append((high, wide))
            picture = _picture(file, name if len(named) > 1 else "", (high, wide))
            pictures += [picture] if deep == len(pictures) else [None] * (deep + 1 - len(pictures))
            drawn += own
        session = text(file["general/session_id"]) if "general/session_id" in file else ""
    return volume(path, session or path.stem, drawn, pictures, np.max(sizes, 0), notes)


def _regions_of(path: Path, group: Any, plane: str, first: int) -> list[Region]:
    """Regions of one segmentation, whose first plane has this number; without pixels where a mask is damaged."""
    names = labels(path, group, plane)
    kind = next((mask for mask in MASKS if mask in group), "")
    try:
        places = list(_pixels(path, group, kind)) if kind else []
    except (ValueError, KeyError, IndexError):  # as is told of the recording
        places = []
    places = places if len(places) == len(names) else [np.zeros((0, 3))] * len(names)
    return [Region(name, _whole(zyx) + np.array([first, 0, 0])) for name, zyx in zip(names, places)]


def _whole(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """Places that can be pixels; none where one cannot."""
    fits = np.isfinite(places).all() and (places >= 0).all() and (places < MOST).all()
    return np.unique(places.astype(np.int64), axis=0) if fits else np.zeros((0, 3), np.int64)


def _size(group: Any) -> tuple[int, int]:
    """Pixels along y and x of its image masks; 0 where it has none."""
    if "image_mask" not in group or group["image_mask"].ndim not in (3, 4):
        return 0, 0
    wide, high = group["image_mask"].shape[1:3]
    return int(high), int(wide)


def _picture(file: Any, plane: str, size: tuple[int, int]) -> NDArray[np.floating] | None:
    """(y, x) the summary of what was seen of a plane: its mean, else another; None where there is none of its size."""
    there: dict[str, Any] = {}

    def look(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and text(item.attrs.get("neurodata_type", "")) in PICTURES:
            there[name] = item

    file.visititems(look)
    fitting = [name for name in there if there[name].ndim == 2 and there[name].dtype.kind in "fiu" and plane in name]
    fitting = [name for name in fitting if not any(size) or sorted(there[name].shape) == sorted(size)]
    best = min(fitting, key=lambda name: next((k for k, word in enumerate(SUMMARIES) if word in name.lower()), 9),
               default="")  # fmt: skip
    if not best:
        return None
    values = np.asarray(there[best][()])
    turned = values.shape == size[::-1] or not any(size)  # the standard's images are (x, y)
    return values.T if turned else values
