"""Where each frame of a video file is: read off its packets without decoding, and kept in the user's cache."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.errors import DataError
from neurofm.io._copies import cache_folder, prune, state
from neurofm.io._file import check_file, head
from neurofm.process import move

NONE = -(1 << 62)  # where a packet says no time
LOOKED = 32  # frames that are decoded to see whether the packets say when they are shown
FORMAT = 2  # of the files in the cache
EMPTY = "has no frame in it; was the recording ended at once, or the copy cut off?"
CONTAINER = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # of files that need an index


@dataclass(frozen=True, eq=False, kw_only=True)
class Index:
    """Frames in the order in which they are shown.

    Parameters
    ----------
    pts : (frame,) when each is shown, in units of `unit`; rising. Where `counted`, that is only its time, and decoded
        frames are known by how many came before
    unit : seconds of 1 in `pts`
    key : (group,) first frame of each group that can be decoded by itself
    begin : (group, 2) the decoding and presentation time of the packet with which a group begins
    counted : whether packets do not say when their frames are shown, so that all is decoded from the beginning
    codec, size, format, turned : name; (height, width) as stored; of the pixels; degrees it is turned by when shown
    notes : what is to be known of the file
    """

    pts: NDArray[np.int64]
    unit: Fraction
    key: NDArray[np.int64]
    begin: NDArray[np.int64]
    counted: bool
    codec: str
    size: tuple[int, int]
    format: str
    turned: int
    notes: tuple[str, ...]

    @property
    def times(self) -> NDArray[np.float64]:
        """(frame,) seconds since the first."""
        return np.asarray((self.pts - self.pts[:1]) * float(self.unit), np.float64)

    def group(self, number: int) -> int:
        """Which group a frame is in."""
        return int(np.searchsorted(self.key, number, "right")) - 1

    def number(self, pts: int) -> int:
        """The frame that is shown at that time; -1 for none."""
        k = int(np.searchsorted(self.pts, pts))
        return k if k < len(self.pts) and self.pts[k] == pts else -1


def open_stream(path: Path) -> tuple[Any, Any]:
    """The file as PyAV has it, which is to be closed, and its first video stream.

    Raises
    ------
    DataError
        If it is no video, or one that was never ended.
    """
    try:
        import av
    except ImportError as error:
        raise DataError(path, "", "reading videos needs PyAV; pip install 'napari-neurofm[video]'") from error
    check_file(path)
    try:
        container = av.open(str(path))
    except (av.FFmpegError, OSError) as error:
        raise DataError(path, "", _unopened(path, error)) from error
    problem = ""
    if not len(container.streams):
        problem = EMPTY
    elif not container.streams.video:
        held = ", ".join(sorted({stream.type for stream in container.streams}))
        problem = f"has no pictures, only {held}; give the file of the camera"
    elif container.streams.video[0].codec_context is None:
        problem = "is in a format that cannot be decoded here; convert it to H.264 in mp4"
    if problem:
        container.close()
        raise DataError(path, "", problem)
    return container, container.streams.video[0]


@contextmanager
def opened(path: Path) -> Iterator[tuple[Any, Any]]:
    """The same, closed afterwards."""
    container, stream = open_stream(path)
    with container:
        yield container, stream


def index(path: Path) -> Index:
    """Where the frames of a file are, looked up once for as long as the file stays as it is."""
    about = (FORMAT, os.path.realpath(path), *state(path))
    folder = cache_folder("frames")
    kept = folder / f"{hashlib.blake2b(repr(about).encode(), digest_size=16).hexdigest()}.npz"
    read = _kept(kept)
    if read is None:
        read = _made(path)
        _keep(read, kept)
        prune(folder, latest=kept)
    return read


def _made(path: Path) -> Index:
    with opened(path) as (container, stream):
        packets, notes = _packets(path, container, stream)
        mp4, whole, unit = "mp4" in container.format.name, stream.frames, stream.time_base
    if mp4 and len(packets) < whole:
        notes = [f"is cut off: {len(packets):,} of {whole:,} frames are there"]
    shown, first = _looked(path)
    pts = _shown(packets)
    counted = not len(shown) or not np.array_equal(shown, pts[: len(shown)])
    if counted:
        pts, unit, more = _counted(path, packets[:, 0])
        key, begin = np.zeros(1, np.int64), packets[:1, :2]
    else:
        pts, key, begin, more = _groups(pts, packets)
    return Index(
        pts=pts, unit=unit, key=key, begin=begin, counted=counted, codec=first.codec, size=first.size,
        format=first.format, turned=first.turned, notes=(*notes, *more),
    )  # fmt: skip


def _packets(path: Path, container: Any, stream: Any) -> tuple[NDArray[np.int64], list[str]]:
    """(packet, 4) when each is decoded and shown, whether it can be decoded by itself, and whether it is never shown.

    With what is to be said if they end in the middle.
    """
    import av

    rows, notes = [], []
    try:
        for packet in container.demux(stream):
            if packet.size and not packet.is_corrupt:
                rows.append((_ticks(packet.dts), _ticks(packet.pts), packet.is_keyframe, packet.is_discard))
    except av.FFmpegError as error:
        notes.append(f"is damaged behind frame {len(rows):,} ({_words(error)}); what follows was left out")
    if not rows:
        raise DataError(path, "", EMPTY)
    return np.array(rows, np.int64), notes


@dataclass(frozen=True)
class _First:
    """What the first frame is like."""

    codec: str
    size: tuple[int, int]
    format: str
    turned: int


def _looked(path: Path) -> tuple[list[int], _First]:
    """When the first frames are shown, as their decoder says, none if it does not; and what they are like."""
    with opened(path) as (container, stream):
        frames = list(islice(_decoded(container, stream), LOOKED))
        if not frames:
            problem = f"no frame of it can be decoded ({stream.codec_context.name}); is it damaged, or still written?"
            raise DataError(path, "", problem)
        first, codec = frames[0], stream.codec_context.name
        about = _First(codec, (first.height, first.width), first.format.name, round(first.rotation) % 360)
        shown = [frame.pts for frame in frames]
    return [] if None in shown else shown, about


def _decoded(container: Any, stream: Any) -> Iterator[Any]:
    """Frames for as long as there are any that are whole."""
    import av

    with suppress(av.FFmpegError):
        yield from container.decode(stream)
        return
    with suppress(av.FFmpegError):  # what the decoder still held when the packets ended in the middle
        yield from stream.codec_context.decode(None)


def _shown(packets: NDArray[np.int64]) -> NDArray[np.int64]:
    """When frames are shown, in this order; nothing where packets do not say."""
    pts = packets[packets[:, 3] == 0, 1]
    return np.zeros(0, np.int64) if (pts == NONE).any() else np.unique(pts)


def _groups(pts: NDArray[np.int64], packets: NDArray[np.int64]) -> tuple[Any, Any, Any, list[str]]:
    """Frames, the first of each group, and the packet with which that begins.

    A frame belongs to the last key frame that is shown before it: what is decoded after a key frame and shown before
    it may need the group before.
    """
    keys = packets[packets[:, 2] == 1]
    keys = keys[np.argsort(keys[:, 1], kind="stable")] if len(keys) else packets[:1]
    early = int(np.searchsorted(pts, keys[0, 1]))
    notes = [f"{early:,} frames before the first key frame cannot be decoded and were left out"] if early else []
    pts = pts[early:]
    group, first = np.unique(np.searchsorted(keys[:, 1], pts, "right") - 1, return_index=True)
    return pts, first.astype(np.int64), keys[group, :2], notes


def _counted(path: Path, dts: NDArray[np.int64]) -> tuple[NDArray[np.int64], Fraction, list[str]]:
    """When frames are shown that have to be decoded to be known: as they were decoded, or else by the rate."""
    with opened(path) as (container, stream):
        count = sum(1 for _ in _decoded(container, stream))
        unit, rate = stream.time_base, stream.average_rate or stream.guessed_rate
    slow = "frames are counted from its beginning, which is slow; convert it to H.264 in mp4"
    notes = [f"does not say which packet is which frame, so that {slow}"]
    if len(dts) == count and (np.diff(dts) > 0).all():
        return dts, unit, notes
    if not rate:
        raise DataError(path, "", "says neither when its frames are shown nor how many a second; convert it to mp4")
    notes.append(f"does not say when its frames are shown; {float(rate):.4g} a second are assumed")
    return np.arange(count, dtype=np.int64), 1 / Fraction(rate), notes


def _ticks(time: int | None) -> int:
    return NONE if time is None else time


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", "") or error).strip()


def _unopened(path: Path, error: Exception) -> str:
    """What is wrong with a file that cannot be opened."""
    if head(path, 8)[4:] in CONTAINER:
        return "has no index (moov), as where a recording was not ended or a copy was cut off; record or copy it again"
    return f"is no video that can be read ({_words(error)}); is it damaged or another format?"


FIELDS = ("pts", "key", "begin")


def _keep(made: Index, path: Path) -> None:
    """Keep it in the cache, if there is room."""
    plain = {"unit": str(made.unit), "counted": made.counted, "codec": made.codec, "size": made.size,
             "format": made.format, "turned": made.turned, "notes": made.notes}  # fmt: skip
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part.npz")
    try:
        np.savez(draft, **{name: getattr(made, name) for name in FIELDS}, plain=np.array(json.dumps(plain)))
        move(draft, path)
    except OSError:
        draft.unlink(missing_ok=True)


def _kept(path: Path) -> Index | None:
    """What was kept; None where nothing was, or nothing whole."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in FIELDS}
            plain = json.loads(str(file["plain"]))
        path.touch()
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        return None
    plain |= {"unit": Fraction(plain["unit"]), "size": tuple(plain["size"]), "notes": tuple(plain["notes"])}
    return Index(**arrays, **plain)
