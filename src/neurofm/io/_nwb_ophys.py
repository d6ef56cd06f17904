"""Imaging in NWB: the regions of plane segmentations are units."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.io._hdf5 import array
from neurofm.io._nwb_parts import table
from neurofm.io._nwb_rois import labels, planes
from neurofm.io._rows import vector

MASKS = ("pixel_mask", "image_mask", "voxel_mask")
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
    middle = np.array([[*(xy.mean(0) if len(xy) else (np.nan, np.nan)), len(xy)] for xy in places]).reshape(count, 3)
    return {"x": middle[:, 0], "y": middle[:, 1], "npix": middle[:, 2]}, []


def _pixels(path: Path, group: Any, name: str) -> Iterator[NDArray[np.float64]]:
    """(pixel, 2) x and y of each region's pixels."""
    dataset = group[name]
    if name == "image_mask":
        for k in range(dataset.shape[0]):
            first, second = np.nonzero(dataset[k])[:2]  # the standard's images are (x, y)
            yield np.stack([first, second], 1).astype(float)
        return
    ends = vector(path, f"{name}_index", array(path, group[f"{name}_index"])).astype(np.int64)
    if (np.diff(ends, prepend=0) < 0).any() or (ends[-1:] > len(dataset)).any():
        raise ValueError(f"{name}_index does not fit")
    pixels = dataset[()]
    places = np.stack([pixels["x"], pixels["y"]], 1).astype(float)
    yield from np.split(places, ends[:-1])
