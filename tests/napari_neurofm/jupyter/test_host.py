"""What commands ask of a page."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import neurofm as nf
from napari_neurofm.jupyter.host import Alone, Host
from neurofm.app.command import Question
from neurofm.app.options import Option
from neurofm.app.session import Session
from tests.app.test_reading import save

Say = Callable[..., None]


@pytest.fixture
def said() -> list[dict[str, Any]]:
    """All that a host says."""
    return []


@pytest.fixture
def host(session: Session, said: list[dict[str, Any]]) -> Host:
    """Of a view alone."""
    return Host(Alone(session, "latent"), said.append)


def raises(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_short_work_is_said_done_and_handed_on(host: Host, said: list[dict[str, Any]]) -> None:
    taken: list[int] = []
    host.later(lambda: 7, "Counting", taken.append)
    assert taken == [7]
    assert said == [{"told": "Counting …"}, {"told": ""}]


def test_short_work_runs_beside_the_loop_and_ends_on_it(session: Session) -> None:
    async def cell() -> tuple[list[int], int]:
        threads: list[int] = []
        host = Host(Alone(session, "latent"), lambda said: None)
        host.later(threading.get_ident, "Counting", lambda at: threads.extend([at, threading.get_ident()]))
        assert threads == []
        for _ in range(100):
            await asyncio.sleep(0.01)
        return threads, threading.get_ident()

    (worked, ended), here = asyncio.run(cell())
    assert worked != here == ended


@pytest.mark.parametrize("where", ["work", "done"])
def test_what_cannot_be_done_is_said(where: str, host: Host, said: list[dict[str, Any]]) -> None:
    no = raises(OSError("no room"))
    host.later(no if where == "work" else lambda: None, "Writing", lambda _: no() if where == "done" else None)
    assert said[-1] == {"refused": "no room"}


def test_a_mistake_of_ours_is_said_and_raised(host: Host, said: list[dict[str, Any]]) -> None:
    with pytest.raises(TypeError):
        host.later(raises(TypeError("a mistake")), "Writing", lambda _: None)
    assert said[-1] == {"refused": "a mistake"}


@pytest.mark.parametrize(("text", "paths"), [("~/x.csv", [Path.home() / "x.csv"]), ("  ", None), ("", None)])
def test_a_path_is_asked_for(text: str, paths: Any, host: Host, said: list[dict[str, Any]]) -> None:
    taken: list[Any] = []
    host.page = "view 1"
    host.ask_path(Question(title="Open…", name="x.csv"), taken.append)
    assert said == [{"ask": {"title": "Open", "text": "x.csv", "choices": []}, "view": "view 1"}]
    host.answer(text)
    host.answer(text)  # only the first counts
    assert taken == ([paths] if paths else [])


def test_several_things_are_asked_at_once(host: Host, said: list[dict[str, Any]]) -> None:
    taken: list[Any] = []
    asked = (Option(name="least", kind="int", default=20, low=1), Option(name="cut", kind="bool", default=False))
    host.ask_form("Measure…", asked, taken.append)
    question = said[-1]["ask"]
    assert (question["title"], json.loads(question["text"])) == ("Measure", {"least": 20, "cut": False})
    assert [(field["name"], field["title"], field["kind"]) for field in question["fields"]] == [
        ("least", "least", "int"), ("cut", "cut", "bool")
    ]  # fmt: skip
    host.answer('{"least": "none", "cut": true}')
    assert said[-2] == {"refused": "least must be a whole number, got 'none'"}
    assert json.loads(said[-1]["ask"]["text"]) == {"least": "none", "cut": True}  # nothing is lost
    assert said[-1]["ask"]["fields"] == question["fields"]
    host.answer('{"least": "7", "cut": true}')
    assert taken == [{"least": 7, "cut": True}]


def test_a_view_alone_asks_which_recording_a_run_is_adapted_to(
    host: Host, said: list[dict[str, Any]], add_run: Callable[..., str], submitted: Any
) -> None:
    add_run("poyo-1", "ada")
    host.ask_adapt("poyo-1")
    assert said[-1]["ask"] == {"title": "Adapt poyo-1 to", "text": "bo", "choices": ["bo"]}
    host.answer("bo")
    assert [task for task, _ in submitted.given] == ["finetune"]
    assert said[-1]["refused"] == "this cell shows no jobs; nf.explore(session) does"


@pytest.mark.parametrize(("action", "follows"), [("train", False), ("jobs", False), ("open", True), ("hide", True)])
def test_a_view_alone_offers_what_needs_no_panel(action: str, follows: bool, host: Host) -> None:
    assert host.follows(action) == follows


@pytest.mark.parametrize("suffix", [".svg", ".pdf", ".png"])
def test_a_figure_is_written_of_the_kind_that_its_name_says(
    suffix: str, session: Session, say: Say, answers: Any, tmp_path: Path
) -> None:
    plot = nf.view("raster", session)
    say(plot, "menu")
    say(plot, "choose", place=answers("menu")[0].index("Export figure…"))
    assert answers("ask")[0]["title"] == "Export figure (.svg, .pdf, .png)"
    say(plot, "answer", text=str(tmp_path / f"raster{suffix}"))
    assert (tmp_path / f"raster{suffix}").stat().st_size > 1000
    assert answers("told")[-1] == f"Wrote {tmp_path / f'raster{suffix}'}"


def test_a_table_is_written_as_its_rows(session: Session, say: Say, answers: Any, tmp_path: Path) -> None:
    plot = nf.view("table", session)
    say(plot, "menu")
    say(plot, "choose", place=answers("menu")[0].index("Export table…"))
    say(plot, "answer", text=str(tmp_path / "units.csv"))
    assert len((tmp_path / "units.csv").read_text().splitlines()) == 1 + 104


def test_what_a_bare_file_does_not_say_is_asked_one_after_the_other(
    host: Host, said: list[dict[str, Any]], tmp_path: Path
) -> None:
    before = set(host.session.sources)
    host.open(save(tmp_path / "bare.npz"))
    assert said[-1]["ask"]["choices"][:3] == ["a second", "a millisecond", "a microsecond"]
    host.answer("a sample")
    assert "Samples a second" in said[-1]["ask"]["title"]
    host.answer("many")
    assert "could not convert" in said[-2]["refused"]
    assert said[-1]["ask"]["text"] == "many"  # asked once more, and nothing is lost
    assert set(host.session.sources) == before
    host.answer("30000")
    assert said[-1] == {"told": "bare is open"}
    assert "time_in='samples', rate_hz=30000.0" in host.session.script()
