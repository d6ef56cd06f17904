"""Commands about matches."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from neurofm.app import _matches, commands
from neurofm.app.command import Context
from neurofm.app.commands import menu
from neurofm.app.options import answered
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.views import candidates
from neurofm.data.graph import Graph
from tests.app import matched


@pytest.fixture
def asked(monkeypatch):
    """A session, a front that answers what it is asked, and what the session was asked for."""
    session, told = matched.session(), []
    monkeypatch.setattr(session, "correspond", lambda *a, **k: told.append((a, k)), raising=False)
    host: Any = SimpleNamespace(session=session, show=told.append, refuse=told.append, answers={})
    host.ask_form = lambda title, options, then: then(answered(options, host.answers))
    return session, host, told


def at(session, **more):
    return Context(session=session, **more)


def test_the_recordings_that_were_current_last_are_matched(asked, monkeypatch):
    _, host, told = asked
    host.session = session = Session([*matched.pair()])
    monkeypatch.setattr(session, "correspond", lambda *a, **k: told.append((a, k)), raising=False)
    session.current = "bo"
    session.current = "ada"
    assert draw(candidates.SPEC, candidates.State(), session, Viewport()).action == "match_units"
    commands.press("match_units", "candidates", host)
    assert told == [(("ada", "bo"), {"by": ""}), "jobs"]


def test_a_recording_is_offered_the_others_and_a_graph_its_own_animals(asked):
    session, _, _ = asked
    words = {entry.words for entry in menu(at(session, kind="source", name="ada"))}
    assert {"Match units with bo", "Match units with bo by…"} <= words
    nodes = pd.DataFrame({"label": ["a", "b", "a"]})
    subjects = pd.DataFrame({"label": ["x", "y"]})
    session.add(Graph(session="worms", nodes=nodes, edges=[[0], [1]], subjects=subjects, of=[0, 0, 1]))
    assert _matches.others(at(session, kind="source", name="worms")) == ["one another"]
    assert _matches.others(at(session, kind="source", name="ada, bo")) == []


def test_matching_asks_the_session(asked):
    session, host, told = asked
    _matches.correspond(at(session, name="ada", other="bo"), host)
    _matches.correspond(at(session, name="worms", other="one another"), host)
    assert told == [(("ada", "bo"), {"by": ""}), "jobs", (("worms",), {"by": ""}), "jobs"]


def test_a_decoder_is_carried_to_recordings_that_share_a_condition(asked, monkeypatch):
    session, host, told = asked
    monkeypatch.setattr(session, "carry", lambda *a: told.append(a), raising=False)
    assert "Carry a decoder to bo (minutes)" in {entry.words for entry in menu(at(session, kind="source", name="ada"))}
    carl = matched.recording("carl", [0, 1, 2])
    session.add(replace(carl, intervals={"trials": carl.intervals["trials"].rename(columns={"target": "smell"})}))
    assert _matches.others_to_carry_to(at(session, name="ada")) == ["bo"]
    assert _matches.others_to_carry_to(at(session, name="carl")) == []
    assert _matches.others_to_carry_to(at(session, name="ada, bo")) == []
    _matches.carry(at(session, name="ada", other="bo"), host)
    assert told == [("ada", "bo"), "table"]
    assert session.view("table").of == "carried"


def test_an_animal_is_placed_into_an_atlas_that_is_not_its_own(asked, monkeypatch):
    session, host, told = asked
    monkeypatch.setattr(session, "locate", lambda *a: told.append(a), raising=False)
    session.add(matched.recording("carl", [0, 1, 2]))
    assert _matches.atlases(at(session, name="carl")) == []  # nothing is in a group
    units = session.sources["ada, bo"].units.assign(group="type 1")
    session.add(matched.matches(units=units, session="sorted"))
    assert _matches.atlases(at(session, name="carl")) == ["sorted"]
    assert _matches.atlases(at(session, name="ada")) == []
    assert "Place into sorted" in {entry.words for entry in menu(at(session, kind="source", name="carl"))}
    _matches.locate(at(session, name="carl", other="sorted"), host)
    assert told == [("carl", "sorted"), "table"]
    assert session.view("table").of == "located"


def test_the_way_and_its_options_are_asked_for(asked):
    session, host, told = asked
    host.answers = {"by": "rates", "options": "conditions=target, bin=0.2, bins=4"}
    _matches.ask_correspond(at(session, name="ada", other="bo"), host)
    assert told[0] == (("ada", "bo"), {"by": "rates", "conditions": "target", "bin": 0.2, "bins": 4})
    host.answers = {}
    _matches.ask_correspond(at(session, name="ada", other="bo"), host)
    assert told[2] == (("ada", "bo"), {"by": ""})
    host.answers = {"by": "rates", "options": "target"}
    with pytest.raises(ValueError, match="give options as key=value"):
        _matches.ask_correspond(at(session, name="ada", other="bo"), host)


def test_a_picked_pair_is_known_from_then_on(asked):
    session, host, told = asked
    assert not _matches.can_match_again(at(session, kind="view", name="table"))
    session.selection.pick("match", session.everything("match")[[3]])
    assert _matches.can_match_again(at(session, kind="view", name="table"))
    _matches.match_again(at(session), host)
    names, options = told[0]
    assert names == ("ada", "bo")
    assert options["known"] == [["ada/unit 3", "bo/unit 3"]]
    session.selection.pick("unit", ["ada/unit 3"])
    session.selection.pick("unit", ["bo/unit 0"], "add")  # which lights up its own match
    _matches.match_again(at(session), host)
    assert told[2][1]["known"] == [["ada/unit 3", "bo/unit 0"]]
