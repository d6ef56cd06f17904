"""Frames of a video file, decoded when they are asked for, exactly and from a bounded memory of those decoded before.

A frame is known by when it is shown, never by counting on from another. To decode one, its group is decoded from the
key frame on; what comes on the way is kept, so that the frames before it are there when a user steps back.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from neurofm.errors import DataError
from neurofm.io import _frame_index, _proxy
from neurofm.io._frame_reader import Reader

MEMORY = 1 << 30  # bytes of decoded frames that all open videos together keep: a group of 250 frames of 1080p
SETTING = "NEUROFM_VIDEO_MB"  # says otherwise
FEW, MANY = 8, 64  # frames before the one that is wanted that are kept, too: each costs about as much as to decode it
SEEN = 16  # of those on the way to them, one in so many is kept, to be shown meanwhile
AHEAD = 24  # frames that are decoded ahead of one that is shown
IDLE = 2.0  # seconds without a wish after which the thread ends
TELL = 0.1  # seconds between two nearer pictures on the way to one
NOTHING = -1  # the number of a picture in which nothing is, as none is there yet


def memory() -> int:
    """Bytes that decoded frames may take."""
    return int(float(os.environ.get(SETTING, 0)) * 2**20) or MEMORY


def _on() -> bool:
    return True


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
        self._reader = Reader(Path(path), index)
        self._kept: OrderedDict[int, Any] = OrderedDict()  # decoded frames, the one last used last
        self._each = 0  # bytes of one
        self._lock, self._reading = threading.Lock(), threading.Lock()  # of what is kept; of the decoder
        self._wish = threading.Condition()
        self._wanted: int | None = None
        self._last, self._back, self._waiting = 0, False, 0
        self._owed = False  # whether whoever asked was given another frame meanwhile
        self._failed = NOTHING, ""  # the frame that was wanted last and could not be had, and why
        self._thread: threading.Thread | None = None
        self._tail, self._decoded = FEW, 0  # of the last that was decoded; and its number
        self._painter: Any = None
        self._small: Reader | None = None
        self._leafing, self._looked = threading.Lock(), False
        _open.add(self)

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[k] for k in range(len(self)))

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

        From a small copy, if one was made, it is the frame itself, though coarse. Where none is there it is black, and
        its number -1. Of several that are asked for meanwhile only the last is decoded.
        """
        near, picture = self.at_once(number)
        if self.trouble(number):  # which asking again does not mend
            return near, picture
        with self._wish:
            self._wanted, self._owed = number, near != number
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True, name="neurofm video")
                self._thread.start()
            self._wish.notify()
        return near, picture

    def at_once(self, number: int) -> tuple[int, NDArray[Any]]:
        """The same, of what is there by now; no other is decoded."""
        if not self._looked:
            self.look()
        frame, copy = self._get(number), self._small
        if frame is None and copy is not None:
            with self._leafing:
                for k, small in copy.read(number):
                    if k == number:
                        return number, self._painted(small)
        near = self._nearest(number)
        frame = frame or (None if near is None else self._get(near))
        if frame is None or near is None:
            return NOTHING, np.zeros(self.shape[1:], self.dtype)
        return near, self._painted(frame)

    def clip(self, numbers: Sequence[int], share: float = 1.0) -> Iterator[NDArray[np.uint8]]:
        """Frames (y, x, 3) of these rising numbers in 8 bits, `share` as large; none of them is kept.

        They are decoded apart from what is shown, from the small copy where there is one.
        """
        from av.video.reformatter import VideoReformatter

        if not self._looked:
            self.look()
        small = self._small
        reader = Reader(Path(self.path), self.index) if small is None else Reader(small.path, small.index)
        high, wide = (max(round(share * side), 2) for side in self.index.size)
        painter = VideoReformatter()
        for number in numbers:
            frame = next((frame for k, frame in reader.read(number) if k == number), None)
            if frame is None:
                raise DataError(self.path, f"frame {number:,}", "cannot be decoded; the file is damaged there")
            picture = painter.reformat(frame, wide, high, "rgb24").to_ndarray()
            yield np.ascontiguousarray(np.rot90(picture, self.index.turned // 90))

    def trouble(self, number: int) -> str:
        """Why the frame that was last wanted cannot be shown, if it is this one; "" if it can."""
        return self._failed[1] if self._failed[0] == number else ""

    @property
    def wants_copy(self) -> bool:
        """Whether a small copy would help whoever leafs, and may be made though nobody asked."""
        return self._small is None and _proxy.unasked(Path(self.path), self.index)

    def look(self) -> None:
        """Look whether a small copy has been made."""
        self._looked = True
        with suppress(OSError, DataError):
            path = _proxy.place(Path(self.path))
            self._small = Reader(path, _frame_index.index(path)) if path.exists() else None

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

    def _decode(self, number: int, go: Callable[[], bool] = _on) -> Any:
        """Decode on to a frame, for as long as `go` says so; only one thread may."""
        tail = self._kept_before(number)
        for k, frame in self._reader.read(number):
            if number - k < tail or (k % SEEN == 0 and go is not _on):
                self._keep(k, frame)
            if k == number:
                return frame
            if k > number:
                raise DataError(self.path, f"frame {number:,}", "cannot be decoded; the file is damaged there")
            if not go():
                return None
        raise DataError(self.path, f"frame {number:,}", "cannot be decoded; was the file cut off since it was opened?")

    def _kept_before(self, number: int) -> int:
        """How many frames before one are kept with it: few, and more where somebody steps back again and again."""
        steps_back = 0 < self._decoded - number <= MANY
        self._tail, self._decoded = (min(4 * self._tail, MANY) if steps_back else FEW), number
        return self._tail

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
                wanted, self._wanted, owed = self._wanted, None, self._owed
                if wanted is None:
                    self._thread = None
                    return
            try:
                self._fulfil(wanted, owed=owed)
                self._failed = NOTHING, ""
            except DataError as error:
                self._failed = wanted, str(error)
                self.ready.emit(wanted)

    def _fulfil(self, wanted: int, *, owed: bool) -> None:
        """Decode a frame, and say so if whoever asked was given another: it may have come ahead in between."""
        if wanted != self._last:
            self._back, self._last = 0 < self._last - wanted <= AHEAD, wanted
        if self._get(wanted) is None:
            with self._reading:
                if self._get(wanted) is None and self._decode(wanted, self._telling(wanted)) is None:
                    return
            owed = True
        if owed:
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
