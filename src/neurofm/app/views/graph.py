"""Graph: nodes where they are or were laid out, and what connects them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Image, Line, Scene, Shape, Viewport
from neurofm.app.state.link import NONE
from neurofm.app.verbs import lay_out
from neurofm.app.views import _edges, _maps
from neurofm.app.views._maps import Box
from neurofm.app.views._marks import below, layer, picked_rows, under
from neurofm.data.embedding import Embedding
from neurofm.data.graph import NODE, WEIGHT, Graph
from neurofm.data.ids import Ids, pack
from neurofm.data.source import SESSION
from neurofm.data.volume import AXES, MICRON, UNSCALED
from neurofm.specs import ViewSpec
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog

FADED = 0.3  # of the opacity of nodes, where others are picked
PLACES, LAYOUT, CIRCLE = "places", "layout", "circle"
INVITATION = "Open a graph, or connect units, trials, cells or labels from their menu"


@evented
@dataclass
class State:
    """What the graph shows.

    Parameters
    ----------
    graph : name; the one that was opened or chosen last if ""
    at : where nodes are drawn: at their "places" in the brain, as they were laid out ("layout"), or around a "circle";
        the first of these that there is if ""
    along : the axis along which places are looked at
    color_by : a column of nodes; "" takes what tells most of them
    links : the column that says how strong an edge is
    strongest : percent of the edges that are drawn, the strongest
    size : of the nodes, as a share of what suits their number
    """

    graph: str = ""
    at: Literal["", "places", "layout", "circle"] = ""
    along: Literal["z", "y", "x"] = "z"
    color_by: str = ""
    links: str = ""
    strongest: Annotated[int, {"min": 0, "max": 100}] = 100
    size: Annotated[float, {"min": 0.25, "max": 4.0}] = 1.0


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """Nodes over their edges, those that are picked with theirs on top."""
    graph = shown(state, session)
    if graph is None:
        return Scene("Graph", message=INVITATION, action="open")
    if not len(graph.nodes):
        return Scene("Graph", message=f"{graph.session} has no nodes", action="open")
    at, drawn = placed(state, session, graph)
    xy, extent = drawn.xy, remember(drawn, "extent", lambda: _maps._bounds(drawn.xy))
    box: Box = (*(viewport.x or extent[:2]), *(viewport.y or extent[2:]))
    order = _order(state, graph)
    picked, column = picked_rows(session, drawn), _column(state, session, graph)
    coloring = session.colors(column, NODE, drawn.ids, dark=viewport.dark)
    key = ("edges", box, viewport.width, viewport.height, state.links, state.strongest)
    lines, count = remember(drawn, key, lambda: _edges.lines(xy, graph.edges, order, box, viewport))
    ink, marks = colors.ink(dark=viewport.dark), list[Line | Image](lines)
    some = bool(picked.any())
    marks += _edges.around(xy, graph.edges, order, picked, ink)
    known = (column, viewport.dark, session.version)
    nodes = (
        *layer(drawn, xy, coloring.rgba, below(None, picked), box=box, viewport=viewport, size=state.size,
               opacity=FADED if some else 1.0, known=known),
        *(layer(drawn, xy, coloring.rgba, picked, box=box, viewport=viewport, size=state.size, opacity=1.0, outline=ink)
          if some else ()),
    )  # fmt: skip
    x, y = _axes(graph, at, state)
    return Scene(
        "Graph", (*marks, *nodes), Axis(*x, extent[:2]), Axis(*y, extent[2:]), legend=coloring.legend,
        scale=coloring.scale, colored=(NODE, column), note=_note(graph, at, count, int(picked.sum())), equal=True,
    )  # fmt: skip


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Nodes under the shape."""
    graph = shown(state, session)
    if graph is None or not len(graph.nodes):
        return NODE, NONE
    drawn = placed(state, session, graph)[1]
    return NODE, under(drawn, drawn.xy, None, shape)


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Graphs, columns of their nodes, and what tells how strong edges are."""
    graph = shown(state, session)
    links = () if graph is None else tuple(graph.links.select_dtypes("number"))
    columns = () if graph is None else session.columns(NODE)
    return {"graph": ("", *lay_out.graphs(session)), "color_by": ("", *columns), "links": ("", *map(str, links))}


def describe(state: State, session: Catalog, space: str, id: int) -> str:
    """The node under the mouse."""
    return words(session, space, id)


def shown(state: Any, session: Catalog) -> Graph | None:
    """The graph that a view draws, by its `graph`."""
    there = lay_out.graphs(session)
    return there.get(state.graph) or there.get(session.latest(there))


def wanted(state: State, session: Catalog) -> Graph | None:
    """The graph that is to be laid out, if one is shown whose nodes lie nowhere."""
    graph = shown(state, session)
    if graph is None or not len(graph.nodes) or lay_out.of(session, graph.session) is not None:
        return None
    wanted = state.at == LAYOUT or (not state.at and not _has_places(graph))
    return graph if wanted else None


def placed(state: State, session: Catalog, graph: Graph) -> tuple[str, Embedding]:
    """Where nodes are drawn, in a word and as an embedding of all of them."""
    laid = lay_out.of(session, graph.session)
    ways = {PLACES: _has_places(graph), LAYOUT: laid is not None and len(laid.ids) == len(graph.nodes), CIRCLE: True}
    at = state.at if ways.get(state.at) else next(way for way, there in ways.items() if there)
    number = session.number(graph.session)
    if at == LAYOUT and laid is not None:
        return at, laid

    def make() -> Embedding:
        from neurofm.analysis import layouts

        xy = _flat(graph, AXES.index(state.along)) if at == PLACES else layouts.circle(graph)
        ids = pack(number, np.arange(len(xy)))
        return Embedding(name=at, space=NODE, ids=ids, values=xy, xy=xy)

    return at, remember(graph, (at, state.along, number), make)


def _has_places(graph: Graph) -> bool:
    return bool(remember(graph, "has places", lambda: np.isfinite(graph.places).all(1).any()))


def _flat(graph: Graph, along: int) -> NDArray[np.float64]:
    """(node, 2) as they are seen along an axis, the first of the others from below."""
    up, right = (k for k in range(3) if k != along)
    places = graph.places
    return np.stack([places[:, right], -places[:, up]], 1)


def _order(state: State, graph: Graph) -> NDArray[np.int64]:
    """(edge,) rows of the edges that are drawn, the strongest first; of both directions one."""

    def make() -> NDArray[np.int64]:
        order = np.argsort(-graph.strength(state.links or WEIGHT), kind="stable")
        ends = np.sort(graph.edges[:, order], 0)
        first = np.unique(ends[0] * len(graph.nodes) + ends[1], return_index=True)[1]
        once = order[np.sort(first)]
        return once[graph.edges[0, once] != graph.edges[1, once]]

    whole: NDArray[np.int64] = remember(graph, ("order", state.links), make)
    return whole[: round(len(whole) * state.strongest / 100)]


def _column(state: State, session: Catalog, graph: Graph) -> str:
    columns = session.columns(NODE)
    if state.color_by in columns:
        return state.color_by
    return next((name for name in graph.spaces()[NODE].telling if name in columns), SESSION)


def _axes(graph: Graph, at: str, state: State) -> tuple[tuple[str, str], tuple[str, str]]:
    if at != PLACES:
        return ("", ""), ("", "")
    up, right = (axis for axis in AXES if axis != state.along)
    unit = "µm" if graph.unit == MICRON else UNSCALED
    return (right, unit), (f"−{up}", unit)  # as in the volume, where it grows downwards


def _note(graph: Graph, at: str, drawn: int, picked: int) -> str:
    pairs = len(remember(graph, ("pairs",), lambda: _order(State(), graph)))
    edges = counted(pairs if graph.both_ways else graph.edges.shape[1], "edge")
    if drawn < pairs and graph.both_ways:
        edges = f"{drawn:,} of {edges}, the strongest"
    elif not graph.both_ways:
        between = f"{pairs:,} pair{'' if pairs == 1 else 's'}"
        edges = f"{drawn:,} of {between}, the strongest, of {edges}" if drawn < pairs else f"{edges} between {between}"
    nodes = counted(len(graph.nodes), NODE)
    nodes = f"{picked:,} of {nodes} picked" if picked else nodes
    lost = int((~np.isfinite(graph.places).all(1)).sum()) if at == PLACES else 0
    nodes += f" ({lost:,} without a place)" if lost else ""
    nodes += "," if picked else ""
    where = {PLACES: "where they are", LAYOUT: "laid out", CIRCLE: "around a circle"}[at]
    return f"{graph.session} · {nodes} {where} · {edges}"


SPEC = ViewSpec(
    title="Graph",
    state=State,
    scene=scene,
    hit=hit,
    describe=describe,
    choices=choices,
    order=3,
    needs="graph",
    invitation=INVITATION,
)
