"""Latent space: units or moments where a model places them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import _spaces, colors
from neurofm.app.controls import HIDDEN
from neurofm.app.link import NONE
from neurofm.app.scene import Axis, Color, Image, Points, Scene, Shape, Viewport
from neurofm.app.views._words import Same, remember
from neurofm.app.views._words import describe as words
from neurofm.data.embedding import Embedding
from neurofm.data.ids import Ids, moments, pack, unpack
from neurofm.data.target import class_columns
from neurofm.errors import FilterError
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.session import Session

MANY = 20_000  # more marks than this become an image
FADED = 0.25  # of the opacity, where something else is picked
THINGS = {"unit": "units", "time": "moments"}

Box = tuple[float, float, float, float]  # left, right, bottom, top


@evented
@dataclass
class State:
    """What the latent space shows.

    Parameters
    ----------
    of : what a point is
    embedding : its name; the newest of `of` if "", or of a run's parts the first
    color_by : a column of these things; "" takes the region of units, the time of moments and the class of trials
    filter : what is shown of them, such as ``rate > 2``
    dims : flat, or turned by `azimuth` and `elevation` (degrees)
    size, opacity : of the points, as a share of what suits their number
    """

    color_by: str = ""
    of: Literal["unit", "time", "trial", "session"] = "unit"
    embedding: str = ""
    filter: str = ""
    dims: Literal["2-D", "3-D"] = "2-D"
    size: Annotated[float, {"min": 0.25, "max": 4.0}] = 1.0
    opacity: Annotated[float, {"min": 0.05, "max": 1.0}] = 1.0
    azimuth: float = field(default=30.0, metadata=HIDDEN)
    elevation: float = field(default=25.0, metadata=HIDDEN)


def scene(state: State, session: Session, viewport: Viewport) -> Scene:
    """Points, those picked on top and full; binned where there are more than a screen can tell apart."""
    embedding = _embedding(state, session)
    if embedding is None or not len(embedding.ids):
        return _empty(state, session)
    column = _column(state, session, embedding)
    key = (column, viewport.dark, session.version)
    coloring = remember(
        embedding, key, lambda: session.colors(column, embedding.space, embedding.ids, dark=viewport.dark)
    )
    xy, kept, warning = _map(state, embedding), *_kept(state, session, embedding)
    picked, turn = _picked(session, embedding), (state.dims, state.azimuth, state.elevation)
    extent = _extent(state, embedding)
    box = (*(viewport.x or extent[:2]), *(viewport.y or extent[2:]))
    draw = partial(_layer, embedding, xy, coloring.rgba, box=box, viewport=viewport, size=state.size)
    some = bool(picked.any())
    marks = draw(
        _below(kept, picked), opacity=state.opacity * (FADED if some else 1.0), known=(key, state.filter, turn)
    )
    if some:
        outline = colors.ink(dark=viewport.dark)
        marks += draw(picked if kept is None else picked & kept, opacity=state.opacity, outline=outline)
    names = [f"{embedding.method} {k}" if state.dims == "2-D" else "" for k in (1, 2)]
    return Scene(
        "Latent space",
        marks + _now(session, embedding, xy, viewport),
        Axis(names[0], "", extent[:2]),
        Axis(names[1], "", extent[2:]),
        legend=coloring.legend,
        scale=coloring.scale,
        colored=(embedding.space, column),
        note=_note(embedding, kept, picked),
        warning=warning,
        equal=True,
    )


def hit(state: State, session: Session, shape: Shape) -> tuple[str, Ids]:
    """Ids of the points under the shape, exact even where they are drawn as an image."""
    from neurofm.app.views._kernels import in_box, in_polygon, taken

    embedding = _embedding(state, session)
    if embedding is None:
        return state.of, NONE
    xy, kept = _map(state, embedding), _kept(state, session, embedding)[0]
    if shape.kind == "point":
        return embedding.space, embedding.ids[_nearest(xy, kept, shape)]
    corners = np.asarray(shape.xy, float)
    inside = in_box(xy, corners.min(0), corners.max(0)) if shape.kind == "box" else in_polygon(xy, corners)
    return embedding.space, taken(embedding.ids, inside if kept is None else inside & kept)


def choices(state: State, session: Session) -> dict[str, tuple[str, ...]]:
    """Latent spaces of these things, and their columns."""
    names = [e.name for e in list(session.embeddings.values()) if e.space == state.of]
    return {"embedding": ("", *names) if len(names) > 1 else (), "color_by": ("", *session.columns(state.of))}


def describe(state: State, session: Session, space: str, id: int) -> str:
    """The unit or moment under the mouse."""
    return words(session, space, id)


def _embedding(state: State, session: Session) -> Embedding | None:
    if state.embedding in session.embeddings:
        return session.embeddings[state.embedding]
    found = [e for e in list(session.embeddings.values()) if e.space == state.of]
    if not found:
        return None
    name, run = Path(found[-1].run).name, session.runs.get(Path(found[-1].run).name)
    parts = (run.config.get("parts") or []) if run is not None and _part(found[-1]) else []
    of_parts = [e for part in parts for e in found if e.name == f"{name} {state.of} {part}"]
    return of_parts[0] if of_parts else found[-1]


def _part(embedding: Embedding) -> str:
    """Which part of a run's latents it shows, if that has several: what its name says beyond run and space."""
    whole = f"{Path(embedding.run).name} {embedding.space} "
    return embedding.name.removeprefix(whole) if embedding.name.startswith(whole) else ""


