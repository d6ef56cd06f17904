"""A video on napari's canvas: as long as its slider is moved, the nearest frame that is decoded, then the exact one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalInstance

from neurofm.data.video import Video

Layer = tuple[Any, dict[str, Any], str]  # data, options, kind
POSITIONS = 10_000_000  # of the slider at most
MOST = 4 << 30  # bytes of frames that are decoded at once
CLOSER = 0.999  # of the least spacing of frames: no two share a position, however these are rounded


class Reel:
    """Pictures on a grid of seconds, as sliders want them: at each the frame that is shown then, looked up by its time.

    Attributes
    ----------
    dt : seconds between two positions
    live : whether whoever asks for a single whole picture draws it, and draws it again once `ready` says so; then the
        nearest one will do until the exact one is decoded
    """

    def __init__(self, video: Video) -> None:
        self.video, self.live = video, False
        self.dt, self._of_frame = _grid(video)
        self.shape = (int(self._of_frame[-1]) + 1, *video.frames.shape[1:])
        self.dtype, self.ndim = video.frames.dtype, len(self.shape)

    @property
    def ready(self) -> SignalInstance | None:
        """Tells that there is a better picture; None where all are exact at once."""
        return getattr(self.video.frames, "ready", None)

    def __len__(self) -> int:
        return self.shape[0]

    def frame(self, position: Any) -> Any:
        """Numbers of the frames at positions of the slider."""
        return np.searchsorted(self._of_frame, position, "right") - 1

    def __getitem__(self, which: Any) -> NDArray[Any]:
        """Frames at these positions."""
        position, *rest = which if isinstance(which, tuple) else (which,)
        one = not isinstance(position, slice) and np.ndim(position) == 0
        at = self.frame(range(len(self))[int(position)] if one else np.arange(len(self))[position])
        if self.live and np.ndim(at) == 0 and rest and all(part == slice(None) for part in rest):
            return np.asarray(self.video.frames.now(int(at))[1])  # type: ignore[attr-defined]
        if np.ndim(at) == 0:
            return self.video.frames[int(at)][tuple(rest)]
        if np.size(at) * math.prod(self.shape[1:]) * self.dtype.itemsize > MOST:
            raise MemoryError(
                f"{np.size(at):,} frames of {self.video.session} do not fit into memory; take fewer at once"
            )
        return np.stack([self.video.frames[int(k)] for k in at])[(slice(None), *rest)]


def _grid(video: Video) -> tuple[float, NDArray[np.int64]]:
    """Seconds between positions, and that of each frame: its number, where frames come steadily."""
    times, count = video.times - video.times[0], len(video.times)
    steady = float(times[-1]) / max(count - 1, 1) or 1.0
    if np.array_equal(video.at(video.times[0] + steady * np.arange(count)), np.arange(count)):
        return steady, np.arange(count)
    dt = max(CLOSER * video.dt, float(times[-1]) / POSITIONS)
    return dt, np.floor(times / dt + 0.5).astype(np.int64)


def layers(video: Video) -> list[Layer]:
    """One layer of all frames; its first axis is scaled and shifted so that napari's slider reads seconds."""
    if not len(video.times):
        return []
    reel, colour = Reel(video), len(video.frames.shape) == 4
    options = {
        "name": video.session, "rgb": colour, "multiscale": False,
        "scale": (reel.dt, 1.0, 1.0), "translate": (float(video.times[0]), 0.0, 0.0),
    }  # fmt: skip
    return [(reel, options if colour else options | {"contrast_limits": (0, video.frames.white)}, "image")]


SPEC = layers
