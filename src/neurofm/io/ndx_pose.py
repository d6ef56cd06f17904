"""Poses in NWB files, as the extension ndx-pose keeps them; read with h5py alone.

Spikes of the same file are read by the reader of NWB, which is asked where there are any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurofm.data.placed import Placed
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.io import _amend
from neurofm.io._hdf5 import array, children, text
from neurofm.io._nwb_parts import unread
from neurofm.io._poses import Poses, tracks
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

TYPE = "neurodata_type"
POSES, SERIES, SKELETON = "PoseEstimation", "PoseEstimationSeries", "Skeleton"
PIXELS = ("pixels", "pixel", "px")


def accepts(path: Path) -> bool:
    """Whether it is NWB with poses, and without units, which would be lost."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return "nwb_version" in file.attrs and "units" not in file and bool(list(_of_type(file, POSES)))


def read(path: Path) -> Tracks:
    """Points of each pose estimation, an individual each."""
    with h5py.File(path) as file:
        groups = list(_of_type(file, POSES))
        if not groups:
            raise DataError(path, "processing", f"holds no {POSES}; are the poses kept in another way?")
        series = [_series(path, group) for group in groups]
        keypoints = tuple(dict.fromkeys(name for one in series for name in one))
        if not keypoints:
            raise DataError(path, groups[0].name.strip("/"), f"holds no {SERIES}; the file is damaged")
        poses = _poses(path, groups, series, keypoints)
        poses.notes += left_out(unread(file, (POSES, SKELETON, f"{SKELETON}s")))
        session = _said(file, "general/session_id") or path.stem
        subject = _said(file, "general/subject/subject_id")
    poses.more |= {"session": session, "subject": subject}
    return tracks(path, poses)


def amend(path: Path, before: Tracks, placed: Sequence[Placed]) -> None:
    """Put points into their series, in the unit that these are stored in."""
    with h5py.File(path, "r+") as file:
        series = [_series(path, group) for group in _of_type(file, POSES)]
        for one in placed:
            held = series[one.individual].get(before.keypoints[one.keypoint])
            if held is None or held["data"].dtype.kind != "f":
                name = f"{before.individuals[one.individual]} {before.keypoints[one.keypoint]}"
                raise _amend.refused(path, f"it keeps no numbers of {name} that can be changed")
            scale, offset = _scale(held["data"])
            said = _amend.numbers(before, one)
            if "confidence" in held:
                held["confidence"][one.frame] = said[_amend.LIKELIHOOD]
            held["data"][one.frame] = [(said[axis] - offset) / scale for axis in _amend.AXES if axis in said]


def _of_type(file: Any, kind: str) -> Iterator[Any]:
    """Groups of a type under `processing`."""
    for _, module in children(file.get("processing"), []):
        for _, child in children(module, []):
            if isinstance(child, h5py.Group) and text(child.attrs.get(TYPE, "")) == kind:
                yield child


def _series(path: Path, group: Any) -> dict[str, Any]:
    """The series of each key point, by the name of its node."""
    members = {
        name: child
        for name, child in children(group, [])
        if isinstance(child, h5py.Group) and text(child.attrs.get(TYPE, "")) == SERIES
    }
    nodes = _nodes(path, group)
    named = {_node(name, nodes): child for name, child in members.items()}
    if len(named) < len(members):
        raise DataError(path, group.name.strip("/"), "has two series of one key point; rename one")
    return {node: named[node] for node in nodes if node in named} | named


def _bones(group: Any) -> Any:
    """The skeleton that it is linked to, under whatever name; itself in files of older versions."""
    linked = (child for _, child in children(group, []) if isinstance(child, h5py.Group))
    return next((child for child in linked if text(child.attrs.get(TYPE, "")) == SKELETON), group)


def _nodes(path: Path, group: Any) -> list[str]:
    """Names of the nodes of its skeleton, in their order; none where it has none."""
    holder = _bones(group)
    return list(map(str, array(path, holder["nodes"]).ravel())) if "nodes" in holder else []


def _node(name: str, nodes: Sequence[str]) -> str:
    """The node that a series is of: that of its name, else what its name says beside its type."""
    bare = name.removeprefix(SERIES).removesuffix(SERIES).strip("_ ") or name
    alike = [node for node in nodes if node.lower() in (name.lower(), bare.lower())]
    return alike[0] if alike else bare


