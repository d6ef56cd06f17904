"""A command: where it is offered, what its entries say, and what becomes of what cannot be done."""

from __future__ import annotations

import pytest

from neurofm.app.command import Command, Context, run
from neurofm.errors import NeuroFMError


def entries(command, session):
    return [entry.words for entry in command.entries(Context(session=session, kind="run", name="a"))]


def nothing(context, host):
    return None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"title": "Stop"}, ["Stop"]),
        ({"title": "Show {name}"}, ["Show a"]),
        ({"title": lambda context: f"Show {context.name}…"}, ["Show a…"]),
        ({"title": "Stop", "offered": lambda context: False}, []),
        ({"title": "Put {name} on {other}", "others": lambda context: ["b", "c"]}, ["Put a on b", "Put a on c"]),
        ({"title": "Put {name} on {other}", "others": lambda context: []}, []),
    ],
)
def test_entries_say_what_is_done_with_what(session, more, words):
    assert entries(Command(name="x", do=nothing, **more), session) == words


def test_an_entry_knows_what_it_was_asked_for(session, host):
    done = []
    command = Command(
        name="x", title="{other}", others=lambda context: ["b", "c"], do=lambda c, h: done.append((c.name, c.other, h))
    )
    for entry in command.entries(Context(session=session, kind="run", name="a")):
        entry.do(host)
    assert done == [("a", "b", host), ("a", "c", host)]


@pytest.mark.parametrize("error", [NeuroFMError("no"), ValueError("no"), LookupError("no"), OSError("no")])
def test_what_cannot_be_done_is_said_by_the_front(session, host, error):
    def fail(context, host):
        raise error

    run(Command(name="x", title="X", do=fail), Context(session=session), host)
    assert host.refused == ["no"]


def test_an_error_of_ours_is_not_hidden(session, host):
    def fail(context, host):
        raise TypeError("a mistake")

    with pytest.raises(TypeError):
        run(Command(name="x", title="X", do=fail), Context(session=session), host)
