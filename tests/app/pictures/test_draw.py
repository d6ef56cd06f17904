"""A view is drawn where something is open that it can show; else it invites to open that."""

from __future__ import annotations

import pytest

from neurofm import registry
from neurofm.app.pictures.draw import draw, lacks
from neurofm.app.pictures.scene import Scene, Viewport
from neurofm.app.session import Session
from neurofm.specs import ViewSpec

PORT = Viewport(None, None, 300, 200)


def view(needs):
    """A view whose picture is the state that it is given."""
    return ViewSpec(
        title="Waves", state=str, scene=lambda state, session, port: Scene(f"{state} {port.width}"), hit=print,
        describe=str, needs=needs, invitation="Open a wave",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("needs", "opened", "missing"),
    [
        ("", False, False), ("", True, False),
        ("any", False, True), ("any", True, False),
        ("recording", False, True), ("recording", True, False),
        ("wave", False, True), ("wave", True, True),
        ("clock", False, True), ("clock", True, False),
    ],
)  # fmt: skip
def test_a_view_that_lacks_what_it_needs_invites_to_open_it(recording, needs, opened, missing):
    session, spec = Session([recording] if opened else []), view(needs)
    assert lacks(spec, session) == missing
    picture = draw(spec, "state", session, PORT)
    if missing:
        assert (picture.title, picture.message, picture.action) == ("Waves", "Open a wave", "open")
    else:
        assert (picture.title, picture.message) == ("state 300", "")


def test_closing_the_last_brings_the_invitation_back(session):
    assert not lacks(view("recording"), session)
    session.close("rat")
    assert lacks(view("recording"), session)


@pytest.mark.parametrize("name", registry.names("neurofm.app.views"))
def test_every_view_says_what_it_shows_where_nothing_is_open(name):
    session, spec = Session(), registry.get("neurofm.app.views", name)
    picture = draw(spec, session.view(name), session, PORT)
    assert picture.title
    assert picture.message
    if lacks(spec, session):
        assert picture.message == spec.invitation
