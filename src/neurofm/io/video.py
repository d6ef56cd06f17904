"""Videos: any file that FFmpeg decodes."""

from __future__ import annotations

import os
from pathlib import Path

from neurofm.data.video import Video
from neurofm.io import _frame_index
from neurofm.io._encode import encode
from neurofm.io._file import head
from neurofm.io._frames import Film
from neurofm.specs import ReaderSpec

BEGINS = ((0, b"\x1aE\xdf\xa3"), (0, b"FLV\x01"), (0, b"0&\xb2u"), (0, b"\x00\x00\x01\xba"), (0, b"\x00\x00\x01\xb3"))
BOXES = (b"ftyp", b"moov", b"mdat", b"wide")
TS, NAL = b"G", b"\x00\x00\x00\x01"


def accepts(path: Path) -> bool:
    """Whether it begins as a video, or is a file of ours."""
    start = head(path, 189)
    return (
        any(start[at:].startswith(word) for at, word in BEGINS)
        or start[4:8] in BOXES
        or (start[:4] == b"RIFF" and start[8:12] == b"AVI ")
        or (start[:1] == TS and start[188:189] == TS)
        or (start[:4] == NAL and path.suffix.lower() == ".h264")
    )


def read(path: Path) -> Video:
    """The video: where its frames are is looked up once and kept in the user's cache; none is decoded for good."""
    index = _frame_index.index(path)
    return Video(
        session=path.stem,
        times=index.times,
        frames=Film(path, index),
        codec=index.codec,
        paths=(str(path),),
        notes=index.notes,
    )


def write(video: Video, path: str | os.PathLike[str]) -> Path:
    """Code its pictures anew, as mp4 with H.264, each shown at its time."""
    pictures = (video.frames[k] for k in range(len(video.times)))
    return encode(Path(path), pictures, video.times - video.times[:1])


SPEC = ReaderSpec(
    title="Video",
    patterns=(
        "*.mp4", "*.m4v", "*.mov", "*.avi", "*.mkv", "*.webm", "*.mpg", "*.mpeg", "*.mts", "*.wmv", "*.flv",
        "*.h264",
    ),
    accepts=accepts,
    read=read,
    kind="video",
    write=write,
)  # fmt: skip
