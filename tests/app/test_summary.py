"""What is open and picked, in words and as a table."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app.session import Session
from neurofm.app.summary import picked, picks, summary
from neurofm.data.ids import pack
from neurofm.data.source import Space
from tests.app.state.conftest import Told


def test_a_line_says_what_is_open_and_picked(session):
    assert summary(Session()) == "nothing is open"
    assert summary(session) == "rat · 5 units"
    session.selection.pick("unit", [1])
    assert summary(session) == "rat · 5 units · 1 unit picked"
    assert (picks(Session()), picks(session)) == ("", "1 unit picked")


class Film(Told):
    kind = "video"


def test_frames_of_a_video_and_its_tracks_count_once():
    frames = {"frame": Space(count=10, times=lambda: np.arange(10.0))}
    session = Session([Film("film", frames, clock="lab"), Told("poses", frames, clock="lab"), Told("other", frames)])
    session.selection.pick("frame", pack(0, [4, 5]))
    assert len(session.selection.picked("frame")) == 4
    assert picks(session) == "2 frames of video and told picked"
    session.selection.pick("frame", pack(2, [0]), "add")
    assert picks(session) == "3 frames picked"


@pytest.mark.parametrize("space", ["unit", "trial", "time", ""])
def test_what_is_picked_is_a_table(session, space):
    ids = session.everything(space or "unit")[:3]
    session.selection.pick(space or "unit", ids)
    table = picked(session, space)
    assert table.index.tolist() == ids.tolist()
    assert table["label"].tolist() == [session.label(space or "unit", int(id)) for id in ids]
    assert set(session.columns(space or "unit")) <= set(table)
