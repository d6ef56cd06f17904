from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.app.pictures.scene import Image, Line, Shape, Spans, Viewport
from neurofm.app.session import Session
from neurofm.app.views import matrix as view
from neurofm.data.graph import Graph

VIEW = Viewport(width=400, height=300)


def worm(**more: object) -> Graph:
    nodes = pd.DataFrame({"label": ["a", "b", "c"], "type": ["s", "i", "i"]})
    links = pd.DataFrame({"weight": [1.0, 5.0, 2.0]})
    return Graph(**{"session": "worm", "nodes": nodes, "edges": [[0, 1, 2], [1, 2, 2]], "links": links, **more})  # type: ignore[arg-type]


def drawn(told: object) -> Image:
    return next(mark for mark in told.marks if isinstance(mark, Image))  # type: ignore[attr-defined]


def test_nodes_of_a_type_lie_beside_each_other() -> None:
    told = view.scene(view.State(), Session(worm()), VIEW)
    filled = drawn(told).rgba[::-1, :, 3] > 0  # from the top
    #          to b, c, a
    assert filled.tolist() == [[False, True, False], [False, True, False], [True, False, False]]
    assert told.x.ticks == ((1.0, "i"), (2.5, "s"))
    assert told.y.ticks == ((2.0, "i"), (0.5, "s"))
    assert told.note == "worm · 3 nodes · 3 edges"


def test_a_cell_picks_both_ends_of_its_edge_and_a_box_all_in_it() -> None:
    session = Session(worm())
    node = session.everything("node")
    space, ids = view.hit(view.State(), session, Shape("point", np.array([[0.5, 0.5]]), (0.1, 0.1)))
    assert (space, ids.tolist()) == ("node", [node[0], node[1]])  # from a, at the bottom, to b, at the left
    ids = view.hit(view.State(), session, Shape("box", np.array([[0.2, 2.8], [1.5, 1.2]])))[1]
    assert ids.tolist() == [node[1], node[2]]
    assert not len(view.hit(view.State(), session, Shape("point", np.array([[9.0, 0.5]]), (0.1, 0.1)))[1])
    session.selection.pick("node", node[:1])
    told = view.scene(view.State(), session, VIEW)
    (spans,) = (mark for mark in told.marks if isinstance(mark, Spans))
    assert spans.ranges.tolist() == [[2.0, 3.0]]
    assert any(isinstance(mark, Line) and np.nanmax(mark.y) == 0.5 for mark in told.marks)


def test_one_animal_is_shown_of_several() -> None:
    nodes = pd.concat([worm().nodes, worm().nodes])
    subjects = pd.DataFrame({"label": ["ada", "bo"]})
    graph = worm(nodes=nodes, edges=[[0, 4, 5], [1, 5, 3]], subjects=subjects, of=[0, 0, 0, 1, 1, 1])
    session = Session(graph)
    assert view.scene(view.State(), session, VIEW).note == "worm · ada · 3 nodes · 1 edge"
    assert view.scene(view.State(subject="bo"), session, VIEW).note == "worm · bo · 3 nodes · 2 edges"
    assert view.choices(view.State(), session)["subject"] == ("", "ada", "bo")


def test_more_nodes_than_pixels_are_summed() -> None:
    count = 2000
    nodes = pd.DataFrame({"label": np.arange(count).astype(str)})
    ring = np.stack([np.arange(count), (np.arange(count) + 1) % count])
    session = Session(Graph(session="ring", nodes=nodes, edges=ring))
    told = view.scene(view.State(), session, VIEW)
    assert drawn(told).rgba.shape[:2] == (300, 400)
    assert drawn(told).x == (0.0, 2000.0)
    close = view.scene(view.State(), session, Viewport((10, 20), (1980, 1990), 400, 300))
    assert drawn(close).rgba.shape[:2] == (10, 10)
    assert (drawn(close).rgba[..., 3] > 0).sum() == 9  # 10 to 11, ... 18 to 19


@pytest.mark.parametrize("open_", [True, False])
def test_nothing_to_show_says_so(open_: bool) -> None:
    empty = Graph(session="none", nodes=pd.DataFrame({"label": []}), edges=np.zeros((2, 0)))
    session = Session(empty) if open_ else Session()
    told = view.scene(view.State(), session, VIEW)
    assert told.message
    assert not told.marks
    assert not len(view.hit(view.State(), session, Shape("box", np.array([[0.0, 0.0], [1.0, 1.0]])))[1])


def test_negative_weights_are_told_apart() -> None:
    links = pd.DataFrame({"weight": [1.0, -5.0, 2.0]})
    scale = view.scene(view.State(), Session(worm(links=links)), VIEW).scale
    assert scale is not None
    assert scale[0] == -scale[1]


def test_edges_from_outside_are_not_added_to_what_is_in_sight() -> None:
    count = 1000
    nodes = pd.DataFrame({"label": np.arange(count).astype(str)})
    ring = np.stack([np.arange(count), np.arange(count)])
    graph = Graph(session="ring", nodes=nodes, edges=ring)
    order = view._ordered(view.State(), graph)
    summed, _ = view._summed(graph, order, np.ones(count), (200, 800), (200, 800), Viewport(width=60, height=60))
    assert summed.sum() == 600


def test_a_column_with_gaps_orders_nodes() -> None:
    nodes = worm().nodes.assign(layer=[10.0, np.nan, 2.0])
    told = view.scene(view.State(order_by="layer"), Session(worm(nodes=nodes)), VIEW)
    assert [name for _, name in told.x.ticks] == ["2", "10", ""]
