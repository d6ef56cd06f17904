"""What is open and picked, in words and as a table."""

from __future__ import annotations

import pytest

from neurofm.app.session import Session
from neurofm.app.summary import picked, picks, summary


def test_a_line_says_what_is_open_and_picked(session):
    assert summary(Session()) == "nothing is open"
    assert summary(session) == "rat · 5 units"
    session.selection.pick("unit", [1])
    assert summary(session) == "rat · 5 units · 1 unit picked"
    assert (picks(Session()), picks(session)) == ("", "1 unit picked")


@pytest.mark.parametrize("space", ["unit", "trial", "time", ""])
def test_what_is_picked_is_a_table(session, space):
    ids = session.everything(space or "unit")[:3]
    session.selection.pick(space or "unit", ids)
    table = picked(session, space)
    assert table.index.tolist() == ids.tolist()
    assert table["label"].tolist() == [session.label(space or "unit", int(id)) for id in ids]
    assert set(session.columns(space or "unit")) <= set(table)
