"""Latent space: units or moments where a model places them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.link import NONE
from neurofm.app.scene import Axis, Color, Image, Points, Scene, Shape, Viewport
from neurofm.app.views._words import Same, remember
from neurofm.app.views._words import describe as words
from neurofm.data.embedding import Embedding
from neurofm.data.ids import Ids, moments, pack
from neurofm.specs import ViewSpec

if TYPE_CHECKING:
    from neurofm.app.session import Session

MANY = 20_000  # more marks than this become an image
THINGS = {"unit": "units", "time": "moments"}

Box = tuple[float, float, float, float]  # left, right, bottom, top


@evented
@dataclass
class State:
    """What the latent space shows.

    Parameters
    ----------
    of : what a point is
    embedding : its name; the newest of `of` if ""
    color_by : a column of these things; "auto" takes the region of units and the time of moments
    """

    color_by: Literal["auto", "region", "rate", "session", "time", "speed", "direction", "trial"] = "auto"
    of: Literal["unit", "time", "trial", "session"] = "unit"
    embedding: str = ""


def scene(state: State, session: Session, viewport: Viewport) -> Scene:
    """Points, those picked on top and full; binned where there are more than a screen can tell apart."""
    embedding = _embedding(state, session)
    if embedding is None or not len(embedding.ids):
        return _empty(state, session)
    column = _column(state, session, embedding)
    key = (column, viewport.dark, tuple(session.recordings))
    coloring = remember(
        embedding, key, lambda: session.colors(column, embedding.space, embedding.ids, dark=viewport.dark)
    )
    picked = _picked(session, embedding)
    extent = remember(embedding, "extent", lambda: _extent(embedding.xy))
    box = (*(viewport.x or extent[:2]), *(viewport.y or extent[2:]))
    marks = _layer(embedding, coloring.rgba, ~picked, box, viewport, faded=bool(picked.any()))
    marks += _layer(embedding, coloring.rgba, picked, box, viewport, outline=colors.ink(dark=viewport.dark))
    return Scene(
        "Latent space",
        marks + _now(session, embedding, viewport),
        Axis(f"{embedding.method} 1", "", extent[:2]),
        Axis(f"{embedding.method} 2", "", extent[2:]),
        legend=coloring.legend,
        scale=coloring.scale,
        note=_note(embedding, int(picked.sum())),
        equal=True,
    )


def hit(state: State, session: Session, shape: Shape) -> tuple[str, Ids]:
    """Ids of the points under the shape, exact even where they are drawn as an image."""
    from neurofm.app.views._kernels import in_polygon

    embedding = _embedding(state, session)
    if embedding is None:
        return state.of, NONE
    xy = embedding.xy[:, :2]
    if shape.kind == "point":
        return embedding.space, embedding.ids[_nearest(xy, shape)]
    if shape.kind == "box":
        low, high = shape.xy.min(0), shape.xy.max(0)
        return embedding.space, embedding.ids[((xy >= low) & (xy <= high)).all(1)]
    return embedding.space, embedding.ids[in_polygon(xy, np.asarray(shape.xy, float))]


def describe(state: State, session: Session, space: str, id: int) -> str:
    """The unit or moment under the mouse."""
    return words(session, space, id)


def _embedding(state: State, session: Session) -> Embedding | None:
    if state.embedding in session.embeddings:
        return session.embeddings[state.embedding]
    found = [e for e in list(session.embeddings.values()) if e.space == state.of]
    return found[-1] if found else None


def _empty(state: State, session: Session) -> Scene:
    if not session.recordings:
        return Scene("Latent space", message="Open a recording, then train a model on it", action="open")
    things = THINGS.get(state.of, f"{state.of}s")
    return Scene("Latent space", message=f"Train a model to see the {things} in its latent space", action="train")


def _column(state: State, session: Session, embedding: Embedding) -> str:
    if state.color_by != "auto":
        return state.color_by
    if embedding.space == "time":
        return "time"
    if embedding.space != "unit":
        return "session"
    table = session.table("unit")
    return "region" if "region" in table and table["region"].notna().any() else "session"


def _picked(session: Session, embedding: Embedding) -> NDArray[np.bool_]:
    """(row,) which rows are picked."""
    from neurofm.app.views._kernels import mark

    picks = session.selection.picked(embedding.space)
    order = _order(embedding)
    return remember(embedding, Same(picks), lambda: mark(embedding.ids, order, picks))


def _order(embedding: Embedding) -> NDArray[np.intp]:
    return remember(embedding, "order", lambda: np.argsort(embedding.ids, kind="stable"))


def _layer(
    embedding: Embedding,
    rgba: Color,
    keep: NDArray[np.bool_],
    box: Box,
    viewport: Viewport,
    *,
    faded: bool = False,
    outline: Color | None = None,
) -> tuple[Points | Image, ...]:
    """The rows kept, as points or as an image of mean colours."""
    from neurofm.app.views._kernels import bin_points

    count = int(np.count_nonzero(keep))
    width, height = max(viewport.width, 1), max(viewport.height, 1)
    if not count:
        return ()
    if count <= min(MANY, width * height):
        good = keep & np.isfinite(embedding.xy[:, :2]).all(1)
        size = 8.0 if len(embedding.ids) < 2_000 else 4.0
        color = colors.fade(rgba[good]) if faded else rgba[good]
        return (Points(embedding.space, embedding.ids[good], embedding.xy[good, :2], color, size, outline),)
    columns, rows = max(width // 2, 1), max(height // 2, 1)  # marks two pixels wide
    image = bin_points(embedding.xy, rgba, keep, box, columns, rows)
    return (Image(colors.fade(image) if faded else image, box[:2], box[2:]),)


def _now(session: Session, embedding: Embedding, viewport: Viewport) -> tuple[Points, ...]:
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
    return (Points("time", embedding.ids[[row]], embedding.xy[[row], :2], ring, 14.0, outline),)


def _nearest(xy: NDArray[np.floating], shape: Shape) -> NDArray[np.intp]:
    """The row under a point, or none."""
    far = np.square((xy - shape.xy[0]) / np.maximum(shape.reach, 1e-300)).sum(1)
    near = np.flatnonzero(far <= 1)  # NaN is nowhere near
    return near[np.argsort(far[near], kind="stable")[:1]]


def _extent(xy: NDArray[np.floating]) -> Box:
    """Everything, with a little room."""
    good = xy[np.isfinite(xy[:, :2]).all(1), :2]
    if not len(good):
        return (0.0, 1.0, 0.0, 1.0)
    low, high = good.min(0), good.max(0)
    room = 0.05 * np.maximum(high - low, 1e-6)
    (left, bottom), (right, top) = low - room, high + room
    return (float(left), float(right), float(bottom), float(top))


def _note(embedding: Embedding, picked: int) -> str:
    things = THINGS.get(embedding.space, f"{embedding.space}s")
    count = f"{picked:,} of {len(embedding.ids):,} {things} picked" if picked else f"{len(embedding.ids):,} {things}"
    return " · ".join(part for part in (embedding.run, count, embedding.method) if part)


SPEC = ViewSpec(title="Latent space", state=State, scene=scene, hit=hit, describe=describe)
