"""Connectivity matrix: who leads to whom, nodes of a type beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.colors import Scale
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Image, Line, Scene, Shape, Spans, Viewport
from neurofm.app.state.link import NONE
from neurofm.app.verbs import lay_out
from neurofm.app.views.graph import INVITATION, shown
from neurofm.data.graph import NODE, WEIGHT, Graph, ranked
from neurofm.data.ids import Ids, pack, unpack
from neurofm.specs import ViewSpec
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

MARKED = 200  # picked nodes that are marked
LETTER = 8  # pixels
NAMED = 40  # groups of nodes whose names fit beside the picture


@evented
@dataclass
class State:
    """What the matrix shows.

    Parameters
    ----------
    graph : name; the one that was opened or chosen last if ""
    subject : whose graph, where there are several; the first if ""
    order_by : column of nodes whose equal values lie beside each other; the first that tells some apart if ""
    links : the column that says how strong an edge is
    """

    graph: str = ""
    subject: str = ""
    order_by: str = ""
    links: str = ""


class Ordered(NamedTuple):
    """Nodes of one subject as they lie.

    Parameters
    ----------
    rows : (place,) node at each place, from the top and from the left
    place : (node,) the place of each; -1 of other subjects' nodes
    names, edges : (group,) what those beside each other are called, and (group + 1,) where they begin and end
    """

    rows: NDArray[np.int64]
    place: NDArray[np.int64]
    names: tuple[str, ...]
    edges: NDArray[np.int64]


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """How strong the edges from each row to each column are; picked nodes marked along both."""
    graph = shown(state, session)
    if graph is None:
        return Scene("Connectivity", message=INVITATION, action="open")
    order = _ordered(state, graph)
    count = len(order.rows)
    if not count:
        return Scene("Connectivity", message=f"{graph.session} has no nodes", action="open")
    box = (0.0, float(count))
    x, y = viewport.x or box, viewport.y or box
    key = ("matrix", state.subject, state.order_by, state.links, x, y, viewport.width, viewport.height)
    image, scale = remember(graph, key, lambda: _drawn(state, graph, order, x, y, viewport))
    ticks = _ticks(order) if len(order.names) <= NAMED else ()
    rows = tuple((count - at, name) for at, name in ticks)
    longest = max((len(name) for _, name in ticks), default=0)
    room = min(viewport.width, viewport.height) / (LETTER * max(longest, 1))  # names that stand beside each other
    ticks = ticks[:: max(-(-len(ticks) // max(int(room), 1)), 1)]
    return Scene(
        "Connectivity", (image, *_borders(order), *_picked(session, graph, order, viewport)),
        Axis("to", "", box, ticks), Axis("from", "", box, rows), scale=scale, note=_note(graph, order, state),
        equal=True,
    )  # fmt: skip


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Nodes of the rows and of the columns under the shape; of a point the two that an edge connects there."""
    graph = shown(state, session)
    if graph is None:
        return NODE, NONE
    order = _ordered(state, graph)
    count, corners = len(order.rows), np.asarray(shape.xy, float)
    low, high = corners.min(0), corners.max(0)
    across = _between(low[0], high[0], count)
    down = _between(count - high[1], count - low[1], count)
    if shape.kind == "point" and not (len(across) and len(down)):
        return NODE, NONE
    rows = order.rows[np.unique(np.r_[across, down])]
    return NODE, pack(session.number(graph.session), np.sort(rows))


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Graphs, their subjects, columns to order by, and what tells how strong edges are."""
    graph = shown(state, session)
    if graph is None:
        return {"graph": ("",), "subject": ("",), "order_by": ("",), "links": ("",)}
    links = map(str, graph.links.select_dtypes("number"))
    subjects = map(str, graph.subjects["label"]) if len(graph.subjects) > 1 else ()
    there = lay_out.graphs(session)
    return {
        "graph": ("", *there),
        "subject": ("", *subjects),
        "order_by": ("", *graph.classes()),
        "links": ("", *links),
    }


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The node."""
    return words(session, space, id)


def _ordered(state: State, graph: Graph) -> Ordered:
    def make() -> Ordered:
        column = state.order_by if state.order_by in graph.nodes else next(iter(graph.classes()), "")
        who = {str(name): k for k, name in enumerate(graph.subjects["label"])}
        own = np.flatnonzero(graph.of == who.get(state.subject, 0))
        rank, names = ranked(graph.nodes[column]) if column else (np.zeros(len(graph.nodes), np.int64), [""])
        order = np.argsort(rank[own], kind="stable")
        place = np.full(len(graph.nodes), -1)
        place[own[order]] = np.arange(len(own))
        kinds, first = np.unique(rank[own][order], return_index=True)
        return Ordered(own[order], place, tuple(names[k] for k in kinds), np.r_[first, len(own)])

    return remember(graph, ("ordered", state.subject, state.order_by), make)


