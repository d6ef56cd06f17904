"""Neuroglancer's precomputed volumes: a folder or an address with `info` and chunks at several scales."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neurofm.data.volume import Pyramid, Volume
from neurofm.errors import DataError
from neurofm.io import _stores
from neurofm.io._images import name_of
from neurofm.io._levels import placed
from neurofm.io._place import is_address
from neurofm.specs import ReaderSpec

SCHEME = "precomputed://"
NAMES = ("image", "labels")  # of a part, by what `info` says that it is
NANO = 1e-3  # micrometres


def accepts(path: Path) -> bool:
    """Whether its `info` has scales."""
    place = _stores.web(str(path), schemes=(SCHEME,))
    return "scales" in (_stores.page(place, "info") or {})


def read(path: Path) -> Volume:
    """The volume; x y z of the format become z y x, and nanometres micrometres."""
    place = _stores.web(str(path), schemes=(SCHEME,))
    info = _stores.page(place, "info")
    if info is None:
        raise DataError(path, "info", "is not there; give the folder or address that has it")
    _check(path, info)
    levels = tuple(_level(place, info, number) for number in range(len(info["scales"])))
    spacing = [[size * NANO for size in scale["resolution"][::-1]] for scale in info["scales"]]
    first = info["scales"][0]
    origin = (np.array(first.get("voxel_offset", [0, 0, 0])[::-1]) + 0.5) * spacing[0]  # the format tells corners
    labels = info.get("type") == "segmentation"
    part = NAMES[1] if labels else ""
    whole = placed(Pyramid(levels, np.array(spacing), origin), str(path), part)
    more = int(info.get("num_channels", 1)) - 1
    return Volume(
        session=name_of(place),
        image=None if labels else whole,
        labels={part: whole} if labels else {},
        paths=(str(path),),
        notes=(f"the first of {more + 1} channels is shown",) if more else (),
    )


def _check(path: Path, info: Mapping[str, Any]) -> None:
    scales = info.get("scales")
    if not isinstance(scales, list) or not scales:
        raise DataError(path, "info", "has no scales; is it the info of a volume?")
    for number, scale in enumerate(scales):
        for name in ("key", "size", "resolution", "chunk_sizes", "encoding"):
            if name not in scale:
                raise DataError(path, "info", f"scale {number} has no '{name}'; it is damaged")
        if len(scale["resolution"]) != 3 or not all(size > 0 for size in scale["resolution"]):
            raise DataError(path, "info", f"scale {number} has resolution {scale['resolution']}; three are needed")
    try:
        np.dtype(info["data_type"])
    except (KeyError, TypeError) as error:
        raise DataError(path, "info", f"has data type {info.get('data_type')!r}; it is damaged") from error


def _level(place: str, info: Mapping[str, Any], number: int) -> Any:
    scale = info["scales"][number]
    shape, chunks = scale["size"][::-1], scale["chunk_sizes"][0][::-1]
    given = shape, info["data_type"], chunks, (2, 1, 0), {3: 0}
    folder = Path(place) / scale["key"]
    if not is_address(place) and next(folder.glob("*.gz"), None):
        return _stores.Packed(Path(place), scale["key"], info, number, *given)
    return _stores.Chunks(place, {"driver": "neuroglancer_precomputed", "scale_index": number}, *given)


SPEC = ReaderSpec(
    title="precomputed volume",
    patterns=("precomputed",),
    accepts=accepts,
    read=read,
    folder=True,
    kind="volume",
    addresses=("precomputed://",),
)
