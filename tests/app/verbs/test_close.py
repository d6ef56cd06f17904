"""Close: a source goes with all that is about it only, and the script can still open and close it."""

from __future__ import annotations

import pytest

from neurofm.app.session import Session
from neurofm.app.verbs.compare_decoders import Decoders
from neurofm.data.ids import unpack


def test_closing_takes_along_what_is_about_it_only(make):
    a, b = make.recording("a"), make.recording("b")
    session = Session([a, b])
    session.add(make.units(a, b))
    session.add(make.moments(a))
    session.add(make.prediction(a))
    session.selection.pick("unit", session.embeddings["a unit"].ids)
    session.close("a")
    assert list(session.embeddings) == ["a unit"]
    assert session.predictions == {}
    assert session.embeddings["a unit"].labels == tuple(b.unit_names)
    assert set(unpack(session.selection.picked("unit"))[0]) == {1}
    with pytest.raises(LookupError, match="no source 'a'"):
        session.number("a")


def test_who_listens_sees_that_it_is_gone(make):
    session = Session([make.recording("a"), make.recording("b")])
    session.add(make.moments(session.recordings["a"]))
    seen = []
    session.changed.connect(
        lambda kind, name: seen.append((kind, name, list(session.sources), list(session.embeddings)))
    )
    session.close("a")
    assert seen == [("source", "a", ["b"], [])]


def test_how_decoders_did_on_it_goes_and_on_others_stays(make, tmp_path):
    session = Session([make.recording("a"), make.recording("b")])
    for name in "ab":
        session.put_result("compare_decoders", name, Decoders(name, "accuracy", tmp_path, []))
    session.close("a")
    assert list(session.decoders) == ["b"]


def test_what_is_not_open_cannot_be_closed(session):
    before = list(session.actions)
    with pytest.raises(LookupError, match="no source 'x'; there are rat"):
        session.close("x")
    assert session.actions == before
    assert list(session.sources) == ["rat"]


@pytest.mark.usefixtures("fake_jobs")
def test_the_script_opens_and_closes_what_had_no_file(make):
    session = Session([make.recording("a"), make.recording("b")])
    session.close("a")
    assert session.recipe[-2] == "session.close('a')"
    names: dict = {}
    exec(compile(session.script(), "script", "exec"), names)
    again = names["session"]
    assert (list(again.recordings), again.number("b")) == (["b"], 1)


def test_a_full_disk_keeps_nothing_open(session, monkeypatch):
    def full(source):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("neurofm.io.save_cached", full)
    session.close("rat")
    assert session.sources == session.embeddings == session.predictions == {}
