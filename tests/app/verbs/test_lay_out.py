from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neurofm.app.idle import Idle
from neurofm.app.session import Session
from neurofm.app.verbs import lay_out
from neurofm.data.graph import Graph
from tests.app.user import AtOnce


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr("neurofm.app.jobs.Jobs", AtOnce)
    nodes = pd.DataFrame({"label": list("abcd")})
    return Session(Graph(session="worm", nodes=nodes, edges=[[0, 1, 2], [1, 2, 3]]), folder=tmp_path / "runs")


def test_nodes_get_places_that_lead_back_to_them(session: Session) -> None:
    session.lay_out("worm").wait()
    laid = lay_out.of(session, "worm")
    assert laid is not None
    assert laid.ids.tolist() == session.everything("node").tolist()
    assert laid.labels[0] == "worm/a"
    assert laid.values.shape[1] > laid.xy.shape[1] == 2
    assert not np.allclose(laid.values[1], laid.values[3])  # in the middle, and at the end
    assert "session.lay_out('worm', seed=0).wait()" in session.script()


def test_a_graph_that_is_drawn_is_laid_out_when_nothing_else_is_to_be_done(session: Session) -> None:
    idle = Idle(session)
    assert idle.look() is None
    session.view("graph")
    job = idle.look()
    assert job is not None
    job.wait()
    assert lay_out.of(session, "worm") is not None
    assert idle.look() is None


def test_nothing_to_lay_out_is_refused(session: Session) -> None:
    with pytest.raises(LookupError, match="graph"):
        session.lay_out("nobody")
    session.close("worm")
    with pytest.raises(LookupError, match="no graph is open"):
        session.lay_out()
    session.add(Graph(session="none", nodes=pd.DataFrame({"label": []}), edges=np.zeros((2, 0))))
    with pytest.raises(LookupError, match="has no nodes"):
        session.lay_out()