def _empty(state: State, session: Session) -> Scene:
    if not session.recordings:
        return Scene("Latent space", message="Open a recording, then train a model on it", action="open")
    things = THINGS.get(state.of, f"{state.of}s")
    run, names = _spaces.newest(session, state.of)
    if not run:
        several = " on several recordings" if state.of == "session" else ""
        words = f"Train a model{several} to see the {things} in its latent space"
        return Scene("Latent space", message=words, action="train")
    job = _spaces.job_of(session, run, state.of)
    if job is not None and not job.over:
        return Scene("Latent space", message=f"{run} places the {things} …")
    if job is not None and job.state == "failed":
        return Scene("Latent space", message=job.error, action="embed")
    words = f"Place the {things} of {', '.join(names)} in the latent space of {run}"
    return Scene("Latent space", message=words, action="embed")


def _column(state: State, session: Session, embedding: Embedding) -> str:
    if state.color_by in session.columns(embedding.space):
        return state.color_by
    if embedding.space == "time":
        return "time"
    if embedding.space == "trial":
        here = set(unpack(embedding.ids)[0].tolist())
        known = (r for number, r in session.numbered().items() if number in here)
        return next((column for r in known for column in class_columns(r)), "session")
    if embedding.space != "unit":
        return "session"
    table = session.table("unit")
    return "region" if "region" in table and table["region"].notna().any() else "session"


def _kept(state: State, session: Session, embedding: Embedding) -> tuple[NDArray[np.bool_] | None, str]:
    """(row,) which rows the filter lets through, None for all; and what is wrong with it."""
    if not state.filter.strip():
        return None, ""

    def make() -> tuple[NDArray[np.bool_] | None, str]:
        try:
            return np.array(session.keep(state.filter, embedding.space, embedding.ids)), ""
        except FilterError as error:
            return None, str(error)

    return remember(embedding, ("filter", state.filter, session.version), make)


def _map(state: State, embedding: Embedding) -> NDArray[np.floating]:
    """(row, 2) where each point is drawn: the map itself, or three dimensions seen from one side."""
    if state.dims == "2-D":
        return embedding.xy[:, :2]
    turn = tuple(np.radians([state.azimuth, state.elevation]))
    last = remember(embedding, "turned", dict)
    if last.get("turn") != turn:
        last |= {"turn": turn, "xy": _space(embedding) @ _seen(*turn).astype(np.float32)}
    return last["xy"]


def _space(embedding: Embedding) -> NDArray[np.float32]:
    """(row, 3) about its middle: the map if that has three dimensions, else the first three principal components."""
    from neurofm.projection import pca

    def make() -> NDArray[np.float32]:
        xyz = embedding.xy if embedding.xy.shape[1] > 2 else pca(embedding.values, 3)
        return np.asarray(xyz - np.nanmean(xyz, 0), np.float32)

    return remember(embedding, "space", make)


def _seen(azimuth: float, elevation: float) -> NDArray[np.float64]:
    """(3, 2) axes of the screen for someone who looks from there."""
    right = [-np.sin(azimuth), np.cos(azimuth), 0.0]
    up = [-np.sin(elevation) * np.cos(azimuth), -np.sin(elevation) * np.sin(azimuth), np.cos(elevation)]
    return np.array([right, up]).T


def _picked(session: Session, embedding: Embedding) -> NDArray[np.bool_]:
    """(row,) which rows are picked."""
    from neurofm.app.views._kernels import mark

    picks = session.selection.picked(embedding.space)
    if not len(picks):
        return remember(embedding, "nothing", lambda: np.zeros(len(embedding.ids), bool))
    order = _order(embedding)
    return remember(embedding, Same(picks), lambda: mark(embedding.ids, order, picks))


