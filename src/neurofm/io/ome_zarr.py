"""Zarr volumes: OME-Zarr 0.4 and 0.5 with scales and labels, and plain arrays; a folder or an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurofm.data.volume import AXES, MICRON, UNSCALED, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.io import _stores
from neurofm.io._images import TAKEN, microns, name_of, says_labels
from neurofm.io._levels import placed
from neurofm.specs import ReaderSpec

PROBABILITIES = "probabilities"  # beside labels
NWB = (
    "is NWB in Zarr, which cannot be opened; write it as HDF5, by pynwb and hdmf-zarr: "
    "NWBHDF5IO(new, 'w').export(src_io=NWBZarrIO(path, 'r'), write_args={'link_data': False})"
)
SCHEMES = ("zarr://", "zarr2://", "zarr3://")


def accepts(path: Path) -> bool:
    """Whether a group or an array of zarr is there."""
    place = _stores.web(str(path), schemes=SCHEMES)
    return any(_stores.page(place, name) is not None for name in ("zarr.json", ".zattrs", ".zarray", ".zgroup"))


def read(path: Path) -> Volume:
    """The first image of the group, all its scales, with the labels that go with it; or labels alone."""
    place = _stores.web(str(path), schemes=SCHEMES)
    about = _attributes(place)
    scales = about.get("multiscales")
    if not scales:
        return _plain(path, place)
    image, unit, notes = _pyramid(path, place, scales[0])
    if "image-label" in about:
        name = str(scales[0].get("name") or "labels")
        whole = {name: placed(image, str(path), name)}
        called = {name: _names(about["image-label"])}
        return Volume(session=name_of(place), labels=whole, names=called, unit=unit, paths=(str(path),), notes=notes)
    inside = _attributes(f"{place.rstrip('/')}/labels").get("labels", [])
    if not inside and _says_labels(place, image):
        return _labels_alone(path, place, image, unit, notes)
    image = placed(image, str(path))
    labels, names = {}, {}
    for name in inside:
        inner = f"{place.rstrip('/')}/labels/{name}"
        told = _attributes(inner)
        if told.get("multiscales"):
            labels[name] = placed(_pyramid(path, inner, told["multiscales"][0])[0], str(path), name)
            names[name] = _names(told.get("image-label", {}))
    return Volume(
        session=name_of(place), image=image, labels=labels, names=names, unit=unit, paths=(str(path),), notes=notes
    )


def probabilities(path: Path) -> dict[str, _stores.Chunks]:
    """By class, how probable it is in each voxel of labels (0 to 255 for 0 to 1); empty where that was not kept."""
    place = f"{path}/{PROBABILITIES}"
    about = _attributes(place)
    if not about.get("multiscales"):
        return {}
    data = f"{place}/{about['multiscales'][0]['datasets'][0]['path']}"
    names = [channel["label"] for channel in about["omero"]["channels"]]
    return {name: _array(path, data, (1, 2, 3), {0: k})[0] for k, name in enumerate(names)}


def _attributes(place: str) -> dict[str, Any]:
    """What a group says of itself, in either version."""
    third = _stores.page(place, "zarr.json")
    if third is not None:
        attributes = third.get("attributes", {})
        return dict(attributes.get("ome", attributes))
    return _stores.page(place, ".zattrs") or {}


def _pyramid(path: Path, place: str, scale: Mapping[str, Any]) -> tuple[Pyramid, str, tuple[str, ...]]:
    """One multiscale image, its unit, and what is not shown of it."""
    names = [axis["name"] if isinstance(axis, Mapping) else str(axis) for axis in scale.get("axes", "tczyx")]
    units = [axis.get("unit", "") if isinstance(axis, Mapping) else "" for axis in scale.get("axes", "tczyx")]
    axes = tuple(names.index(axis) if axis in names else None for axis in AXES)
    if axes[1] is None or axes[2] is None:
        raise DataError(path, "multiscales", f"has axes {names}; x and y are needed")
    levels, spacing, begins, others = [], [], [], {}
    first: Sequence[int] = ()
    scaled, said = False, list[bool]()
    for number, item in enumerate(scale["datasets"]):
        voxels, shape = _array(path, f"{place.rstrip('/')}/{item['path']}", axes)
        levels.append(voxels)
        transforms = [step for of in (item, scale) for step in of.get("coordinateTransformations", [])]
        scaled = any(step.get("type") == "scale" for step in transforms)
        steps, begin = _transform(transforms, len(shape))
        first = first or shape
        steps = steps if scaled else np.divide(first, shape)  # of levels without a scale: what their sizes say
        factor = [microns(1.0, units[axis]) if axis is not None else 1.0 for axis in axes]
        known = [1.0 if f is None or not scaled else f for f in factor]
        spacing.append([steps[axis] * f if axis is not None else 1.0 for axis, f in zip(axes, known)])
        begins.append([begin[axis] * f if axis is not None else 0.0 for axis, f in zip(axes, known)])
        said.append(any(step.get("type") == "translation" for step in transforms))
        if number == 0:
            others = {name: n for k, (name, n) in enumerate(zip(names, shape)) if k not in axes and n > 1}
    unit = MICRON if scaled and units[axes[2]] and microns(1.0, units[axes[2]]) else UNSCALED
    notes = tuple(f"the first of {count:,} along '{name}' is shown" for name, count in others.items())
    placed_each = np.array(begins) if all(said) else None  # many writers state scales alone
    return Pyramid(tuple(levels), np.array(spacing), np.array(begins[0]), placed_each), unit, notes


def _transform(steps: Sequence[Mapping[str, Any]], rank: int) -> tuple[Any, Any]:
    """Scale and translation of all transformations, one after the other."""
    scale, begin = np.ones(rank), np.zeros(rank)
    for step in steps:
        if step.get("type") == "scale":
            scale, begin = scale * step["scale"], begin * step["scale"]
        if step.get("type") == "translation":
            begin = begin + step["translation"]
    return scale, begin


def _array(
    path: Path, place: str, axes: Sequence[int | None], at: Mapping[int, int] | None = None
) -> tuple[_stores.Chunks, Sequence[int]]:
    """An array of the group, and the shape that it has there; of axes that are none of ours one place, the first."""
    second, third = _stores.page(place, ".zarray"), _stores.page(place, "zarr.json")
    if second is not None:
        driver, shape, chunks, dtype = "zarr", second["shape"], second["chunks"], second["dtype"]
    elif third is not None and third.get("node_type") == "array":
        driver, shape, dtype = "zarr3", third["shape"], third["data_type"]
        chunks = third["chunk_grid"]["configuration"]["chunk_shape"]
    else:
        raise DataError(path, place, "is named by the group but holds no array; was the copy cut off?")
    sizes = [[1 if axis is None else of[axis] for axis in axes] for of in (shape, chunks)]
    fixed = {k: (at or {}).get(k, 0) for k in range(len(shape)) if k not in axes}
    return _stores.Chunks(place, {"driver": driver}, sizes[0], dtype, sizes[1], axes, fixed), shape


def _plain(path: Path, place: str) -> Volume:
    """An array without a group: its last three axes are z, y and x."""
    told = _stores.page(place, ".zarray") or _stores.page(place, "zarr.json") or {}
    rank = len(told.get("shape", []))
    if (_stores.page(place, ".zattrs") or {}).get("neurodata_type") == "NWBFile":
        raise DataError(path, "", NWB)
    if rank < 2:
        raise DataError(path, "", "holds no image; a zarr array of two or more axes, or an OME-Zarr group, is needed")
    axes = (rank - 3 if rank > 2 else None, rank - 2, rank - 1)
    voxels, shape = _array(path, place, axes)
    whole = Pyramid((voxels,), np.ones(3))
    more = tuple(f"the first of {n:,} along axis {k} is shown" for k, n in enumerate(shape[:-3]) if n > 1)
    if _says_labels(place, whole):
        return _labels_alone(path, place, whole, UNSCALED, more)
    image = placed(whole, str(path))
    return Volume(session=name_of(place), image=image, unit=UNSCALED, paths=(str(path),), notes=more)


def _says_labels(place: str, pyramid: Pyramid) -> bool:
    """Whether its name and its numbers say that it holds labels; what is behind an address is not asked."""
    finest: Any = pyramid.levels[0]
    return not finest.remote and says_labels(name_of(place), finest)


def _labels_alone(path: Path, place: str, pyramid: Pyramid, unit: str, notes: tuple[str, ...]) -> Volume:
    name = name_of(place)
    labels = {name: placed(pyramid, str(path), name)}
    return Volume(session=name, labels=labels, unit=unit, paths=(str(path),), notes=(*notes, TAKEN))


def _names(told: Mapping[str, Any]) -> dict[int, str]:
    """Words of a label's properties, by number."""
    rows = told.get("properties", [])
    return {
        int(row["label-value"]): str(row.get("name") or row.get("class"))
        for row in rows
        if "label-value" in row and (row.get("name") or row.get("class"))
    }


SPEC = ReaderSpec(
    title="OME-Zarr",
    patterns=("*.zarr",),
    accepts=accepts,
    read=read,
    folder=True,
    kind="volume",
    addresses=("zarr://", "zarr2://", "zarr3://"),
)
