"""Embed: what is placed where, what is refused, and what the script says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurofm import io
from neurofm.app.session import Session
from neurofm.app.verbs import embed
from neurofm.data import Embedding, store
from neurofm.data.embedding import embedding_name
from neurofm.errors import DataError


@pytest.fixture
def session(make, fake_jobs, tmp_path):
    """Recordings a and b, and a run that places moments (in two parts), units and sessions; it knows a."""
    session = Session([make.recording("a"), make.recording("b")], folder=tmp_path)
    spaces = ["time", "unit", "session"]
    session.add(make.run(tmp_path / "run-1", "a", spaces=spaces, parts=["content", "style"]))
    return session


def asked(session):
    return [(j.action.options["of"], j.action.options.get("part", ""), j.action.options["names"]) for j in session.jobs]


@pytest.mark.parametrize(
    ("arguments", "name", "title", "names", "what"),
    [
        ({}, "run-1 time", "Embed moments by run-1", ["a", "b"], {"of": "time"}),
        ({"names": ["b"], "of": "unit"}, "run-1 unit", "Embed units by run-1", ["b"], {"of": "unit"}),
        (
            {"names": ["a"], "part": "style"},
            "run-1 time style",
            "Embed moments by run-1, style",
            ["a"],
            {"of": "time", "part": "style"},
        ),
    ],
)
def test_the_worker_gets_what_was_chosen_and_the_first_space_and_all_sources_else(
    session, tmp_path, arguments, name, title, names, what
):
    job = session.embed("run-1", **arguments)
    assert job.arguments == {"run": str(tmp_path / "run-1"), "data": session.files(names), **what}
    assert (job.action.name, job.title, job.action.options) == (name, title, {"run": "run-1", "names": names, **what})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("x",), "no run 'x'"),
        (("run-1", ["x"]), "no source 'x'"),
        (("run-1", ["a"], "trial"), "no space 'trial'; there are session, time, unit"),
    ],
)
def test_what_is_not_there_is_refused_by_name(session, arguments, says):
    before = list(session.actions)
    with pytest.raises(LookupError, match=says):
        session.embed(*arguments)
    assert list(session.jobs) == []
    assert session.actions == before


@pytest.mark.parametrize(
    ("spaces", "says"), [(["unit"], "open the recording that is to be placed in run-1"), ([], "nothing can be placed")]
)
def test_what_a_run_lacks_to_place_anything_is_said(make, fake_jobs, tmp_path, spaces, says):
    session = Session(folder=tmp_path)
    session.add(make.run(tmp_path / "run-1", "a", spaces=spaces))
    with pytest.raises(LookupError, match=says):
        session.embed("run-1")
    assert (list(session.jobs), [action.kind for action in session.actions]) == ([], ["load"])


BOTH = [("time", "content"), ("time", "style"), ("unit", "")]  # units have but one vector each


@pytest.mark.parametrize(("names", "sessions"), [(["a"], []), (["a", "b"], [("session", "")]), (["a", "gone"], [])])
def test_all_there_is_to_see_is_asked_for_and_sessions_where_there_are_two_to_compare(session, names, sessions):
    embed.all_spaces(session, "run-1", names)
    here = [name for name in names if name in session.sources]
    assert asked(session) == [(of, part, here) for of, part in [*BOTH, *sessions]]


def test_what_has_nothing_to_place_is_left_out(session, make):
    silent = make.recording("silent")
    session.add(replace(silent, intervals={}))
    assert embed.those_with(session, "trial", ["a", "silent", "gone"]) == ["a"]
    assert embed.those_with(session, "unit", ["a", "silent", "gone"]) == ["a", "silent"]


def test_the_newest_run_that_can_places_what_it_knows(session, make, tmp_path):
    session.add(make.run(tmp_path / "run-2", "b", spaces=["unit"]))
    embed.begin_newest(session, "unit")
    embed.begin_newest(session, "time")
    assert asked(session) == [("unit", "", ["b"]), ("time", "content", ["a"]), ("time", "style", ["a"])]


@pytest.mark.parametrize(("of", "words"), [("trial", "trials"), ("session", "sessions")])
def test_where_no_run_can_place_it_that_is_said(session, of, words):
    with pytest.raises(LookupError, match=f"no run that is open can place {words}; train a model first"):
        embed.begin_newest(session, of)
    assert list(session.jobs) == []


@pytest.mark.parametrize(
    ("asked", "mapped", "space"), [("trial", "time", "trial"), ("", "time", "time"), ("", "", "unit")]
)
def test_what_is_meant_is_what_has_a_map(session, make, asked, mapped, space):
    if mapped:
        session.add(make.moments(session.recordings["a"]))
    assert embed.space_of(session, asked) == space


@pytest.mark.parametrize(
    ("run", "options", "calls"),
    [
        (["r"], {"of": "unit"}, ["r.embed([a, b], of='unit')"]),
        (["r"], {"of": "unit", "part": "x"}, ["r.embed([a, b], of='unit', part='x')"]),
        ([], {"of": "unit"}, []),
    ],
    ids=["whole", "part", "no run"],
)
def test_the_script_places_the_same_with_the_run_if_that_is_made(lines, run, options, calls):
    code = [line for call in calls for line in (f"r_unit = {call}", "session.add(r_unit)")]
    assert lines("embed", "r unit", *run, "a", "b", run="r", names=["a", "b"], **options) == code


@pytest.mark.parametrize(("maker", "own"), [("units", True), ("prediction", False)])
def test_only_what_was_placed_is_traced_back_to_placing(session, make, maker, own):
    result = getattr(make, maker)(make.recording("a"))
    before = list(session.actions)
    assert embed.traced(session, "a unit", result) == own
    written = [(action.kind, action.options) for action in session.actions[len(before) :]]
    assert written == [("embed", {"run": "a", "names": ["a"], "of": "unit"})] * own


def test_a_part_that_was_placed_in_python_is_written_as_that_part(session, make):
    result = make.units(make.recording("a"))
    part = replace(result, name=f"{embedding_name(result.run, result.space)} short")
    embed.traced(session, part.name, part)
    assert list(session.actions)[-1].options["part"] == "short"


def test_a_page_that_somebody_edited_is_refused_by_its_field(read_back):
    with pytest.raises(DataError, match=r"session\.json: of: must be one of .*unit"):
        read_back("embed", "of", "unit']); import os #")


def test_the_file_has_a_row_for_each_unit(run, files, told, tmp_path):
    units = store.load(embed.work(told, tmp_path, run=run, data=files[:1], of="unit")["out"])
    assert isinstance(units, Embedding)
    assert (units.space, len(units.ids)) == ("unit", len(io.read(files[0]).units))