def _below(kept: NDArray[np.bool_] | None, picked: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Rows drawn first, None for all: those that are not picked; where there are many, picked ones are drawn twice."""
    count = len(picked) if kept is None else int(np.count_nonzero(kept))
    if count > MANY:
        return kept
    return ~picked if kept is None else kept & ~picked


def _order(embedding: Embedding) -> NDArray[np.intp]:
    return remember(embedding, "order", lambda: np.argsort(embedding.ids, kind="stable"))


def _layer(
    embedding: Embedding,
    xy: NDArray[np.floating],
    rgba: Color,
    keep: NDArray[np.bool_] | None,
    *,
    box: Box,
    viewport: Viewport,
    size: float,
    opacity: float,
    outline: Color | None = None,
    known: Hashable = None,
) -> tuple[Points | Image, ...]:
    """The rows kept, as points or as an image of mean colours, which is made once for all that `known` tells apart."""
    from neurofm.app.views._kernels import bin_points

    keep = remember(embedding, "all", lambda: np.ones(len(embedding.ids), bool)) if keep is None else keep
    count = int(np.count_nonzero(keep))
    width, height = max(viewport.width, 1), max(viewport.height, 1)
    if not count:
        return ()
    if count <= min(MANY, width * height):
        rows = np.flatnonzero(keep)
        rows = rows[np.isfinite(xy[rows]).all(1)]
        across = size * (8.0 if len(embedding.ids) < 2_000 else 4.0)
        color = colors.fade(rgba[rows], opacity)
        return (Points(embedding.space, embedding.ids[rows], xy[rows], color, across, outline),)
    fine = max(round(2 * size), 1)  # pixels that a mark is wide
    cells = (max(width // fine, 1), max(height // fine, 1))

    def make() -> Color:
        return bin_points(xy, rgba, keep, box, *cells)

    image = make() if known is None else remember(embedding, ("image", known, box, cells), make)
    return (Image(colors.fade(image, opacity), box[:2], box[2:]),)


def _now(session: Session, embedding: Embedding, xy: NDArray[np.floating], viewport: Viewport) -> tuple[Points, ...]:
    """A ring around the moment that is nearest to the one time."""
    recording = session.recording()
    if embedding.space != "time" or recording is None or not len(embedding.ids):
        return ()
    at = pack(session.number(recording.session), np.maximum(moments([session.time], recording.start), 0))
    order = _order(embedding)
    place = np.clip(np.searchsorted(embedding.ids, at, sorter=order) + np.arange(-1, 1), 0, len(order) - 1)
    row = order[place[np.abs(embedding.ids[order[place]] - at).argmin()]]
    if abs(int(embedding.ids[row] - at[0])) > 1_000_000:
        return ()
    ring = np.zeros((1, 4), np.uint8)
    outline = colors.ink(dark=viewport.dark)
    return (Points("time", embedding.ids[[row]], xy[[row]], ring, 14.0, outline),)


def _nearest(xy: NDArray[np.floating], kept: NDArray[np.bool_] | None, shape: Shape) -> NDArray[np.intp]:
    """The row under a point, or none."""
    reach = np.maximum(shape.reach, 1e-300)
    x = shape.xy[0, 0]
    near = np.flatnonzero(np.abs(xy[:, 0] - x) <= reach[0])  # NaN is nowhere near
    near = near if kept is None else near[kept[near]]
    far = np.square((xy[near] - shape.xy[0]) / reach).sum(1)
    order = np.argsort(far, kind="stable")[:1]
    return near[order[far[order] <= 1]]


def _extent(state: State, embedding: Embedding) -> Box:
    """Everything, with a little room; in three dimensions from whichever side it is seen."""
    if state.dims == "3-D":
        return remember(embedding, "ball", lambda: _ball(_space(embedding)))
    return remember(embedding, "extent", lambda: _bounds(embedding.xy))


def _ball(xyz: NDArray[np.float32]) -> Box:
    far = np.sqrt(np.square(xyz).sum(1))
    radius = 1.05 * float(np.nanmax(far)) if np.isfinite(far).any() else 1.0
    return (-radius, radius, -radius, radius)


def _bounds(xy: NDArray[np.floating]) -> Box:
    good = xy[np.isfinite(xy[:, :2]).all(1), :2]
    if not len(good):
        return (0.0, 1.0, 0.0, 1.0)
    low, high = good.min(0), good.max(0)
    room = 0.05 * np.maximum(high - low, 1e-6)
    (left, bottom), (right, top) = low - room, high + room
    return (float(left), float(right), float(bottom), float(top))


def _note(embedding: Embedding, kept: NDArray[np.bool_] | None, picked: NDArray[np.bool_]) -> str:
    """How many of how many are drawn and picked."""
    things = THINGS.get(embedding.space, f"{embedding.space}s")
    total, shown = len(embedding.ids), len(embedding.ids) if kept is None else int(np.count_nonzero(kept))
    count = f"{total:,} {things}" if shown == total else f"{shown:,} of {total:,} {things}"
    chosen = int(np.count_nonzero(picked))
    if chosen:
        count = f"{chosen:,} of {count} picked"
    return " · ".join(words for words in (Path(embedding.run).name, _part(embedding), count, embedding.method) if words)


SPEC = ViewSpec(
    title="Latent space",
    state=State,
    scene=scene,
    hit=hit,
    describe=describe,
    choices=choices,
    place="right",
    order=1,
    share=42,
)
