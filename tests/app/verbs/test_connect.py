from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurofm import io
from neurofm.app.session import Session
from neurofm.app.verbs import connect
from neurofm.data.cells import Cells
from neurofm.data.embedding import Embedding
from neurofm.data.graph import Graph
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.synthetic.demo import demo
from tests.app.user import AtOnce


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("neurofm.app.jobs.Jobs", AtOnce)
    return Session(folder=tmp_path / "runs")


def bodies() -> Volume:
    numbers = np.zeros((2, 4, 6), np.uint16)
    numbers[:, :2, :3], numbers[:, :2, 3:] = 4, 9
    return Volume(session="em", labels={"neuron": Pyramid((Held(numbers),), np.ones(3))})


def things(session: Session) -> dict[str, Any]:
    ada = demo(duration=20.0)[0]
    table = pd.DataFrame({"number": [3, 5], "z": 0.0, "y": 0.0, "x": [0.0, 1.0]})
    for source in (ada, bodies(), Cells(session="slab", cells=table)):
        session.add(source)
    units = session.table("unit")["label"]
    xy = np.random.default_rng(0).normal(size=(len(units), 2))
    given: dict[str, Any] = {"ids": np.arange(len(units)), "labels": tuple(units), "sessions": (ada.session,)}
    session.add(Embedding(name="mine", space="unit", values=xy, xy=xy, **given))
    return {"recording": ada.session, "volume": "em", "cells": "slab", "embedding": "mine"}


@pytest.mark.parametrize(
    ("of", "by", "space"),
    [
        ("recording", "correlation", "unit"),
        ("recording", "trials", "trial"),
        ("cells", "distance", "cell"),
        ("embedding", "latent distance", "unit"),
    ],
)
def test_nodes_lead_back_to_what_was_connected(session: Session, of: str, by: str, space: str) -> None:
    name = things(session)[of]
    session.connect(name, by).wait()
    graph = next(source for source in session.sources.values() if isinstance(source, Graph))
    assert graph.stands_for == space
    node = session.everything("node")
    session.selection.pick("node", node[1:2])
    assert session.selection.picked(space).tolist() == session.everything(space)[1:2].tolist()


def test_bodies_that_touch_light_up_in_their_volume(session: Session, tmp_path: Path) -> None:
    path = io.write(bodies(), tmp_path / "em.volume.h5")
    session.open(path)
    session.connect("em").wait()
    graph: Any = session.sources["em touching"]
    assert (graph.volume, graph.labels, graph.numbers.tolist()) == (str(path), "neuron", [4, 9])
    assert graph.edges.tolist() == [[0, 1], [1, 0]]
    assert "session.connect('em', by='contact', label='')" in session.script()


def test_a_graph_becomes_one_of_its_types(session: Session) -> None:
    nodes = pd.DataFrame({"label": list("abc"), "type": ["s", "i", "i"]})
    session.add(Graph(session="worm", nodes=nodes, edges=[[0, 1], [1, 2]]))
    session.connect("worm").wait()
    assert session.sources["worm by type"].nodes["label"].tolist() == ["i", "s"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"name": "nobody"}, LookupError, "source or embedding"),
        ({"name": "slab", "by": "correlation"}, LookupError, "way to connect"),
        ({"name": "slab", "bin": 1.0}, LookupError, "option of 'distance'"),
        ({"name": "slab", "within": -1.0}, ValueError, "within must be a number from 0 on"),
        ({"name": "slab", "count": "many"}, ValueError, "count"),
        ({"name": "bare"}, LookupError, "nothing of 'bare' can be connected"),
    ],
)
def test_what_makes_no_sense_is_refused(session: Session, options: dict[str, Any], error: type, said: str) -> None:
    things(session)
    session.add(Graph(session="bare", nodes=pd.DataFrame({"label": ["a"]}), edges=np.zeros((2, 0))))
    with pytest.raises(error, match=said):
        session.connect(**options)
    assert not list(session.jobs)


def test_one_that_fails_leaves_nothing(session: Session) -> None:
    table = pd.DataFrame({"number": [3], "z": 0.0, "y": 0.0, "x": [0.0]})
    session.add(Cells(session="one", cells=table))
    assert "holds 1 cells" in session.connect("one").error
    assert list(session.sources) == ["one"]
    assert "connect" not in session.script()


def test_options_are_as_usual_unless_they_are_said() -> None:
    cells = Cells(session="slab", cells=pd.DataFrame({"number": [3, 5], "z": 0.0, "y": 0.0, "x": [0.0, 1.0]}))
    assert connect.asked("slab", cells, "", {"within": 2}) == ("distance", {"count": 8, "within": 2.0})
