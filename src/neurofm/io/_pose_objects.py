"""Poses that another library has already opened, known by what they can do: movement's Dataset, sleap-io's Labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.io._poses import ALONE, Poses, tracks

DIMS = ("time", "individuals", "keypoints", "space")  # of movement's positions; older ones have "individual" and so on
SPACE = ("x", "y", "z")


def tracks_of(thing: Any) -> Tracks | None:
    """Tracks of what is one of them; None of anything else.

    Raises
    ------
    DataError
        If it is one of them, but cannot be read.
    """
    if hasattr(thing, "data_vars") and "position" in thing.data_vars:
        return _of_dataset(thing)
    if hasattr(thing, "labeled_frames") and hasattr(thing, "skeletons"):
        return _of_labels(thing)
    return None


def _of_dataset(thing: Any) -> Tracks:
    """An xarray Dataset with `position` and, as a rule, `confidence`."""
    position = thing["position"]
    dims = [_dim(position, name) for name in DIMS]
    keypoints, individuals = (_names(position, dim, name) for dim, name in ((dims[2], "point"), (dims[1], ALONE)))
    points = _turned(position, dims)
    space = (
        [str(name) for name in position[dims[3]].values]
        if dims[3] in position.coords
        else list(SPACE)[: points.shape[-1]]
    )
    points = points[..., [space.index(axis) for axis in SPACE if axis in space]]
    confidence = _turned(thing["confidence"], dims[:3]) if "confidence" in thing.data_vars else None
    about = dict(thing.attrs)
    times = np.asarray(position["time"].values, float) if "time" in position.coords else None
    rate = float(about.get("fps") or 0)
    if times is not None and rate and str(about.get("time_unit", "seconds")) == "frames":
        times = times / rate
    path = Path(str(about.get("source_file") or "poses"))
    poses = Poses(
        keypoints=keypoints, individuals=individuals, points=points, confidence=confidence, times=times, rate=rate
    )
    return _without_file(path, poses)


def _dim(position: Any, name: str) -> str:
    there = [dim for dim in position.dims if str(dim) in (name, name.removesuffix("s"))]
    if there:
        return str(there[0])
    if name == "keypoints":
        return ""  # of bounding boxes, which have one place each
    raise DataError("Dataset", "position", f"has no dimension {name}; it has {', '.join(map(str, position.dims))}")


def _names(position: Any, dim: str, name: str) -> tuple[str, ...]:
    if not dim:
        return (name,)
    return tuple(map(str, position[dim].values)) if dim in position.coords else _numbered(name, position.sizes[dim])


def _numbered(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name} {k + 1}" for k in range(count))


def _turned(array: Any, dims: list[str]) -> NDArray[Any]:
    """Values with these dimensions in this order, one of length 1 for each that is missing."""
    values = np.asarray(array.transpose(*[dim for dim in dims if dim]).values)
    return values if all(dims) else np.expand_dims(values, dims.index(""))


def _of_labels(thing: Any) -> Tracks:
    """sleap-io's Labels: all tracks of its first video."""
    if not thing.skeletons:
        raise DataError("Labels", "skeletons", "are none; label a frame in SLEAP first")
    skeleton, video = thing.skeletons[0], thing.videos[0] if thing.videos else None
    places = np.asarray(thing.numpy(video=video, untracked=not thing.tracks, return_confidence=True), float)
    names = [str(track.name) for track in thing.tracks]
    count = places.shape[1]
    filename = getattr(video, "filename", "") or ""
    first = filename if isinstance(filename, str) else next(iter(filename), "")
    path = Path(str(getattr(thing, "provenance", {}).get("filename") or first or "labels"))
    predicted = any(len(frame.predicted_instances) for frame in thing.labeled_frames)
    poses = Poses(
        keypoints=tuple(map(str, skeleton.node_names)),
        individuals=tuple(names) if len(names) == count else (ALONE,) if count == 1 else _numbered(ALONE, count),
        points=places[..., :2],
        confidence=places[..., 2] if predicted else None,
        rate=float(getattr(video, "fps", 0) or 0),
        video=first,
        more={"skeleton": tuple((int(a), int(b)) for a, b in skeleton.edge_inds)},
    )
    return _without_file(path, poses)


def _without_file(path: Path, poses: Poses) -> Tracks:
    """Tracks that no file of ours stands for, since the object may be another by now."""
    return replace(tracks(path.absolute(), poses), paths=())
