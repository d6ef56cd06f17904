"""A small copy of a video of which every frame can be decoded by itself, for leafing; kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.io import _frame_index
from neurofm.io._copies import cache_folder, prune, state
from neurofm.io._encode import Coding, encode
from neurofm.io._frame_reader import Reader

HEIGHT = 480  # pixels at most
SETTING = "NEUROFM_VIDEO_COPIES"  # 0 for none that nobody asked for
LARGEST = 4 << 30  # bytes of one that nobody asked for
DENSE = 0.15  # bytes of a pixel of it, by and large
ROOM = 4  # times its size that are to be free
FORMAT = 2  # of the copies in the cache
LONG = 30  # frames of a group, from which on leafing needs a copy
CODING = Coding(codec="mjpeg", format="yuvj420p", group=1, between=0, options=(("qscale", "4"), ("flags", "+qscale")))


def place(path: Path) -> Path:
    """Where the copy of a file is, or would be, for as long as the file stays as it is."""
    about = (FORMAT, os.path.realpath(path), *state(path))
    return cache_folder("proxies") / f"{hashlib.blake2b(repr(about).encode(), digest_size=16).hexdigest()}.mov"


def wanted(index: _frame_index.Index) -> bool:
    """Whether frames are far from those that can be decoded by themselves."""
    return bool(np.diff(np.r_[index.key, len(index.pts)]).max(initial=0) > LONG)


def unasked(path: Path, index: _frame_index.Index) -> bool:
    """Whether one is to be made though nobody asked: it helps, is not there, is not too large, and has room."""
    if os.environ.get(SETTING, "") == "0" or not wanted(index):
        return False
    try:
        kept = place(path)
        high, wide = _size(index)
        large = len(index.pts) * high * wide * DENSE
        return not kept.exists() and large < min(LARGEST, shutil.disk_usage(kept.parent).free / ROOM)
    except OSError:
        return False


def make(path: Path, step: Callable[[float], Any] = lambda done: None) -> Path:
    """Write the copy, unless it is there.

    Raises
    ------
    DataError
        If the file cannot be read, or there is no room.
    """
    kept = place(path)
    if not kept.exists():
        index = _frame_index.index(path)
        encode(kept, _small(path, index), index.times, CODING, step=step)
    prune(kept.parent, latest=kept)
    _frame_index.index(kept)  # so that whoever leafs does not wait for it
    return kept


def _small(path: Path, index: _frame_index.Index) -> Iterator[NDArray[Any]]:
    """Each frame as it is stored, of even size; one that is damaged as the one before."""
    from av.video.reformatter import VideoReformatter

    painter, reader = VideoReformatter(), Reader(path, index)
    high, wide = _size(index)
    last: NDArray[Any] = np.zeros((high, wide, 3), np.uint8)
    count = 0
    for number, frame in reader.all():
        while count < number:
            yield last
            count += 1
        last = painter.reformat(frame, wide, high, "rgb24").to_ndarray()
        yield last
        count += 1
    while count < len(index.pts):
        yield last
        count += 1


def _size(index: _frame_index.Index) -> tuple[int, int]:
    """(height, width) of a copy."""
    height, width = index.size
    share = min(HEIGHT / height, 1.0)
    high, wide = (max(round(share * side / 2) * 2, 2) for side in (height, width))
    return high, wide
