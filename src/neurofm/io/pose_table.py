"""Plain tables of poses: a column for each number of each point, or a row for each point, as people export them."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.clock import unit_seconds
from neurofm.data.placed import Placed
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.io import _amend
from neurofm.io._bouts import plain
from neurofm.io._file import head
from neurofm.io._poses import ALONE, AXES, SURE, Column, Poses, arranged, numbers, read_rows, tracks
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

LOOKED = 1 << 16  # bytes of the head that are looked at
FRAME = ("frame", "frame_idx", "frame_id", "frame_number", "frames", "video_frame", "image", "img")
TIME = ("time", "times", "timestamp", "timestamps", "t")
WHO = ("individual", "individuals", "animal", "animal_id", "track", "track_id", "id", "mouse", "mouse_id", "identity")
POINT = ("keypoint", "keypoints", "bodypart", "bodyparts", "node", "point", "part", "label")
UNIT = re.compile(r"^(.*?)\s*[(\[](\w+)[)\]]$")  # "nose_x (mm)"
NUMBERED = re.compile(r"^([xyzXYZ])(\d+)$")  # "x1"
UNITS = ("px", "mm", "cm", "m", "pixels")
APART = re.compile(r"[._ -]+")
PLACES = ("point",)  # of a table with x and y alone

Names = dict[str, str]


def accepts(path: Path) -> bool:
    """Whether its head names x and y of some point."""
    start = head(path, LOOKED)
    if b"\x00" in start or not start.strip():
        return False
    names, _ = _head(start.decode("utf-8-sig", "replace"))
    return bool(_wide(names)) or _is_long(names)


def read(path: Path) -> Tracks:
    """Points of each animal, at their frames."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        names, mark = _head(file.read(LOOKED))
    if not _wide(names) and not _is_long(names):
        problem = f"name no key point with x and y, as nose_x and nose_y; got {', '.join(names)[:80]}"
        raise DataError(path, "columns", problem)
    decimal = "," if mark == ";" else "."
    table, notes = read_rows(path, len(names), sep=mark, decimal=decimal, skipinitialspace=True)
    table.columns = pd.Index([str(name).strip() for name in table])
    poses = _of_long(path, table, notes) if _is_long(names) else _of_wide(path, table, notes)
    poses.notes = [*notes, *poses.notes]
    return tracks(path, poses)


def amend(path: Path, before: Tracks, placed: Sequence[Placed]) -> None:
    """Put points into their cells."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        names, mark = _head(file.read(LOOKED))
    table, _ = read_rows(path, len(names), sep=mark, decimal="," if mark == ";" else ".", skipinitialspace=True)
    table.columns = pd.Index([str(name).strip() for name in table])
    long = _is_long(names)
    who, point = _column(table, WHO), _column(table, POINT) if long else ""
    frames = _frames(path, table, by_row=not who and not long)[0]
    named = [table[name].astype(str) if name else [""] * len(table) for name in (who, point)]
    rows = _amend.rows_of(list(zip(frames.tolist(), *named)))
    parts = (
        {(name, _said(name)): name for name in map(str, table)}
        if long
        else {part: name for name, part in _wide(names).items()}
    )
    columns = {(("" if long else part), what): names.index(name) for (part, what), name in parts.items()}

    def where(one: Placed, what: str) -> tuple[int, int] | None:
        animal, node = before.individuals[one.individual], before.keypoints[one.keypoint]
        row = rows.get((one.frame, animal if who else "", node if long else ""))
        column = columns.get(("" if long else node, what))
        return None if row is None or column is None else (row, column)

    cells = _amend.cells(path, before, placed, where)
    _amend.put_text(path, cells, mark=mark)


def _head(text: str) -> tuple[list[str], str]:
    """Names of the columns, and what stands between them."""
    line = next((line for line in text.splitlines() if line.strip()), "")
    mark = max(",\t;", key=line.count)
    return [name.strip() for name in next(csv.reader([line], delimiter=mark), [])], mark


def _wide(names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Point and number of each column that is one of a point, where x and y of it are there."""
    parts = {name: part for name in names if (part := _part(name)) is not None}
    whole = {point for point, _ in parts.values() if {(point, "x"), (point, "y")} <= set(parts.values())}
    return {name: part for name, part in parts.items() if part[0] in whole}


