"""Group: what is picked gets a name, by which it can be coloured, filtered, picked, renamed and forgotten."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app.session import Session
from neurofm.errors import DataError


def test_what_is_picked_is_named_and_picked_again(session):
    session.selection.pick("unit", [4, 2])
    assert session.group("pair").ids.tolist() == [2, 4]
    session.selection.pick("unit", [0])
    session.pick_group("pair")
    assert session.selection.picked("unit").tolist() == [2, 4]
    assert session.table("unit")["group"].tolist() == ["", "", "pair", "", "pair"]
    assert session.passing('group == "pair"', "unit", np.arange(5)).tolist() == [False, False, True, False, True]


def test_a_name_given_twice_is_that_of_the_newer_group(session):
    session.group("a", "unit", [1])
    session.group("a", "unit", [3])
    assert session.groups["a"].ids.tolist() == [3]
    session.undo()
    assert session.groups["a"].ids.tolist() == [1]
    session.ungroup("a")
    assert "group" not in session.columns("unit")


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda s: s.group(), ValueError, "nothing is picked"),
        (lambda s: s.group("a", "unit", []), ValueError, "nothing is picked"),
        (lambda s: s.group("a", "spoon", [1]), LookupError, "no space 'spoon'"),
        (lambda s: s.group("a", "", [1]), LookupError, "no space ''"),
        (lambda s: s.group(3, "unit", [1]), ValueError, "name must be text, got 3"),
        (lambda s: s.group("a", "unit", [5]), LookupError, "no unit has the id 5; there are 0 to 4"),
        (lambda s: s.pick_group("a"), LookupError, "no group 'a'"),
        (lambda s: s.ungroup("a"), LookupError, "no group 'a'"),
    ],
)
def test_nothing_and_nonsense_are_no_groups(session, ask, error, words):
    with pytest.raises(error, match=words):
        ask(session)
    assert session.groups == {}


def test_groups_of_moments_colour_moments(session):
    ids = session.embeddings["a time"].ids
    session.group("early", "time", ids[:3])
    assert "group" in session.columns("time")
    assert session.values("time", "group", ids[:5]).tolist() == ["early"] * 3 + [""] * 2


def test_groups_without_a_name_are_numbered(session):
    assert [session.group("", "unit", [k]).name for k in range(3)] == ["group 1", "group 2", "group 3"]
    session.ungroup("group 2")
    session.group("", "unit", [4])
    assert set(session.groups) == {"group 1", "group 3", "group 2"}


def test_a_group_that_is_renamed_stays_where_it_stands_and_keeps_its_colour(session):
    for name, ids in (("a", [1]), ("b", [2])):
        session.group(name, "unit", ids)
    before = session.colors("group", "unit", np.arange(5)).rgba
    session.rename_group("a", "z")
    assert list(session.groups) == ["z", "b"]
    assert session.groups["z"].name == "z"
    assert np.array_equal(session.colors("group", "unit", np.arange(5)).rgba, before)
    session.undo()
    assert list(session.groups) == ["a", "b"]


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ("x", "y", LookupError, "no group 'x'"),
        ("a", "b", ValueError, "there is a group called 'b' already"),
        ("a", " ", ValueError, "a group needs a name"),
        ("a", None, ValueError, "name must be text, got None"),
    ],
)
def test_a_name_that_is_taken_or_unknown_is_refused(session, old, new, error, says):
    for name in ("a", "b"):
        session.group(name, "unit", [1])
    with pytest.raises(error, match=says):
        session.rename_group(old, new)
    assert list(session.groups) == ["a", "b"]


def test_of_a_closed_source_nothing_is_picked_and_nothing_written(make):
    session = Session([make.recording(), make.recording("bo")])
    ids = session.table("unit").index[[1, 5]]
    session.group("both", "unit", ids)
    session.group("rat alone", "unit", ids[:1])
    session.close("rat")
    session.pick_group("both")
    assert session.selection.picked("unit").tolist() == [ids[1]]
    assert [line for line in session.recipe if "group" in line] == [f"session.group('both', 'unit', [{ids[1]}])"]


def test_every_change_is_told(session, heard):
    said = heard(session.changed)
    session.group("a", "unit", [1])
    session.rename_group("a", "b")
    session.ungroup("b")
    assert said == [("group", "a"), ("group", "b"), ("group", "b")]


@pytest.mark.parametrize(
    ("space", "ids", "written"),
    [
        ("unit", [4, 2], "[2, 4]"),
        ("time", range(250_000, 20_000_000, 500_000), "np.r_[250000:19750001:500000]"),
    ],
    ids=["few", "many"],
)
def test_the_script_names_the_groups_that_stand(session, space, ids, written):
    session.group("lost", "trial", [1])
    session.group("a", space, list(ids))
    session.ungroup("lost")
    assert [line for line in session.recipe if "group" in line] == [f"session.group('a', {space!r}, {written})"]


@pytest.mark.parametrize(("option", "value"), [("space", "spoon"), ("ids", [1.5]), ("ids", "all")])
def test_a_page_that_somebody_edited_is_refused_by_its_field(read_back, option, value):
    with pytest.raises(DataError, match=rf"session\.json: {option}.* must be"):
        read_back("group", option, value)
