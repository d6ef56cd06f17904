"""A view is drawn where something is open that it can show; else it invites to open that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm import registry
from neurofm.app.colors import OKABE_ITO, PICKED
from neurofm.app.pictures.draw import OCHRE, draw, lacks, on_light
from neurofm.app.pictures.scene import Column, Image, Line, Points, Scene, Spans, Table, Viewport
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


def test_yellow_is_darker_on_a_light_ground_and_all_else_as_it_was():
    rgba = np.c_[OKABE_ITO, np.full(7, 255)].astype(np.uint8)
    points = Points("unit", np.arange(7), np.zeros((7, 2)), rgba)
    line, span = Line(np.arange(2.0), np.arange(2.0), rgba[3]), Spans(np.zeros((1, 2)), PICKED)
    columns = Column("kind", ("a",) * 7, None, rgba), Column("rate", ("1",) * 7)
    table = Table("unit", np.arange(7), columns, np.zeros(7, bool))
    scene = Scene("", (points, line, span, table), legend=(("a", rgba[0]), ("d", rgba[3])))
    seen = on_light(scene)
    drawn, dotted = seen.marks[0], seen.marks[3].columns[0]
    for told in (drawn.color, dotted.color):
        assert told[3].tolist() == [*OCHRE, 255]
        assert np.array_equal(np.delete(told, 3, 0), np.delete(rgba, 3, 0))
    assert seen.marks[1].color.tolist() == seen.legend[1][1].tolist() == [*OCHRE, 255]
    assert seen.marks[2] is span
    assert seen.marks[3].columns[1] is table.columns[1]
    assert points.color is rgba  # which stays
    assert rgba[3, :3].tolist() == OKABE_ITO[3].tolist()
    picture = Image(np.broadcast_to(rgba[3], (2, 2, 4)), (0.0, 1.0), (0.0, 1.0))
    assert on_light(replace(scene, marks=(picture,))).marks[0].rgba[0, 0].tolist() == [*OCHRE, 255]
    assert on_light(replace(scene, marks=(picture,), legend=())).marks[0] is picture  # nobody has said what it means
    plain = replace(scene, marks=(replace(line, color=rgba[0]),))
    assert on_light(plain).marks[0] is plain.marks[0]
