"""What was done can be taken back and done again."""

from __future__ import annotations

import pytest

from neurofm.app.state.history import History


@pytest.fixture
def counter():
    """A number that each step adds to, and its history."""
    value, history = [0], History()

    def add(amount: int) -> None:
        def move(by: int) -> None:
            value[0] += by

        move(amount)
        history.did(lambda: move(-amount), lambda: move(amount))

    return value, history, add


def test_steps_go_back_and_forth_in_order(counter):
    value, history, add = counter
    for amount in (1, 10, 100):
        add(amount)
    seen = []
    for step in (history.undo, history.undo, history.redo, history.undo, history.undo):
        assert step()
        seen.append(value[0])
    assert seen == [11, 1, 11, 1, 0]


def test_at_either_end_nothing_happens_and_nothing_is_told(counter, heard):
    value, history, add = counter
    add(1)
    said = heard(history.changed)
    assert not history.redo()
    assert history.undo()
    assert not history.undo()
    assert value == [0]
    assert len(said) == 1


def test_picks_and_edits_are_taken_back_in_the_order_they_were_made(session):
    session.selection.pick("unit", [1])
    session.group("a")
    session.selection.pick("unit", [2])
    session.undo()
    assert session.selection.picked("unit").tolist() == [1]
    session.undo()
    assert session.groups == {}
    session.undo()
    assert session.selection.picked("unit").tolist() == []
    for _ in range(3):
        assert session.redo()
    assert list(session.groups) == ["a"]
    assert session.selection.picked("unit").tolist() == [2]


@pytest.mark.parametrize(
    ("steps", "value", "back", "again"),
    [
        ([1, "undo", 10], 10, True, False),  # what was undone is gone
        ([1, 2, "undo", "clear"], 1, False, False),
        ([1, 2, "undo"], 1, True, True),
        ([1, "undo"], 0, False, True),
    ],
)
def test_what_can_be_done_next_follows_from_what_was_done(counter, steps, value, back, again):
    total, history, add = counter
    for step in steps:
        add(step) if isinstance(step, int) else getattr(history, step)()
    assert total == [value]
    assert history.redo() == again
    assert history.undo() == (back or again)


@pytest.mark.parametrize("way", ["undo", "redo"])
def test_a_step_that_fails_stays_where_it_was(way):
    history = History()

    def fail() -> None:
        raise RuntimeError("no")

    history.did(fail if way == "undo" else print, fail)
    if way == "redo":
        assert history.undo()
    for _ in range(2):  # it is not lost
        with pytest.raises(RuntimeError):
            getattr(history, way)()


def test_what_is_done_together_is_one_step(counter):
    value, history, add = counter
    add(1)
    with history.together():
        add(10)
        add(100)
    with history.together():
        pass  # nothing, which is no step
    assert history.undo()
    assert value[0] == 1
    assert history.redo()
    assert value[0] == 111
    assert [history.undo(), history.undo(), history.undo()] == [True, True, False]
    assert value[0] == 0
