"""Frames of a video file, decoded when they are asked for, exactly and from a bounded memory of those decoded before.

A frame is known by when it is shown, never by counting on from another. To decode one, its group is decoded from the
key frame on; what comes on the way is kept, so that the frames before it are there when a user steps back.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from neurofm.errors import DataError
from neurofm.io import _frame_index

MEMORY = 1 << 30  # bytes of decoded frames that all open videos together keep: a group of 250 frames of 1080p
SETTING = "NEUROFM_VIDEO_MB"  # says otherwise
AHEAD = 24  # frames that are decoded ahead of one that is shown
NEAR = 8  # frames that are rather decoded on to than looked for from their key frame
IDLE = 2.0  # seconds without a wish after which the thread ends
TELL = 0.1  # seconds between two nearer pictures on the way to one
THREADS = 4  # that decode together at most


def memory() -> int:
    """Bytes that decoded frames may take."""
    return int(float(os.environ.get(SETTING, 0)) * 2**20) or MEMORY


class Film:
    """All frames of a file, as an array that is decoded where it is looked at.

    Parameters
    ----------
    path : the file
    index : where its frames are

    Attributes
    ----------
    shape : (frame, y, x) of a grey video, (frame, y, x, 3) of one in colour, as it is shown
    dtype, white : of the pixels, 16 bits where they have more than 8; and the most that one can be
    ready : signal (number) once a frame that `now` could not give is there, or one nearer to it
    """

    ready = Signal(int)

    def __init__(self, path: str | Path, index: _frame_index.Index) -> None:
        self.path, self.index = str(path), index
        self.format, self.white, colours = _pixels(index.format)
        self.dtype = np.dtype(np.uint16 if self.white > 255 else np.uint8)
        turned = index.size[::-1] if index.turned % 180 else index.size
        self.shape: tuple[int, ...] = (len(index.pts), *turned, *colours)
        self._reader = _Reader(Path(path), index)
        self._kept: OrderedDict[int, Any] = OrderedDict()  # decoded frames, the one last used last
        self._each = 0  # bytes of one
        self._lock, self._reading = threading.Lock(), threading.Lock()  # of what is kept; of the decoder
        self._wish = threading.Condition()
        self._wanted: int | None = None
        self._last, self._back, self._waiting = 0, False, 0
        self._thread: threading.Thread | None = None
        self._painter: Any = None
        _open.add(self)

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path} {self.shape}>"

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the decoded frames that are kept."""
        return self._each * len(self._kept)

    def __getitem__(self, which: Any) -> NDArray[Any]:
        """Exactly these frames, as numpy would index them."""
        number, *rest = which if isinstance(which, tuple) else (which,)
        if number is Ellipsis:
            return np.asarray(self)[which]
        if isinstance(number, slice) or np.ndim(number):
            rows = np.arange(len(self))[number]
            pictures = np.stack([self.picture(int(k)) for k in rows]) if len(rows) else self._none()
            return pictures[(slice(None), *rest)]
        return self.picture(range(len(self))[int(number)])[tuple(rest)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or self.dtype, copy=False)

    def picture(self, number: int) -> NDArray[Any]:
        """Exactly this frame, decoded now if it is not kept.

        Raises
        ------
        DataError
            If the file is gone, or damaged there.
        """
        frame = self._get(number)
        if frame is None:
            with self._wish:
                self._waiting += 1  # whoever decodes ahead makes way
            try:
                with self._reading:
                    frame = self._get(number) or self._decode(number)
            finally:
                with self._wish:
                    self._waiting -= 1
        return self._painted(frame)

    def now(self, number: int) -> tuple[int, NDArray[Any]]:
        """The frame, or the nearest one that is there, and which it is; the exact one is `ready` soon.

        Of several that are asked for meanwhile only the last is decoded.
        """
        near = self._nearest(number)
        if near is None:
            return number, self.picture(number)
        with self._wish:
            self._wanted = number
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="neurofm video")
                self._thread.start()
            self._wish.notify()
        return near, self._painted(self._get(near))

    # ---- what is kept

    def _get(self, number: int) -> Any:
        with self._lock:
            frame = self._kept.get(number)
            if frame is not None:
                self._kept.move_to_end(number)
            return frame

    def _nearest(self, number: int) -> int | None:
        with self._lock:
            return number if number in self._kept else min(self._kept, key=lambda k: abs(k - number), default=None)

    def _keep(self, number: int, frame: Any) -> None:
        with self._lock:
            self._each = self._each or sum(plane.buffer_size for plane in frame.planes)
            self._kept[number] = frame
            self._kept.move_to_end(number)
            most = max(memory() // max(len(_open), 1) // self._each, 2)
            while len(self._kept) > most:
                self._kept.popitem(last=False)

    def _decode(self, number: int, go: Callable[[], bool] = lambda: True) -> Any:
        """Decode on to a frame, for as long as `go` says so; only one thread may."""
        for k, frame in self._reader.read(number):
            self._keep(k, frame)
            if k == number:
                return frame
            if k > number:
                raise DataError(self.path, f"frame {number:,}", "cannot be decoded; the file is damaged there")
            if not go():
                return None
        raise DataError(self.path, f"frame {number:,}", "cannot be decoded; was the file cut off since it was opened?")

    def _painted(self, frame: Any) -> NDArray[Any]:
        from av.video.reformatter import VideoReformatter

        with self._lock:
            self._painter = self._painter or VideoReformatter()
            height, width = self.index.size
            pixels = self._painter.reformat(frame, width, height, self.format).to_ndarray()
        return np.ascontiguousarray(np.rot90(pixels, self.index.turned // 90)) if self.index.turned else pixels

    def _none(self) -> NDArray[Any]:
        return np.zeros((0, *self.shape[1:]), self.dtype)

    # ---- what is decoded meanwhile

    def _work(self) -> None:
        """Decode what is wanted, the last wish first, then what follows it; end where nothing is wanted any more."""
        while True:
            with self._wish:
                self._wish.wait_for(lambda: self._wanted is not None, IDLE)
                wanted, self._wanted = self._wanted, None
                if wanted is None:
                    self._thread = None
                    return
            with suppress(DataError):  # told to whoever asks for exactly that frame
                self._fulfil(wanted)

    def _fulfil(self, wanted: int) -> None:
        if wanted != self._last:
            self._back, self._last = 0 < self._last - wanted <= AHEAD, wanted
        if self._get(wanted) is None:
            with self._reading:
                if self._get(wanted) is None and self._decode(wanted, self._telling(wanted)) is None:
                    return
            self.ready.emit(wanted)
        step = -1 if self._back else 1
        ahead = range(wanted + step, wanted + step * AHEAD, step)
        for k in [k for k in ahead if 0 <= k < len(self) and k not in self._kept][: 1 if self._back else AHEAD]:
            with self._reading:
                if self._idle() and self._get(k) is None:
                    self._decode(k, self._idle)

    def _telling(self, wanted: int) -> Callable[[], bool]:
        """Goes on while nothing else is wanted, and tells now and then that there is a nearer picture: first a key."""
        told = 0.0

        def go() -> bool:
            nonlocal told
            if time.monotonic() - told > TELL:
                told = time.monotonic()
                self.ready.emit(wanted)
            return self._wanted in (None, wanted) and not self._waiting

        return go

    def _idle(self) -> bool:
        return self._wanted is None and not self._waiting


class _Reader:
    """The place in a file up to which its frames are decoded."""

    def __init__(self, path: Path, index: _frame_index.Index) -> None:
        self.path, self.index = path, index
        self._file: Any = None  # its container and its stream, while open
        self._frames: Iterator[tuple[int, Any]] = iter(())
        self._next: int | None = None  # the frame that comes next; None where that is not known

    def read(self, number: int) -> Iterator[tuple[int, Any]]:
        """Decode on to a frame, from where the last one stopped if that is near, else from its key frame."""
        first = int(self.index.key[self.index.group(number)])
        if self._next is None or not min(first, number - NEAR) <= self._next <= number:
            self._frames, self._next = self._from(self.index.group(number)), first
        begin = self._next
        for k, frame in self._frames:
            if k >= begin:
                self._next = k + 1
                yield k, frame
                if k >= number:
                    return
        self._next = None

    def _from(self, group: int) -> Iterator[tuple[int, Any]]:
        """Frames from the key frame of a group on, each with its number; what is shown before it may be torn."""
        count = 0
        for packet in chain(self._packets(group), [None]):  # and what its decoder still holds
            for frame in self._decoded(packet):
                known = self.index.counted or frame.pts is None
                yield (count if known else self.index.number(frame.pts)), frame
                count += 1

    def _decoded(self, packet: Any) -> list[Any]:
        """What comes of a packet; nothing of one that is damaged, so that whoever wants just this frame is told."""
        import av

        try:
            return list(self._file[1].codec_context.decode(packet))
        except av.error.InvalidDataError:
            return []

    def _packets(self, group: int) -> Iterator[Any]:
        """Packets from the one on with which a group begins."""
        if not self.index.counted:
            packets = self._from_packet(self._sought(group), group)
            if packets is not None:
                return packets
        self._open()  # it cannot be searched: what lies before is passed over
        packets = self._demuxed()
        return packets if self.index.counted else self._from_packet(packets, group) or iter(())

    def _sought(self, group: int) -> Iterator[Any]:
        import av

        if self._file is None:
            self._open()
        container, stream = self._file
        at = next(int(time) for time in self.index.begin[group] if time != _frame_index.NONE)
        try:
            container.seek(at, stream=stream, backward=True)
        except av.FFmpegError:
            return iter(())
        return self._demuxed()

    def _demuxed(self) -> Iterator[Any]:
        import av

        container, stream = self._file
        with suppress(av.FFmpegError):  # what is damaged behind some packet ends there, as when it was looked through
            yield from (packet for packet in container.demux(stream) if packet.size and not packet.is_corrupt)

    def _from_packet(self, packets: Iterator[Any], group: int) -> Iterator[Any] | None:
        """Those from the first of a group on; None where that is not among them."""
        begin = int(self.index.begin[group, 1])
        for packet in packets:
            if packet.pts == begin:
                return chain([packet], packets)
            if packet.pts is None or (packet.is_keyframe and packet.pts > begin):
                return None
        return None

    def _open(self) -> None:
        if self._file is not None:
            self._file[0].close()
        self._file = _frame_index.open_stream(self.path)
        stream = self._file[1]
        stream.thread_type, stream.codec_context.thread_count = "AUTO", min(os.cpu_count() or 1, THREADS)


def _pixels(format: str) -> tuple[str, int, tuple[int, ...]]:
    """As what frames of a pixel format are given: PyAV's name, the most that a pixel can be, and 3 colours or none."""
    from av import VideoFormat

    about = VideoFormat(format, 2, 2)
    bits = max(component.bits for component in about.components)
    if about.name.startswith(("gray", "ya", "mono")):
        if about.name.startswith("gray") and about.name.endswith("le") and bits <= 16:
            return about.name, (1 << bits) - 1, ()
        return ("gray16le", 65535, ()) if bits > 8 else ("gray", 255, ())
    return ("rgb48le", 65535, (3,)) if bits > 8 else ("rgb24", 255, (3,))


_open: WeakSet[Film] = WeakSet()
