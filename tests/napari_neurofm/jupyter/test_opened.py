"""What is open, on a page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import neurofm as nf
from napari_neurofm.jupyter import Explorer, explore
from neurofm.app import welcome
from neurofm.app.session import Session

Say = Callable[..., None]


@pytest.fixture
def explorer(session: Session) -> Explorer:
    """A grid with what is open above it."""
    return explore(session)


def test_all_that_is_open_has_a_chip(explorer: Explorer, session: Session, add_run: Callable[..., str]) -> None:
    add_run("poyo-1", "ada")
    session.group("mine", "unit", [1, 2])
    rows = [(row["kind"], row["name"]) for row in explorer.opened.rows]
    assert rows == [
        ("source", "ada"), ("source", "bo"), ("run", "poyo-1"), ("embedding", "spiral"), ("group", "mine"),
    ]  # fmt: skip
    assert explorer.opened.rows[-1]["words"] == "2 units"
    assert {row["kind"] for row in explorer.opened.rows} <= explorer.opened.titles.keys()


MENUS = [
    ("source", "bo", {"Train on this…", "Adapt poyo-1 to this", "Add columns from a table…", "Close"}),
    ("run", "poyo-1", {"Adapt to bo", "Decode ada", "Compare with poyo-2"}),
    ("embedding", "spiral", {"Draw by UMAP", "Export…"}),
    ("group", "mine", {"Pick", "Rename…", "Forget"}),
    ("", "", {"Open…", "Add columns from a table…"}),
]


@pytest.mark.parametrize(("kind", "name", "words"), MENUS)
def test_a_click_offers_what_can_be_done(
    kind: str, name: str, words: set[str], explorer: Explorer, session: Session, add_run: Any, say: Say, answers: Any
) -> None:
    add_run("poyo-1", "ada")
    add_run("poyo-2", "ada", "bo")
    session.group("mine", "unit", [1, 2])
    say(explorer.opened, "menu", kind=kind, name=name)
    (menu,) = answers("menu")
    assert words <= set(menu)


def test_what_is_chosen_is_done(explorer: Explorer, session: Session, say: Say, answers: Any) -> None:
    session.group("mine", "unit", [1, 2])
    say(explorer.opened, "menu", kind="group", name="mine")
    say(explorer.opened, "choose", place=answers("menu")[0].index("Pick"))
    assert session.selection.picked("unit").tolist() == [1, 2]
    say(explorer.opened, "choose", place=99)
    assert answers("refused") == []


def test_a_double_click_shows_it_in_the_views(explorer: Explorer, session: Session, say: Say) -> None:
    say(explorer.opened, "show", kind="source", name="bo")
    assert session.view("raster").recording == "bo"


def test_two_runs_are_compared_side_by_side(
    explorer: Explorer, session: Session, add_run: Callable[..., str], say: Say, answers: Any
) -> None:
    add_run("poyo-1", "ada")
    add_run("poyo-2", "ada")
    session.view("latent").color_by = "region"
    say(explorer.opened, "menu", kind="run", name="poyo-1")
    say(explorer.opened, "choose", place=answers("menu")[0].index("Compare with poyo-2"))
    assert explorer.rows[0] == ["latent", "latent 2", "raster"]
    assert explorer.plots["latent 2"].state.color_by == "region"
    assert explorer.plots["latent 2"] in explorer._grid.children[0].children


def test_a_group_is_renamed_by_an_answer(explorer: Explorer, session: Session, say: Say, answers: Any) -> None:
    session.group("mine", "unit", [1, 2])
    say(explorer.opened, "menu", kind="group", name="mine")
    say(explorer.opened, "choose", place=answers("menu")[0].index("Rename…"))
    assert answers("ask")[0]["text"] == "mine"
    say(explorer.opened, "answer", text=" theirs ")
    assert list(session.groups) == ["theirs"]
    say(explorer.opened, "answer", text="nobody asked")
    assert list(session.groups) == ["theirs"]


def test_a_saved_session_opens_in_place_of_another(
    explorer: Explorer, session: Session, say: Say, answers: Any, tmp_path: Path
) -> None:
    session.group("mine", "unit", [1, 2])
    explorer.buttons["save"].click()
    assert answers("ask")[-1]["title"] == "Save session"
    say(explorer.opened, "answer", text=str(tmp_path / "kept.neurofm"))
    assert answers("told")[-1] == f"Saved {tmp_path / 'kept.neurofm'}"
    session.ungroup("mine")
    explorer.buttons["open_files"].click()
    say(explorer.opened, "answer", text=str(tmp_path / "kept.neurofm"))
    assert answers("told")[-1] == "kept is open"
    assert list(session.groups) == ["mine"]


def test_the_script_is_written_where_it_is_asked_for(
    explorer: Explorer, say: Say, answers: Any, tmp_path: Path
) -> None:
    explorer.buttons["export_script"].click()
    say(explorer.opened, "answer", text=str(tmp_path / "done.py"))
    compile((tmp_path / "done.py").read_text(), "done.py", "exec")
    assert answers("told")[-1] == f"Wrote {tmp_path / 'done.py'}"


@pytest.mark.parametrize("text", ["nowhere.nwb", "no/such/folder"])
def test_a_file_that_cannot_be_opened_is_said(
    text: str, explorer: Explorer, session: Session, say: Say, answers: Any, tmp_path: Path
) -> None:
    explorer.buttons["open_files"].click()
    say(explorer.opened, "answer", text=str(tmp_path / text))
    assert text in answers("refused")[-1]
    assert list(session.recordings) == ["ada", "bo"]


def test_where_nothing_is_open_there_are_samples(say: Say, sent: Any) -> None:
    explorer = nf.explore()
    assert explorer._summary.value == "nothing is open"
    rows = {row["title"]: dict(row["does"]) for row in explorer.opened.first}
    assert [row.title for row in welcome.rows(explorer.session)] == list(rows)
    assert rows["Two simulated animals"]["open_demo"] == "Open"
    say(explorer.opened, "command", name="open_demo_train")
    assert len(explorer.session.recordings) == 2
    assert explorer.opened.rows
    assert explorer._switches["train"].value


def test_a_closed_list_follows_nothing(session: Session) -> None:
    before = len(session.changed)
    explorer = explore(session)
    explorer.close()
    assert len(session.changed) == before
