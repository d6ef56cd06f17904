"""What readers of poses share: columns become points, frames keep their numbers, and the clock is looked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.plausible import Finding
from neurofm.data.shown import several
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.io import _readers
from neurofm.io._rows import left_out, vector

AXES = ("x", "y", "z")
SURE = (
    "likelihood",
    "confidence",
    "score",
    "conf",
    "prob",
    "probability",
    "p",
)  # names of what says how sure a place is
ALONE = "animal"  # an animal that has no name
RATE = 30.0  # frames a second where nobody says
VIDEO = "video"  # the kind whose files say when frames were shown
MARKS = (0.0, -1.0, -99.0, -999.0, -9999.0)  # both coordinates of a point that was not seen
ALIKE = 0.02  # share by which rates differ that are the same
LEAST = 3  # times that such a mark comes
SPARSE, ROOM = 1_000, 1_000_000  # frames there may be for each row, and beside that
NOT_SURE, PERCENT = 1.5, 100.0  # confidences up to these are rounded down to 1, and taken as percent

Column = tuple[str, str, str]  # individual, key point, and which of its numbers


@dataclass(kw_only=True)
class Poses:
    """What a file says.

    Parameters
    ----------
    points, confidence : (row, individual, keypoint, axis) and (row, individual, keypoint)
    frames : (row,) the number of each row's frame; None where rows are frames
    times : (row,) seconds; None where the file tells none
    rate : frames a second; 0 where the file tells none
    more : other fields of the tracks
    notes, doubts : what had to be mended, and what was taken for granted
    """

    keypoints: tuple[str, ...]
    individuals: tuple[str, ...]
    points: NDArray[Any]
    confidence: NDArray[Any] | None = None
    frames: NDArray[np.int64] | None = None
    times: NDArray[np.float64] | None = None
    rate: float = 0.0
    video: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)


def tracks(path: Path, poses: Poses) -> Tracks:
    """Tracks of what a file says, each row at the number of its frame.

    Raises
    ------
    DataError
        If there is no frame, or frames have impossible numbers.
    """
    if not len(poses.points):
        raise DataError(path, "", "holds no frame; was the copy cut off?")
    points, notes = _seen(np.asarray(poses.points, np.float32), poses.keypoints)
    confidence, told = _sure(poses.confidence, points)
    poses.notes += notes + told
    frames = _numbers(path, poses)
    count = len(frames) if poses.frames is None else int(frames.max()) + 1
    times, timeline, files = _times(path, poses, frames, count)
    more = {"session": path.stem, "timeline": timeline} | poses.more
    return Tracks(
        times=times,
        points=_placed(points, frames, count),
        confidence=None if confidence is None else _placed(confidence, frames, count),
        keypoints=poses.keypoints,
        individuals=poses.individuals,
        video=poses.video,
        paths=(str(path), *files),
        notes=tuple(poses.notes),
        doubts=tuple(poses.doubts),
        **more,
    )


def arranged(path: Path, columns: Sequence[Column], values: NDArray[Any]) -> Poses:
    """Poses from columns (row, column) in any order, by what each is called.

    Raises
    ------
    DataError
        If a key point has no x or no y, or one of its numbers is there twice.
    """
    keypoints, individuals = (tuple(dict.fromkeys(column[k] for column in columns)) for k in (1, 0))
    place: dict[Column, int] = {}
    unread = []
    for k, (animal, point, what) in enumerate(columns):
        what = SURE[0] if what in SURE else what
        if what not in (*AXES, SURE[0]):
            unread.append(what)
        elif (animal, point, what) in place:
            raise DataError(path, f"{animal} {point}", f"has two columns {what}; rename one of the points")
        else:
            place[animal, point, what] = k
    keypoints = tuple(point for point in keypoints if any((a, point, x) in place for a in individuals for x in "xy"))
    _check_pairs(path, individuals, keypoints, place)
    axes = AXES if any(key[2] == "z" for key in place) else AXES[:2]
    points = np.full((len(values), len(individuals), len(keypoints), len(axes)), np.nan, np.float32)
    sure = np.full(points.shape[:3], np.nan, np.float32)
    for (animal, point, what), k in place.items():
        if point in keypoints:
            at = (slice(None), individuals.index(animal), keypoints.index(point))
            (sure if what == SURE[0] else points)[at if what == SURE[0] else (*at, axes.index(what))] = values[:, k]
    confident = any(key[2] == SURE[0] for key in place)
    notes = left_out(unread)
    return Poses(
        keypoints=keypoints, individuals=individuals, points=points, confidence=sure if confident else None, notes=notes
    )


def read_rows(path: Path, width: int, **how: Any) -> tuple[pd.DataFrame, list[str]]:
    """The rows of a text file, one that is cut off aside, and what is told of that.

    Raises
    ------
    DataError
        If there is none.
    """
    try:
        table = pd.read_csv(path, encoding="utf-8-sig", low_memory=False, **how)
    except pd.errors.EmptyDataError:
        table = pd.DataFrame()
    notes: list[str] = []
    if len(table) and not _is_whole(path, width):
        table, notes = table[:-1], ["the last row is cut off and was left out"]
    if not len(table):
        raise DataError(path, "", "holds no frame; was the copy cut off?")
    return table, notes


def numbers(table: pd.DataFrame, notes: list[str]) -> NDArray[np.float64]:
    """(row, column) numbers of a table; cells that are none are told and empty."""
    values = table.apply(pd.to_numeric, errors="coerce") if len(table.columns) else table
    wrong = int((values.isna() & table.notna()).to_numpy().sum())
    if wrong:
        notes.append(f"{wrong:,} cells are no numbers and were left empty")
    return values.to_numpy(float)


def _is_whole(path: Path, columns: int) -> bool:
    """Whether the last line of a text file is whole: ended, or as long as it should be."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - (1 << 16), 0))
        rest = file.read()
    last = rest.splitlines()[-1] if rest.strip() else b""
    return rest.endswith((b"\n", b"\r")) or max(map(last.count, (b",", b"\t", b";"))) + 1 >= columns


