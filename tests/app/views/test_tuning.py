"""Tuning of what is picked, by the picture that the data allow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.tuning import information, place_field, psth
from neurofm.app import colors
from neurofm.app.pictures.scene import Image, Line, Shape, Viewport
from neurofm.app.session import Session
from neurofm.app.views import tuning
from neurofm.data import Series
from neurofm.synthetic.demo import demo

VIEW = Viewport(width=300, height=200)


@pytest.fixture
def moving(recording):
    """The recording with a velocity beside the position."""
    series = recording.series["position"]
    velocity = Series(series.times, np.gradient(series.values, axis=0), ("vx", "vy"), "cm/s")
    return Session([replace(recording, series={"position": series, "velocity": velocity})])


def test_picked_units_show_their_place_fields(moving, recording):
    moving.selection.pick("unit", [1, 3])
    scene = tuning.scene(tuning.State(kind="place"), moving, VIEW)
    assert all(isinstance(m, Image) for m in scene.marks)
    assert [words.split()[0] for _, words in scene.x.ticks] == ["u1", "u3"]
    rates, x, y = place_field(recording, [1, 3])
    peak = np.nanmax(rates[0])
    shown = colors.amounts(rates[0].ravel(), limits=(0, peak)).rgba.reshape(*rates[0].shape, 4)
    seen = np.isfinite(rates[0])
    assert np.array_equal(scene.marks[0].rgba[seen], shown[seen])
    assert (scene.marks[0].rgba[~seen] == 0).all()
    assert scene.marks[0].x == (x[0], x[-1])
    assert scene.marks[0].y == (y[0], y[-1])
    assert all(float(words) == at for at, words in scene.y.ticks)


def test_maps_of_places_in_pixels_lie_as_the_picture_does(moving, recording):
    place = replace(next(iter(moving.recordings.values())).series["position"], unit="px")
    camera = Session([replace(recording, series={"position": place})])
    up = tuning.scene(tuning.State(kind="place"), moving, VIEW)
    down = tuning.scene(tuning.State(kind="place"), camera, VIEW)
    assert np.array_equal(down.marks[0].rgba, up.marks[0].rgba[::-1])
    assert down.marks[0].y == tuple(-at for at in up.marks[0].y[::-1])
    assert all(float(words) == -at for at, words in down.y.ticks)
    for scene, session in ((up, moving), (down, camera)):
        (left, right), (bottom, top) = scene.marks[1].x, scene.marks[1].y
        inside = Shape("box", np.array([[left + 0.01, bottom], [right - 0.01, (bottom + top) / 2]]))
        assert len(tuning.hit(tuning.State(kind="place"), session, inside)[1]) == 1
        beyond = Shape("box", np.array([[left, top + 1], [right, top + 2]]))
        assert not len(tuning.hit(tuning.State(kind="place"), session, beyond)[1])


@pytest.mark.parametrize("by", ["tuned", "active"])
def test_without_a_pick_the_most_tuned_show_and_say_so(by, moving, recording, monkeypatch):
    monkeypatch.setattr(tuning, "MANY", 1_000_000 if by == "tuned" else 0)
    worth = information(recording, np.arange(5), "place", "position") if by == "tuned" else recording.rates()
    scene = tuning.scene(tuning.State(kind="place"), moving, VIEW)
    best = np.sort(np.argsort(-worth)[:4])
    assert [words.split()[0] for _, words in scene.x.ticks] == [f"u{k}" for k in best]
    assert f"most {by}" in scene.note
    moving.selection.pick("unit", [0])
    assert f"most {by}" not in tuning.scene(tuning.State(kind="place"), moving, VIEW).note


def test_of_many_picked_units_the_most_tuned_show_and_say_so(moving, recording, monkeypatch):
    monkeypatch.setattr(tuning, "MOST", 2)
    moving.selection.pick("unit", np.arange(1, 5))
    scene = tuning.scene(tuning.State(kind="place"), moving, VIEW)
    best = 1 + np.sort(np.argsort(-information(recording, np.arange(1, 5), "place", "position"))[:2])
    assert [words.split()[0] for _, words in scene.x.ticks] == [f"u{k}" for k in best]
    assert scene.note.startswith("rat · the most tuned 2 of 4 picked units · ")


def test_a_pick_of_all_shows_as_many_as_of_many(moving, monkeypatch):
    monkeypatch.setattr(tuning, "TUNED", 2)
    monkeypatch.setattr(tuning, "MOST", 3)
    assert len(tuning.scene(tuning.State(kind="place"), moving, VIEW).x.ticks) == 2
    moving.selection.pick("unit", np.arange(5))
    assert len(tuning.scene(tuning.State(kind="place"), moving, VIEW).x.ticks) == 3


def test_a_unit_of_few_spikes_is_not_taken_for_the_most_tuned(moving, recording, monkeypatch):
    counts = np.bincount(recording.spikes.unit)
    monkeypatch.setattr(tuning, "FEWEST", counts.max())
    monkeypatch.setattr(tuning, "MOST", 1)
    moving.selection.pick("unit", np.arange(5))
    scene = tuning.scene(tuning.State(kind="place"), moving, VIEW)
    assert counts[int(scene.x.ticks[0][1].split()[0][1:])] == counts.max()


@pytest.mark.parametrize(("kind", "unit"), [("direction", "°"), ("psth", "s")])
def test_curves_are_named_and_in_their_units(moving, kind, unit):
    moving.selection.pick("unit", [0, 2])
    scene = tuning.scene(tuning.State(kind=kind), moving, VIEW)
    assert [m.name for m in scene.marks if isinstance(m, Line)] == ["u0", "u2"]
    assert [words for words, _ in scene.legend] == ["u0", "u2"]
    assert (scene.x.unit, scene.y.unit) == (unit, "Hz")


def test_the_response_to_trials_is_that_of_the_analysis(moving, recording):
    moving.selection.pick("unit", [2])
    (line,) = tuning.scene(tuning.State(kind="psth"), moving, VIEW).marks
    rates, centres = psth(recording, [2], recording.intervals["trials"]["start"], (-0.5, 1.0), 0.05)
    assert np.array_equal(line.y, rates[0])
    assert np.array_equal(line.x, centres)


TIMES = np.arange(100, 120, 0.1)
LICK = {"lick": Series(TIMES, np.arange(200.0)[:, None], ("lick",), "mV")}


@pytest.mark.parametrize(
    ("kind", "given", "title", "axis"),
    [
        ("place", {"series": {}}, "Response to trials", ("Time from the start of a trial", "s")),
        ("auto", {"series": LICK, "intervals": {}}, "Tuning", ("lick", "mV")),
        ("auto", {"series": {}, "intervals": {}}, "Tuning", ("", "")),
    ],
    ids=["trials", "one series", "nothing"],
)
def test_the_picture_is_the_one_that_the_data_allow(recording, kind, given, title, axis):
    scene = tuning.scene(tuning.State(kind=kind), Session([replace(recording, **given)]), VIEW)
    assert (scene.title, (scene.x.label, scene.x.unit)) == (title, axis)
    assert (scene.action, bool(scene.marks)) == (("", True) if axis[0] else ("join_with", False))


@pytest.fixture(scope="module")
def mixed():
    """A session with units of place, of direction, and that answer a cue."""
    return Session(demo(duration=60)[:1])


@pytest.mark.parametrize(
    ("kind", "title"), [("place", "Place fields"), ("direction", "Direction tuning"), ("cue", "Response to trials")]
)
def test_each_pick_shows_the_tuning_that_says_most_of_it(mixed, kind, title):
    (recording,) = mixed.recordings.values()
    mixed.selection.pick("unit", np.flatnonzero(recording.units["kind"] == kind)[:4])
    assert tuning.scene(tuning.State(), mixed, VIEW).title == title


def test_units_of_the_picked_recording_show(make):
    session = Session([make.recording("a"), make.recording("b")])
    session.selection.pick("unit", [(1 << 44) + 2])
    assert tuning.scene(tuning.State(), session, VIEW).note == "b"


@pytest.mark.parametrize("k", range(3))
def test_a_click_on_a_map_picks_its_unit(moving, k):
    state, units = tuning.State(kind="place"), [1, 3, 4]
    moving.selection.pick("unit", units)
    mark = tuning.scene(state, moving, VIEW).marks[k]
    point = Shape("point", np.array([[np.mean(mark.x), np.mean(mark.y)]]))
    assert tuning.hit(state, moving, point)[1].tolist() == [units[k]]


@pytest.mark.parametrize("k", range(2))
def test_a_click_on_a_curve_picks_its_unit_and_one_beside_it_none(moving, k):
    state, units = tuning.State(kind="psth"), [0, 2]
    moving.selection.pick("unit", units)
    line = tuning.scene(state, moving, VIEW).marks[k]
    peak = np.array([[line.x[line.y.argmax()], line.y.max()]])
    assert units[k] in tuning.hit(state, moving, Shape("point", peak, (1e-6, 1e-6)))[1]
    assert len(tuning.hit(state, moving, Shape("point", np.array([[0.2, 1e6]]), (0.01, 1.0)))[1]) == 0


def test_units_are_named_only_where_they_are(make):
    bare = replace(make.recording(), units=pd.DataFrame({"label": list("abcde")}))
    session = Session([bare])
    session.selection.pick("unit", [0])
    assert tuning.describe(tuning.State(), session, "unit", 0).startswith("rat/a · ")


def test_what_a_recording_has_no_tuning_for_is_told_and_the_rest_is_said_of_maps(moving):
    alone = Session([replace(moving.recordings["rat"], intervals={})])
    scene = tuning.scene(tuning.State(kind="psth"), alone, VIEW)
    kind = "place" if scene.title == "Place fields" else "direction"
    assert scene.warning == f"rat has nothing for 'psth'; '{kind}' is shown"
    maps = tuning.scene(tuning.State(kind="place"), moving, VIEW)
    assert not maps.warning
    assert maps.note.endswith(" bins, smoothed by one")
