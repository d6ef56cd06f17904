"""A session on a page that only listens."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import comm
import numpy as np
import pytest
from comm.base_comm import BaseComm

from neurofm.app.session import Session
from neurofm.data import Embedding
from neurofm.data.ids import pack
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
