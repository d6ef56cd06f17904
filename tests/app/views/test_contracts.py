"""What every view keeps to: pure, empty with a remedy, ids unique, never more marks than pixels."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import get_args, get_type_hints

import numpy as np
import pandas as pd
import pytest

from neurofm import registry
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Image, Line, Points, Scene, Shape, Viewport
from neurofm.app.session import Session
from neurofm.data import Embedding, Prediction, Recording, Series, Spikes
from neurofm.data.ids import SPACES

SPECS = registry.specs("neurofm.app.views")
VIEW = Viewport(width=300, height=200)

views = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS)


def same(a, b):
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if is_dataclass(a):
        return type(a) is type(b) and all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    return a == b


def test_there_are_the_views_of_first_light_and_the_table():
    assert {"table", "raster", "latent", "trace", "tuning", "training"} <= set(SPECS)


@views
def test_a_scene_is_pure(spec, session):
    session.selection.pick("unit", [1, 2])
    before = (dict(session.embeddings), list(session.actions), session.time)
    assert same(spec.scene(spec.state(), session, VIEW), spec.scene(spec.state(), session, VIEW))
    assert (dict(session.embeddings), list(session.actions), session.time) == before


@views
def test_an_empty_session_gives_one_sentence_and_what_to_do(spec):
    scene = draw(spec, spec.state(), Session(), VIEW)
    assert scene.marks == ()
    assert scene.message
    assert "." not in scene.message
    assert scene.action in ("open", "train")


@views
@pytest.mark.parametrize(
    "recording",
    [
        Recording(session="nothing"),
        Recording(session="silent", units=pd.DataFrame({"label": ["a"]})),
        Recording(
            session="one", spikes=Spikes(np.array([1.0]), np.zeros(1, np.int32)), units=pd.DataFrame({"label": ["a"]})
        ),
        Recording(session="still", series={"position": Series(np.arange(3.0), np.full((3, 2), np.nan), ("x", "y"))}),
        Recording(session="brief", series={"position": Series(np.array([2.0]), np.ones((1, 2)), ("x", "y"))}),
    ],
    ids=lambda r: r.session,
)
def test_poor_recordings_give_a_scene_too(spec, recording):
    session = Session([recording])
    scene = spec.scene(spec.state(), session, VIEW)
    assert isinstance(scene, Scene)
    assert scene.marks or scene.message
    box = Shape("box", np.array([[-10.0, -10.0], [10.0, 10.0]]))
    space, ids = spec.hit(spec.state(), session, box)
    assert space in (*SPACES, "")
    assert len(np.unique(ids)) == len(ids)


@views
def test_empty_embeddings_and_predictions_are_no_trouble(spec, make):
    session = Session([make.recording("a")])
    none = np.zeros(0)
    for space in ("unit", "time"):
        session.add(
            Embedding(
                name=space, space=space, ids=np.zeros(0, np.int64), values=np.zeros((0, 3)), xy=np.zeros((0, 2)),
                sessions=("a",),
            )
        )  # fmt: skip
    session.add(
        Prediction(
            session="a", target="position", times=none, ids=np.zeros(0, np.int64), values=np.zeros((0, 2)),
            truth=np.zeros((0, 2)), held_out=np.zeros(0, bool), names=("x", "y"),
        )
    )  # fmt: skip
    kinds = get_args(get_type_hints(spec.state).get("of"))
    for state in (spec.state(), *(spec.state(of=kind) for kind in kinds)):
        assert isinstance(spec.scene(state, session, VIEW), Scene)
        spec.hit(state, session, Shape("point", np.zeros((1, 2)), (1.0, 1.0)))


@views
def test_ids_are_unique_in_every_mark_and_marks_fit_the_pixels(spec, session):
    session.selection.pick("time", session.embeddings["a time"].ids[:7])
    for mark in spec.scene(spec.state(), session, VIEW).marks:
        if isinstance(mark, Points):
            assert len(np.unique(mark.ids)) == len(mark.ids) == len(mark.xy) == len(mark.color)
        if isinstance(mark, Image):
            assert mark.rgba.shape[0] <= VIEW.height
            assert mark.rgba.shape[1] <= VIEW.width
        if isinstance(mark, Line):
            assert len(mark.x) == len(mark.y)


@views
@pytest.mark.parametrize(
    "viewport",
    [
        Viewport(x=(101.0, 102.0), y=(0.5, 1.5), width=50, height=40, dark=False),
        Viewport(x=(500.0, 600.0), y=(90.0, 91.0)),
        Viewport(width=0, height=0),
    ],
    ids=["zoomed", "beside", "no size"],
)
def test_any_viewport_is_drawn(spec, session, viewport):
    assert isinstance(spec.scene(spec.state(), session, viewport), Scene)


@views
def test_what_is_hit_can_be_described(spec, session):
    scene = spec.scene(spec.state(), session, VIEW)
    if scene.message:
        return
    (x0, x1), (y0, y1) = scene.x.range, scene.y.range
    space, ids = spec.hit(spec.state(), session, Shape("box", np.array([[x0, y0], [x1, y1]])))
    assert len(ids)
    assert spec.describe(spec.state(), session, space, int(ids[0])).startswith("rat")


@views
def test_states_tell_of_changes(spec, heard):
    state = spec.state()
    said = heard(state.events)
    name = next(f.name for f in fields(state) if isinstance(getattr(state, f.name), str))
    words = get_args(get_type_hints(type(state))[name]) or ("another",)
    setattr(state, name, next(word for word in words if word != getattr(state, name)))
    assert len(said) == 1
