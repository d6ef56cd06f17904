"""Views in one cell: the grid, what unfolds above it, and what follows what."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

import neurofm as nf
from napari_neurofm.jupyter import Explorer, explore
from neurofm import registry
from neurofm.app.session import Session

EXAMPLE = Path(__file__).parents[3] / "examples" / "explore.ipynb"


def test_backend_finds_the_front_by_its_entry_point(session: Session) -> None:
    assert isinstance(nf.explore(session), Explorer)
    assert nf.view("latent 2", session).picture["title"] == "Latent space"


@pytest.mark.parametrize("several", [False, True])
def test_recordings_are_shown_in_a_session_of_their_own(session: Session, several: bool) -> None:
    recording = next(iter(session.recordings.values()))
    explorer = nf.explore([recording] if several else recording)
    assert list(explorer.session.recordings.values()) == [recording]
    assert nf.view("raster", recording).picture["title"] == "Raster"
    with pytest.raises(TypeError, match=r"a session takes recordings .*, got int"):
        nf.explore(3)


def test_a_missing_front_says_what_to_install(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    with pytest.raises(ImportError, match=r'pip install "napari-neurofm\[jupyter\]"$'):
        nf.explore(session)


def test_the_grid_has_the_rows_that_were_asked_for(session: Session) -> None:
    explorer = explore(session, [["latent", "latent 2", "raster"], ["trace"]])
    first, second = explorer._grid.children
    assert [plot.picture["title"] for plot in first.children] == ["Latent space", "Latent space", "Raster"]
    assert second.children == (explorer.plots["trace"],)
    assert first.layout.width == "100%"
    assert explorer.plots["latent"].state is session.views["latent"] is not session.views["latent 2"]


@pytest.mark.parametrize("views", [[], [[]], [["latent", "latent"]]])
def test_rows_that_make_no_grid_are_refused(views: list[list[str]], session: Session) -> None:
    with pytest.raises(ValueError, match="views must be rows of different names"):
        explore(session, views)


def test_an_unknown_view_is_refused_with_the_known_ones(session: Session) -> None:
    with pytest.raises(LookupError, match=r"rater.*raster"):
        explore(session, [["rater"]])


def test_time_axes_move_together_by_hand_only(session: Session, say: Callable[..., None]) -> None:
    explorer = explore(session)
    look = {"y": None, "width": 400, "height": 200, "dark": False}
    say(explorer.plots["raster"], "look", **look, x=[2.0, 5.0], hand=True)
    assert explorer.plots["trace"].window == [2.0, 5.0]
    say(explorer.plots["trace"], "look", **look, x=[3.0, 4.0], hand=False)
    assert explorer.plots["raster"].window == []


def test_the_table_of_the_pick_is_of_what_was_picked_in_last(session: Session) -> None:
    explorer = explore(session)
    assert len(explorer.picked()) == 0
    session.selection.pick("trial", session.everything("trial")[:1])
    assert explorer.picked()["label"].tolist() == ["ada/trial 0"]
    assert len(explorer.picked("time")) > 10


def test_the_pick_is_a_trait_that_can_be_observed_and_set(session: Session) -> None:
    explorer, told = explore(session), []
    explorer.observe(lambda change: told.append(sorted(change["new"])), "selection")
    session.selection.pick("trial", session.everything("trial")[:1])
    assert told == [["time", "trial"]]
    assert explorer.selection["time"].tolist() == session.selection.picked("time").tolist()
    explorer.selection = {"unit": ["ada/unit 3", "ada/unit 4"]}
    assert session.selection.picked("unit").tolist() == explorer.selection["unit"].tolist() == [3, 4]
    explorer.selection = {}
    assert told == [["time", "trial"], ["unit"], []]
    with pytest.raises(LookupError, match="no space 'neurons'"):
        explorer.selection = {"neurons": [3]}
    assert explorer.selection == {}
    explorer.close()
    session.selection.pick("unit", [1])
    assert len(told) == 3


@pytest.mark.parametrize(
    ("height", "width", "each"),
    [(760, "100%", "calc(760px / 2 - 6px)"), ("80vh", 900, "calc(80vh / 2 - 6px)"), (None, "50%", "380px")],
)
def test_rows_share_the_height_that_is_given(session: Session, height: Any, width: Any, each: str) -> None:
    explorer = nf.explore(session, height=height, width=width)
    assert {plot.height for plot in explorer.plots.values()} == {each}
    assert explorer.layout.width == (width if isinstance(width, str) else f"{width}px")


@pytest.mark.parametrize("size", [0, -3, "", "wide", "12 parsecs", None])
def test_a_size_that_is_none_is_refused(session: Session, size: Any) -> None:
    with pytest.raises(ValueError, match="height must be pixels"):
        nf.view("latent", session, height=size)


def test_marimo_gets_views_whose_buttons_lead_nowhere_else(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "marimo", MagicMock())
    explorer = explore(session)
    session.view("latent").of = "trial"
    assert explorer.plots["latent"].picture["button"] == "Train"
    explorer._display_()
    assert explorer.plots["latent"].picture["button"] == ""
    assert explorer.plots["latent"].picture["message"].endswith("; session.train(...) does it in a cell")
    with pytest.raises(LookupError, match=r"session\.train does it in a cell"):
        explorer.show("train")


def test_the_button_of_an_empty_view_opens_the_form(say: Callable[..., None], session: Session) -> None:
    explorer = explore(session)
    session.view("latent").of = "trial"
    assert explorer.plots["latent"].picture["button"] == "Train"
    assert explorer.train.layout.display == "none"
    say(explorer.plots["latent"], "action")
    assert explorer.train.layout.display == ""


def test_a_view_alone_has_no_button_that_nobody_follows(session: Session) -> None:
    session.view("latent").of = "trial"
    plot = nf.view("latent", session)
    assert plot.picture["message"].startswith("Train a model")
    assert plot.picture["message"].endswith("; session.train(...) does it in a cell")
    assert plot.picture["button"] == ""


def test_the_button_of_an_empty_session_asks_for_a_file(say: Callable[..., None], answers: Any) -> None:
    explorer = explore(Session())
    assert explorer.rows == [["latent", "table"]]
    assert explorer.plots["latent"].picture["button"] == "Open"
    say(explorer.plots["latent"], "action")
    assert answers("ask") == [{"title": "Open", "text": "", "choices": []}]
    assert len(explorer.picked()) == 0


def test_a_view_that_is_shown_comes_beside_one_of_its_kind(session: Session, answers: Any) -> None:
    explorer = explore(session)
    explorer.show("raster")
    explorer.show("latent 2")
    explorer.show("table")
    assert explorer.rows == [["latent", "latent 2", "raster"], ["trace", "tuning"], ["table"]]
    assert answers("bring") == [True] * 3
    assert [len(row.children) for row in explorer._grid.children] == [3, 2, 1]
    assert explorer.plots["table"].snapshot == explorer.plots["latent"].snapshot


def test_views_follow_what_is_open_unless_they_were_named(session: Session) -> None:
    recording = next(iter(session.recordings.values()))
    usual, named = (explore(Session(), views) for views in (None, [["raster"]]))
    usual.show("latent 2")
    for explorer in (usual, named):
        explorer.session.add(recording)
        explorer._refresh()
    assert usual.rows == [["latent", "latent 2", "raster"], ["trace", "tuning"]]
    assert set(usual.plots) == {"latent", "latent 2", "raster", "trace", "tuning"}
    assert named.rows == [["raster"]]
    usual.session.close(recording.session)
    usual._refresh()
    assert usual.rows == [["latent", "latent 2", "table"]]


@pytest.mark.parametrize("name", ["train", "adapt", "jobs"])
def test_a_panel_unfolds(name: str, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    explorer = explore(session)
    monkeypatch.setattr(explorer.train, "read", lambda: None)
    assert explorer._panels[name].layout.display == "none"
    explorer.show(name)
    assert explorer._panels[name].layout.display == ""


def test_a_planted_view_is_found_by_its_name_alone(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    from neurofm.app.views import raster

    planted = replace(raster.SPEC, title="Planted")
    plain = registry.get
    monkeypatch.setattr(registry, "get", lambda place, name: planted if name == "planted" else plain(place, name))
    names = registry.names
    monkeypatch.setattr(
        registry, "names", lambda place: [*names(place), "planted"] if place.endswith("views") else names(place)
    )
    plot = nf.view("planted", session)
    assert plot.pane.spec.title == "Planted"
    assert explore(session, [["planted", "planted 2"]]).rows == [["planted", "planted 2"]]


def test_views_go_in_any_case_in_rows_or_one_below_the_other(session: Session) -> None:
    assert nf.view("Latent", session).pane.spec.title == "Latent space"
    assert explore(session, ["Latent", "raster"]).rows == [["latent"], ["raster"]]
    assert explore(session, "trace").rows == [["trace"]]


def test_what_a_jobs_thread_tells_waits_for_a_busy_cell(session: Session) -> None:
    async def cell() -> tuple[int, int]:
        explorer = explore(session)
        await asyncio.sleep(0)
        tell = threading.Thread(target=lambda: session.selection.pick("unit", [1, 2, 3]))
        tell.start()
        tell.join()
        before = explorer._summary.value.count("3 units picked")
        await asyncio.sleep(0)
        return before, explorer._summary.value.count("3 units picked")

    assert asyncio.run(cell()) == (0, 1)


def test_a_closed_explorer_follows_nothing(session: Session) -> None:
    jobs = session.jobs
    signals = session.changed, session.selection.changed, session.time_changed, jobs.changed, jobs.finished
    before = [len(signal) for signal in signals]
    explorer = explore(session)
    explorer.close()
    assert [len(signal) for signal in signals] == before


def test_the_example_is_clean_and_uses_simulated_data_only() -> None:
    cells = json.loads(EXAMPLE.read_text("utf8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert "demo(" in "".join("".join(cell["source"]) for cell in code)
