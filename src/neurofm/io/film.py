"""What a video is called, on which clock it runs and when its frames were shown, where its own file says otherwise."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurofm.data.video import Video
from neurofm.errors import DataError
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
    return replace(video, session=session, subject=subject, clock=clock, times=times, notes=notes, paths=(str(path),))


def write(video: Video, path: str | os.PathLike[str]) -> Path:
    """Keep what a video is called, its clock and the times of its frames; the pictures stay in its own file."""
    path = Path(path)
    film = video.frames
    if not isinstance(film, Film):
        raise DataError(path, "frames", "are in no file; write them as .mp4 first")
    said = {"session": video.session, "subject": video.subject, "clock": video.clock, "path": film.path}
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part.npz")
    try:
        with draft.open("wb") as file:
            np.savez(file, times=video.times, said=np.array(json.dumps(said | {"notes": video.notes})))
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
