"""DeepLabCut, of one animal or several: tracks and hand labels, as csv or HDF5; LightningPose writes the same csv."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from neurofm.data.placed import Placed
from neurofm.data.plausible import Finding
from neurofm.data.tracks import Tracks
from neurofm.errors import DataError
from neurofm.io import _amend, _pandas_hdf5, _plain
from neurofm.io._file import head
from neurofm.io._pandas_hdf5 import Table
from neurofm.io._poses import ALONE, SURE, Column, arranged, numbers, read_rows, tracks
from neurofm.specs import ReaderSpec

LEVELS = ("scorer", "individuals", "bodyparts", "coords")  # what each row of the head names
NUMBER = re.compile(r"(\d+)\D*$")  # of a frame, at the end of the name of its picture
APART = 1.0  # seconds between the frames of one video and those of the next


def accepts(path: Path) -> bool:
    """Whether the head of its columns is that of DeepLabCut."""
    if not h5py.is_hdf5(path):
        return head(path, 16).lstrip(b'\xef\xbb\xbf"').startswith(b"scorer")
    with h5py.File(path) as file:
        return bool(_pandas_hdf5.tables(file))


def read(path: Path) -> Tracks:
    """Points of each animal, at the frames that they are of."""
    table = _table(path)
    columns = table.columns
    if any(len(column) not in (3, 4) for column in columns):
        raise DataError(path, "columns", f"need {', '.join(LEVELS)} (individuals of several animals), got {columns[0]}")
    named: list[Column] = [(ALONE if len(column) < 4 else column[-3], column[-2], column[-1]) for column in columns]
    order, said, told = _placed(path, table.index)
    poses = replace(arranged(path, named, table.values[order]), **said)
    poses.notes = [*table.notes, *told, *poses.notes]
    if table.missing > 0:
        count = len(table.values)
        words = f"are {count:,}, where the file says that it has {count + table.missing:,}"
        poses.doubts.append(
            Finding(code="cut", field="rows", sentence=words, remedy="see whether the copy was cut off")
        )
    return tracks(path, poses)


def amend(path: Path, before: Tracks, placed: Sequence[Placed]) -> None:
    """Put points into their cells."""
    table = _table(path)
    columns, index = table.columns, table.index
    order, said, _ = _placed(path, index)
    rows = _amend.rows_of(said.get("frames", np.arange(len(order))).tolist())
    names = [(*column[-3:-1], column[-1]) if len(column) > 3 else (ALONE, *column[-2:]) for column in columns]
    places = {(a, p, SURE[0] if what in SURE else what): k for k, (a, p, what) in enumerate(names)}

    def where(one: Placed, what: str) -> tuple[int, int] | None:
        column = places.get((before.individuals[one.individual], before.keypoints[one.keypoint], what))
        return None if column is None or one.frame not in rows else (int(order[rows[one.frame]]), column)

    cells = _amend.cells(path, before, placed, where)
    if h5py.is_hdf5(path):
        with h5py.File(path, "r+") as file:
            return _pandas_hdf5.put(file[_pandas_hdf5.tables(file)[0]], cells)
    first = len(index)
    moved = {(row, first + column): value for (row, column), value in cells.items()}
    return _amend.put_text(path, moved, head=len(columns[0]))


def _table(path: Path) -> Table:
    """Names of columns, what names the rows, and numbers."""
    return _of_hdf5(path) if h5py.is_hdf5(path) else _of_csv(path)


def _of_csv(path: Path) -> Table:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(islice(csv.reader(file), len(LEVELS)))
    levels = [row[0] for row in rows if row and row[0] in LEVELS]
    if "bodyparts" not in levels or levels[-1] != "coords":
        problem = f"needs rows {', '.join(LEVELS)} (individuals of several animals), got {', '.join(levels)}"
        raise DataError(path, "head", problem)
    coords = rows[len(levels) - 1]
    first = next((k for k, word in enumerate(coords[1:], 1) if word), len(coords))  # the index has no name there
    columns = list(zip(*(row[first:] for row in rows[: len(levels)])))
    if any(len(row) != len(coords) for row in rows[: len(levels)]):
        raise DataError(path, "head", "has rows of unequal length; was the copy cut off?")
    table, notes = read_rows(path, len(coords), skiprows=len(levels), header=None)
    if table.shape[1] != len(coords):
        raise DataError(path, "rows", f"have {table.shape[1]} columns, the head {len(coords)}; was it edited?")
    index = [table[k].to_numpy() for k in range(first)]
    read = Table(columns, index, numbers(table.iloc[:, first:], notes))
    read.notes = notes
    return read


def _of_hdf5(path: Path) -> Table:
    with h5py.File(path) as file:
        keys = _pandas_hdf5.tables(file)
        if not keys:
            raise DataError(path, "", "holds no table of pandas; it is HDF5 of another kind")
        table = _pandas_hdf5.read(path, file[keys[0]])
    table.notes += [f"not read: {', '.join(keys[1:])}"] if keys[1:] else []
    return table


def _placed(path: Path, index: list[NDArray[Any]]) -> tuple[NDArray[np.intp], dict[str, Any], list[str]]:
    """In which order rows are taken, which frame each is of, and what is told of that.

    That is its number, or that in the name of its picture.
    """
    last = index[-1]
    order = np.arange(len(last))
    if last.dtype.kind in "iuf":
        return order, {"frames": last.astype(np.int64), "rate": _rate(path)}, []
    pictures = ["/".join(map(str, row)).replace("\\", "/") for row in zip(*index)]
    folders = [picture.rpartition("/")[0] for picture in pictures]
    numbered = [NUMBER.search(Path(picture).stem) for picture in pictures]
    videos = list(dict.fromkeys(folders))
    if len(videos) == 1 and all(numbered):
        video = Path(videos[0]).name
        told = f"labels pictures of {video}; the number in the name of each is taken as that of its frame"
        return order, {"frames": np.array([int(n[1]) for n in numbered if n]), "video": video}, [told]
    order = np.argsort([videos.index(folder) for folder in folders], kind="stable")
    told = f"labels pictures of {len(videos)} videos; they are shown {APART:g} s apart, none follows another"
    labels = {"video": np.array(folders)[order], "picture": np.array(pictures)[order]}
    return order, {"times": np.arange(len(order)) * APART, "more": {"labels": labels}}, [told]


def _rate(path: Path) -> float:
    """Frames a second, as the file that DeepLabCut writes beside says; 0 without it."""
    beside = path.with_name(f"{path.stem}_meta.pickle")
    try:
        return float(_plain.loads(beside.read_bytes())["data"]["fps"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0


SPEC = ReaderSpec(
    title="DeepLabCut",
    patterns=("*DLC*.csv", "*DLC*.h5", "CollectedData*.csv", "CollectedData*.h5"),
    accepts=accepts,
    read=read,
    kind="tracks",
    amend=amend,
)