def _part(name: str) -> tuple[str, str] | None:
    """("nose", "x") of "nose_x", "x_nose", "nose.x", "nose x (mm)"; None of a column that is no point's."""
    bare = NUMBERED.sub(r"\2 \1", UNIT.sub(r"\1", name).strip())
    words = [word for word in APART.split(bare) if word]
    words = words[:-1] if len(words) > 1 and words[-1].lower() in UNITS else words
    for k in (-1, 0):
        what = words[k].lower() if words else ""
        if what in AXES or what in SURE:
            rest = words[:k] if k else words[1:]
            return ("_".join(rest) or PLACES[0]), SURE[0] if what in SURE else what
    return None


def _is_long(names: Sequence[str]) -> bool:
    lower = [name.lower() for name in names]
    return {"x", "y"} <= set(lower) and any(name in POINT for name in lower) and any(name in FRAME for name in lower)


def _column(table: pd.DataFrame, names: Sequence[str]) -> str:
    """The first column called so, "" if there is none."""
    lower = {UNIT.sub(r"\1", str(column)).strip().lower(): str(column) for column in table}
    return next((lower[name] for name in names if name in lower), "")


def _timed(table: pd.DataFrame) -> tuple[str, float]:
    """The column of the times, and how many seconds one of them lasts; "" where there is none."""
    timed = list[tuple[bool, str, float]]()
    for column in map(str, table):
        first, _, last = plain(column).rpartition("_")
        lasts = unit_seconds(last) if first in TIME or not first else None
        if plain(column) in TIME or (lasts and (first or len(last) > 1)):
            timed.append((plain(column) not in TIME, column, lasts or 1.0))
    _, column, lasts = min(timed, key=lambda one: one[0], default=(False, "", 1.0))
    return column, lasts


def _of_wide(path: Path, table: pd.DataFrame, notes: list[str]) -> Poses:
    """A row for each frame (or each animal in it), columns for the numbers of each point."""
    parts = _wide([str(name) for name in table])
    who = _column(table, WHO)
    values = numbers(table[list(parts)], notes)
    columns: list[Column] = [(ALONE, point, what) for point, what in parts.values()]
    frames, times = _frames(path, table, by_row=not who)
    if who:
        values, columns, rows = _side_by_side(path, table, who, frames, values, columns)
        frames, times = frames[rows], None if times is None else times[rows]
    poses = arranged(path, columns, values)
    poses.times = times
    poses.frames = None if times is not None and not _column(table, FRAME) else frames
    poses.more["unit"] = _unit(parts, notes)
    known = {*parts, who, _column(table, FRAME), _timed(table)[0]}
    _take_others(path, table, known, poses, who)
    return poses


def _of_long(path: Path, table: pd.DataFrame, notes: list[str]) -> Poses:
    """A row for each point of each animal in each frame."""
    who, point = _column(table, WHO), _column(table, POINT)
    axes = [_column(table, (axis,)) for axis in AXES]
    what = [name for name in (*axes, _column(table, SURE)) if name]
    values = numbers(table[what], notes)
    frames, times = _frames(path, table, by_row=False)
    numbered, rows = np.unique(frames, return_inverse=True)
    animals = table[who].astype(str) if who else pd.Series(ALONE, table.index)
    named = list(dict.fromkeys(zip(animals, table[point].astype(str))))
    place = {pair: k for k, pair in enumerate(named)}
    at = np.array([place[pair] for pair in zip(animals, table[point].astype(str))])
    wide = np.full((len(numbered), len(named), len(what)), np.nan)
    wide[rows[::-1], at[::-1]] = values[::-1]
    twice = len(rows) - len(np.unique(rows * len(named) + at))
    if twice:
        notes.append(f"{twice:,} rows repeat a point of a frame; the first of each was kept")
    columns: list[Column] = [(a, p, _said(name)) for a, p in named for name in what]
    poses = arranged(path, columns, wide.reshape(len(numbered), -1))
    poses.frames = numbered.astype(np.int64)
    poses.times = None if times is None else times[np.unique(frames, return_index=True)[1]]
    poses.more["unit"] = _unit(what, notes)
    known = {who, point, *what, _column(table, FRAME), _timed(table)[0]}
    poses.notes += left_out(str(name) for name in table if name not in known and not str(name).startswith("Unnamed"))
    return poses


