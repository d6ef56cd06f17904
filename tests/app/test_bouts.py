"""Commands about bouts: what the front asks, and what comes of the answers."""

from __future__ import annotations

import pandas as pd
import pytest

from neurofm import io
from neurofm.app import commands
from neurofm.app.command import Context
from neurofm.data.ethogram import Ethogram


@pytest.fixture
def scored(session, host):
    table = pd.DataFrame({"start": [100, 104], "stop": [104, 110], "behavior": ["a", "b"]})
    session.add(Ethogram(session="rat bouts", clock="rat", bouts=table))
    return session


def titles(session, kind, name):
    return [entry.words for entry in commands.menu(Context(session=session, kind=kind, name=name))]


def behaviors(session):
    return session.sources["rat bouts"].bouts["behavior"].tolist()


@pytest.mark.parametrize(
    ("answers", "count", "shortest"), [({}, 0, 0.5), ({"count": 6}, 6, 0.5), ({"count": "5", "shortest": "2"}, 5, 2.0)]
)
def test_bouts_are_found_as_was_answered(fake_jobs, session, host, tmp_path, answers, count, shortest):
    session.folder = tmp_path
    assert "Find bouts…" in titles(session, "embedding", "a time")
    assert "Find bouts…" not in titles(session, "embedding", "a unit")
    host.answers = answers
    commands.do("bouts", host, kind="embedding", name="a time")
    (job,) = session.jobs
    assert (job.arguments["count"], job.arguments["shortest"]) == (count, shortest)
    assert host.shown == ["ethogram"]


@pytest.mark.parametrize("answers", [{"count": "many"}, {"count": 3, "shortest": "long"}, {"count": 1}])
def test_an_answer_that_is_none_is_refused(fake_jobs, session, host, answers):
    host.answers = answers
    commands.do("bouts", host, kind="view", name="ethogram")
    assert len(host.refused) == 1
    assert not list(session.jobs)


def test_picked_bouts_are_named_and_split(scored, host):
    assert "Name the picked bouts…" not in titles(scored, "view", "ethogram")
    scored.selection.pick("bout", ["rat bouts/bout 1"])
    assert {"Name the picked bouts…", "Split them at the time line…"} <= set(titles(scored, "view", "ethogram"))
    host.name = "groom"
    commands.do("name_bouts", host, kind="view", name="ethogram")
    assert behaviors(scored) == ["a", "groom"]
    scored.time, host.name = 107.0, "late"
    commands.do("split_bouts", host, kind="view", name="ethogram")
    assert behaviors(scored) == ["a", "groom", "late"]
    host.name = "  "
    commands.do("name_bouts", host, kind="view", name="ethogram")
    assert host.refused == ["a behaviour needs a name, got an empty one"]


def test_names_are_given_to_the_bouts_that_are_shown(scored, host):
    table = pd.DataFrame({"start": [101, 105], "stop": [103, 106], "behavior": ["a", "b"]})
    scored.add(Ethogram(session="other bouts", clock="rat", bouts=table))
    scored.view("ethogram").ethogram = "rat bouts"
    scored.selection.pick("bout", ["rat bouts/bout 1", "other bouts/bout 1"])
    for command, name in (("name_bouts", "groom"), ("split_bouts", "late")):
        host.name = name
        commands.do(command, host, kind="view", name="ethogram")
    assert behaviors(scored) == ["a", "late"]
    assert scored.sources["other bouts"].behaviors == ("a", "b")
    scored.selection.pick("bout", ["other bouts/bout 0"])  # where none of those that are shown is picked
    host.name = "groom"
    commands.do("name_bouts", host, kind="view", name="ethogram")
    assert scored.sources["other bouts"].behaviors == ("groom", "b")


def test_an_ethogram_is_exported_in_any_of_its_formats(scored, host, tmp_path):
    host.paths = [tmp_path / "rat.tsv"]
    commands.do("export_source", host, kind="source", name="rat bouts")
    kinds = dict(host.asked[0].kinds)
    assert kinds["BORIS events"] == ("*.tsv",)
    assert kinds["ndx-ethogram"] == ("*.nwb",)
    assert host.asked[0].name == "rat bouts.csv"
    assert io.read(tmp_path / "rat.tsv").behaviors == ("a", "b")
    assert "session.export('rat bouts', 'tables/rat.tsv')" in scored.script()


def test_a_table_of_bouts_is_put_on_the_clock_of_a_recording(session, host):
    table = pd.DataFrame({"start": [0, 4], "stop": [4, 9], "behavior": ["a", "b"]})
    session.add(Ethogram(session="scored", bouts=table))
    assert "Put on the clock of rat…" in titles(session, "source", "scored")
    (entry,) = (e for e in commands.menu(Context(session=session, kind="source", name="scored")) if "clock" in e.words)
    for answer, clock in (("soon", "scored"), ("0", "scored"), ("101.5", "rat")):
        host.name = answer
        entry.do(host)
        assert session.sources["scored"].clock == clock
    assert len(host.refused) == 2
