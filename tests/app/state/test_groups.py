"""Groups keep their name, colour and members."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app.state import groups
from neurofm.app.state.groups import Group

TWO = {g.name: g for g in (Group("a", "unit", np.array([1, 2])), Group("b", "unit", np.array([2, 3])))}


@pytest.mark.parametrize(
    ("there", "space", "ids", "names"),
    [(TWO, "unit", [3, 2, 1, 0], ["b", "b", "a", ""]), (TWO, "time", [1], [""]), ({}, "unit", [], [])],
)
def test_each_thing_is_in_the_newest_of_its_groups(there, space, ids, names):
    assert groups.of(there, space, np.array(ids, np.int64)).tolist() == names


@pytest.mark.parametrize(
    ("taken", "free"),
    [
        ([], "group 1"),
        (["group 1", "x"], "group 2"),
        (["group 2", "group 1"], "group 3"),
        (["group 2"], "group 1"),
    ],
)
def test_free_names_count_up_and_fill_gaps(taken, free):
    assert groups.free_name({name: Group(name, "unit", np.array([1])) for name in taken}) == free


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        (Group("a", "unit", np.array([1, 2])), True),
        (Group("a", "unit", np.array([1, 3])), False),
        (Group("b", "unit", np.array([1, 2])), False),
        (Group("a", "trial", np.array([1, 2])), False),
        ("a", False),
    ],
)
def test_groups_are_equal_by_what_is_in_them(other, equal):
    one = Group("a", "unit", np.array([1, 2]))
    assert (one == other) == equal
    assert not equal or hash(one) == hash(other)


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
