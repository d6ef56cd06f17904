"""What there is to begin with."""

from __future__ import annotations

from neurofm.app import commands, samples, welcome
from neurofm.app.command import Context
from neurofm.app.session import Session


def test_where_nothing_is_open_there_are_samples(monkeypatch):
    monkeypatch.delenv("NEUROFM_DATA", raising=False)
    session = Session()
    assert welcome.head(session) == welcome.HEAD
    there = [sample for sample in samples.SAMPLES if sample.offered()]
    assert [row.title for row in welcome.rows(session)] == [sample.title for sample in there]
    assert [[e.words for e in row.entries] for row in welcome.rows(session)] == [
        ["Open", *sample.does.values()] for sample in there
    ]


def test_what_is_open_has_what_its_menu_has(session):
    assert welcome.head(session) == welcome.OPEN_HEAD
    (row,) = welcome.rows(session)
    menu = commands.menu(Context(session=session, kind="source", name="rat"))
    assert (row.title, [e.words for e in row.entries]) == ("rat", [e.words for e in menu])


def test_files_and_the_tour_are_offered_beside_them(session, host):
    entries = {entry.words: entry for entry in welcome.first(session)}
    entries["Take the tour"].do(host)
    assert host.shown == ["tour"]
    assert "Open…" in entries
