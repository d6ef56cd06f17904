"""Corrected points go into a file on request."""

from __future__ import annotations

import pytest

from neurofm.app.session import Session
from neurofm.app.verbs.correct import unwritten
from tests.io import pose_files


def test_it_is_offered_while_the_file_lacks_a_point(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    session = Session([pose_files.wide(tmp_path / "box.csv")])
    assert not unwritten(session, "box")
    session.correct("box", [(0, "animal", "snout", 1.0, 2.0)])
    assert unwritten(session, "box")
    session.overwrite("box")
    assert not unwritten(session, "box")
    session.undo()
    assert unwritten(session, "box")
    with pytest.raises(LookupError, match="no tracks 'rat'"):
        session.overwrite("rat")
