"""Time frames: a video gets the times that its frames were taken at; it can be undone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _edits
from neurofm.checks import check_choice, number
from neurofm.data.source import start
from neurofm.data.video import Video
from neurofm.specs import VerbSpec


def begin(session: Catalog, video: str, times: Any = "", *, rate: float = 0.0) -> None:
    """Say when the frames of a video were taken, where its file does not know.

    Parameters
    ----------
    video : its name
    times : seconds of each frame, or a file of them (`.npy`, `.csv`, `.tsv`, `.txt`)
    rate : instead of times, frames a second from the first one on

    Raises
    ------
    LookupError
        If there is no such video.
    ValueError
        If there are more or fewer times than frames, or they do not rise.
    DataError
        If the file holds no times.
    """
    videos = {name: source for name, source in session.sources.items() if isinstance(source, Video)}
    check_choice("video", video, videos)
    before, path = videos[video], ""
    if isinstance(times, str) and not times:
        if number("rate", rate, "frames a second") <= 0:
            raise ValueError("give the times of the frames, a file of them, or how many there are a second")
        given = start(before) + np.arange(len(before.times)) / rate
    else:
        from neurofm.io.film import frame_times, keep_times

        path = str(Path(times).resolve() if isinstance(times, str | Path) else keep_times(times))
        given = frame_times(Path(path))
    after = before.timed(given)
    _edits.put(
        session, video, before, after, _edits.action(session, "time_frames", video, times=path, rate=float(rate))
    )


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    given = repr(o["times"]) if o["times"] else f"rate={o['rate']!r}"
    return [f"session.time_frames({action.name!r}, {given})"]


SPEC = VerbSpec(begin=begin, options={"times": Field.text, "rate": Field.number}, edits=True, code=code)
