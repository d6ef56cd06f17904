from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from neurofm.app import commands
from neurofm.app.command import Context
from neurofm.app.options import answered
from neurofm.app.session import Session
from neurofm.synthetic.demo import demo
from neurofm.synthetic.phantoms import Plan, phantom


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Any:
    session = Session([phantom(Plan(shape=(4, 8, 16)), session="slab"), demo(duration=2.0)[0]])
    told: dict[str, Any] = {"cells": [], "shown": []}
    monkeypatch.setattr(session, "cells", lambda name, **how: told["cells"].append((name, how)), raising=False)
    host = SimpleNamespace(session=session, answers={}, told=told, show=told["shown"].append)
    host.ask_form = lambda title, options, then: then(answered(options, host.answers))
    return host


@pytest.mark.parametrize(
    ("answers", "how"),
    [({}, {"of": "cell", "least": 20, "split": True}),
     ({"least": "7", "split": True}, {"of": "cell", "least": 7, "split": True}),
     ({"of": "each number by itself", "split": False}, {"of": "0", "least": 20, "split": False}),
     ({"least": 0}, None), ({"least": "a"}, None)],
)  # fmt: skip
def test_the_least_size_is_asked_for_and_cells_are_measured(
    host: Any, answers: dict[str, Any], how: dict[str, Any] | None
) -> None:
    host.answers = answers
    with nullcontext() if how else pytest.raises(ValueError, match="fewest voxels of a cell must be"):
        commands.get("cells").do(Context(session=host.session, kind="source", name="slab"), host)
    assert host.told["cells"] == ([("slab", how)] if how else [])
    assert host.told["shown"] == (["table"] if how else [])


def test_it_is_offered_on_volumes_with_labels_alone(host: Any) -> None:
    offered = commands.get("cells").offered
    names = list(host.session.sources)
    assert [offered(Context(session=host.session, kind="source", name=name)) for name in names] == [True, False]
