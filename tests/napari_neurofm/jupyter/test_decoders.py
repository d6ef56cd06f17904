"""Decoders compared on a page: the button asks for it, the table shows it, a double click opens a run."""

from __future__ import annotations

from typing import Any

import pytest

import neurofm as nf
from neurofm.app.verbs import _learning
from neurofm.app.verbs.compare_decoders import Decoders


@pytest.fixture
def table(session: Any) -> Any:
    """The table on a page."""
    plot = nf.view("table", session)
    plot.state.of = "decoder"
    plot.draw()
    return plot


def test_the_button_asks_for_it(table: Any, session: Any, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(type(session), "compare_decoders", lambda self, *what, **how: asked.append((what, how)))
    assert table.picture["button"] == "Compare decoders"
    say(table, "set", values={"recording": "bo", "effort": "quick"})
    say(table, "action")
    assert asked == [(("bo",), {"quick": True})]


def test_a_full_disk_is_told(table: Any, session: Any, say: Any, sent: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(type(session), "compare_decoders", full)
    say(table, "action")
    assert "No space left on device" in [message["data"].get("content", {}).get("refused") for message in sent]


def test_a_double_click_opens_a_run_or_says_why_not(
    table: Any, session: Any, say: Any, sent: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(_learning, "look", lambda session, run, names: asked.append((run, names)))
    folder = tmp_path / "decoders-1"
    row = {"decoder": "POYO", "shown": "one bin", "scores": [0.5, 0.7], "cpu_s": 1.0, "run": "decoders-1-poyo"}
    session.put_result("compare_decoders", "ada", Decoders("ada", "accuracy", folder, [row | {"run": ""}, row]))
    table.draw()
    (mark,) = table.picture["marks"]
    assert (mark["kind"], mark["space"], mark["total"]) == ("table", "", 2)
    say(table, "open", row=1)
    assert "is missing" in sent[-1]["data"]["content"]["refused"]
    nf.train("poyo", session.recordings["ada"], folder / row["run"], settings={"steps": 2, "depth": 0}, device="cpu")
    say(table, "open", row=0)
    assert list(session.runs) == []
    say(table, "open", row=1)
    assert list(session.runs) == ["decoders-1-poyo"]
    assert asked == [("decoders-1-poyo", ["ada"])]
