"""The raster counts every spike once, where it belongs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.app.pictures.scene import Image, Line, Shape, Spans, Viewport
from neurofm.app.session import Session
from neurofm.app.views import raster
from neurofm.data import Recording, Series, Spikes
from neurofm.data.ids import pack

VIEW = Viewport(width=40, height=100)


def image(scene):
    return next(m for m in scene.marks if isinstance(m, Image))


@pytest.mark.parametrize("unit", range(5))
def test_pixels_are_lit_where_units_fired(session, recording, unit):
    lit = image(raster.scene(raster.State(), session, VIEW)).rgba[..., 3] > 0
    fired = np.histogram(recording.spikes.times[recording.spikes.unit == unit], np.linspace(100, 120, 41))[0]
    assert (lit[unit] == (fired > 0)).all()


def test_a_memory_map_draws_the_same(recording, session, tmp_path):
    for name in ("times", "unit"):
        np.save(tmp_path / f"{name}.npy", getattr(recording.spikes, name))
    spikes = Spikes(*(np.load(tmp_path / f"{n}.npy", mmap_mode="r") for n in ("times", "unit")))
    mapped = Session([Recording(session="rat", spikes=spikes, units=recording.units, domain=recording.domain)])
    a, b = (image(raster.scene(raster.State(), s, VIEW)).rgba for s in (session, mapped))
    assert np.array_equal(a, b)


def test_more_units_than_pixels_share_rows_and_a_picked_one_shows(make):
    units = pd.DataFrame({"label": [f"u{k}" for k in range(1000)]})
    spikes = Spikes(np.arange(1000.0), np.arange(1000, dtype=np.int32))
    session = Session([Recording(session="a", spikes=spikes, units=units)])
    session.selection.pick("unit", [503])
    rgba = image(raster.scene(raster.State(), session, VIEW)).rgba
    assert len(rgba) == 100
    strong = np.flatnonzero((rgba[..., 3] > 63).any(1))
    assert strong.tolist() == [50]


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("as stored", ["u0", "u1", "u2", "u3", "u4"]),
        ("depth", ["u4", "u3", "u2", "u1", "u0"]),
        ("region", ["u3", "u0", "u2", "u1", "u4"]),
    ],
)
def test_units_are_ordered_as_asked_and_hits_follow(session, order, names):
    state = raster.State(order=order)
    for k, name in enumerate(names):
        space, ids = raster.hit(state, session, Shape("point", np.array([[110.0, k + 0.5]])))
        assert space == "unit"
        assert [session.label("unit", int(i)) for i in ids] == [f"rat/{name}"]


def test_rates_rise_upwards(session, recording):
    state = raster.State(order="rate")
    order = [int(raster.hit(state, session, Shape("point", np.array([[0.0, k + 0.5]])))[1][0]) for k in range(5)]
    assert (np.diff(recording.rates()[order]) >= 0).all()


@pytest.mark.parametrize(
    ("corners", "picked"),
    [
        ([[104.0, 3.7], [102.0, 1.2]], [1, 2, 3]),
        ([[100.0, -3.0], [110.0, -1.0]], []),
        ([[100.0, 7.0], [110.0, 9.0]], []),
    ],
    ids=["across", "below", "above"],
)
def test_a_box_picks_the_rows_it_touches(session, corners, picked):
    space, ids = raster.hit(raster.State(), session, Shape("box", np.array(corners)))
    assert (space, ids.tolist()) == ("unit", picked)


def test_a_box_picks_the_moments_it_spans_if_told_so(session):
    box = Shape("box", np.array([[104.0, 3.7], [102.0, 1.2]]))
    space, ids = raster.hit(raster.State(pick="time"), session, box)
    assert space == "time"
    assert ids.tolist() == session.moments("rat", 102, 104).tolist()


def test_picked_units_stay_and_others_fade(session):
    full = image(raster.scene(raster.State(), session, VIEW)).rgba
    session.selection.pick("unit", [2])
    rgba = image(raster.scene(raster.State(), session, VIEW)).rgba
    assert np.array_equal(rgba[2], full[2])
    assert (rgba[[0, 1, 3, 4], :, 3].astype(int) <= full[[0, 1, 3, 4], :, 3] // 4 + 1).all()
    assert np.array_equal(rgba[..., :3], full[..., :3])


def test_picks_of_another_recording_are_named_and_fade_nothing(session, make):
    full = image(raster.scene(raster.State(), session, VIEW)).rgba
    session.add(make.recording("other"))
    session.current = "rat"
    number = session.number("other")
    session.selection.pick("unit", pack(number, np.arange(2)))
    scene = raster.scene(raster.State(), session, VIEW)
    assert np.array_equal(image(scene).rgba, full)
    assert scene.note.endswith("2 picked units are of other")
    session.selection.pick("unit", pack(number, np.arange(1)))
    assert raster.scene(raster.State(), session, VIEW).note.endswith("1 picked unit is of other")


def test_the_time_the_picked_moments_and_the_trials_are_marked(session):
    session.time = 111.0
    session.selection.pick("time", session.embeddings["a time"].ids[[3]])
    scene = raster.scene(raster.State(), session, VIEW)
    assert scene.cursor == 111.0
    (spans,) = (m for m in scene.marks if isinstance(m, Spans))
    assert np.allclose(spans.ranges, [[101.5, 102.0]], atol=1e-3)
    (line,) = (m for m in scene.marks if isinstance(m, Line))
    assert np.unique(line.x).tolist() == [101.0, 105.0, 110.0, 116.0]
    assert not any(isinstance(m, Line) for m in raster.scene(raster.State(trials=False), session, VIEW).marks)


@pytest.mark.parametrize(("unit", "words"), [(1, "rat/u1 · CA3"), (3, "rat/u3")])  # the other is nowhere
def test_the_tooltip_says_who_where_and_how_much(session, recording, unit, words):
    told = raster.describe(raster.State(), session, "unit", unit)
    assert told == f"{words} · {recording.rates()[unit]:.4g} Hz"  # 0.036 Hz is not 0


def test_cells_without_spikes_are_drawn_by_their_activity_and_picked(make):
    labels, times = ("0", "1", "2"), np.arange(100) / 10
    values = np.abs(np.sin(times[:, None] * [1, 2, 3]))
    series = {name: Series(times, values, labels) for name in ("dff", "spks")}
    session = Session([Recording(session="a", units=pd.DataFrame({"label": labels}), series=series)])
    state = session.view("raster")
    assert raster.choices(state, session)["activity"] == ("", "spks", "dff")
    shown = raster.scene(state, session, VIEW)
    assert "activity: spks" in shown.note
    assert shown.scale[2]
    assert (image(shown).rgba[..., 3] == 255).all()
    space, ids = raster.hit(state, session, Shape("point", np.array([[5.0, 1.5]])))
    session.selection.pick(space, ids)
    assert (image(raster.scene(state, session, VIEW)).rgba[..., 3] == 255).all(1).tolist() == [False, True, False]
    state.activity = "dff"
    assert "1 of 3 units picked; activity: dff" in raster.scene(state, session, VIEW).note
