"""Clips: the moments nearest to what is picked in a latent space, as small films that play in step."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.clips import TILE, Clip, Loader, Open, around
from neurofm.app.colors import Color
from neurofm.app.describe import describe as words
from neurofm.app.memory import Same, remember
from neurofm.app.pictures.scene import Axis, Image, Line, Scene, Shape, Viewport
from neurofm.app.state.link import NONE
from neurofm.data.embedding import Embedding
from neurofm.data.ids import Ids, unpack
from neurofm.data.source import SESSION
from neurofm.data.video import Video
from neurofm.specs import ViewSpec
from neurofm.words import things

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

TITLE = "Nearest clips"
MOVES = 12.0  # pictures a second
GAP = 8  # pixels between two clips
CROSS = 3  # pixels from the middle of a point to its corners
UNDER = 48  # rows of pixels for the spikes below a clip
NEAREST: Color = np.array([240, 228, 66, 255], np.uint8)  # the rim of the clip that the others are near to
BARE = ((-1.0, ""),)  # ticks of an axis that counts nothing

_loaders: WeakKeyDictionary[Catalog, dict[int, Loader]] = WeakKeyDictionary()


@evented
@dataclass
class State:
    """What is shown.

    Parameters
    ----------
    embedding : the latent space; that in which was picked, the newest of several, if ""
    video : name, where several are on a clock; the first if ""
    count : clips
    seconds : that each lasts
    pose : whether what was tracked is drawn over them
    """

    embedding: str = ""
    video: str = ""
    count: Annotated[int, {"min": 1, "max": 16}] = 9
    seconds: Annotated[float, {"min": 0.2, "max": 4.0}] = 1.5
    pose: bool = True


@dataclass(frozen=True)
class _Grid:
    """Where clips lie, in pixels from below: so many in a row, the first at the top left, spikes under each."""

    columns: int
    rows: int
    high: int  # of a picture
    under: int  # of its spikes

    @property
    def step(self) -> tuple[int, int]:
        """Across and down, from one to the next."""
        return TILE + GAP, self.high + self.under + GAP

    @property
    def size(self) -> tuple[int, int]:
        """Of all, across and up."""
        return self.columns * self.step[0] - GAP, self.rows * self.step[1] - GAP

    def corner(self, k: int) -> tuple[int, int]:
        """Left and bottom of the k-th picture."""
        row, column = divmod(k, self.columns)
        return column * self.step[0], (self.rows - 1 - row) * self.step[1] + self.under

    def touched(self, shape: Shape, count: int) -> list[int]:
        """Those under a shape."""
        (left, bottom), (right, top) = shape.xy.min(0), shape.xy.max(0)
        corners = [self.corner(k) for k in range(count)]
        return [
            k for k, (x, y) in enumerate(corners)
            if x <= right and left <= x + TILE and y - self.under <= top and bottom <= y + self.high
        ]  # fmt: skip


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """Each clip at the same second of its own, with the animals' points over it and spikes below."""
    shown = _embedding(state, session)
    if shown is None:
        said = "Embed frames or moments of what was filmed to see which are alike"
        return Scene(TITLE, message=said, action="train")
    picked = _picked(session, shown)
    if not len(picked):
        said = f"Pick {things(shown.space)} in the latent space, or bouts, to see the moments nearest to them"
        return Scene(TITLE, message=said, action="latent")
    loader = _loader(state, session)
    clips = loader.ask(*_wish(state, session, shown, picked))
    clips = loader.wait() if viewport.exact else clips
    if not clips and not loader.busy:
        return Scene(TITLE, message=f"None of the picked {things(shown.space)} was filmed", warning=loader.trouble)
    loader.grid = grid = _grid(state, loader, viewport)
    tracks = next((clip.tracks for clip in clips if clip.tracks is not None), None) if state.pose else None
    names = () if tracks is None else tracks.individuals
    rgba = colors.named(names, names, dark=True).rgba
    return Scene(
        TITLE,
        (_pictures(clips, grid, viewport), *_lines(clips, grid, viewport, dict(zip(names, rgba)))),
        Axis("", "", (0.0, float(grid.size[0])), BARE),
        Axis("", "", (0.0, float(grid.size[1])), BARE),
        legend=tuple(zip(names, rgba)) if len(names) > 1 else (),
        note=_note(shown, clips, loader, session),
        warning=loader.trouble,
        equal=True,
        moves=0.0 if viewport.exact else MOVES,
    )


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """The moments whose clips the shape touches."""
    shown, loader = _embedding(state, session), _loader(state, session)
    clips, grid = loader.clips, loader.grid
    if shown is None or grid is None:
        return "" if shown is None else shown.space, NONE
    touched = grid.touched(shape, len(clips))
    return shown.space, np.sort(np.array([clips[k].id for k in touched], np.int64))


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Latent spaces of what was filmed, and videos."""
    videos = (name for name, source in list(session.sources.items()) if isinstance(source, Video))
    return {"embedding": ("", *_filmed(session)), "video": ("", *videos)}


# ---- what is shown


def _filmed(session: Catalog) -> dict[str, Embedding]:
    """Latent spaces of things that were on the clock of a video, the newest first."""
    sources = session.numbered()
    clocks = {source.clock for source in sources.values() if isinstance(source, Video)}
    on_clock = {number for number, source in sources.items() if source.clock in clocks}

    def filmed(shown: Embedding) -> bool:
        numbers = remember(shown, "numbers", lambda: set(np.unique(unpack(shown.ids)[0]).tolist()))
        return shown.space != SESSION and bool(numbers & on_clock)

    return {name: shown for name, shown in reversed(list(session.embeddings.items())) if filmed(shown)}


def _embedding(state: State, session: Catalog) -> Embedding | None:
    """That of the state, else the one of which most is picked, and of several the newest."""
    there = _filmed(session)
    if state.embedding in there:
        return there[state.embedding]
    return max(there.values(), key=lambda shown: len(_picked(session, shown)), default=None)


def _picked(session: Catalog, shown: Embedding) -> Ids:
    """Rows of a latent space that are picked."""
    picked = session.selection.picked(shown.space)
    ids: Ids = remember(shown, ("picked", Same(picked)), lambda: picked[np.isin(picked, shown.ids)])
    return ids


def _loader(state: State, session: Catalog) -> Loader:
    return _loaders.setdefault(session, {}).setdefault(id(state), Loader())


def _wish(
    state: State, session: Catalog, shown: Embedding, picked: Ids
) -> tuple[Hashable, Callable[[], Iterator[Clip]]]:
    """What stands for the clips, and what makes them."""
    there = Open(session.numbered())
    how: dict[str, Any] = {"count": state.count, "seconds": state.seconds, "name": state.video}
    key = (Same(shown.values), Same(picked), *how.values(), tuple(map(id, there.sources.values())))
    return key, partial(around, shown, picked, there, **how)


def _grid(state: State, loader: Loader, viewport: Viewport) -> _Grid:
    """The number of columns with which clips are largest."""
    count = state.count if loader.busy else max(len(loader.clips), 1)
    clip = next(iter(loader.clips), None)
    high = TILE if clip is None else max(round(TILE * clip.box[3] / clip.box[2]), 1)
    under = 0 if clip is None or clip.fired is None else UNDER
    grids = [_Grid(columns, -(-count // columns), high, under) for columns in range(1, count + 1)]
    return max(grids, key=lambda grid: min(viewport.width / grid.size[0], viewport.height / grid.size[1]))


def _note(shown: Embedding, clips: tuple[Clip, ...], loader: Loader, session: Catalog) -> str:
    number = f"{len(clips)} so far" if loader.busy else f"{len(clips)}"
    first = f" near {session.label(shown.space, clips[0].id)}" if clips else ""
    return f"{shown.name} · {number}{first}; no two of the same second or bout"


# ---- how it is drawn


def _pictures(clips: tuple[Clip, ...], grid: _Grid, viewport: Viewport) -> Image:
    """Those of one second, each with its spikes, as one image no finer than the pixels that show it."""
    wide, tall = grid.size
    painted = np.zeros((tall, wide, 4), np.uint8)
    for k, clip in enumerate(clips):
        x, y = grid.corner(k)
        painted[y : y + grid.high, x : x + TILE, :3] = _fit(clip.pictures[clip.at(viewport.seconds)], grid.high)[::-1]
        painted[y : y + grid.high, x : x + TILE, 3] = 255
        if clip.fired is not None:
            under = _fit(clip.fired[..., None], grid.under)[::-1, :, 0]
            painted[y - grid.under : y, x : x + TILE][under] = colors.ink(dark=viewport.dark)
    every = max(min(wide // max(viewport.width, 1), tall // max(viewport.height, 1)), 1)
    return Image(np.ascontiguousarray(painted[::every, ::every]), (0.0, float(wide)), (0.0, float(tall)))


def _fit(picture: NDArray[Any], high: int) -> NDArray[Any]:
    """(high, tile, value) of a picture (y, x, value); its shape is kept, and what it does not fill is 0."""
    tall, wide = picture.shape[:2]
    share = 1.0 if picture.dtype == bool else min(high / tall, TILE / wide) / (high / tall)
    rows, columns = np.arange(high) * tall // high, np.arange(round(share * TILE)) * wide // round(share * TILE)
    fitted = np.zeros((high, TILE, picture.shape[2]), picture.dtype)
    fitted[:, : len(columns)] = picture[rows][:, columns]
    return fitted


def _lines(clips: tuple[Clip, ...], grid: _Grid, viewport: Viewport, rgba: dict[str, Color]) -> list[Line]:
    """Each animal in all clips, the second that is shown over all spikes, and a rim around the first."""
    lines = [_line(_pose(clips, grid, viewport.seconds, name), color, 1.5, name) for name, color in rgba.items()]
    fired = [(k, clip) for k, clip in enumerate(clips) if clip.fired is not None]
    if fired:
        at = [grid.corner(k)[0] + TILE * (viewport.seconds / clip.seconds % 1.0) for k, clip in fired]
        low = [grid.corner(k)[1] - grid.under for k, _ in fired]
        ends = [np.array([[x, y], [x, y + grid.under]]) for x, y in zip(at, low)]
        lines.append(_line(np.array(ends), colors.PREDICTED, 1.5, "now"))
    if clips:
        x, y = grid.corner(0)
        rim = np.array([[x, y], [x + TILE, y], [x + TILE, y + grid.high], [x, y + grid.high], [x, y]], float)
        lines.append(Line(rim[:, 0], rim[:, 1], NEAREST, 2.0, "picked"))
    return lines


def _pose(clips: tuple[Clip, ...], grid: _Grid, seconds: float, name: str) -> NDArray[np.float64]:
    """(piece, 2, 2) lines between joined points of one animal, else a cross at each, of those in the picture."""
    pieces = [np.zeros((0, 2, 2))]
    for k, clip in enumerate(clips):
        tracks = clip.tracks
        frame = None if tracks is None else tracks.frame_at(float(clip.times[clip.at(seconds)]))
        if tracks is None or frame is None or name not in tracks.individuals:
            continue
        left, top, width, height = clip.box
        xy = (np.asarray(tracks.points[frame, tracks.individuals.index(name)], float)[:, :2] - [left, top]) / [
            width,
            height,
        ]
        xy[((xy < 0) | (xy > 1)).any(-1)] = np.nan
        xy = [0, grid.high] + xy * [TILE, -grid.high] + grid.corner(k)
        joined = np.array(tracks.skeleton, int).reshape(-1, 2)
        arms = CROSS * np.array([[[-1, -1], [1, 1]], [[-1, 1], [1, -1]]])
        pieces.append(xy[joined] if len(joined) else (xy[:, None, None] + arms).reshape(-1, 2, 2))
    return np.concatenate(pieces)


def _line(pieces: NDArray[np.float64], color: Color, width: float, name: str) -> Line:
    """Pieces (piece, 2, 2) as one line that is broken between them."""
    broken = np.full((len(pieces), 3, 2), np.nan)
    broken[:, :2] = pieces
    x, y = broken.reshape(-1, 2).T
    return Line(x, y, color, width, name)


SPEC = ViewSpec(
    title=TITLE,
    state=State,
    scene=scene,
    hit=hit,
    describe=lambda state, session, space, id: words(session, space, id),
    choices=choices,
    needs=Video.kind,
    invitation="Open a video, and embed what was filmed, to see which moments are alike",
    place="tab of tuning",
    order=4,
)
