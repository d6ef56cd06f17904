"""What the table of many points measures: its points, its lasso, the page and the large session."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from neurofm.bench import _window, explorer
from neurofm.synthetic import reaching

PAGE = {"shown_s": 1.0, "frames": 30.0, "fresh_ms": [1.0, 3.0], "lasso_ms": [5.0], "heap_mb": 80.0}


def test_the_map_has_a_point_for_each_moment():
    session = explorer.session(500)
    cloud = session.embeddings["cloud"]
    assert len(np.unique(cloud.ids)) == 500
    np.testing.assert_array_equal(cloud.xy, explorer.cloud(500))


@pytest.mark.parametrize("shift", [0.0, 2.0])
def test_the_lasso_is_round_its_centre_and_not_convex(shift):
    corners = explorer.star(1.0, shift).xy
    assert corners.shape == (explorer.CORNERS, 2)
    np.testing.assert_allclose(corners.mean(0), [shift, 0], atol=1e-6)
    (x, y), (later_x, later_y) = (np.roll(np.diff(corners, axis=0, append=corners[:1]), k, 0).T for k in (0, -1))
    turns = x * later_y - y * later_x
    assert turns.min() < 0 < turns.max()


@pytest.mark.parametrize(("module", "there"), [("json", True), ("no_such_module", False)])
def test_a_python_is_asked_for_its_modules(module, there):
    assert explorer._has(Path(sys.executable), module) is there
    assert not explorer._has(Path("nowhere/python"), module)


def told(monkeypatch, code, out="", err=""):
    page = SimpleNamespace(returncode=code, stdout=out, stderr=err)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: page)


def test_a_page_that_cannot_be_opened_is_told(monkeypatch):
    monkeypatch.setattr(explorer, "_has", lambda *_: False)
    told(monkeypatch, 1, err="lines\nno Chromium\n")
    (line,) = explorer._page_rows(1000, 0, 2, None)
    assert line["note"] == "needs jupyterlab, playwright and Chromium (no Chromium)"


@pytest.mark.parametrize("peer", [True, False])
def test_a_page_is_measured_beside_the_peer_where_that_is_installed(monkeypatch, peer):
    monkeypatch.setattr(explorer, "_has", lambda *_: peer)
    told(monkeypatch, 0, "a library says hello\n" + json.dumps({"1000": PAGE, "100": PAGE, "jupyter-scatter": PAGE}))
    rows = explorer._page_rows(1000, 0, 2, None)
    assert rows[2]["mean"] == 2.0
    assert rows[2]["note"] == "median 2.0, longest 3 ms"
    assert [line["mean"] for line in rows[5:]] == ([1.0, 30.0, 80.0] if peer else [None])


def test_windows_of_peers_are_compared_with_ours(monkeypatch):
    ours = {"fresh picture": [2.0], "lasso, own view": [4.0]}
    monkeypatch.setattr(_window, "command", lambda module: ["window"])
    monkeypatch.setattr(
        explorer, "_measure", lambda whose, *_: ours if whose == "ours" else {"pan": [6.0], "highlight": [4.0]}
    )
    ratios = [line["mean"] for line in explorer._window_rows(1000, 0, 1, peers=True) if line["unit"] == "x"]
    assert ratios == [3.0, 1.0] * len(explorer.PEERS)
    assert len(explorer._window_rows(1000, 0, 1, peers=False)) == len(ours)


def test_a_large_session_is_saved_opened_and_picked_in(monkeypatch):
    monkeypatch.setattr(explorer, "_hour", lambda seed: reaching.sessions(1, units=1000, duration=3.0)[0])
    opens, picks, memory = explorer._large(2000, 0, 1)
    assert (opens["n"], picks["n"]) == (1, 1)
    assert opens["mean"] > 0
    assert memory["unit"] == "x"
