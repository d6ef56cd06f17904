"""Label volumes as OME-Zarr 0.5, written box by box while they are looked at; `neurofm.io.ome_zarr` reads them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data.volume import AXES, MICRON
from neurofm.errors import DataError
from neurofm.io._stores import _tensorstore, created, on_disk
from neurofm.io.ome_zarr import PROBABILITIES
from neurofm.process import move
from neurofm.version import VERSION

CHUNK, PLANE = 64, 256  # voxels along an edge of a chunk, and of one of a single plane
COARSEST = 512  # voxels along an edge below which no coarser level is made
CERTAIN = 255  # what stands for a probability of 1


@dataclass(frozen=True)
class LabelStore:
    """Labels of a volume at several scales, and probabilities of each class if it has any.

    It takes and gives boxes of slices, as an array does. Coarser levels hold every second voxel. Probabilities are
    whole numbers from 0 to 255 for 0 to 1, by class.
    """

    path: Path

    @property
    def shape(self) -> tuple[int, int, int]:
        z, y, x = self._levels[0].shape
        return z, y, x

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self._levels[0].dtype.numpy_dtype)

    @property
    def chunks(self) -> tuple[int, int, int]:
        z, y, x = self._levels[0].chunk_layout.read_chunk.shape
        return z, y, x

    def __getitem__(self, box: Any) -> NDArray[Any]:
        return np.asarray(self._levels[0][box].read().result())

    def __setitem__(self, box: Any, labels: NDArray[Any]) -> None:
        sides = box if isinstance(box, tuple) else (box,)
        spans = [side.indices(n)[:2] for side, n in zip((*sides, *[slice(None)] * (3 - len(sides))), self.shape)]
        self.write(spans, labels)

    def write(self, box: Sequence[tuple[int, int]], labels: NDArray[Any], shares: NDArray[Any] | None = None) -> None:
        """Put labels (z, y, x) of a box, and probabilities (class, z, y, x), into the store.

        Levels whose voxels the box holds are written, so that boxes that begin at even places agree with their
        neighbours.
        """
        waits = []
        for level, array in enumerate(self._levels):
            step = [2**level if n > 1 else 1 for n in self._levels[0].shape]
            first = [-low % s for (low, _), s in zip(box, step)]
            part = labels[tuple(slice(f, None, s) for f, s in zip(first, step))]
            if part.size:
                begin = [(low + f) // s for (low, _), f, s in zip(box, first, step)]
                there = tuple(slice(b, b + n) for b, n in zip(begin, part.shape))
                waits.append(array[there].write(part))
        if shares is not None:
            whole = np.clip(np.rint(shares * CERTAIN), 0, CERTAIN).astype(np.uint8)
            waits.append(self._shares[(slice(None), *(slice(*span) for span in box))].write(whole))
        for wait in waits:
            wait.result()

    @cached_property
    def _levels(self) -> list[Any]:
        about = json.loads((self.path / "zarr.json").read_text("utf8"))["attributes"]["ome"]
        return [_opened(self.path / one["path"]) for one in about["multiscales"][0]["datasets"]]

    @cached_property
    def _shares(self) -> Any:
        return _opened(self.path / PROBABILITIES / "0")


def create(
    path: Path,
    shape: Sequence[int],
    *,
    label: str,
    names: Mapping[int, str],
    spacing: ArrayLike,
    origin: ArrayLike,
    unit: str = MICRON,
    classes: Sequence[str] = (),
    dtype: str = "",
) -> LabelStore:
    """An empty store, in place of one that we wrote there.

    Parameters
    ----------
    shape : voxels, z y x
    label : what the labels tell ("structure")
    names : what numbers stand for
    spacing, origin : distance of voxels and middle of the first, z y x
    classes : of which probabilities are kept; none if empty
    dtype : of numbers; the smallest that holds those with names if ""

    Raises
    ------
    DataError
        If anything else is there.
    """
    if path.is_file() or (path.is_dir() and any(path.iterdir()) and not _is_ours(path)):
        raise DataError(path, "", "is there already, and no labels of ours; give the labels another name")
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    dtype = dtype or ("uint8" if max(names, default=0) < 256 else "uint16")
    chunk = [min(n, CHUNK if shape[0] > 1 else PLANE) for n in shape]
    steps = _steps(shape)
    for number, step in enumerate(steps):
        created(path / str(number), [-(-n // s) for n, s in zip(shape, step)], dtype, chunk, AXES)
    spaced, begin = np.asarray(spacing, float), np.asarray(origin, float)
    properties = [{"label-value": int(number), "name": name} for number, name in names.items()]
    about = _multiscales(label, AXES, [spaced * step for step in steps], begin, unit)
    if classes:
        (path / PROBABILITIES).mkdir()
        created(path / PROBABILITIES / "0", [len(classes), *shape], "uint8", [1, *chunk], ("c", *AXES))
        shares = _multiscales(PROBABILITIES, ("c", *AXES), [np.r_[1.0, spaced]], np.r_[0.0, begin], unit)
        channels = [{"label": name, "window": {"start": 0, "end": CERTAIN}} for name in classes]
        _group(path / PROBABILITIES, shares | {"omero": {"channels": channels}})
    _group(path, about | {"image-label": {"version": "0.5", "properties": properties}})
    return LabelStore(path)


def _is_ours(path: Path) -> bool:
    """Whether it says that we wrote it."""
    try:
        return "neurofm" in json.loads((path / "zarr.json").read_text("utf8"))["attributes"]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _steps(shape: Sequence[int]) -> list[list[int]]:
    """Voxels that become one at each level."""
    steps = [[1] * len(shape)]
    while max(n / s for n, s in zip(shape, steps[-1])) > COARSEST:
        steps.append([2 * s if n > 1 else 1 for n, s in zip(shape, steps[-1])])
    return steps


def _multiscales(
    name: str, axes: Sequence[str], scales: Sequence[NDArray[Any]], begin: NDArray[Any], unit: str
) -> dict[str, Any]:
    spaced = {"unit": "micrometer"} if unit == MICRON else {}
    told = [{"name": axis, "type": "space", **spaced} if axis in AXES else _channel(axis) for axis in axes]
    move_to = {"type": "translation", "translation": begin.tolist()}
    datasets = [
        {"path": str(k), "coordinateTransformations": [{"type": "scale", "scale": scale.tolist()}, move_to]}
        for k, scale in enumerate(scales)
    ]
    return {"version": "0.5", "multiscales": [{"name": name, "axes": told, "datasets": datasets}]}


def _channel(axis: str) -> dict[str, str]:
    return {"name": axis, "type": "channel"}


def _group(path: Path, about: Mapping[str, Any]) -> None:
    part, attributes = path / "zarr.json.part", {"ome": about, "neurofm": VERSION}
    part.write_text(json.dumps({"zarr_format": 3, "node_type": "group", "attributes": attributes}), "utf8")
    move(part, path / "zarr.json")


def _opened(path: Path) -> Any:
    spec = {"driver": "zarr3", "kvstore": on_disk(path)}
    return _tensorstore().open(spec, open=True).result()