def _said(name: str) -> str:
    part = _part(name)
    return part[1] if part else name


def _frames(path: Path, table: pd.DataFrame, *, by_row: bool) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """(row,) numbers of frames, and their seconds where the table tells them."""
    frame, (time, lasts) = _column(table, FRAME), _timed(table)
    seconds = pd.to_numeric(table[time], errors="coerce").to_numpy(float) * lasts if time else None
    if frame:
        numbers = pd.to_numeric(table[frame], errors="coerce").to_numpy(float)
        if not np.isfinite(numbers).all() or (numbers % 1).any():
            raise DataError(path, frame, "must be whole numbers, one for each row")
        return numbers.astype(np.int64), seconds
    if seconds is not None and not by_row:
        return np.unique(seconds, return_inverse=True)[1].astype(np.int64), seconds
    if not by_row:
        raise DataError(path, "frame", "is missing, so that rows of several animals belong nowhere; add that column")
    return np.arange(len(table), dtype=np.int64), seconds


def _side_by_side(
    path: Path,
    table: pd.DataFrame,
    who: str,
    frames: NDArray[np.int64],
    values: NDArray[np.float64],
    columns: list[Column],
) -> tuple[NDArray[np.float64], list[Column], NDArray[np.intp]]:
    """Animals of a frame in one row; of each frame its first row of the table."""
    names = [ALONE if pd.isna(name) else str(name) for name in table[who]]
    animals = list(dict.fromkeys(names))
    numbered, first, rows = np.unique(frames, return_index=True, return_inverse=True)
    wide = np.full((len(numbered), len(animals), values.shape[1]), np.nan)
    slot = np.array([animals.index(name) for name in names])
    if len(np.unique(rows * len(animals) + slot)) < len(rows):
        raise DataError(path, who, "names an animal twice in one frame; give each its own name")
    wide[rows, slot] = values
    apart = [(animal, point, what) for animal in animals for _, point, what in columns]
    return wide.reshape(len(numbered), -1), apart, first


def _unit(names: Any, notes: list[str]) -> str:
    """What the columns say that they are in; pixels where they say nothing."""
    units = {_said_unit(name) for name in names} - {""}
    if len(units) > 1:
        notes.append(f"columns are in different units ({', '.join(sorted(units))}); they were left as they are")
    return units.pop() if len(units) == 1 else "px"


def _said_unit(name: str) -> str:
    """The unit that a column names, as in "nose_x (mm)" and "nose_x_mm"."""
    if match := UNIT.match(name):
        return match[2]
    *rest, last = APART.split(name.lower())
    return ("px" if last == "pixels" else last) if rest and last in UNITS else ""


def _take_others(path: Path, table: pd.DataFrame, known: set[str], poses: Poses, who: str) -> None:
    """Other columns of a table of one animal are labels of its frames."""
    others = [str(name) for name in table if str(name) not in known and not str(name).startswith("Unnamed")]
    if who or (poses.frames is not None and (poses.frames != np.arange(len(table))).any()):
        poses.notes += left_out(others)
        return
    poses.more["labels"] = {name: table[name].to_numpy() for name in others}


SPEC = ReaderSpec(
    title="Table of poses", patterns=("*.csv", "*.tsv"), accepts=accepts, read=read, kind="tracks", amend=amend
)
