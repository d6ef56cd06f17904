"""Arrays of poses in `.npy` files: sequences with labels as the MABe 2022 challenge gives them, or one array alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.pose_features import MOUSE
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.io import _plain
from neurofm.io._file import head
from neurofm.io._poses import Poses, tracks
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

MAGIC = b"\x93NUMPY"
LOOKED = 1 << 16  # bytes of a pickle that are looked at to tell what it is
PIXELS = 10.0  # places that reach further are in pixels or mm, where a z would not stay within 0 to 1
GAP = 1.0  # seconds between one sequence and the next
JOINED = ((0, 1), (0, 2), (0, 3), (3, 4), (3, 5), (3, 6), (6, 7), (6, 8), (6, 9), (9, 10), (10, 11))
KEYS = ("sequences", "vocabulary", "keypoints", "annotations")
KINDS = {(3, 12): (30.0, MOUSE, JOINED), (11, 24): (150.0, (), ())}  # (animals, points): frames a second, names


def accepts(path: Path) -> bool:
    """Whether it holds sequences by name, or one array that can be places of points."""
    if head(path, len(MAGIC)) != MAGIC:
        return False
    with path.open("rb") as file:
        shape, dtype = _header(file)
        if dtype.hasobject:
            return b"sequences" in file.read(LOOKED)
        return dtype.kind in "fiu" and dtype != np.uint8 and _fits(shape)  # bytes are pictures


def read(path: Path) -> Tracks:
    """All sequences, one after the other, each a trial."""
    loaded = _loaded(path)
    if not isinstance(loaded, Mapping):
        if not _fits(loaded.shape):
            problem = f"is an array of {loaded.shape}, no points (frame, individual, keypoint, 2 or 3)"
            raise DataError(path, "", problem)
        return _laid_out(path, [str(k) for k in range(_sequences(loaded).shape[0])], list(_sequences(loaded)), {})
    sequences = loaded.get("sequences")
    if not isinstance(sequences, Mapping) or not sequences:
        raise DataError(path, "sequences", "are missing; a file of the challenge holds them by name")
    points = [_array(path, f"{name}.keypoints", held, "keypoints") for name, held in sequences.items()]
    laid = _laid_out(path, list(map(str, sequences)), points, _annotations(path, loaded, sequences, points))
    unread = [*loaded, *(key for held in sequences.values() for key in held)]
    return replace(laid, notes=(*laid.notes, *left_out(str(name) for name in unread if name not in KEYS)))


def _loaded(path: Path) -> Any:
    """The one thing in the file: an array, or a dict that was pickled, of which nothing is run."""
    with path.open("rb") as file:
        _, dtype = _header(file)
        if not dtype.hasobject:
            return np.load(path, mmap_mode="r", allow_pickle=False)
        data = file.read()
    try:
        loaded = _plain.values(_plain.loads(data))
    except _plain.Refused as error:
        raise DataError(path, "", f"{error}; it may be harmful, so ask whoever gave it to you") from error
    except ValueError as error:
        raise DataError(path, "", f"{error}; was the copy cut off?") from error
    if loaded.size != 1 or not isinstance(loaded.flat[0], Mapping):
        raise DataError(path, "", "holds pickled values that are no sequences by name; save the array of points alone")
    return loaded.flat[0]


def _header(file: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and type of the array in an open file."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    return shape, dtype


def _fits(shape: tuple[int, ...]) -> bool:
    """Whether an array can be (sequence, frame, individual, keypoint, axis), without sequences, without individuals."""
    return len(shape) in (3, 4, 5) and shape[-1] in (2, 3) and 0 not in shape


def _sequences(array: NDArray[Any]) -> NDArray[Any]:
    array = array if array.dtype.kind in "fiu" else array.astype(float)
    if array.ndim == 3:
        array = array[:, None]
    return array if array.ndim == 5 else array[None]


def _array(path: Path, field: str, held: Any, key: str) -> NDArray[Any]:
    try:
        array = _plain.values(held[key])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(path, field, f"cannot be read ({error}); the file is damaged") from error
    if key == "keypoints" and (array.ndim != 4 or not _fits(array.shape)):
        raise DataError(path, field, f"is {array.shape}, where (frame, individual, keypoint, 2) was expected")
    return array


def _annotations(
    path: Path, loaded: Mapping[str, Any], sequences: Mapping[str, Any], points: list[NDArray[Any]]
) -> dict[str, NDArray[np.float64]]:
    """(frame,) labels over all sequences, by name."""
    if not any(isinstance(held, Mapping) and "annotations" in held for held in sequences.values()):
        return {}
    parts = []
    for (name, held), places in zip(sequences.items(), points):
        array = _array(path, f"{name}.annotations", held, "annotations").astype(float)
        array = array[None] if array.ndim == 1 else array
        if array.ndim != 2 or array.shape[1] != len(places):
            problem = f"are {array.shape}, where {len(places):,} frames were expected; the file is damaged"
            raise DataError(path, f"{name}.annotations", problem)
        parts.append(array)
    if len({len(part) for part in parts}) > 1:
        raise DataError(path, "annotations", "are not as many in each sequence; the file is damaged")
    names = [str(name) for name in loaded.get("vocabulary", [])]
    names = names if len(names) == len(parts[0]) else [f"label {k}" for k in range(len(parts[0]))]
    return dict(zip(names, np.concatenate(parts, 1)))


def _laid_out(
    path: Path, names: list[str], points: list[NDArray[Any]], labels: dict[str, NDArray[np.float64]]
) -> Tracks:
    """Tracks with a trial for each sequence; a label that never changes within one is known of the trial."""
    if len({array.shape[1:] for array in points}) > 1:
        raise DataError(path, "keypoints", "are not of the same animals and points in all sequences; split the file")
    _, animals, count, _ = points[0].shape
    rate, keypoints, skeleton = KINDS.get((animals, count), (0.0, (), ()))
    lengths = np.array([len(array) for array in points])
    seconds = rate or 30.0
    starts = np.r_[0.0, np.cumsum(lengths / seconds + GAP)[:-1]]
    times = np.concatenate([start + np.arange(length) / seconds for start, length in zip(starts, lengths)])
    trials = pd.DataFrame({"start": starts, "stop": starts + lengths / seconds, "sequence": names})
    firsts = np.cumsum(lengths) - lengths
    for name in list(labels):
        if len(points) > 1 and all(np.ptp(labels[name][a : a + n]) == 0 for a, n in zip(firsts, lengths)):
            trials[name] = labels.pop(name)[firsts]
    whole, sure, notes = _third(np.concatenate([np.asarray(array, np.float32) for array in points]))
    poses = Poses(
        keypoints=keypoints or tuple(f"point {k}" for k in range(count)),
        individuals=tuple(f"animal {k + 1}" for k in range(animals)) if animals > 1 else ("animal",),
        points=whole,
        confidence=sure,
        times=times,
        notes=notes,
        more={"trials": trials, "labels": labels, "skeleton": skeleton},
    )
    known = f"{seconds:g} frames a second are taken, " + ("as the challenge says" if rate else "since none is told")
    poses.notes.append(known)
    return tracks(path, poses)


def _third(points: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32] | None, list[str]]:
    """Places and confidence, and how the third number of each point is taken, which no array says."""
    if points.shape[-1] == 2:
        return points, None, []
    third, places = points[..., 2], points[..., :2]
    known, flat = third[np.isfinite(third)], places[np.isfinite(places)]
    share = len(known) and 0 <= known.min() < known.max() <= 1
    if share and len(flat) and np.abs(flat).max() > PIXELS:
        return places, third, ["the third number of each point lies in 0 to 1 and is taken for its confidence"]
    return points, None, ["the third number of each point is taken for z; leave it out if it is a score"]


SPEC = ReaderSpec(
    title="MABe 2022 and arrays of points", patterns=("*.npy",), accepts=accepts, read=read, kind="tracks"
)