def _drawn(
    state: State, graph: Graph, order: Ordered, x: tuple[float, float], y: tuple[float, float], viewport: Viewport
) -> tuple[Image, Scale | None]:
    """What is in sight as pixels, and what their colours mean."""
    strength = graph.weights(state.links or WEIGHT)
    signed = bool((strength < 0).any())
    summed, spans = _summed(graph, order, strength, x, y, viewport)
    sizes = np.where(summed == 0, np.nan, np.sign(summed) * np.log1p(np.abs(summed)))
    told = f"log (1 + {state.links or WEIGHT})" if (state.links or WEIGHT) in graph.links else "log (1 + edges)"
    told += " in a pixel" if max(spans[0][1] - spans[0][0], spans[1][1] - spans[1][0]) > min(summed.shape) else ""
    most = (0.0, float(np.nanmax(sizes, initial=1e-9)))  # from nothing, so that equal edges are seen
    coloring = colors.signed(sizes.ravel(), told) if signed else colors.amounts(sizes.ravel(), told, most)
    rgba = coloring.rgba.reshape(*summed.shape, 4).copy()
    rgba[summed == 0] = 0
    return Image(rgba, *spans), coloring.scale


def _summed(
    graph: Graph, order: Ordered, strength: NDArray[np.float64], x: tuple[float, float], y: tuple[float, float],
    viewport: Viewport,
) -> tuple[NDArray[np.float64], tuple[tuple[float, float], tuple[float, float]]]:  # fmt: skip
    """(row, column) sums of what is in sight, in cells no finer than a pixel, the lowest first, and what they cover."""
    count = len(order.rows)
    spans, cells = [], []
    for (low, high), pixels in ((x, viewport.width), (y, viewport.height)):
        first, last = int(np.clip(np.floor(low), 0, count - 1)), int(np.clip(np.ceil(high), 1, count))
        spans.append((float(first), float(max(last, first + 1))))
        cells.append(min(max(last, first + 1) - first, max(pixels, 1)))
    source, target = order.place[graph.edges]
    at = [
        np.floor((place - low) * size / (high - low)).astype(np.int64)
        for place, (low, high), size in zip((target + 0.0, count - 1.0 - source), spans, cells)
    ]
    inside = (source >= 0) & (target >= 0)
    for place, size in zip(at, cells):
        inside &= (place >= 0) & (place < size)
    keys = at[1][inside] * cells[0] + at[0][inside]
    summed = np.bincount(keys, strength[inside], cells[0] * cells[1]).astype(float)
    return summed.reshape(cells[1], cells[0]), (spans[0], spans[1])


def _ticks(order: Ordered) -> tuple[tuple[float, str], ...]:
    if order.names == ("",):
        return ()
    return tuple(((a + b) / 2, name) for (a, b), name in zip(pairwise(order.edges.tolist()), order.names))


def _borders(order: Ordered) -> tuple[Line, ...]:
    """Lines between groups, in both directions."""
    inner, count = order.edges[1:-1].astype(float), float(len(order.rows))
    if not 0 < len(inner) < NAMED:
        return ()
    ends, across = np.tile([0.0, count, np.nan], len(inner)), np.repeat(inner, 3)
    grey = colors.fade(colors.GREY, 0.5)
    return (Line(across, ends, grey, 1.0), Line(ends, count - across, grey, 1.0))


def _picked(session: Catalog, graph: Graph, order: Ordered, viewport: Viewport) -> tuple[Spans | Line, ...]:
    number, local = unpack(session.selection.picked(NODE))
    places = order.place[local[number == session.number(graph.session)]]
    places = places[places >= 0][:MARKED].astype(float)
    if not len(places):
        return ()
    count = float(len(order.rows))
    ends = np.tile([0.0, count, np.nan], len(places))
    ink = colors.fade(colors.ink(dark=viewport.dark), 0.6)
    return (
        Spans(np.stack([places, places + 1], 1), colors.PICKED),
        Line(ends, count - 0.5 - np.repeat(places, 3), ink, 1.5),
    )


def _between(low: float, high: float, count: int) -> NDArray[np.int64]:
    """Places that a stretch touches."""
    if high < 0 or low >= count:
        return np.zeros(0, np.int64)
    return np.arange(max(int(np.floor(low)), 0), min(int(np.floor(high)), count - 1) + 1)


def _note(graph: Graph, order: Ordered, state: State) -> str:
    inside = order.place[graph.edges[0]] >= 0
    if graph.both_ways:  # both are one edge, as in the picture of the graph
        inside &= graph.edges[0] < graph.edges[1]
    whose = str(graph.subjects["label"][graph.of[order.rows[0]]]) if len(graph.subjects) > 1 else ""
    parts = (graph.session, whose, counted(len(order.rows), NODE), counted(int(inside.sum()), "edge"))
    return " · ".join(filter(None, parts))


SPEC = ViewSpec(
    title="Connectivity",
    state=State,
    scene=scene,
    hit=hit,
    describe=describe,
    choices=choices,
    place="tab of tuning",
    order=5,
    needs="graph",
    invitation=INVITATION,
)
