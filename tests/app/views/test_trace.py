"""The trace shows what was measured beside what was decoded, and says what its score was measured on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.app import colors
from neurofm.app.pictures.scene import Line, Shape, Spans, Viewport
from neurofm.app.session import Session
from neurofm.app.views import _bands, _traced, trace
from neurofm.data.ids import pack
from neurofm.data.prediction import Prediction

VIEW = Viewport(width=300, height=200)


def lines(scene):
    return {m.name: m for m in scene.marks if isinstance(m, Line)}


@pytest.mark.parametrize("dark", [True, False])
def test_measured_is_ink_and_decoded_is_orange(session, dark):
    drawn = lines(trace.scene(trace.State(), session, replace(VIEW, dark=dark)))
    assert set(drawn) == {"x measured", "x decoded", "y measured", "y decoded"}
    for name, line in drawn.items():
        assert np.array_equal(line.color, colors.ink(dark=dark) if "measured" in name else colors.PREDICTED)
    assert drawn["x measured"].color.tolist() == ([255] * 4 if dark else [0, 0, 0, 255])


def test_features_are_stacked_without_overlap_and_one_keeps_its_values(session, recording):
    scene = trace.scene(trace.State(), session, VIEW)
    drawn = lines(scene)
    assert np.nanmedian(drawn["x measured"].y) > 1 > np.nanmedian(drawn["y measured"].y)
    assert [words for _, words in scene.y.ticks][1::3] == ["x (cm)", "y (cm)"]
    alone = trace.scene(trace.State(feature="y"), session, VIEW)
    assert np.array_equal(lines(alone)["y measured"].y, recording.series["position"].values[:, 1])
    assert (alone.y.label, alone.y.unit) == ("y", "cm")


@pytest.mark.parametrize(("tick", "end"), [(0, 0), (2, 1)], ids=["low", "high"])
def test_ticks_stand_at_the_values_they_name(session, recording, tick, end):
    reach = _bands.limits(recording.series["position"].values[:, 0])
    band = [_bands.Band("x", "cm", *reach)] * 2
    place, words = trace.scene(trace.State(), session, VIEW).y.ticks[tick]
    assert place == pytest.approx(_bands.place(band, 0, np.array(reach))[end])
    assert float(words) == pytest.approx(reach[end], rel=0.01)


def test_held_out_time_is_shaded_and_the_score_says_so(session):
    scene = trace.scene(trace.State(), session, VIEW)
    assert scene.title == "Trace · held out R² 0.84"
    (shade,) = (m for m in scene.marks if isinstance(m, Spans) and m.name == "held out")
    assert np.allclose(shade.ranges, [[104.95, 109.95]])


def test_a_score_is_not_made_up(session, make, recording):
    session.add(replace(make.prediction(recording), metrics={}, held_out=np.zeros(200, bool)))
    scene = trace.scene(trace.State(), session, VIEW)
    assert scene.title == "Trace"
    assert "held out" not in [words for words, _ in scene.legend]


def test_behaviour_stands_alone_before_any_run(make):
    session = Session([make.recording()])
    scene = trace.scene(trace.State(), session, VIEW)
    assert set(lines(scene)) == {"x measured", "y measured"}
    assert scene.title == "Trace"


def test_a_long_series_is_thinned_to_the_pixels(make):
    from neurofm.data import Series

    times = np.arange(200_000) / 1000
    recording = replace(
        make.recording(), series={"v": Series(times, np.sin(times)[:, None], ("v",))}, domain=np.array([[0, 200]])
    )
    scene = trace.scene(trace.State(), Session([recording]), VIEW)
    assert len(lines(scene)["v measured"].x) <= 2 * VIEW.width


@pytest.mark.parametrize(
    ("shape", "wanted"),
    [
        (Shape("box", np.array([[104.0, 0.0], [102.0, 1.0]])), None),
        (Shape("point", np.array([[103.52, 0.0]]), (0.2, 0.1)), [3_500_000]),
    ],
    ids=["box", "click"],
)
def test_a_box_picks_moments_in_its_time_and_a_click_the_nearest(session, shape, wanted):
    space, ids = trace.hit(trace.State(), session, shape)
    assert space == "time"
    assert ids.tolist() == (wanted or session.moments("rat", 102, 104).tolist())


def test_the_tooltip_tells_measured_and_decoded(session, recording):
    x, y = recording.series["position"].values[35]
    said = trace.describe(trace.State(), session, "time", 3_500_000)
    assert said == f"rat 103.500 s · x {x:.3g}, decoded {x + 1:.3g} · y {y:.3g}, decoded {y + 1:.3g}"


@pytest.fixture
def posed(session, tracks) -> Session:
    """A recording, and tracks on its clock."""
    moved = replace(tracks, trials=None, labels={"light": tracks.labels["light"]})
    session.add(replace(moved, times=moved.times + 101, timeline="rat"))
    return session


def test_tracks_have_a_curve_for_each_feature_of_each_animal(posed):
    state = trace.State(recording="box", series="ada")
    assert trace.choices(state, posed)["recording"] == ("", "rat", "box")
    assert trace.choices(state, posed)["series"][1:4] == ("frames", "ada", "bo")
    scene = trace.scene(state, posed, VIEW)
    assert scene.note.startswith("box · ada")
    assert [words for _, words in scene.y.ticks if "(" in words][:2] == ["speed (px/s)", "forward (px/s)"]
    alone = trace.scene(replace(state, series="ada.nose", feature="x"), posed, VIEW)
    assert (alone.y.label, alone.y.unit) == ("x", "px")
    drawn = lines(alone)["x measured"]
    seen = np.isfinite(drawn.y)
    np.testing.assert_allclose(drawn.y[seen], 3.0 * np.arange(6))
    np.testing.assert_allclose(drawn.x[seen], posed.sources["box"].times)
    assert trace.scene(trace.State(), posed, VIEW).note.startswith("rat")  # recordings first


def test_a_box_on_tracks_picks_frames_and_with_them_moments_of_the_spikes(posed):
    state = trace.State(recording="box", series="bo", feature="speed")
    space, ids = trace.hit(state, posed, Shape("box", np.array([[101.4, -1], [102.2, 1.0]])))
    assert (space, [int(i) & 0xFF for i in ids]) == ("frame", [1, 2])
    posed.selection.pick(space, ids)
    assert len(posed.selection.picked("time"))
    (shade,) = (m for m in trace.scene(state, posed, VIEW).marks if isinstance(m, Spans))
    np.testing.assert_allclose(shade.ranges[0, 0], 101.5)
    space, near = trace.hit(state, posed, Shape("point", np.array([[101.6, 0]]), (0.5, 1)))
    assert (space, [int(i) & 0xFF for i in near]) == ("frame", [1])
    assert "speed 0" in trace.describe(state, posed, space, int(near[0]))
    assert not len(trace.hit(state, posed, Shape("point", np.array([[110.0, 0]]), (0.5, 1)))[1])


def test_what_was_only_tracked_is_shown_without_a_recording(tracks):
    scene = trace.scene(trace.State(), Session([tracks]), VIEW)
    assert scene.note.startswith("box · frames")
    assert "measured" in dict(scene.legend)


def test_of_many_hours_some_frames_are_looked_at_and_that_is_told(tracks, monkeypatch):
    monkeypatch.setattr(_traced, "ROWS", 2)
    scene = trace.scene(trace.State(), Session([tracks]), VIEW)
    assert "one in 3 of its times" in scene.note


def test_what_only_a_prediction_measured_is_drawn_and_picked_beside_it(make, posed):
    box = posed.sources["box"]
    number = posed.number("box")
    foretold = Prediction(
        session="box", target="next", times=box.times[1:4], ids=pack(number, np.arange(1, 4)), space="frame",
        values=np.array([[1.0], [2.0], [3.0]]), truth=np.array([[1.5], [np.nan], [3.5]]), names=("forward",),
        held_out=np.zeros(3, bool), run="runs/b",
    )  # fmt: skip
    posed.add(foretold)
    state = trace.State(recording="box")
    scene = trace.scene(state, posed, VIEW)
    drawn = lines(scene)
    assert set(drawn) == {"forward decoded", "forward measured"}
    assert [words for words, _ in scene.legend] == ["measured", "decoded"]
    space, ids = trace.hit(
        state, posed, Shape("box", np.array([[box.times[2] - 0.01, -9], [box.times[3] + 0.01, 9.0]]))
    )
    assert (space, ids.tolist()) == ("frame", pack(number, np.array([2, 3])).tolist())
    posed.selection.pick(space, ids)
    assert any(isinstance(m, Spans) and m.name == "picked" for m in trace.scene(state, posed, VIEW).marks)
    posed.add(replace(foretold, truth=np.full((3, 1), np.nan), run="runs/c"))
    assert [words for words, _ in trace.scene(state, posed, VIEW).legend] == ["decoded"]
