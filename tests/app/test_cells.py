from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from neurofm.app import commands
from neurofm.app.command import Context
from neurofm.app.session import Session
from neurofm.synthetic.demo import demo
from neurofm.synthetic.phantoms import Plan, phantom


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Any:
    session = Session([phantom(Plan(shape=(4, 8, 16)), session="slab"), demo(duration=2.0)[0]])
    told: dict[str, Any] = {"cells": [], "shown": []}
    monkeypatch.setattr(session, "cells", lambda name, **how: told["cells"].append((name, how)), raising=False)
    return SimpleNamespace(
        session=session, answer="", told=told, show=told["shown"].append,
        ask_name=lambda question, before, call: call(host_answer(session)),
    )  # fmt: skip


def host_answer(session: Session) -> str:
    return getattr(session, "answer_of_test", "20")


@pytest.mark.parametrize(
    ("answer", "how"),
    [("20", {"least": 20, "split": False}), (" 7 , Split", {"least": 7, "split": True}),
     ("7 split", {"least": 7, "split": True}), ("-3", None), ("a, b", None), ("5, cut", None)],
)  # fmt: skip
def test_the_least_size_is_asked_for_and_cells_are_measured(host: Any, answer: str, how: dict[str, Any] | None) -> None:
    host.session.answer_of_test = answer
    with nullcontext() if how else pytest.raises(ValueError, match="give a number of voxels"):
        commands.get("cells").do(Context(session=host.session, kind="source", name="slab"), host)
    assert host.told["cells"] == ([("slab", how)] if how else [])
    assert host.told["shown"] == (["jobs"] if how else [])


def test_it_is_offered_on_volumes_with_labels_alone(host: Any) -> None:
    offered = commands.get("cells").offered
    names = list(host.session.sources)
    assert [offered(Context(session=host.session, kind="source", name=name)) for name in names] == [True, False]
