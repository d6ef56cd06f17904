"""A session on a page that only listens."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import comm
import numpy as np
import pytest
from comm.base_comm import BaseComm

from neurofm.app.options import COMMAND
from neurofm.app.session import Session
from neurofm.data import Embedding
from neurofm.data.ids import pack
from neurofm.runs import RunFolder
from neurofm.synthetic.demo import demo

Messages = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> Messages:
    """All that widgets of this test send to the page, in its order."""
    messages: Messages = []

    class Listening(BaseComm):
        def publish_msg(self, *_: Any, data: Any = None, buffers: Any = None, **__: Any) -> None:
            messages.append({"comm": self.comm_id, "data": data or {}, "buffers": list(buffers or [])})

    monkeypatch.setattr(comm, "create_comm", Listening)
    return messages


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No form is made any more once a test is over; tests of windows come next, and magicgui serves one at a time."""
    yield
    for thread in threading.enumerate():
        if thread.name == "neurofm options":
            thread.join(60)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Two short recordings with a latent space of their units."""
    session = Session(demo(duration=20), folder=tmp_path / "runs")
    session.add(latent([len(r.units) for r in session.recordings.values()], tuple(session.recordings)))
    return session


def latent(counts: list[int], names: tuple[str, ...]) -> Embedding:
    """Units along a spiral."""
    ids = np.concatenate([pack(k, np.arange(n)) for k, n in enumerate(counts)])
    turn = np.linspace(0, 6, len(ids))
    values = np.stack([turn * np.cos(turn), turn * np.sin(turn), turn], 1)
    labels = tuple(f"{name}/{k}" for name, n in zip(names, counts) for k in range(n))
    return Embedding(
        name="spiral", space="unit", ids=ids, values=values, xy=values[:, :2], labels=labels, sessions=names
    )


@pytest.fixture
def say() -> Callable[..., None]:
    """What a page says to a plot, by the way it comes from there."""

    def speak(plot: Any, do: str, *, ack: int = 0, view: str = "a view", **said: Any) -> None:
        content = {"do": do, "view": view, "ack": ack, **said}
        plot.comm.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

    return speak


@pytest.fixture
def answers(sent: Messages) -> Callable[[str], list[Any]]:
    """What was said to pages under a key."""

    def said(key: str) -> list[Any]:
        contents = [m["data"]["content"] for m in sent if m["data"].get("method") == "custom"]
        return [content[key] for content in contents if key in content]

    return said


@pytest.fixture
def submitted(session: Session, monkeypatch: pytest.MonkeyPatch) -> Submitted:
    """What the session is asked to compute, which is never done."""
    return Submitted(session, monkeypatch)


class Submitted:
    """Jobs that are noted and never run."""

    def __init__(self, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[tuple[str, dict[str, Any]]] = []
        monkeypatch.setattr(session.jobs, "submit", self.submit)

    def submit(self, task: str, arguments: dict[str, Any], title: str = "", **_: Any) -> Any:
        self.given.append((task, arguments))
        return SimpleNamespace(title=title)


@pytest.fixture
def add_run(session: Session, tmp_path: Path) -> Callable[..., str]:
    """Makes a run that has learned from some recordings, as far as a front can tell."""

    def add(name: str, *seen: str, model: str = "poyo", target: str = "position") -> str:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "config.json").write_text(
            json.dumps({"format": 1, "target": {"series": target, "names": ["x", "y"]}, "config": {}, "model": model})
        )
        (folder / "metrics.json").write_text("{}")
        (folder / "vocab.json").write_text(json.dumps({"sessions": seen}))
        return session.add(RunFolder(folder))

    return add


@pytest.fixture(scope="session")
def options() -> str:
    """What the process says that lists the models."""
    return subprocess.run(COMMAND, capture_output=True, text=True, check=True).stdout
