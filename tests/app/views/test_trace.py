"""The trace keeps every extreme, breaks over gaps, and says what its score was measured on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofm.app import colors
from neurofm.app.pictures.scene import Line, Shape, Spans, Viewport
from neurofm.app.session import Session
from neurofm.app.views import _bands, trace
from neurofm.data.spans import inside, tidy

VIEW = Viewport(width=300, height=200)


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(5, 60))
def test_thinning_keeps_the_extremes_of_every_column(seed, width):
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 10, 1000))
    y = np.where(rng.random(1000) < 0.1, np.nan, rng.normal(size=1000))
    across, up = _bands.decimate(x, y, (2.0, 8.0), width, broken=False)
    assert len(across) <= 2 * width
    edges = np.linspace(2.0, 8.0, width + 1)
    for a, b in pairwise(edges):
        here, drawn = y[(x >= a) & (x < b)], up[(across >= a) & (across < b)]
        if np.isfinite(here).any():
            assert (np.nanmin(drawn), np.nanmax(drawn)) == (np.nanmin(here), np.nanmax(here))


@pytest.mark.parametrize("count", [60, 20_000])
def test_a_gap_breaks_the_line(count):
    x = np.r_[np.linspace(0, 4, count), np.linspace(6, 10, count)]
    across, up = _bands.decimate(x, np.sin(x), (0.0, 10.0), 50)
    broken = np.flatnonzero(np.isnan(across))
    assert len(broken) == 1
    assert across[broken - 1] <= 4.1
    assert across[broken + 1] >= 5.9
    assert np.isnan(up[broken]).all()


def test_few_samples_are_drawn_as_they_are():
    x, y = np.arange(10.0), np.arange(10.0) ** 2
    across, up = _bands.decimate(x, y, (3.0, 6.0), 100)
    assert across.tolist() == [2, 3, 4, 5, 6]
    assert up.tolist() == [4, 9, 16, 25, 36]


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), max_size=300), st.integers(1, 40))
def test_shades_are_no_more_than_pixels_and_cover_what_they_shade(starts, width):
    spans = tidy(np.array(sorted(starts))[:, None] + [0.0, 0.01]) if starts else np.zeros((0, 2))
    shown = _bands.shade(spans, (20.0, 80.0), width)
    assert len(shown) <= width + 2
    assert inside(spans[(spans[:, 1] > 20) & (spans[:, 0] < 80)].mean(1), shown).all()
    assert (shown[1:, 0] - shown[:-1, 1] > 60 / width).all()


def lines(scene):
    return {m.name: m for m in scene.marks if isinstance(m, Line)}


def test_measured_is_ink_and_decoded_is_orange(session):
    found = lines(trace.scene(trace.State(), session, VIEW))
    assert set(found) == {"x measured", "x decoded", "y measured", "y decoded"}
    assert np.array_equal(found["x measured"].color, colors.ink(dark=True))
    assert np.array_equal(found["y decoded"].color, colors.PREDICTED)
    light = lines(trace.scene(trace.State(), session, Viewport(dark=False)))
    assert light["x measured"].color.tolist() == [0, 0, 0, 255]


def test_features_are_stacked_without_overlap_and_one_keeps_its_values(session, recording):
    scene = trace.scene(trace.State(), session, VIEW)
    found = lines(scene)
    assert np.nanmedian(found["x measured"].y) > 1 > np.nanmedian(found["y measured"].y)
    assert [words for _, words in scene.y.ticks][1::3] == ["x (cm)", "y (cm)"]
    alone = trace.scene(trace.State(feature="y"), session, VIEW)
    assert np.array_equal(lines(alone)["y measured"].y, recording.series["position"].values[:, 1])
    assert (alone.y.label, alone.y.unit) == ("y", "cm")


@pytest.mark.parametrize("count", [2, 4, 8, 40])
@pytest.mark.parametrize("height", [60, 130, 600])
def test_words_beside_the_bands_never_overlap(count, height):
    bands = [_bands.Band(f"class {k}", "", 0.0, 1.0) for k in range(count)]
    shown = _bands.axis(bands, height)
    rows = np.diff(sorted(at for at, _ in shown.ticks)) * height / count
    assert (rows >= 0.16 * height / count - 1e-9).all()
    names = [at for at, words in shown.ticks if words.startswith("class")]
    assert len(names) > 0
    assert (-np.diff(names) * height / count >= _bands.LINE).all()
    assert (len(shown.ticks) == 3 * count) == (height / count >= 3 * _bands.LINE)


def test_ticks_stand_at_the_values_they_name(session, recording):
    scene = trace.scene(trace.State(), session, VIEW)
    low, high = _bands.limits(recording.series["position"].values[:, 0])
    band = [_bands.Band("x", "cm", low, high)] * 2
    assert scene.y.ticks[0][0] == pytest.approx(_bands.place(band, 0, np.array([low]))[0])
    assert float(scene.y.ticks[2][1]) == pytest.approx(high, rel=0.01)


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


def test_a_box_picks_moments_in_its_time_and_a_click_the_nearest(session):
    box = Shape("box", np.array([[104.0, 0.0], [102.0, 1.0]]))
    assert trace.hit(trace.State(), session, box)[1].tolist() == session.moments("rat", 102, 104).tolist()
    space, ids = trace.hit(trace.State(), session, Shape("point", np.array([[103.52, 0.0]]), (0.2, 0.1)))
    assert (space, ids.tolist()) == ("time", [3_500_000])


def test_the_tooltip_tells_measured_and_decoded(session, recording):
    x, y = recording.series["position"].values[35]
    said = trace.describe(trace.State(), session, "time", 3_500_000)
    assert said == f"rat 103.500 s · x {x:.3g}, decoded {x + 1:.3g} · y {y:.3g}, decoded {y + 1:.3g}"
