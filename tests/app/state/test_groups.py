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
