"""The frames of a file one after the other, from any of them on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from neurofm.io import _frame_index

NEAR = 8  # frames that are rather decoded on to than looked for from their key frame
THREADS, FEW = 4, 2  # that decode together, where there are more than few


class Reader:
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
        yield from self._on(number)

    def all(self) -> Iterator[tuple[int, Any]]:
        """Decode all of them, from the first on."""
        self._frames, self._next = self._from(0), 0
        yield from self._on(len(self.index.pts) - 1)

    def _on(self, number: int) -> Iterator[tuple[int, Any]]:
        """Decode on to a frame from the one that comes next."""
        begin = self._next or 0
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
        if (os.cpu_count() or 1) > FEW:  # it takes an eighth more of the processors' time altogether
            stream.thread_type, stream.codec_context.thread_count = "AUTO", THREADS
