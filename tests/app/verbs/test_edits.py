"""Sources that are changed where they stand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurofm.app.verbs import _edits


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_change_is_told_undone_and_written_down(session, heard):
    before = session.sources["rat"]
    after, said = replace(before, subject="another"), heard(session.changed)
    done = _edits.action(session, "relabel", "rat", to="x")
    assert done is None  # it is in memory only: the script opens what comes of it
    _edits.put(session, "rat", before, after, done)
    assert session.sources["rat"] is after
    assert session.table("unit")["subject"].unique().tolist() == ["another"]
    assert said == [("source", "rat")]
    session.undo()
    assert session.sources["rat"] is before
    assert said == [("source", "rat")] * 2


def test_an_action_comes_and_goes_with_its_change(session):
    before = session.sources["rat"]
    session.actions.drop(session.actions.last("open", "rat"))  # so that something else gave it
    done = _edits.action(session, "relabel", "rat", to="x")
    _edits.put(session, "rat", before, replace(before, subject="another"), done)
    assert session.actions[-1] is done
    session.undo()
    assert done not in session.actions
    session.redo()
    assert session.actions[-1] is done
    assert session.opening("rat") is None
