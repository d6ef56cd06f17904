"""Volumes as HDF5 of our own, which loses nothing: voxels that lie in another file are named, others are in it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurofm.data.painted import Blank, Paint, Painted, below, paint_of, painted
from neurofm.data.volume import Pyramid, Turned, Volume, Voxels
from neurofm.errors import DataError
from neurofm.io._hdf5 import text
from neurofm.io._levels import placed
from neurofm.io._volume_parts import as_part
from neurofm.io._voxels import Dataset, Reference, Where, reference
from neurofm.process import move
from neurofm.specs import ReaderSpec

OBJECT = "Volume"  # what the file's root says that it is
IMAGE, PAINT = "image", "paint"
BLOCK = 64 << 20  # bytes that are written at once
CHUNK = 64  # voxels along an edge


def accepts(path: Path) -> bool:
    """Whether its root says so."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return text(file.attrs.get("object", "")) == OBJECT


def read(path: Path) -> Volume:
    """What `write` wrote."""
    with h5py.File(path) as file:
        if "about" not in file.attrs:
            raise DataError(path, "about", "is missing; the file is damaged, write it again")
        about = json.loads(text(file.attrs["about"]))
        image = _pyramid(path, file[IMAGE], "") if IMAGE in file else None
        labels = {name: _pyramid(path, file[key], name) for name, key in about["labels"].items()}
    names = {label: {int(k): name for k, name in told.items()} for label, told in about["names"].items()}
    return Volume(
        session=about["session"], subject=about["subject"], image=image, labels=labels, names=names,
        unit=about["unit"], paths=tuple(about["paths"]) or (str(path),), notes=tuple(about["notes"]),
    )  # fmt: skip


def write(volume: Volume, path: str | os.PathLike[str]) -> Path:
    """Write to a file in one go, a block at a time; `read` gives it back equal."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with h5py.File(unfinished, "w") as file:
            _write(volume, file)
        move(unfinished, path)
    except (OSError, ValueError) as error:
        raise DataError(path, "", f"cannot be written ({error})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _write(volume: Volume, file: Any) -> None:
    keys = {name: f"labels/{k}" for k, name in enumerate(volume.labels)}
    about = {
        "session": volume.session, "subject": volume.subject, "unit": volume.unit, "labels": keys,
        "names": {label: {str(k): name for k, name in told.items()} for label, told in volume.names.items()},
        "paths": list(volume.paths), "notes": list(volume.notes),
    }  # fmt: skip
    file.attrs.update({"object": OBJECT, "about": json.dumps(about)})
    if volume.image is not None:
        _put(file.create_group(IMAGE), volume.image)
    for name, label in volume.labels.items():
        _put(file.create_group(keys[name]), label)


def _put(group: Any, pyramid: Pyramid) -> None:
    """Where its voxels are if they are in a file, else these themselves, and what is painted over them."""
    group.attrs["spacing"], group.attrs["origin"] = pyramid.spacing, pyramid.origin
    if isinstance(pyramid.levels[0], Painted):
        _put_paint(group, paint_of(pyramid))
        pyramid = below(pyramid)
    if isinstance(pyramid.levels[0], Blank):
        group.attrs["blank"] = [level.shape for level in pyramid.levels]
        group.attrs["begins"] = [pyramid.offset(level) for level in range(len(pyramid.levels))]
        return
    lies = reference(pyramid)
    if lies is not None:
        group.attrs["where"] = json.dumps({"path": lies.where.path, "part": lies.where.part, "order": lies.order})
        return
    for number, voxels in enumerate(pyramid.levels):
        chunks = tuple(min(CHUNK, n) for n in voxels.shape)
        held = group.create_dataset(str(number), voxels.shape, voxels.dtype, chunks=chunks, compression="lzf")
        for box in _blocks(voxels):
            held[box] = voxels[box]


def _put_paint(group: Any, paint: Paint) -> None:
    group.create_dataset(f"{PAINT}/at", data=paint.at, compression="lzf")
    group.create_dataset(f"{PAINT}/numbers", data=paint.numbers, compression="lzf")
    group[PAINT].attrs["instead"] = json.dumps({str(k): to for k, to in paint.instead.items()})


def _blocks(voxels: Voxels) -> Iterator[tuple[slice, slice, slice]]:
    """Boxes of whole chunks that fit into memory."""
    deep = max(BLOCK // max(int(np.prod(voxels.shape[1:])) * voxels.dtype.itemsize, 1) // CHUNK * CHUNK, CHUNK)
    steps = (deep, 16 * CHUNK, 16 * CHUNK)
    for z, y, x in product(*(range(0, n, step) for n, step in zip(voxels.shape, steps))):
        yield slice(z, z + steps[0]), slice(y, y + steps[1]), slice(x, x + steps[2])


def _pyramid(path: Path, group: Any, part: str) -> Pyramid:
    pyramid = _below(path, group, part)
    if PAINT not in group:
        return pyramid
    at, numbers = (np.asarray(group[PAINT][name], np.int64) for name in ("at", "numbers"))
    instead = {int(k): int(to) for k, to in json.loads(text(group[PAINT].attrs["instead"])).items()}
    if len(at) != len(numbers) or (np.diff(at) <= 0).any() or (len(at) and at[-1] >= np.prod(pyramid.shape)):
        raise DataError(path, f"{group.name}/{PAINT}", "is damaged; open the labels that it was painted on")
    return painted(pyramid, Paint(pyramid.shape, at, numbers, instead))


def _below(path: Path, group: Any, part: str) -> Pyramid:
    spacing, origin = np.array(group.attrs["spacing"]), np.array(group.attrs["origin"])
    if "blank" in group.attrs:
        shapes = [tuple(map(int, shape)) for shape in group.attrs["blank"]]
        return Pyramid(tuple(map(Blank, shapes)), spacing, origin, np.array(group.attrs["begins"]))  # type: ignore[arg-type]
    if "where" in group.attrs:
        told = json.loads(text(group.attrs["where"]))
        return _elsewhere(path, Reference(Where(told["path"], told["part"]), tuple(told["order"])), spacing, origin)
    levels = tuple(
        Dataset(path, f"{group.name}/{key}", group[key].shape, group[key].dtype, group[key].chunks)
        for key in sorted((key for key in group if key != PAINT), key=int)
    )
    return placed(Pyramid(levels, spacing, origin), str(path), part)


def _elsewhere(path: Path, lies: Reference, spacing: NDArray[Any], origin: NDArray[Any]) -> Pyramid:
    from neurofm.io import read as opened

    volume: Any = opened(lies.where.path)
    held = as_part(volume, lies.where.part)
    if held is None:
        raise DataError(path, lies.where.path, "does not hold the same image any more; open that file itself")
    held = below(held)
    levels: tuple[Voxels, ...] = held.levels
    if lies.order != (0, 1, 2):
        levels = tuple(Turned(voxels, lies.order) for voxels in levels)
    ratio = (held.spacing / held.spacing[0])[:, lies.order]  # coarser levels may have been made since, or be gone
    begins = (
        None
        if held.begins is None
        else origin + ((held.begins - held.origin) / held.spacing[0])[:, lies.order] * spacing[0]
    )
    return Pyramid(levels, spacing[0] * ratio, origin, begins)


SPEC = ReaderSpec(
    title="volume of our own", patterns=("*.volume.h5",), accepts=accepts, read=read, kind="volume", write=write,
    native=".h5",
)  # fmt: skip
