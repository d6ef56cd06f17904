"""Align: a video gets the times that its frames were taken at, on the clock of what it was filmed beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.checks import check_choice
from neurofm.data.source import start
from neurofm.data.video import Video
from neurofm.specs import VerbSpec


def begin(session: Catalog, video: str, to: str = "", *, times: Any = "", rate: float = 0.0) -> None:
    """Say when the frames of a video were taken, and whose clock that is.

    Parameters
    ----------
    video : its name
    to : the source that it moves together with from now on; what it did before if ""
    times : seconds of each frame on that clock, or a file of them (`.npy`, `.csv`, `.txt`); as they are if ""
    rate : frames a second, from the first second of `to` on, instead of their times; 0 for none

    Raises
    ------
    LookupError
        If there is no such video or source.
    ValueError
        If there are more or fewer times than frames, or they do not rise.
    DataError
        If the file holds no times.
    """
    videos = {name: source for name, source in session.sources.items() if isinstance(source, Video)}
    check_choice("video", video, videos)
    filmed, path = videos[video], ""
    if to:
        check_choice("source", to, session.sources)
    if rate:
        begun = start(session.sources[to]) if to else filmed.times[:1]
        times = begun + np.arange(len(filmed.times)) / rate
    elif isinstance(times, str | Path) and str(times):
        from neurofm.io.film import frame_times

        path = str(Path(times).resolve())
        times = frame_times(Path(path))
    given = filmed.times if isinstance(times, str) else times
    session.sources[video] = filmed.timed(given, clock=session.sources[to].clock if to else "")
    session.actions.add("align", video, to=to, times=path, rate=float(rate))
    session.tell("source", video)


def code(action: Action, script: Script) -> list[str]:
    """What was given as an array is in the file from which the script reads the video."""
    o = action.options
    given = [f"times={o['times']!r}"] if o["times"] else [f"rate={o['rate']!r}"] if o["rate"] else []
    return [f"session.align({', '.join([repr(action.name), repr(o['to']), *given])})"]


SPEC = VerbSpec(begin=begin, options={"to": Field.text, "times": Field.text, "rate": Field.number}, code=code)
