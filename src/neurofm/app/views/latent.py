"""Latent space: units or moments where a model places them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.controls import HIDDEN
from neurofm.app.pictures.scene import Axis, Points, Scene, Shape, Viewport
from neurofm.app.state.link import NONE
from neurofm.app.verbs import embed, umap
from neurofm.app.views import _maps
from neurofm.app.views._alike import lines
from neurofm.app.views._maps import Choice, Map, Turn
from neurofm.app.views._marks import below, layer, picked_rows, under
from neurofm.data.embedding import Embedding, embedding_name
from neurofm.data.ids import Ids, unpack
from neurofm.data.source import SESSION, when
from neurofm.errors import FilterError
from neurofm.specs import ViewSpec
from neurofm.words import things

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

NEAR = 1.0  # seconds from the one time within which a point is marked
FADED = 0.25  # of the opacity, where something else is picked


@evented
@dataclass
class State:
    """What the latent space shows.

    Parameters
    ----------
    map : "PCA", "UMAP", or "" for the UMAP once there is one; a computer at rest makes the one that is missing
    of : what a point is; the first that has a map, in the order of what is open, if ""
    embedding : its name; the newest of `of` if "", or of a run's parts the first
    color_by : a column of these things; "" takes what tells most of them, as their source says
    filter : what is shown of them, such as ``rate > 2``
    dims : flat, or turned by `azimuth` and `elevation` (degrees)
    size, opacity : of the points, as a share of what suits their number
    """

    map: Choice = ""
    color_by: str = ""
    of: str = ""
    embedding: str = ""
    filter: str = ""
    dims: Literal["2-D", "3-D"] = "2-D"
    size: Annotated[float, {"min": 0.25, "max": 4.0}] = 1.0
    opacity: Annotated[float, {"min": 0.05, "max": 1.0}] = 1.0
    azimuth: float = field(default=30.0, metadata=HIDDEN)
    elevation: float = field(default=25.0, metadata=HIDDEN)


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """Points, those picked on top and full; binned where there are more than a screen can tell apart."""
    embedding = shown(state, session)
    if embedding is None or not len(embedding.ids):
        return _empty(state, session)
    column = _column(state, session, embedding)
    key = (column, viewport.dark, session.version)
    coloring = remember(
        embedding, key, lambda: session.colors(column, embedding.space, embedding.ids, dark=viewport.dark)
    )
    drawn, turn = _drawn(state, embedding), _turn(state)
    xy, (kept, warning) = _maps.seen(drawn, embedding, turn), _kept(state, session, embedding)
    picked, extent = picked_rows(session, embedding), _maps.extent(drawn, embedding, turn)
    box = (*(viewport.x or extent[:2]), *(viewport.y or extent[2:]))
    draw = partial(layer, embedding, xy, coloring.rgba, box=box, viewport=viewport, size=state.size)
    some = bool(picked.any())
    marks = draw(
        below(kept, picked),
        opacity=state.opacity * (FADED if some else 1.0),
        known=(key, state.filter, turn, drawn.name),
    )
    if some:
        outline = colors.ink(dark=viewport.dark)
        marks += draw(picked if kept is None else picked & kept, opacity=state.opacity, outline=outline)
    names = drawn.axes if turn is None else ("", "")
    return Scene(
        "Latent space",
        lines(session, embedding, xy, colors.fade(colors.ink(dark=viewport.dark), 0.4))
        + marks
        + _now(session, embedding, xy, viewport),
        Axis(names[0], "", extent[:2]),
        Axis(names[1], "", extent[2:]),
        legend=coloring.legend,
        scale=coloring.scale,
        colored=(embedding.space, column),
        note=_note(embedding, kept, picked, _named(session, embedding, drawn)),
        warning=warning or _missing(state, session, embedding, drawn),
        equal=True,
    )


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Ids of the points under the shape, exact even where they are drawn as an image."""
    embedding = shown(state, session)
    if embedding is None:
        return embed.space_of(session, state.of), NONE
    xy = _maps.seen(_drawn(state, embedding), embedding, _turn(state))
    kept = _kept(state, session, embedding)[0]
    return embedding.space, under(embedding, xy, kept, shape)


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Latent spaces of these things, and their columns."""
    of = embed.space_of(session, state.of)
    names = [e.name for e in list(session.embeddings.values()) if e.space == of]
    columns = ("", *session.columns(of))
    return {"of": tuple(session.spaces()), "embedding": ("", *names), "color_by": columns}


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The unit or moment under the mouse."""
    return words(session, space, id)


def shown(state: State, session: Catalog) -> Embedding | None:
    """The embedding that is chosen, else the newest of those things; None where there is none."""
    if state.embedding in session.embeddings:
        return session.embeddings[state.embedding]
    of = embed.space_of(session, state.of)
    every = [e for e in [*session.embeddings.values(), *embed.maps(session)] if e.space == of]
    newest = every[-1] if every else None
    run = None if newest is None else session.runs.get(Path(newest.run).name)
    if newest is None or run is None or not newest.part:
        return newest
    names = [embedding_name(newest.run, of, part) for part in run.parts]
    return next((session.embeddings[name] for name in names if name in session.embeddings), newest)


def _empty(state: State, session: Catalog) -> Scene:
    of = embed.space_of(session, state.of)
    run, names = embed.newest(session, of)
    if not run:
        several = " on several recordings" if of == SESSION else ""
        words = f"Train a model{several} to see the {things(of)} in its latent space"
        return Scene("Latent space", message=words, action="train")
    job = embed.job_of(session, run, of)
    if job is not None and not job.over:
        return Scene("Latent space", message=f"{run} places the {things(of)} …")
    if job is not None and job.state == "failed":
        return Scene("Latent space", message=job.error, action="embed")
    words = f"Place the {things(of)} of {', '.join(names)} in the latent space of {run}"
    return Scene("Latent space", message=words, action="embed")


