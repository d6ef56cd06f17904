"""Labels are painted, split and merged by commands."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from neurofm.app import commands
from neurofm.app.command import Context
from neurofm.app.options import answered
from neurofm.app.session import Session
from neurofm.data.ids import pack
from neurofm.data.volume import Held, Pyramid, Volume

GREY = np.zeros((1, 20, 40), np.uint8)


@pytest.fixture
def host() -> Any:
    cells = GREY.copy()
    cells[0, 5:15, 5:15], cells[0, 8:12, 15:20], cells[0, 5:15, 20:30] = 1, 1, 2
    session = Session([
        Volume(session="brain", image=Pyramid((Held(GREY),), np.ones(3))),
        Volume(session="cells", labels={"cell": Pyramid((Held(cells),), np.ones(3))}),
    ])  # fmt: skip
    host = SimpleNamespace(session=session, told=[], refused=[], answers={})
    host.tell, host.refuse = host.told.append, host.refused.append
    host.ask_form = lambda title, options, then: then(answered(options, host.answers))
    return host


def do(host: Any, command: str, name: str) -> None:
    commands.do(command, host, kind="source", name=name)


def pick(host: Any, *places: tuple[int, int, int]) -> None:
    number, volume = host.session.number("brain"), host.session.sources["brain"]
    host.session.selection.pick("voxel", pack(number, volume.at(np.array(places, float))))


def offered(host: Any, name: str) -> set[str]:
    return {entry.command.title for entry in commands.menu(Context(session=host.session, kind="source", name=name))}


def test_new_labels_to_paint_into(host):
    do(host, "paint", "brain")
    assert host.session.sources["brain"].names == {"strokes": {1: "nothing", 2: "cell"}}
    assert "label 1 for nothing, 2 for cell" in host.told[0]
    do(host, "paint", "cells")
    assert list(host.session.sources["cells"].labels) == ["cell"]


def test_labels_under_picked_voxels_are_merged_and_split(host):
    assert not any("picked voxels" in title for title in offered(host, "cells"))
    pick(host, (0, 10, 10), (0, 10, 25))
    assert {"Split the label at picked voxels", "Merge labels at picked voxels"} <= offered(host, "cells")
    assert "Merge labels at picked voxels" not in offered(host, "brain")
    do(host, "merge_labels", "cells")
    voxels = host.session.sources["cells"].labels["cell"].levels[0]
    assert set(np.unique(voxels[:, :, :])) == {0, 1}
    do(host, "split_label", "cells")
    voxels = host.session.sources["cells"].labels["cell"].levels[0]
    assert (voxels[0, 10, 10], voxels[0, 10, 25]) == (1, 2)
    pick(host, (0, 0, 0))
    do(host, "split_label", "cells")
    assert "are of 0" in str(host.refused[0])


def test_strokes_are_learned_from_around_them_where_a_volume_is_large(host, monkeypatch):
    asked = []
    monkeypatch.setattr(host.session, "learn", lambda name, **how: asked.append((name, how)), raising=False)
    assert "Learn from strokes" not in offered(host, "brain")
    do(host, "paint", "brain")
    host.session.paint("brain", [[0, 3, 5, 8, 1], [0, 9, 5, 6, 2]])
    assert "Learn from strokes" in offered(host, "brain")
    do(host, "learn", "brain")
    monkeypatch.setattr("neurofm.app._painting.LABELLED", 10)
    monkeypatch.setattr("neurofm.app._painting.MARGIN", np.array([1, 2, 2]))
    do(host, "learn", "brain")
    assert asked == [
        ("brain", {"label": "strokes", "box": None}),
        ("brain", {"label": "strokes", "box": [[0, 1], [1, 12], [3, 10]]}),
    ]
