"""What a video is called, on which clock it runs and when its frames were shown, where its own file says otherwise."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.data.video import Video
from neurofm.errors import DataError
from neurofm.io._copies import cache_folder, load_npy
from neurofm.io._file import check_file
from neurofm.io._frames import Film
from neurofm.io.video import read as of_file
from neurofm.process import move
from neurofm.specs import ReaderSpec


def accepts(path: Path) -> bool:
    """Whether it holds times, and says of what."""
    with zipfile.ZipFile(path) as file:
        return {"times.npy", "said.npy"} <= set(file.namelist())


def read(path: Path) -> Video:
    """The video that it is of, with these times."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            times: NDArray[np.float64] = np.asarray(file["times"], float)
            said = json.loads(str(file["said"]))
            where = Path(said["path"])
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(path, "", "does not say which video it is of; save it again") from error
    check_file(where)
    video = of_file(where)
    if len(times) != len(video.times):
        problem = f"has {len(times):,} times, but {where.name} has {len(video.times):,} frames by now; save it again"
        raise DataError(path, "times", problem)
    session, subject, clock = (str(said.get(name, "")) for name in ("session", "subject", "clock"))
    notes = tuple(map(str, said.get("notes", ())))
    zero = float(said.get("zero", 0.0))
    whole = replace(video, session=session, subject=subject, clock=clock, times=times, zero=zero, notes=notes)
    return replace(whole, paths=(str(path),))


def frame_times(path: Path) -> NDArray[np.float64]:
    """(frame,) seconds in a user's file: an array, or a table with a column of them.

    Raises
    ------
    DataError
        If it cannot be told which column they are.
    """
    check_file(path)
    if path.suffix == ".npy":
        given = load_npy(path)
    else:
        header, apart = _first_line(path)
        table = pd.read_csv(path, sep=apart, header="infer" if header else None, encoding="utf-8-sig")
        named = [name for name in table if str(name).strip().lower().startswith(("time", "second", "t_"))]
        columns = list(table) if len(table.columns) == 1 else named
        if len(columns) != 1:
            raise DataError(path, "", f"has the columns {', '.join(map(str, table))}; call the one of seconds 'time'")
        given = pd.to_numeric(table[columns[0]], errors="coerce").to_numpy(float)
    if given.ndim != 1 or given.dtype.kind not in "iuf" or not np.isfinite(given).all():
        raise DataError(path, "", f"must hold one number of seconds for each frame, got {given.shape} of {given.dtype}")
    return given.astype(float)


def keep_times(times: ArrayLike) -> Path:
    """A file in the cache of times that were given as an array."""
    given = np.asarray(times, float)
    path = cache_folder("times") / f"{hashlib.blake2b(given.tobytes(), digest_size=16).hexdigest()}.npy"
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part.npy")
    np.save(draft, given)
    return move(draft, path)


def _first_line(path: Path) -> tuple[bool, str]:
    """Whether it names columns, and what stands between them."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        first = file.readline()
    apart = next((mark for mark in ",\t; " if mark in first.strip()), ",")
    try:
        return not [float(word) for word in first.split(apart)], apart
    except ValueError:
        return True, apart


def write(video: Video, path: str | os.PathLike[str]) -> Path:
    """Keep what a video is called, its clock and the times of its frames; the pictures stay in its own file."""
    path = Path(path)
    film = video.frames
    if not isinstance(film, Film):
        raise DataError(path, "frames", "are in no file; write them as .mp4 first")
    said = {"session": video.session, "subject": video.subject, "clock": video.clock, "path": film.path}
    more = {"zero": video.zero, "notes": video.notes}
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part.npz")
    try:
        with draft.open("wb") as file:
            np.savez(file, times=video.times, said=np.array(json.dumps(said | more)))
        return move(draft, path)
    finally:
        draft.unlink(missing_ok=True)


SPEC = ReaderSpec(
    title="Times of a video",
    patterns=("*.film",),
    accepts=accepts,
    read=read,
    kind="video",
    write=write,
    native=".film",
)