def _column(state: State, session: Catalog, embedding: Embedding) -> str:
    """What tells most of these things, as their source says, unless another was chosen."""
    columns = session.columns(embedding.space)
    if state.color_by in columns:
        return state.color_by
    here = set(unpack(embedding.ids)[0].tolist())
    spaces = [source.spaces().get(embedding.space) for number, source in session.numbered().items() if number in here]
    told = [column for space in spaces if space is not None for column in space.telling if column in columns]
    return next((column for column in told if _tells(session, embedding, column)), SESSION)


def _tells(session: Catalog, embedding: Embedding, column: str) -> bool:
    """Whether a column says anything of any row."""
    if embedding.space not in session.tables():
        return True
    return bool(session.table(embedding.space)[column].notna().any())


def _kept(state: State, session: Catalog, embedding: Embedding) -> tuple[NDArray[np.bool_] | None, str]:
    """(row,) which rows the filter lets through, None for all; and what is wrong with it."""
    if not state.filter.strip():
        return None, ""

    def make() -> tuple[NDArray[np.bool_] | None, str]:
        try:
            return np.array(session.passing(state.filter, embedding.space, embedding.ids)), ""
        except FilterError as error:
            return None, error.in_view()

    return remember(embedding, ("filter", state.filter, session.version), make)


def _drawn(state: State, embedding: Embedding) -> Map:
    """The map that is drawn."""
    return _maps.chosen(state.map, embedding, 3 if state.dims == "3-D" else 2)


def _turn(state: State) -> Turn | None:
    """From where three dimensions are seen."""
    return (state.azimuth, state.elevation) if state.dims == "3-D" else None


def _now(session: Catalog, embedding: Embedding, xy: NDArray[np.floating], viewport: Viewport) -> tuple[Points, ...]:
    """A ring around the point that was nearest to the one time."""
    rows, times = remember(embedding, ("timed", session.version), lambda: _timed(session, embedding))
    if not len(rows):
        return ()
    place = np.clip(np.searchsorted(times, session.time) + np.arange(-1, 1), 0, len(times) - 1)
    nearest = place[np.abs(times[place] - session.time).argmin()]
    if abs(times[nearest] - session.time) > NEAR:
        return ()
    row = rows[[nearest]]
    outline = colors.ink(dark=viewport.dark)
    return (Points(embedding.space, embedding.ids[row], xy[row], np.zeros((1, 4), np.uint8), 14.0, outline),)


def _timed(session: Catalog, embedding: Embedding) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Rows in the order of their seconds, and these: of the first source on the clock of the one time that has any."""
    number, local = unpack(embedding.ids)
    clocked = {k: source for k, source in session.numbered().items() if source.clock}
    first = next((source.clock for source in clocked.values()), "")
    for k, source in clocked.items():
        here = np.flatnonzero(number == k)
        times = when(source, embedding.space, local[here]) if source.clock == first and len(here) else None
        if times is not None:
            order = np.argsort(times, kind="stable")
            return here[order], times[order]
    return np.zeros(0, np.intp), np.zeros(0)


def _named(session: Catalog, embedding: Embedding, drawn: Map) -> str:
    """What is drawn, and what will be soon."""
    job = umap.job_of(session, embedding.name)
    if drawn.name == "UMAP" or job is None or job.over:
        return drawn.name
    return f"{drawn.name}, soon UMAP".lstrip(" ,")


def _missing(state: State, session: Catalog, embedding: Embedding, drawn: Map) -> str:
    """Why the map that was asked for is not drawn, if nothing will change that."""
    if state.map != "UMAP" or drawn.name == "UMAP":
        return ""
    job = umap.job_of(session, embedding.name)
    failed = job.error if job is not None and job.state == "failed" else ""
    return failed or umap.lacks(embedding, 3 if state.dims == "3-D" else 2)


def wanted(state: State, session: Catalog) -> tuple[str, int] | None:
    """The embedding whose UMAP it would draw, if there were one, and in how many dimensions.

    Unasked, that of a run; of anything else where a user chose UMAP.
    """
    embedding, asked = shown(state, session), state.map == "UMAP"
    if embedding is None or state.map == "PCA":
        return None
    if not asked and (embedding.method != "PCA" or Path(embedding.run).name not in session.runs):
        return None
    dims = 3 if asked and state.dims == "3-D" else 2
    there = _maps.umap_of(embedding)
    if (there is not None and there.shape[1] >= dims) or umap.lacks(embedding, dims):
        return None
    return embedding.name, dims


def _note(embedding: Embedding, kept: NDArray[np.bool_] | None, picked: NDArray[np.bool_], method: str) -> str:
    """How many of how many are drawn and picked."""
    what = things(embedding.space)
    total, shown = len(embedding.ids), len(embedding.ids) if kept is None else int(np.count_nonzero(kept))
    count = f"{total:,} {what}" if shown == total else f"{shown:,} of {total:,} {what}"
    chosen = int(np.count_nonzero(picked))
    if chosen:
        count = f"{chosen:,} of {count} picked"
    return " · ".join(words for words in (Path(embedding.run).name, embedding.part, count, method) if words)


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
    needs="any",
    invitation="Open a recording, then train a model on it",
)
