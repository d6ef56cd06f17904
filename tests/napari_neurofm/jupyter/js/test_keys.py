"""Keys while a view has the focus."""

from __future__ import annotations

from typing import Any

import pytest

import neurofm as nf
from neurofm.app.session import Session


@pytest.fixture
def trace(session: Session, shown: Any) -> Any:
    """A view that has the focus, at ten seconds."""
    session.time = 10.0
    page = shown(nf.view("trace", session))
    page.view.focus()
    return page


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.page.keyboard.press(key)
        page.settle()


STEPS = [("ArrowRight", 10.1), ("ArrowLeft", 9.9), ("Shift+ArrowRight", 11.0), ("Shift+ArrowLeft", 9.0)]


@pytest.mark.parametrize(("key", "time"), STEPS)
def test_arrows_step(key: str, time: float, trace: Any, session: Session) -> None:
    press(trace, key)
    assert session.time == pytest.approx(time)


def test_groups_are_named_and_picked_and_edits_undone(trace: Any, session: Session) -> None:
    session.selection.pick("unit", [1, 2])
    press(trace, "g", "Escape")
    assert len(session.selection.picked("unit")) == 0
    press(trace, "1")
    assert session.selection.picked("unit").tolist() == [1, 2]
    press(trace, "Control+z", "Control+z", "Control+z")
    assert not session.groups
    press(trace, "Control+Shift+z", "Control+Shift+z")
    assert session.groups


def test_space_plays_until_it_is_pressed_again(trace: Any, session: Session) -> None:
    trace.page.keyboard.press(" ")
    trace.until(lambda: session.time > 10.3, "some time")
    press(trace, " ")
    time = session.time
    trace.page.wait_for_timeout(200)
    trace.settle()
    assert session.time == time


def test_what_is_typed_in_a_field_is_no_command(trace: Any, session: Session) -> None:
    session.selection.pick("unit", [1, 2])
    trace.page.evaluate("() => view.ask.show({ title: 'Name', text: '', choices: [] })")
    press(trace, "g", "1", "Control+z")
    assert not session.groups
    assert len(session.selection.picked("unit")) == 2