def _check_pairs(path: Path, individuals: Sequence[str], keypoints: Sequence[str], place: dict[Column, int]) -> None:
    if not keypoints:
        raise DataError(path, "columns", "hold no key point with x and y; name them as nose_x, nose_y")
    for animal in individuals:
        for point in keypoints:
            there = [axis for axis in AXES[:2] if (animal, point, axis) in place]
            if len(there) == 1:
                missing = "y" if there == ["x"] else "x"
                raise DataError(path, point, f"has {there[0]} but no {missing}; give both, or leave the point out")


def _seen(points: NDArray[np.float32], keypoints: Sequence[str]) -> tuple[NDArray[np.float32], list[str]]:
    """Points, NaN where none was seen, and what was made of marks for that."""
    points = np.where(np.isfinite(points).all(-1, keepdims=True), points, np.float32(np.nan))
    notes = []
    for mark in MARKS:
        marked = (points == mark).all(-1)
        always = marked.sum(0) == np.isfinite(points).all(-1).sum(0)  # (individual, keypoint)
        origin = always & (always.sum(1, keepdims=True) == 1) & (len(keypoints) > 1) & (mark == 0)
        marked &= (marked.sum(0) >= LEAST) & ~origin
        if marked.any():
            where = several(name for name, some in zip(keypoints, marked.any((0, 1))) if some)
            notes.append(f"{marked.sum():,} places are ({mark:g}, {mark:g}), which stands for not seen: {where}")
            points[marked] = np.nan
    return points, notes


