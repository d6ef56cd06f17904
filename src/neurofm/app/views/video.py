"""Video: the frame that is shown at the one time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet, ref

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.describe import describe as words
from neurofm.app.pictures.scene import Axis, Image, Line, Scene, Shape, Viewport
from neurofm.app.state.link import NONE, among
from neurofm.data.ids import Ids, pack
from neurofm.data.video import FRAME, Video
from neurofm.errors import DataError
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

Span = tuple[float, float]
_told: WeakKeyDictionary[Catalog, WeakSet[Any]] = WeakKeyDictionary()  # whose late frames a session is told of


@dataclass(frozen=True)
class _Cut:
    """Part of a picture, every so many of its rows and columns."""

    rows: slice
    columns: slice
    x: Span
    y: Span


@evented
@dataclass
class State:
    """What the video shows.

    Parameters
    ----------
    video : name; the first that is open if ""
    """

    video: str = ""


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """The frame, or the nearest one that is decoded, while the note says which; the exact one follows by itself."""
    video = _shown(state, session)
    if video is None or not len(video.times):
        return Scene("Video", message="There is no frame in it" if video else "Open a video to see it", action="open")
    number = int(video.at(session.time))
    (height, width), at, warning = video.size, number, ""
    marks: tuple[Image | Line, ...] = ()
    try:
        at, picture, warning = _picture(video, session, number, exact=viewport.exact)
        drawn = (_image(picture, video, viewport),) if at >= 0 else ()
        marks = (*drawn, *_rim(session, video, number))
    except DataError as error:
        warning = str(error)
    x, y = Axis("x", "px", (-0.5, width - 0.5)), Axis("y", "px from below", (-0.5, height - 0.5))
    return Scene("Video", marks, x, y, note=_note(video, number, at), warning=warning, equal=True)


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """The frame that is shown, wherever it is touched."""
    video = _shown(state, session)
    return FRAME, NONE if video is None or not len(video.times) else _id(session, video, int(video.at(session.time)))


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Videos that are open."""
    return {"video": ("", *_videos(session))}


def _videos(session: Catalog) -> dict[str, Video]:
    return {name: source for name, source in list(session.sources.items()) if isinstance(source, Video)}


def _shown(state: State, session: Catalog) -> Video | None:
    there = _videos(session)
    return there.get(state.video) or next(iter(there.values()), None)


def _id(session: Catalog, video: Video, number: int) -> Ids:
    return pack(session.number(video.session), [number])


def _picture(video: Video, session: Catalog, number: int, *, exact: bool) -> tuple[int, NDArray[Any], str]:
    """The frame, or where it takes long to decode the nearest; which it is, -1 for none, and why if it cannot be."""
    frames: Any = video.frames
    if exact or not hasattr(frames, "now"):
        return number, frames[number], ""
    told = _told.setdefault(session, WeakSet())
    if frames not in told:
        told.add(frames)
        frames.ready.connect(_teller(session))
    at, picture = frames.now(number)
    return int(at), picture, "" if at == number else frames.trouble(number)


def _teller(session: Catalog) -> Any:
    """Tells the one time again, so that what shows it is drawn again."""
    here = ref(session)

    def tell(number: int) -> None:
        alive = here()
        if alive is not None:
            alive.time_changed.emit(alive.time)

    return tell


def _image(picture: NDArray[Any], video: Video, viewport: Viewport) -> Image:
    cut = _cut(video.size, viewport)
    return Image(_rgba(picture[cut.rows, cut.columns], video.frames.white)[::-1], cut.x, cut.y)


def _cut(size: tuple[int, int], viewport: Viewport) -> _Cut:
    """What is in sight, no finer than the pixels that show it."""
    height, width = size
    left, right = _pixels(viewport.x, width)
    low, high = _pixels(viewport.y, height)
    every = max(min((right - left) // max(viewport.width, 1), (high - low) // max(viewport.height, 1)), 1)
    top, bottom = height - high, height - low  # rows are counted from above
    bottom = top + -(-(bottom - top) // every) * every
    right = left + -(-(right - left) // every) * every
    x, y = (left - 0.5, right - 0.5), (height - bottom - 0.5, height - top - 0.5)
    return _Cut(slice(top, bottom, every), slice(left, right, every), x, y)


def _pixels(span: Span | None, count: int) -> tuple[int, int]:
    low, high = (-0.5, count - 0.5) if span is None else span
    first = min(max(int(np.floor(low + 0.5)), 0), count - 1)
    return first, min(max(int(np.ceil(high + 0.5)), first + 1), count)


def _rgba(picture: NDArray[Any], white: int) -> NDArray[np.uint8]:
    """(y, x, 4) of 8 bits, with as much of the range as the pixels can have."""
    shift = max(int(white).bit_length() - 8, 0)
    values = picture >> shift if shift else picture
    rgba = np.full((*picture.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = values if values.ndim == 3 else values[..., None]
    return rgba


def _rim(session: Catalog, video: Video, number: int) -> tuple[Line, ...]:
    """A rim around a frame that is picked."""
    if not among(_id(session, video, number), session.selection.picked(FRAME)).any():
        return ()
    height, width = video.size
    x, y = np.array([0, width, width, 0, 0]) - 0.5, np.array([0, 0, height, height, 0]) - 0.5
    return (Line(x, y, colors.PICKED, 4.0, "picked"),)


def _note(video: Video, number: int, at: int) -> str:
    near = "" if at == number else f" ({f'frame {at:,}' if at >= 0 else 'nothing'} until it is decoded)"
    count = f"frame {number:,} of {len(video.times):,}{near}"
    return f"{video.session} · {count} · {video.times[number]:.3f} s"


SPEC = ViewSpec(
    title="Video",
    state=State,
    scene=scene,
    hit=hit,
    describe=lambda state, session, space, id: words(session, space, id),
    choices=choices,
    needs=Video.kind,
    invitation="Open a video to see what happened",
    place="tab of tuning",
    order=2,
)