def _poses(path: Path, groups: Sequence[Any], series: Sequence[dict[str, Any]], keypoints: tuple[str, ...]) -> Poses:
    every = [one for each in series for one in each.values()]
    times, notes = _times(path, every)
    width = {array(path, one["data"]).shape[-1] for one in every}
    if len(width) > 1 or not width <= {2, 3}:
        raise DataError(path, every[0].name.strip("/"), f"has {sorted(width)} coordinates a frame, where 2 or 3 are")
    points = np.full((len(times), len(groups), len(keypoints), width.pop()), np.nan, np.float32)
    sure = np.full(points.shape[:3], np.nan, np.float32)
    for k, each in enumerate(series):
        for name, one in each.items():
            points[:, k, keypoints.index(name)] = _scaled(path, one["data"])
            if "confidence" in one:
                sure[:, k, keypoints.index(name)] = array(path, one["confidence"])
    units = {text(one["data"].attrs.get("unit", "")) for one in every}
    unit = "px" if units <= {*PIXELS, ""} else units.pop() if len(units) == 1 else ""
    if not unit:
        notes.append(f"key points are in different units ({', '.join(sorted(units))}); they were left as they are")
    return Poses(
        keypoints=keypoints,
        individuals=tuple(group.name.rpartition("/")[2] for group in groups) if len(groups) > 1 else ("animal",),
        points=points,
        confidence=sure if any("confidence" in one for one in every) else None,
        times=times,
        video=_video(path, groups[0]),
        more={"unit": unit, "skeleton": _skeleton(path, groups[0], keypoints)},
        notes=notes,
    )


def _times(path: Path, series: Sequence[Any]) -> tuple[NDArray[np.float64], list[str]]:
    """(frame,) seconds of all series, which must be as long as each other."""
    counts = {one["data"].shape[0] for one in series}
    if len(counts) > 1:
        problem = f"have {min(counts):,} to {max(counts):,} frames; key points of one animal need the same"
        raise DataError(path, POSES, problem)
    each = [_clock(path, one) for one in series]
    apart = max(float(np.abs(times - each[0]).max(initial=0)) for times in each)
    notes = [f"times of key points differ by up to {apart:.3g} s; the first one's were taken"] if apart > 1e-3 else []
    return each[0], notes


def _clock(path: Path, series: Any) -> NDArray[np.float64]:
    count = series["data"].shape[0]
    if "timestamps" in series:
        times = array(path, series["timestamps"]).astype(float)
        if times.shape != (count,):
            raise DataError(path, series.name.strip("/"), f"has {len(times):,} timestamps for {count:,} frames")
        return times
    rate = float(series["starting_time"].attrs.get("rate", 0)) if "starting_time" in series else 0.0
    if rate <= 0:
        raise DataError(path, series.name.strip("/"), "has neither timestamps nor a rate; the file is damaged")
    return float(series["starting_time"][()]) + np.arange(count) / rate


def _scaled(path: Path, data: Any) -> NDArray[np.float32]:
    """Values in the unit that the file says."""
    scale, offset = _scale(data)
    return np.asarray(array(path, data) * scale + offset, np.float32)


def _scale(data: Any) -> tuple[float, float]:
    scale, offset = (float(data.attrs.get(name, default)) for name, default in (("conversion", 1.0), ("offset", 0.0)))
    return scale, offset


def _skeleton(path: Path, group: Any, keypoints: Sequence[str]) -> tuple[tuple[int, int], ...]:
    holder = _bones(group)
    nodes = _nodes(path, group)
    if "edges" not in holder:
        return ()
    edges = array(path, holder["edges"]).astype(int).reshape(-1, 2)
    named = [[nodes[k] if k < len(nodes) else "" for k in edge] for edge in edges.tolist()]
    return tuple((keypoints.index(a), keypoints.index(b)) for a, b in named if a in keypoints and b in keypoints)


def _video(path: Path, group: Any) -> str:
    if "original_videos" in group:
        names = array(path, group["original_videos"]).ravel()
        return str(names[0]) if len(names) else ""
    source = group.get("source_video")
    files: Any = (
        array(path, source["external_file"]).ravel() if source is not None and "external_file" in source else []
    )
    return str(files[0]) if len(files) else ""


def _said(file: Any, name: str) -> str:
    return text(file[name]) if name in file else ""


SPEC = ReaderSpec(title="Poses in NWB", patterns=("*.nwb",), accepts=accepts, read=read, kind="tracks", amend=amend)
