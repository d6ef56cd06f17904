"""Time frames: a video, or tracks, get the times that their frames were taken at; it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _edits, _options
from neurofm.app.verbs.share_clock import Movable, along_code, together
from neurofm.checks import check_choice, number
from neurofm.data.source import start
from neurofm.data.video import Video
from neurofm.specs import VerbSpec
from neurofm.words import a_kind


@runtime_checkable
class Timed(Protocol):
    """A source of frames that can be given other times."""

    def timed(self, times: Any) -> Any:
        """The same with other times of its frames."""


@runtime_checkable
class Follows(Movable, Protocol):
    """A source whose times follow those of the frames of another."""

    def retimed(self, before: Any, after: Any, zero: float) -> Any:
        """The same along with frames that are shown no longer `before` but `after`."""


def begin(
    session: Catalog, name: str, times: Any = "", *, rate: float = 0.0, along: Sequence[str] | None = None
) -> None:
    """Say when the frames of a video or of tracks were taken, where the file does not know.

    What was made from the video, or scored on its clock, follows it.

    Parameters
    ----------
    name : of the video or the tracks
    times : seconds of each frame, or a file of them (`.npy`, `.csv`, `.tsv`, `.txt`)
    rate : instead of times, frames a second from the first one on
    along : names of what follows it; what belongs to it unless given

    Raises
    ------
    LookupError
        If there are no such frames.
    ValueError
        If there are more or fewer times than frames, or they do not rise, or a video says when they were.
    DataError
        If the file holds no times.
    """
    before, path = _of_frames(session, name), ""
    if isinstance(times, str) and not times:
        if number("rate", rate, "frames a second") <= 0:
            raise ValueError("give the times of the frames, a file of them, or how many there are a second")
        given = start(before) - before.zero + np.arange(len(before.times)) / rate
        after = before.timed(given).on_clock(before.clock, before.zero)
    else:
        from neurofm.io.film import frame_times, keep_times

        path = str(Path(times).resolve() if isinstance(times, str | Path) else keep_times(times))
        after = before.timed(frame_times(Path(path)))
    along = _followers(session, name) if along is None else along
    moved = {one: _retimed(session.sources[one], before, after) for one in along}
    done = _edits.action(session, "time_frames", name, times=path, rate=float(rate), along=list(moved) or None)
    _edits.put(session, name, before, after, done, moved)


def _of_frames(session: Catalog, name: str) -> Any:
    frames = {one: source for one, source in session.sources.items() if isinstance(source, Timed)}
    check_choice("video or tracks", name, frames)
    source = frames[name]
    if not isinstance(source, Video):
        films = [one for one in together(session, name) if isinstance(session.sources[one], Video)]
        if films:
            raise ValueError(f"frames of '{name}' are those of '{films[0]}'; time that, and it follows")
    return source


def _followers(session: Catalog, name: str) -> list[str]:
    """What belongs to it and to no other video: another camera keeps its own times."""
    belong = together(session, name)
    films = [one for one in belong if isinstance(session.sources[one], Video)]
    others = {one for film in films for one in (film, *_made_from(session, film))} - {*_made_from(session, name)}
    return [one for one in belong if one not in others]


def _made_from(session: Catalog, film: str) -> list[str]:
    paths = set(session.sources[film].paths)
    return [name for name, source in session.sources.items() if name != film and paths & set(source.paths)]


def _retimed(source: Any, before: Any, after: Any) -> Any:
    if not isinstance(source, Follows):
        raise ValueError(
            f"'{source.session}' holds {a_kind(source.kind)}, whose times are its own; leave it out of along="
        )
    return source.retimed(before.times, after.times, source.zero + after.zero - before.zero)


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    given = repr(o["times"]) if o["times"] else f"rate={o['rate']!r}"
    return [f"session.time_frames({action.name!r}, {given}{along_code(action)})"]


SPEC = VerbSpec(
    begin=begin,
    options={"times": Field.text, "rate": Field.number, "along": _options.several(Field.text)},
    optional=("along",),
    edits=True,
    code=code,
)
