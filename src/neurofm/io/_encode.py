"""Pictures become a video file in which each is shown at just its time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.errors import DataError
from neurofm.process import move

GIVEN = {(3, 8): "rgb24", (3, 16): "rgb48le", (2, 8): "gray", (2, 16): "gray16le"}  # by axes and bits of a picture


@dataclass(frozen=True, kw_only=True)
class Coding:
    """How pictures are coded.

    Parameters
    ----------
    codec, format : as FFmpeg calls them
    group : frames from one that can be decoded by itself to the next
    between : frames that may be coded from both of their neighbours (B-frames)
    tick : seconds that times are rounded to
    turned : degrees against the clock by which a player is to turn them: 90, 180 or 270
    options : of the codec
    """

    codec: str = "libx264"
    format: str = "yuv420p"
    group: int = 30
    between: int = 2
    tick: Fraction = Fraction(1, 90_000)
    turned: int = 0
    options: tuple[tuple[str, str], ...] = (("crf", "18"), ("preset", "veryfast"))


def encode(
    path: Path, pictures: Iterable[NDArray[Any]], times: ArrayLike, coding: Coding = Coding(),
    *, about: Mapping[str, str] | None = None, step: Callable[[float], Any] = lambda done: None,
) -> Path:  # fmt: skip
    """Write pictures (y, x) or (y, x, 3), as they are to be seen, each shown from its time (s) on.

    Parameters
    ----------
    about : options of the container
    step : told the share that is done

    Raises
    ------
    DataError
        If it cannot be written there.
    """
    import av

    draft = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        with av.open(str(draft), "w", options=dict(about or {})) as container:
            _fill(container, pictures, np.asarray(times, float), coding, step)
        return move(draft, path)
    except (av.FFmpegError, OSError) as error:
        raise DataError(path, "", f"cannot be written ({error}); choose another place or format") from error
    finally:
        draft.unlink(missing_ok=True)


def _fill(
    container: Any, pictures: Iterable[NDArray[Any]], times: NDArray[np.float64], coding: Coding, step: Any
) -> None:
    import av

    usual = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    stream = container.add_stream(coding.codec, rate=Fraction(1 / usual).limit_denominator(1001))
    context = stream.codec_context
    context.pix_fmt, context.time_base = coding.format, coding.tick
    context.gop_size, context.max_b_frames = coding.group, coding.between
    stream.options = dict(coding.options)
    if coding.turned:
        stream.set_display_rotation(coding.turned)
    for k, (picture, seconds) in enumerate(zip(pictures, times, strict=True)):
        stored = np.ascontiguousarray(np.rot90(picture, -coding.turned // 90))
        if not k:
            context.height, context.width = stored.shape[:2]
        frame = av.VideoFrame.from_ndarray(stored, GIVEN[picture.ndim, 8 * picture.itemsize])
        frame.pts, frame.time_base = round(float(seconds / coding.tick)), coding.tick
        container.mux(stream.encode(frame.reformat(format=coding.format)))
        step((k + 1) / len(times))
    container.mux(stream.encode())
