"""Curves keep every extreme, break over gaps, and stand in bands whose words never overlap."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofm.app.views._bands import LINE, Band, axis, decimate, limits, place, shade
from neurofm.data.spans import inside, tidy

XY = [Band("x", "cm", -1.0, 3.0), Band("y", "", 0.0, 10.0)]


@pytest.mark.parametrize(("unit", "words"), [("cm", "x (cm)"), ("", "x")])
def test_a_band_is_called_by_its_label_and_unit(unit, words):
    assert Band("x", unit, 0.0, 1.0).words == words


@pytest.mark.parametrize("k", [0, 1])
def test_a_band_holds_its_values_in_a_unit_of_height_the_first_on_top(k):
    band = XY[k]
    heights = place(XY, k, np.linspace(band.low, band.high, 5))
    np.testing.assert_allclose(heights, 1 - k + np.linspace(0.12, 0.88, 5))


def test_a_single_band_keeps_its_values_and_names_its_axis():
    values = np.array([3.0, np.nan])
    assert place(XY[:1], 0, values) is values
    alone = axis(XY[:1], 100)
    assert (alone.label, alone.unit, alone.ticks) == ("x", "cm", ())
    assert alone.range == pytest.approx((-1.2, 3.2))


@pytest.mark.parametrize(
    ("values", "share", "wanted"),
    [
        (np.arange(1001.0), 0.5, (0.0, 1000.0)),
        (np.r_[np.arange(1001.0), 1900.0], 0.5, (0.0, 1900.0)),
        (np.r_[np.arange(1001.0), 5000.0], 0.5, (5.005, 995.995)),
        (np.r_[np.nan, np.arange(101.0), np.inf], 10, (0.0, 100.0)),
        (np.full(9, 2.0), 0.5, (1.5, 2.5)),
        (np.array([np.nan]), 0.5, (0.0, 1.0)),
        (np.zeros(0), 0.5, (0.0, 1.0)),
    ],
    ids=["all", "a peak", "a wrong sample", "finite", "constant", "missing", "none"],
)
def test_limits_hold_nearly_all_values_and_are_never_empty(values, share, wanted):
    assert limits(values, share) == pytest.approx(wanted)


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(5, 60))
def test_thinning_keeps_the_extremes_of_every_column(seed, width):
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, 10, 1000))
    y = np.where(rng.random(1000) < 0.1, np.nan, rng.normal(size=1000))
    across, up = decimate(x, y, (2.0, 8.0), width, broken=False)
    assert len(across) <= 2 * width
    edges = np.linspace(2.0, 8.0, width + 1)
    for a, b in pairwise(edges):
        here, drawn = y[(x >= a) & (x < b)], up[(across >= a) & (across < b)]
        if np.isfinite(here).any():
            assert (np.nanmin(drawn), np.nanmax(drawn)) == (np.nanmin(here), np.nanmax(here))


@pytest.mark.parametrize("count", [60, 20_000])
def test_a_gap_breaks_the_line(count):
    x = np.r_[np.linspace(0, 4, count), np.linspace(6, 10, count)]
    across, up = decimate(x, np.sin(x), (0.0, 10.0), 50)
    broken = np.flatnonzero(np.isnan(across))
    assert len(broken) == 1
    assert across[broken - 1] <= 4.1
    assert across[broken + 1] >= 5.9
    assert np.isnan(up[broken]).all()


def test_few_samples_are_drawn_as_they_are():
    x, y = np.arange(10.0), np.arange(10.0) ** 2
    across, up = decimate(x, y, (3.0, 6.0), 100)
    assert across.tolist() == [2, 3, 4, 5, 6]
    assert up.tolist() == [4, 9, 16, 25, 36]


@settings(deadline=None)
@given(st.lists(st.floats(0, 100), max_size=300), st.integers(1, 40))
def test_shades_are_no_more_than_pixels_and_cover_what_they_shade(starts, width):
    spans = tidy(np.array(sorted(starts))[:, None] + [0.0, 0.01]) if starts else np.zeros((0, 2))
    shown = shade(spans, (20.0, 80.0), width)
    assert len(shown) <= width + 2
    assert inside(spans[(spans[:, 1] > 20) & (spans[:, 0] < 80)].mean(1), shown).all()
    assert (shown[1:, 0] - shown[:-1, 1] > 60 / width).all()


@pytest.mark.parametrize("count", [2, 4, 8, 40])
@pytest.mark.parametrize("height", [60, 130, 600])
def test_words_beside_the_bands_never_overlap(count, height):
    bands = [Band(f"class {k}", "", 0.0, 1.0) for k in range(count)]
    shown = axis(bands, height)
    rows = np.diff(sorted(at for at, _ in shown.ticks)) * height / count
    assert (rows >= 0.16 * height / count - 1e-9).all()
    names = [at for at, words in shown.ticks if words.startswith("class")]
    assert len(names) > 0
    assert (-np.diff(names) * height / count >= LINE).all()
    assert (len(shown.ticks) == 3 * count) == (height / count >= 3 * LINE)
