"""Video: the frame that is shown at the one time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakSet, ref

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.describe import describe as words
from neurofm.app.pictures.scene import Axis, Image, Line, Scene, Shape, Viewport
from neurofm.app.state.link import NONE, among
from neurofm.app.views._bands import downwards
from neurofm.data.ids import Ids, pack
from neurofm.data.video import FRAME, Video
from neurofm.errors import DataError
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

Span = tuple[float, float]
GAP = 0.01  # between two cameras, against the width of the first
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
    video : name; the one that was opened or chosen last, and beside it those of its clock, if ""
    """

    video: str = ""


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """The frame, or the nearest one that is decoded, while the note says which; the exact one follows by itself.

    Cameras of one clock stand side by side, each with its own frame of this time.
    """
    tiles = _tiles(state, session)
    if not tiles:
        there = _videos(session)
        return Scene("Video", message="There is no frame in it" if there else "Open a video to see it", action="open")
    high, wide = tiles[0].video.size[0], tiles[-1].stop
    drawn = [_drawn(tile, session, viewport, wide) for tile in tiles]
    return Scene(
        "Video",
        tuple(mark for marks, _, _ in drawn for mark in marks),
        Axis("x", "px", (-0.5, wide - 0.5)),
        downwards("y", "px", (-0.5, high - 0.5), high - 1.0, viewport.y),
        note=" | ".join(note for _, note, _ in drawn),
        warning=next((warning for _, _, warning in drawn if warning), ""),
        equal=True,
    )


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """The frames that are shown of the cameras that are touched; of one alone wherever that is."""
    tiles = _tiles(state, session)
    low, high = shape.xy[:, 0].min(), shape.xy[:, 0].max()
    touched = [tile.video for tile in tiles if len(tiles) == 1 or (tile.left - 0.5 <= high and low < tile.stop - 0.5)]
    ids = [_id(session, video, int(video.at(session.time))) for video in touched]
    return FRAME, np.sort(np.concatenate([NONE, *ids]))


@dataclass(frozen=True)
class _Tile:
    """Where a camera stands: its left edge in the picture, and how many of its pixels one of its own is."""

    video: Video
    left: float
    scale: float

    @property
    def stop(self) -> float:
        """Its right edge."""
        return self.left + self.scale * self.video.size[1]

    def within(self, viewport: Viewport, wide: float) -> Viewport | None:
        """What of it is in sight, in its own pixels; None where other cameras are."""
        x, y = self._own(viewport.x, self.left), self._own(viewport.y, 0.0)
        if x is None:
            share = (self.stop - self.left) / wide
            return replace(viewport, width=max(round(share * viewport.width), 1), y=y)
        alone = wide <= self.stop
        beyond = x[1] <= -0.5 or x[0] >= self.video.size[1] - 0.5
        return None if beyond and not (alone and not self.left) else replace(viewport, x=x, y=y)

    def _own(self, span: Span | None, begin: float) -> Span | None:
        """A span of the picture in its pixels."""
        if span is None:
            return None
        low, high = ((edge + 0.5 - begin) / self.scale - 0.5 for edge in span)
        return low, high

    def placed(self, span: Span, begin: float) -> Span:
        """A span of its pixels in the picture."""
        return (span[0] + 0.5) * self.scale + begin - 0.5, (span[1] + 0.5) * self.scale + begin - 0.5


def _tiles(state: State, session: Catalog) -> list[_Tile]:
    """The chosen video; unless one is, the current one and those of its clock, all as high as that."""
    there = {name: video for name, video in _videos(session).items() if len(video.times)}
    first = there.get(state.video) or there.get(session.latest(there))
    if first is None or (state.video in _videos(session) and state.video not in there):
        return []
    beside = [] if state.video in there else [v for v in there.values() if v.clock == first.clock and v is not first]
    tiles = [_Tile(first, 0.0, 1.0)]
    for video in beside:
        tiles.append(_Tile(video, tiles[-1].stop + GAP * first.size[1], first.size[0] / video.size[0]))
    return tiles


def _drawn(tile: _Tile, session: Catalog, viewport: Viewport, wide: float) -> tuple[tuple[Image | Line, ...], str, str]:
    """The frame of one camera with the rim around one that is picked, a note, and what is wrong with it."""
    video = tile.video
    number = int(video.at(session.time))
    at, warning = number, ""
    marks: tuple[Image | Line, ...] = ()
    own = tile.within(viewport, wide)
    try:
        if own is not None:
            at, picture, warning = _picture(video, session, number, exact=viewport.exact)
            image = _image(picture, video, own)
            image = replace(image, x=tile.placed(image.x, tile.left), y=tile.placed(image.y, 0.0))
            marks = (*((image,) if at >= 0 else ()), *_rim(session, tile, number))
    except DataError as error:
        warning = str(error)
    return marks, _note(video, number, at), warning


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Videos that are open."""
    return {"video": ("", *_videos(session))}


def _videos(session: Catalog) -> dict[str, Video]:
    return {name: source for name, source in list(session.sources.items()) if isinstance(source, Video)}


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


def _rim(session: Catalog, tile: _Tile, number: int) -> tuple[Line, ...]:
    """A rim around a frame that is picked."""
    if not among(_id(session, tile.video, number), session.selection.picked(FRAME)).any():
        return ()
    height, left, right = tile.scale * tile.video.size[0], tile.left, tile.stop
    x, y = np.array([left, right, right, left, left]) - 0.5, np.array([0, 0, height, height, 0]) - 0.5
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
