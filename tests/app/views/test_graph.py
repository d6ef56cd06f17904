from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.app.pictures.scene import Image, Line, Points, Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.state.results import show
from neurofm.app.views import graph as view
from neurofm.data.embedding import Embedding
from neurofm.data.graph import Graph

VIEW = Viewport(width=400, height=300)


def worm(**more: object) -> Graph:
    nodes = pd.DataFrame({"label": ["AVAL", "AVAR", "RIML"], "type": ["i", "i", "s"]})
    links = pd.DataFrame({"weight": [1.0, 5.0, 2.0], "chemical": [3, 2, 1]})
    return Graph(**{"session": "worm", "nodes": nodes, "edges": [[0, 1, 2], [1, 2, 2]], "links": links, **more})  # type: ignore[arg-type]


def marks(scene: object, kind: type) -> list:
    return [mark for mark in scene.marks if isinstance(mark, kind)]  # type: ignore[attr-defined]


def test_nothing_open_says_what_to_do() -> None:
    told = view.scene(view.State(), Session(), VIEW)
    assert (told.action, told.marks) == ("open", ())
    assert view.hit(view.State(), Session(), Shape("point", np.zeros((1, 2))))[1].size == 0


def test_nodes_stand_around_a_circle_until_they_are_laid_out() -> None:
    session = Session(worm())
    told = view.scene(view.State(), session, VIEW)
    (points,), (line,) = marks(told, Points), marks(told, Line)
    assert np.allclose(np.hypot(*points.xy.T), 1)
    assert np.isnan(line.x).sum() == 2  # the loop is not drawn
    assert told.note == "worm · 3 nodes around a circle · 3 edges between 2 pairs"
    assert told.colored == ("node", "type")
    xy = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    show(session, Embedding(name="worm layout", space="node", ids=np.arange(3), values=xy, xy=xy, sessions=("worm",)))
    told = view.scene(view.State(), session, VIEW)
    assert "laid out" in told.note
    assert "circle" in view.scene(view.State(at="circle"), session, VIEW).note
    assert view.wanted(view.State(), session) is None


def test_a_graph_whose_nodes_lie_nowhere_wants_a_layout() -> None:
    session = Session(worm())
    assert view.wanted(view.State(), session) is session.sources["worm"]
    assert view.wanted(view.State(at="circle"), session) is None
    nodes = worm().nodes.assign(z=1.0, y=[0.0, 1.0, 2.0], x=[5.0, 6.0, 7.0])
    placed = Session(worm(nodes=nodes))
    assert view.wanted(view.State(), placed) is None
    (points,) = marks(view.scene(view.State(), placed, VIEW), Points)
    assert points.xy.tolist() == [[5.0, 0.0], [6.0, -1.0], [7.0, -2.0]]
    (points,) = marks(view.scene(view.State(along="x"), placed, VIEW), Points)
    assert points.xy[:, 0].tolist() == [0.0, 1.0, 2.0]


def test_the_strongest_edges_are_drawn_first() -> None:
    session = Session(worm())
    (line,) = marks(view.scene(view.State(strongest=50, at="circle"), session, VIEW), Line)
    places = view.placed(view.State(at="circle"), session, session.sources["worm"])[1].xy
    assert np.allclose([line.x[0], line.y[0]], places[1])
    (line,) = marks(view.scene(view.State(strongest=50, at="circle", links="chemical"), session, VIEW), Line)
    assert np.allclose([line.x[0], line.y[0]], places[0])
    assert "1 of 2 pairs, the strongest, of 3 edges" in view.scene(view.State(strongest=50), session, VIEW).note


@pytest.mark.parametrize("kind", ["point", "box", "lasso"])
def test_a_shape_picks_nodes_and_their_edges_are_drawn_again(kind: str) -> None:
    session = Session(worm())
    places = view.placed(view.State(), session, session.sources["worm"])[1].xy
    x, y = places[1]
    around = {"point": [[x, y]], "box": [[x - 0.1, y - 0.1], [x + 0.1, y + 0.1]]}
    around["lasso"] = [[x - 0.1, y - 0.1], [x + 0.1, y - 0.1], [x + 0.1, y + 0.1], [x - 0.1, y + 0.1]]
    space, ids = view.hit(view.State(), session, Shape(kind, np.array(around[kind]), (0.05, 0.05)))
    assert (space, ids.tolist()) == ("node", session.everything("node")[1:2].tolist())
    session.selection.pick(space, ids)
    told = view.scene(view.State(), session, VIEW)
    assert len(marks(told, Line)) == 2
    assert [points.ids.tolist() for points in marks(told, Points)][1] == ids.tolist()
    assert "1 of 3 nodes picked" in told.note
    assert view.describe(view.State(), session, space, int(ids[0])).startswith("worm/AVAR · type i")


def test_many_edges_become_an_image_of_what_is_in_sight() -> None:
    rng = np.random.default_rng(0)
    y, x = rng.uniform(size=(2, 3000))
    nodes = pd.DataFrame({"label": np.arange(3000).astype(str), "z": 0.0, "y": y, "x": x})
    session = Session(Graph(session="big", nodes=nodes, edges=rng.integers(0, 3000, (2, 60_000))))
    told = view.scene(view.State(), session, VIEW)
    assert not marks(told, Line)
    assert "10,000 of" in told.note
    near = replace(VIEW, x=(0.1, 0.2), y=(-0.2, -0.1))
    close = view.scene(view.State(), session, near)
    assert "10,000 of" not in close.note
    assert marks(close, Image)[0].x == (0.1, 0.2)
    assert view.scene(view.State(), session, near).marks[0] is close.marks[0]  # not drawn again


def test_what_can_be_chosen() -> None:
    there = view.choices(view.State(), Session(worm()))
    assert there["graph"] == ("", "worm")
    assert there["links"] == ("", "weight", "chemical")
    assert "type" in there["color_by"]
    assert view.choices(view.State(), Session())["links"] == ("",)
