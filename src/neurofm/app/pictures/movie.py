"""A film of stretches of time: what a view shows of a video at each of its frames, and what others show along time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm import registry
from neurofm.app import colors
from neurofm.app.pictures import figure
from neurofm.app.pictures.scene import Image, Line, Points, Scene, Viewport
from neurofm.app.state.catalog import VIEWS, Catalog
from neurofm.checks import check_choice
from neurofm.data.spans import SpanArray
from neurofm.data.video import Video
from neurofm.errors import DataError
from neurofm.io._encode import encode

if TYPE_CHECKING:
    from neurofm.specs import ViewSpec

KIND = ".mp4"
PAGE = 20.0  # seconds along time that are shown at once at most
HIGH = 180  # pixels of a view along time
WIDE = 480  # pixels of a film at least, so that words along time have room

Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Strip:
    """A view along time as it stands below the frames of a page: pixels (y, x, 3), and where its seconds are."""

    pixels: Rgb
    left: float
    right: float

    def at(self, share: float) -> Rgb:
        """With a line at that share of its seconds."""
        painted = self.pixels.copy()
        column = round(self.left + share * (self.right - self.left))
        painted[:, max(column - 1, 0) : column + 1] = colors.PREDICTED[:3]
        return painted


def film(
    session: Catalog, path: str | Path, spans: ArrayLike, *, video: str = "", view: str = "video",
    below: Sequence[str] = (), dark: bool = True, step: Callable[[float, str], Any] = lambda done, text: None,
) -> Path:  # fmt: skip
    """Write each frame of a video that begins within stretches of time, one stretch after the other, as mp4.

    Parameters
    ----------
    spans : (stretch, 2) seconds
    video : name; the first that is open if ""
    view : that shows it: "video", or "pose" with what was tracked over it
    below : views along time that stand below ("raster", "trace", "ethogram"); those that are empty are left out
    step : is told how far it is

    Raises
    ------
    DataError
        If it cannot be written, or a frame cannot be decoded.
    ValueError
        If no frame begins within the stretches.
    """
    path = Path(path)
    if path.suffix.lower() != KIND:
        raise DataError(path, "suffix", f"is not {KIND}; name the film with it")
    shown = _video(session, video)
    pages = _pages(shown, np.asarray(spans, float).reshape(-1, 2))
    if not pages:
        raise ValueError(f"no frame of {shown.session} begins within these stretches; choose others")
    times = _times(shown, [numbers for _, numbers in pages])
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = _frames(session, shown, pages, view, below, dark=dark)
    return encode(
        path, pictures, times, step=lambda done: step(done, f"{round(done * len(times)):,} of {len(times):,} frames")
    )


def _video(session: Catalog, name: str) -> Video:
    videos = {one: source for one, source in session.sources.items() if isinstance(source, Video)}
    if name:
        check_choice("video", name, videos)
    elif not videos:
        raise LookupError("no video is open; open one")
    return videos[name] if name else next(iter(videos.values()))


def numbers_in(video: Video, span: tuple[float, float]) -> NDArray[np.intp]:
    """Frames that begin within a stretch, or are shown all through it."""
    first, last = np.searchsorted(video.times, np.asarray(span) - 1e-9)
    if first == last and video.domain[0, 0] <= span[0] < video.domain[0, 1]:
        return np.array([int(video.at(span[0]))])
    return np.arange(first, last)


def _pages(video: Video, spans: SpanArray) -> list[tuple[tuple[float, float], NDArray[np.intp]]]:
    """Seconds that are shown at once below, and the frames meanwhile."""
    pages = []
    for start, stop in spans.tolist():
        count = max(int(np.ceil((stop - start) / PAGE)), 1)
        edges = np.linspace(start, stop, count + 1)
        for page in zip(edges[:-1].tolist(), edges[1:].tolist()):
            numbers = numbers_in(video, page)
            if len(numbers):
                pages.append((page, numbers))
    return pages


def _times(video: Video, pages: Sequence[NDArray[np.intp]]) -> NDArray[np.float64]:
    """Seconds at which each frame is shown in the film: as long as in the video; between stretches as is usual."""
    numbers = np.concatenate(pages)
    lasts = np.diff(video.times, append=video.times[-1:] + (1 / video.rate if video.rate else video.dt))[numbers]
    follows = np.diff(numbers, append=-1) == 1
    usual = float(np.median(lasts))
    return np.r_[0.0, np.cumsum(np.where(follows, lasts, usual))[:-1]]


def _frames(
    session: Catalog, video: Video, pages: Sequence[tuple[tuple[float, float], NDArray[np.intp]]], view: str,
    below: Sequence[str], *, dark: bool,
) -> Iterator[Rgb]:  # fmt: skip
    spec = registry.get(VIEWS, view)
    state = session.view(view)
    height, width = video.size
    viewport = Viewport(width=width, height=height, dark=True, exact=True)
    wide = max(width, WIDE)
    for (start, stop), numbers in pages:
        strips = [strip for name in below if (strip := _strip(session, name, (start, stop), wide, dark=dark))]
        for number in numbers.tolist():
            session.time = seconds = float(video.times[number])
            scene = spec.scene(state, session, viewport)
            if scene.warning or scene.message:
                raise DataError(video.session, f"frame {number:,}", scene.warning or scene.message)
            top = _wide(paint(scene, (height, width)), wide)
            share = min(max((seconds - start) / max(stop - start, 1e-9), 0.0), 1.0)
            yield _even(np.concatenate([top, *(strip.at(share) for strip in strips)]))


def _strip(session: Catalog, name: str, span: tuple[float, float], width: int, *, dark: bool) -> Strip | None:
    """A view along time; None where there is nothing in it."""
    spec: ViewSpec = registry.get(VIEWS, name)
    if spec.axis != "time":
        raise ValueError(f"'{name}' is no view along time; choose raster, trace or ethogram")
    scene = spec.scene(session.view(name), session, Viewport(x=span, width=width, height=HIGH, dark=dark))
    if scene.message or not scene.marks:
        return None
    rgba, (left, right) = figure.painted(scene, width, HIGH, dark=dark, x=span)
    return Strip(np.ascontiguousarray(rgba[..., :3]), left, right)


# ---- marks as pixels


def paint(scene: Scene, size: tuple[int, int]) -> Rgb:
    """(y, x, 3) a scene whose data coordinates are pixels (height, width) from below, without its axes."""
    painted = np.zeros((*size, 3), np.uint8)
    for mark in scene.marks:
        if isinstance(mark, Image):
            _paint_image(painted, mark)
        elif isinstance(mark, Line):
            xy = np.stack([mark.x, mark.y], 1).astype(float)
            _dab(painted, _along(xy), mark.color, mark.width)
        elif isinstance(mark, Points):
            for xy, color in zip(mark.xy, np.broadcast_to(mark.color, (len(mark.xy), 4))):
                _dab(painted, np.asarray(xy, float)[None], color, mark.size)
    return painted


def _paint_image(painted: Rgb, mark: Image) -> None:
    """What covers the picture, as large as that."""
    height, width = painted.shape[:2]
    rows, columns = (
        ((np.arange(count) - low) * (given / (high - low))).astype(int)
        for count, given, (low, high) in ((height, mark.rgba.shape[0], mark.y), (width, mark.rgba.shape[1], mark.x))
    )
    inside = (rows >= 0) & (rows < mark.rgba.shape[0]), (columns >= 0) & (columns < mark.rgba.shape[1])
    painted[::-1][np.ix_(*inside)] = mark.rgba[..., :3][np.ix_(rows[inside[0]], columns[inside[1]])]


def _along(xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """(place, 2) two a pixel along a line that NaN breaks."""
    ends = np.stack([xy[:-1], xy[1:]], 1)
    ends = ends[np.isfinite(ends).all((1, 2))]
    places = [np.zeros((0, 2))]
    for start, stop in ends:
        share = np.linspace(0, 1, int(2 * np.abs(stop - start).max()) + 2)[:, None]
        places.append(start + share * (stop - start))
    return np.concatenate(places)


def _dab(painted: Rgb, xy: NDArray[np.float64], color: Any, width: float) -> None:
    """A square of that width at each place, mixed with what is below."""
    height, wide = painted.shape[:2]
    reach = max(round(width), 1)
    cover = np.zeros((height, wide), bool)
    corner = np.rint(xy - (reach - 1) / 2).astype(int)
    for down in range(reach):
        for right in range(reach):
            row, column = height - 1 - corner[:, 1] - down, corner[:, 0] + right
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < wide)
            cover[row[inside], column[inside]] = True
    solid = float(np.ravel(color)[3]) / 255
    painted[cover] = (solid * np.asarray(color, float)[:3] + (1 - solid) * painted[cover]).astype(np.uint8)


def _wide(picture: Rgb, width: int) -> Rgb:
    """In the middle of a black picture of that width."""
    more = width - picture.shape[1]
    return np.pad(picture, ((0, 0), (more // 2, more - more // 2), (0, 0)))


def _even(picture: Rgb) -> Rgb:
    """With an even number of rows and columns, as the codec wants."""
    height, width = picture.shape[:2]
    return np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)))
