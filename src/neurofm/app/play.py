"""The one time moves: by seconds, from frame to frame, and over what is picked, again and again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from neurofm.app.memory import Same, remember
from neurofm.app.state.catalog import Catalog
from neurofm.data import spans
from neurofm.data.ids import unpack
from neurofm.data.source import begun, early, lasting, start, stop

FRAME = 0.1  # seconds of a step where nothing says how long a frame is


def step(session: Catalog, seconds: float = 0.0, frames: float = 0.0, frame: float = FRAME) -> None:
    """Move the one time, within what was recorded.

    Parameters
    ----------
    frames : to just when so many frames later (before, if negative) begin, of the camera that has most of them then;
        where nothing open has frames, each counts as `frame` seconds
    """
    timed = [source for source in list(session.sources.values()) if source.clock]
    if not timed:
        return
    times = _finest(session) if frames else None
    if times is None:
        wanted = session.time + seconds + frame * frames
    else:
        wanted = float(times[np.clip(int(begun(times, session.time)) + int(frames), 0, len(times) - 1)])
    session.time = min(max(wanted, min(map(start, timed))), max(map(stop, timed)))


def _finest(session: Catalog) -> NDArray[np.float64] | None:
    """When those things begin that follow each other most quickly, of those that are there at the one time."""
    every = [times for _, _, times in _timed(session, 1) if len(times)]
    now = [times for times in every if times[0] <= session.time <= times[-1]]
    return max(now or every, key=lambda times: len(times) / (np.ptp(times) + 1e-9), default=None)


def play(session: Catalog, seconds: float) -> None:
    """Move the one time on, as while playing: within what is picked, from its end to its beginning, if that has times.

    Else within what was recorded, and no further.
    """
    loop = picked(session)
    if not len(loop):
        return step(session, seconds)
    now = session.time + seconds
    inside = (loop[:, 0] <= now) & (now < loop[:, 1])
    if not inside.any():
        later = loop[loop[:, 0] > session.time, 0]
        now = float(later[0] if len(later) else loop[0, 0])
    session.time = now
    return None


def picked(session: Catalog) -> NDArray[np.float64]:
    """(k, 2) seconds of the frames that are picked, or else of longer things; empty if none has a time.

    A single frame is none to stay in: who clicks on a picture and lets it play would see it stand.
    Of two cameras the frames of that one which was picked in, as those of the other do not end with them.
    """
    hands = _by_hand(session)
    for axes in (1, 2):
        pieces = [np.zeros((0, 2))]
        timed = list(_timed(session, axes))
        own = [each for each in timed if (each[1], each[0]) in hands]
        for number, name, times in own or timed:
            source, local = unpack(session.selection.picked(name))
            if np.count_nonzero(source == number) >= (2 if axes == 1 else 1):
                together = spans.tidy(lasting(times)[local[source == number]])
                pieces.append(together - [0.0, early(times) if axes == 1 else 0.0])  # by which the next has begun
        if sum(map(len, pieces)):
            return spans.tidy(np.concatenate(pieces))
    return np.zeros((0, 2))


def _by_hand(session: Catalog) -> set[tuple[str, int]]:
    """Spaces, and the sources in them, that were picked in, and did not follow what was picked elsewhere."""
    steps = session.selection.steps()
    key = tuple((space, Same(ids), mode) for space, ids, mode in steps)

    def sources() -> set[tuple[str, int]]:
        return {(space, n) for space, ids, _ in steps for n in np.unique(unpack(ids)[0]).tolist()}

    picked: set[tuple[str, int]] = remember(session.selection, ("by hand", key), sources)
    return picked


def _timed(session: Catalog, axes: int) -> Iterator[tuple[int, str, NDArray[np.float64]]]:
    """Number, space and times of things that begin one after the other (1 axis), or last for a while (2)."""
    for number, source in session.numbered().items():
        for name, space in source.spaces().items():
            times = None if space.times is None else space.times()
            if times is not None and times.ndim == axes:
                yield number, name, times
