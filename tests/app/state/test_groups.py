"""Groups keep their name, colour and members."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app.state import groups
from neurofm.app.state.groups import Group


def test_each_thing_is_in_the_newest_of_its_groups():
    known = {g.name: g for g in (Group("a", "unit", np.array([1, 2])), Group("b", "unit", np.array([2, 3])))}
    assert groups.of(known, "unit", np.array([3, 2, 1, 0])).tolist() == ["b", "b", "a", ""]
    assert groups.of(known, "time", np.array([1])).tolist() == [""]
    assert groups.of({}, "unit", np.zeros(0, np.int64)).tolist() == []


def test_free_names_count_up_and_fill_gaps():
    def taken(*names: str) -> dict[str, Group]:
        return {name: Group(name, "unit", np.array([1])) for name in names}

    assert groups.free_name({}) == "group 1"
    assert groups.free_name(taken("group 1", "x")) == "group 2"
    assert groups.free_name(taken("group 2", "group 1")) == "group 3"
    assert groups.free_name(taken("group 2")) == "group 1"


def test_groups_are_equal_by_what_is_in_them():
    a = Group("a", "unit", np.array([1, 2]))
    assert a == Group("a", "unit", np.array([1, 2]))
    assert hash(a) == hash(Group("a", "unit", np.array([1, 2])))
    assert a != Group("a", "unit", np.array([1, 3]))
    assert a != Group("b", "unit", np.array([1, 2]))
    assert a != Group("a", "trial", np.array([1, 2]))


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


def test_nothing_and_nonsense_are_no_groups(session):
    with pytest.raises(ValueError, match="nothing is picked"):
        session.group()
    with pytest.raises(ValueError, match="nothing is picked"):
        session.group("a", "unit", [])
    with pytest.raises(LookupError, match="no space 'spoon'"):
        session.group("a", "spoon", [1])
    with pytest.raises(LookupError, match="no group 'a'"):
        session.pick_group("a")
    with pytest.raises(LookupError, match="no group 'a'"):
        session.ungroup("a")
    assert session.groups == {}


def test_groups_of_moments_colour_moments(session):
    ids = session.embeddings["a time"].ids
    session.group("early", "time", ids[:3])
    assert "group" in session.columns("time")
    assert session.values("time", "group", ids[:5]).tolist() == ["early"] * 3 + [""] * 2