def _sure(confidence: NDArray[Any] | None, points: NDArray[np.float32]) -> tuple[NDArray[np.float32] | None, list[str]]:
    """Confidences in 0 to 1, 0 where no place is, and what was made of them."""
    if confidence is None:
        return None, ["tells no confidence of its points, so that none can be left out by it"]
    sure = np.asarray(confidence, np.float32)
    most = float(np.nanmax(sure, initial=0))
    notes = []
    if most > PERCENT or float(np.nanmin(sure, initial=0)) < 0:
        notes.append(
            f"confidences reach from {np.nanmin(sure):.3g} to {most:.3g}, no share of 1; they were cut to that"
        )
    elif most > NOT_SURE:
        notes.append(f"confidences reach to {most:.3g} and were taken as percent")
        sure = sure / np.float32(PERCENT)
    return np.where(np.isfinite(points).all(-1), np.clip(np.nan_to_num(sure), 0, 1), 0).astype(np.float32), notes


def _numbers(path: Path, poses: Poses) -> NDArray[np.int64]:
    """(row,) the number of each row's frame, sorted, each once."""
    count = len(poses.points)
    if poses.frames is None:
        return np.arange(count)
    frames = np.asarray(poses.frames, np.int64)
    if frames.min() < 0 or frames.max() > ROOM + SPARSE * count:
        wrong = frames.min() if frames.min() < 0 else frames.max()
        raise DataError(path, "frames", f"have the number {wrong:,} among {count:,} rows; number them from 0")
    return frames


def _placed(values: NDArray[Any], frames: NDArray[np.int64], count: int) -> NDArray[Any]:
    """Rows at the numbers of their frames; of frames without a row nothing is known."""
    if len(values) == count and (frames == np.arange(count)).all():
        return values
    placed = np.full((count, *values.shape[1:]), np.nan if values.ndim == 4 else 0, values.dtype)
    placed[frames[::-1]] = values[::-1]  # of rows of one frame the first
    return placed


def _times(
    path: Path, poses: Poses, frames: NDArray[np.int64], count: int
) -> tuple[NDArray[np.float64], str, tuple[str, ...]]:
    """(frame,) seconds, whose clock that is, and the files that say so."""
    if poses.times is not None:
        return _between(path, poses.times, frames, count), "", ()
    said = path.with_name(f"{path.stem}.times.txt")
    if said.is_file():
        return _from_text(said, count, poses.notes), "", (str(said),)
    video = _video(path, poses)
    if video is not None:
        times = _of_video(video, count, poses.notes, said.name)
        if poses.rate > 0:
            times = _at_rate(video, poses, times)
        return times, str(video.clock), tuple(video.paths)
    if poses.rate > 0:
        return np.arange(count) / poses.rate, "", ()
    video = f"video {poses.video}" if poses.video else "video"
    remedy = f"put the {video} beside it, or a file {said.name} with their seconds, or with how many there are a second"
    told = f"do not say when they were, so that {RATE:g} a second are assumed"
    poses.doubts.append(Finding(code="assumed", field="frames", sentence=told, remedy=remedy))
    return np.arange(count) / RATE, "", ()


