"""Commands about graphs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neurofm.app import _graphs
from neurofm.app.command import Context
from neurofm.app.commands import menu
from neurofm.app.session import Session
from neurofm.data.graph import Graph


@pytest.fixture
def session() -> Session:
    nodes = pd.DataFrame({"label": list("abc"), "type": ["i", "i", "s"]})
    session = Session(Graph(session="worm", nodes=nodes, edges=[[0, 1], [1, 2]]))
    session.add(Graph(session="none", nodes=pd.DataFrame({"label": []}), edges=np.zeros((2, 0))))
    return session


def test_each_graph_is_offered_what_it_allows(session: Session) -> None:
    words = {entry.words for entry in menu(Context(session=session, kind="source", name="worm"))}
    assert {"Graph by class", "Graph by half-hop", "Lay out"} <= words
    words = {entry.words for entry in menu(Context(session=session, kind="source", name="none"))}
    assert not {word for word in words if word.startswith(("Graph by", "Lay out"))}
    assert _graphs.ways(Context(session=session, kind="embedding", name="gone")) == []


def test_commands_ask_the_session_and_show_what_comes(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(session, "connect", lambda *a: asked.append(a), raising=False)
    monkeypatch.setattr(session, "lay_out", lambda *a: asked.append(a), raising=False)
    host: Any = SimpleNamespace(session=session, show=asked.append)
    _graphs.connect(Context(session=session, kind="source", name="worm", other="class"), host)
    _graphs.lay_out(Context(session=session, kind="source", name="worm"), host)
    assert asked == [("worm", "class"), "jobs", ("worm",), "graph"]
