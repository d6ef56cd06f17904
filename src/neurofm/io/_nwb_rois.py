"""Which regions of which plane a response in NWB is of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurofm.io._hdf5 import array, text
from neurofm.io._rows import vector

PLANE, RESPONSE = "PlaneSegmentation", "RoiResponseSeries"
MODULES = "processing"
DEEPEST = 4  # groups in a module


def of_response(path: Path, group: Any) -> tuple[str, ...]:
    """Labels of the regions that a response has features of, in its order; none where the file does not say."""
    reference = group["rois"].attrs.get("table") if "rois" in group else None
    plane = group.file[reference] if reference else None
    if plane is None or "id" not in plane:
        return ()
    named = planes(group.file)
    name = next((name for name, one in named.items() if one == plane), "")
    names = labels(path, plane, name if len(named) > 1 else "")
    chosen = vector(path, "rois", array(path, group["rois"])).astype(np.int64)
    fits = len(chosen) and chosen.min() >= 0 and chosen.max() < len(names)
    return tuple(names[k] for k in chosen) if fits else ()


def planes(file: Any) -> dict[str, Any]:
    """Segmentations by name, in the order of the file."""
    named: dict[str, Any] = {}
    for group in _walk(file.get(MODULES, {})):
        if text(group.attrs.get("neurodata_type", "")) == PLANE and "id" in group:
            name = group.name.rpartition("/")[2]
            named[name if name not in named else group.name.strip("/")] = group
    return named


def _walk(group: Any, depth: int = 0) -> Iterator[Any]:
    for child in group.values():
        if isinstance(child, h5py.Group):
            yield child
            if depth < DEEPEST:
                yield from _walk(child, depth + 1)


def labels(path: Path, group: Any, plane: str) -> list[str]:
    """Names of the regions of one plane, with the plane's where there are several."""
    ids = array(path, group["id"]).ravel()
    ids = ids if len(np.unique(ids)) == len(ids) else np.arange(len(ids))
    return [f"{plane} {one}".strip() for one in ids]