def _between(path: Path, times: NDArray[np.float64], frames: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Seconds of all frames from those of some, evenly between them."""
    order = np.argsort(frames, kind="stable")
    told, seconds = frames[order], np.asarray(times, float)[order]
    if not np.isfinite(seconds).all() or (np.diff(seconds)[np.diff(told) > 0] <= 0).any():
        raise DataError(path, "times", "do not rise from frame to frame; give each frame its time in seconds")
    first = np.r_[True, np.diff(told) > 0]
    told, seconds = told[first], seconds[first]
    step = float(np.median(np.diff(seconds) / np.diff(told))) if len(told) > 1 else 1 / RATE
    inside: NDArray[np.float64] = np.interp(np.arange(count), told, seconds)
    before = np.arange(count) < told[0]
    inside[before] = seconds[0] - step * (told[0] - np.arange(count)[before])
    return inside


def _from_text(path: Path, count: int, notes: list[str]) -> NDArray[np.float64]:
    """Seconds of each frame, or frames a second, as a user wrote them."""
    try:
        given = np.loadtxt(path, float, ndmin=1)
    except ValueError as error:
        raise DataError(path, "", f"holds no numbers, one a line ({error}); write the seconds of each frame") from error
    given = vector(path, "times", given)
    if len(given) == 1 and count > 1 and given[0] > 0:
        return np.arange(count) / given[0]
    if len(given) < count or not np.isfinite(given).all() or (np.diff(given) <= 0).any():
        raise DataError(path, "", f"must hold {count:,} rising times, one for each frame, got {len(given):,}")
    if len(given) > count:
        notes.append(f"{path.name} holds {len(given):,} times for {count:,} frames; the first were taken")
    return given[:count]


def _video(path: Path, poses: Poses) -> Any:
    """The video that a file of poses names, or is called after, if it lies beside it and can be read."""
    for file in _candidates(path, poses.video):
        for reader in _readers.by_name(file):
            if _readers.kind(reader) == VIDEO:
                try:
                    return _readers.parse(reader, file)
                except (DataError, ImportError) as error:
                    poses.notes.append(f"times of its frames cannot be taken from {file.name}: {error}")
    return None


def _candidates(path: Path, named: str) -> list[Path]:
    """Files that may be the video: as it is named, by that name beside the poses, or called as these begin.

    Of the latter first the one that shares the most: "rat_2DLC" is of "rat_2", not of "rat".
    """
    name = PureWindowsPath(named).name if "\\" in named else Path(named).name
    asked = [Path(named), path.with_name(name)] if name else []
    here = sorted(path.parent.iterdir(), key=lambda f: (-len(f.stem), f)) if path.parent.is_dir() else []
    beside = [file for file in here if _begins(path.stem, file.stem) and file != path]
    return [file for file in dict.fromkeys([*asked, *beside]) if file.is_file()]


def _begins(stem: str, video: str) -> bool:
    """Whether poses are called after a video: "mouse" and "mouseDLC_resnet50", "mouse.predictions"."""
    rest = stem.removeprefix(video)
    return bool(video) and stem.startswith(video) and re.match(r"$|DLC|DeepCut|[._ -]", rest) is not None


def _of_video(video: Any, count: int, notes: list[str], beside: str) -> NDArray[np.float64]:
    """Times of the frames of a video, though it may have more or fewer than the poses."""
    times: NDArray[np.float64] = np.asarray(video.times, float)
    more = count - len(times)
    if more < 0:
        notes.append(
            f"has {count:,} frames, its video {video.session} has {-more:,} more; they are taken as the first of them"
        )
    elif more > 0:
        step = float(np.median(np.diff(times))) if len(times) > 1 else 1 / RATE
        last = float(times[-1]) if len(times) else -step
        times = np.r_[times, last + step * np.arange(1, more + 1)]
        notes.append(
            f"has {count:,} frames, its video {video.session} has {more:,} fewer; they are taken to begin "
            "together, and the last ones are shown without a picture"
        )
    if more:
        notes[-1] += f"; {_other_rate(count, len(video.times))}say when each was in a file {beside}, or by time_frames"
    return times[:count]


def _other_rate(count: int, filmed: int) -> str:
    """The question whether one has a multiple of the other's frames because it was taken at another rate."""
    times = round(max(count, filmed) / max(min(count, filmed), 1))
    if times < 2 or abs(max(count, filmed) - times * min(count, filmed)) > times:
        return ""
    share = f"{times} times as many" if count > filmed else "half as many" if times == 2 else f"1/{times} as many"
    return f"were they tracked with {share} a second? then "


def _at_rate(video: Any, poses: Poses, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Times by the rate that the file of poses tells, where that is another than the video's."""
    usual = float(np.median(np.diff(times))) if len(times) > 1 else 1 / poses.rate
    if abs(usual * poses.rate - 1) < ALIKE:
        return times
    poses.notes.append(
        f"says {poses.rate:g} frames a second, its video {video.session} has {1 / usual:.4g}; its own were taken"
    )
    first = float(times[0]) if len(times) else 0.0
    return first + np.arange(len(times)) / poses.rate
