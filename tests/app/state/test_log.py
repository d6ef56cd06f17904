"""What was done is told apart, taken back and looked up by what came of it."""

from __future__ import annotations

import pytest

from neurofm.app.state.log import Log


@pytest.fixture
def log():
    log = Log()
    for kind, name in (("open", "rat"), ("train", "poyo-1"), ("open", "cat"), ("open", "rat"), ("close", "rat")):
        log.add(kind, name, path="x")
    return log


def test_what_is_done_stands_last_and_is_handed_to_who_does_it(log):
    action = log.add("umap", "a unit", dims=2)
    assert log[-1] is action
    assert (action.options, action.done) == ({"dims": 2}, None)


@pytest.mark.parametrize(
    ("kind", "name", "at"), [("open", "rat", [0, 3]), ("open", "cat", [2]), ("train", "rat", []), ("spoon", "", [])]
)
def test_actions_are_found_by_kind_and_name_the_newest_last(log, kind, name, at):
    assert [id(action) for action in log.all(kind, name)] == [id(log[k]) for k in at]
    assert log.last(kind, name) is (log[at[-1]] if at else None)


def test_taking_back_one_of_two_equal_actions_leaves_the_other(log):
    first, second = log.all("open", "rat")
    assert first == second
    log.drop(second, None)
    assert log.all("open", "rat")[0] is first
    assert len(log) == 4
