"""Short stretches of film around moments, small and in step, with what was tracked and fired meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.nearest import nearest
from neurofm.data import pose
from neurofm.data.embedding import Embedding
from neurofm.data.ethogram import Ethogram
from neurofm.data.ids import Ids, unpack
from neurofm.data.recording import Recording
from neurofm.data.source import Source, when
from neurofm.data.tracks import Tracks
from neurofm.data.video import Video, filmed
from neurofm.errors import DataError

TILE = 192  # pixels of a picture along its longer edge at most
RATE = 15.0  # pictures a second at most
ROOM = 4.0  # times the size of an animal that is seen of what is around it
BAND = 48  # rows of spikes at most

Box = tuple[float, float, float, float]  # left, top, width and height, in pixels of the video


@dataclass(frozen=True, eq=False, kw_only=True)
class Clip:
    """Pictures around one moment.

    Parameters
    ----------
    id : of the moment
    start, stop : seconds
    times : (picture,) seconds at which each was shown
    pictures : (picture, y, x, 3) of what is in the box
    box : what is seen of the video
    video, tracks : what they are of, and what was tracked in it
    fired : (row, column) where a unit fired, the columns from `start` to `stop`; or None
    """

    id: int
    start: float
    stop: float
    times: NDArray[np.float64]
    pictures: NDArray[np.uint8]
    box: Box
    video: Video
    tracks: Tracks | None
    fired: NDArray[np.bool_] | None

    @property
    def seconds(self) -> float:
        """That it lasts."""
        return self.stop - self.start

    def at(self, seconds: float) -> int:
        """The picture that is shown so many seconds after it has begun, again and again."""
        now = self.start + seconds % self.seconds
        return int(np.clip(np.searchsorted(self.times, now, "right") - 1, 0, len(self.times) - 1))


@dataclass(frozen=True, eq=False)
class Open:
    """What was open when clips were asked for, by number."""

    sources: dict[int, Source]

    def on(self, clock: str, kind: type) -> list[Any]:
        """Sources of a kind that run on a clock."""
        return [source for source in self.sources.values() if isinstance(source, kind) and source.clock == clock]

    def video(self, clock: str, name: str = "") -> Video | None:
        """The video of that name on a clock, else the first."""
        videos = [video for video in self.on(clock, Video) if len(video.times)]
        return next(iter([video for video in videos if video.session == name] or videos), None)

    def tracks(self, video: Video) -> Tracks | None:
        """What was tracked in a video: from its file before others on its clock."""
        videos = self.on(video.clock, Video)
        shown = [t for t in self.on(video.clock, Tracks) if len(t.keypoints) and filmed(t, videos) is video]
        return next(iter(sorted(shown, key=lambda tracks: not set(tracks.paths) & set(video.paths))), None)


def around(
    embedding: Embedding, picked: Ids, there: Open, *, count: int, seconds: float, name: str = ""
) -> Iterator[Clip]:
    """Clips of the moments nearest to what is picked in a latent space: no two of the same second, or of one bout.

    Parameters
    ----------
    picked : ids of some of its rows
    count : clips at most
    seconds : that each lasts
    name : of the video, where several are on a clock
    """
    number, at, bout = _rows(embedding, there, seconds, name)
    rows = np.flatnonzero(np.isin(embedding.ids, picked) & np.isfinite(at))
    apart = max(1.0, seconds)
    for row in nearest(embedding.values, rows, number, at, count=count, apart=apart, bout=bout).tolist():
        video = there.video(there.sources[int(number[row])].clock, name)
        if video is not None:
            first, last = video.domain[0]
            begin = float(max(min(at[row] - seconds / 2, last - seconds), first))
            yield _clip(int(embedding.ids[row]), video, there, (begin, begin + seconds))


def _rows(embedding: Embedding, there: Open, seconds: float, name: str) -> tuple[Any, Any, Any]:
    """(row,) of which source each is, the middle of its clip (NaN where that was not filmed), and its bout or -1."""
    number, local = unpack(embedding.ids)
    at, bout = np.full(len(number), np.nan), np.full(len(number), -1)
    for n in np.unique(number).tolist():
        source = there.sources.get(n)
        video = None if source is None or not source.clock else there.video(source.clock, name)
        if source is None or video is None:
            continue
        own = number == n
        middle = _middles(source, embedding.space, local[own], seconds)
        first, last = video.domain[0]
        at[own] = np.where((middle >= first) & (middle < last), middle, np.nan)
        for ethogram in there.on(source.clock, Ethogram)[:1]:
            bout[own] = _bouts(ethogram, at[own], bout.max() + 1)
    return number, at, bout


def _middles(source: Source, space: str, local: Ids, seconds: float) -> NDArray[np.float64]:
    """Of the clip of each thing; of what lasts the clip shows how it begins."""
    times = when(source, space, local)
    if times is not None:
        return np.asarray(times, float)
    held = source.spaces().get(space)
    edges = None if held is None or held.times is None else held.times()
    return np.full(len(local), np.nan) if edges is None else edges[local, 0] + seconds / 2


def _bouts(ethogram: Ethogram, at: NDArray[np.float64], first: int) -> NDArray[np.intp]:
    """The bout in which each second is, counted from `first`; -1 for none."""
    edges = ethogram.edges
    order = np.argsort(edges[:, 0], kind="stable")
    place = np.searchsorted(edges[order, 0], at, "right") - 1
    bout = order[np.maximum(place, 0)] if len(order) else np.zeros(len(at), np.intp)
    inside = (place >= 0) & (at < edges[bout, 1]) if len(order) else np.zeros(len(at), bool)
    return np.where(inside, bout + first, -1)


# ---- one clip


def _clip(id: int, video: Video, there: Open, span: tuple[float, float]) -> Clip:
    first, last = np.searchsorted(video.times, span)
    first = max(int(first) - 1, 0)
    every = max(int(np.ceil(video.rate / RATE - 0.01)), 1)
    numbers = np.arange(first, max(int(last), first + 1), every)
    tracks = there.tracks(video)
    box = _box(video, tracks, video.times[numbers])
    firing = next((one for one in there.on(video.clock, Recording) if len(one.spikes)), None)
    return Clip(
        id=id, start=span[0], stop=span[1], times=video.times[numbers], pictures=_pictures(video, numbers, box),
        box=box, video=video, tracks=tracks, fired=None if firing is None else _fired(firing, span),
    )  # fmt: skip


def _box(video: Video, tracks: Tracks | None, times: NDArray[np.float64]) -> Box:
    """A square around the animals while the clip lasts; all of the picture where none is seen."""
    height, width = video.size
    whole = (-0.5, -0.5, float(width), float(height))
    if tracks is None:
        return whole
    frames = [frame for seconds in times if (frame := tracks.frame_at(float(seconds))) is not None]
    places = np.asarray(tracks.points[frames], float)[..., :2].reshape(-1, 2) if frames else np.zeros((0, 2))
    places = places[np.isfinite(places).all(1)]
    if not len(places):
        return whole
    (left, top), (right, bottom) = places.min(0), places.max(0)
    side = min(max(ROOM * pose.size(tracks.points), 1.3 * max(right - left, bottom - top), 16.0), width, height)
    corner = [
        np.clip((a + b - side) / 2, -0.5, most - 0.5 - side)
        for a, b, most in ((left, right, width), (top, bottom, height))
    ]
    return (float(corner[0]), float(corner[1]), float(side), float(side))


def _pictures(video: Video, numbers: NDArray[np.intp], box: Box) -> NDArray[np.uint8]:
    """(picture, y, x, 3) of what is in the box, no larger than a tile."""
    share = min(1.0, TILE / max(box[2:]))
    left, top, width, height = (share * part for part in (box[0] + 0.5, box[1] + 0.5, *box[2:]))
    rows, columns = (slice(round(a), max(round(a + n), round(a) + 1)) for a, n in ((top, height), (left, width)))
    film: Any = video.frames
    if hasattr(film, "clip"):
        return np.stack([picture[rows, columns] for picture in film.clip(numbers.tolist(), share)])
    return np.stack([_reduced(film[int(k)], film.white, share)[rows, columns] for k in numbers])


def _reduced(picture: NDArray[Any], white: int, share: float) -> NDArray[np.uint8]:
    """(y, x, 3) of 8 bits, `share` as large."""
    rows, columns = (np.minimum((np.arange(round(n * share)) / share).astype(int), n - 1) for n in picture.shape[:2])
    values = (picture[rows][:, columns] >> max(int(white).bit_length() - 8, 0)).astype(np.uint8)
    return values if values.ndim == 3 else np.repeat(values[..., None], 3, 2)


def _fired(recording: Recording, span: tuple[float, float]) -> NDArray[np.bool_]:
    """(row, column) where a unit fired, the first one above; many units share a row."""
    times, units = recording.spikes.times, len(recording.units)
    first, last = np.searchsorted(times, span)
    rows = max(min(units, BAND), 1)
    marks = np.zeros((rows, TILE), bool)
    column = (np.asarray(times[first:last]) - span[0]) * (TILE / (span[1] - span[0]))
    marks[
        np.asarray(recording.spikes.unit[first:last]) * rows // max(units, 1), column.astype(int).clip(0, TILE - 1)
    ] = True
    return marks


# ---- in a thread


class Loader:
    """Makes the clips that were asked for last, one after the other, in a thread.

    Attributes
    ----------
    clips : those that are there
    trouble : why there are no more; "" if nothing is wrong
    grid : how they were laid out last
    """

    def __init__(self) -> None:
        self.clips: tuple[Clip, ...] = ()
        self.grid: Any = None
        self.trouble = ""
        self._key: Hashable = None
        self._thread: threading.Thread | None = None
        self._turn, self._lock = threading.Lock(), threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether more are to come."""
        return self._thread is not None and self._thread.is_alive()

    def ask(self, key: Hashable, make: Callable[[], Iterator[Clip]]) -> tuple[Clip, ...]:
        """What there is of what `key` stands for; `make` gives them, unless they were asked for last, too."""
        if key != self._key:
            with self._lock:
                self._key, self.clips, self.trouble = key, (), ""
            self._thread = threading.Thread(target=self._work, args=(key, make), daemon=True, name="neurofm clips")
            self._thread.start()
        return self.clips

    def wait(self) -> tuple[Clip, ...]:
        """All of them."""
        if self._thread is not None:
            self._thread.join()
        return self.clips

    def _work(self, key: Hashable, make: Callable[[], Iterator[Clip]]) -> None:
        with self._turn:  # one after the other: of those that wait only the last has anything to do
            try:
                if key == self._key:
                    for clip in make():
                        if not self._took(key, (clip,)):
                            return
            except (DataError, ValueError, OSError) as error:
                self._took(key, (), str(error))

    def _took(self, key: Hashable, clips: tuple[Clip, ...], trouble: str = "") -> bool:
        """False if something else is asked for by now."""
        with self._lock:
            if key != self._key:
                return False
            self.clips, self.trouble = self.clips + clips, trouble
            return True
