"""The loops that keep up with the mouse say what the plain rule says, however many points there are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurofm.app.views import _kernels
from neurofm.app.views._kernels import ALONE, bin_points, count_spikes, in_box, in_polygon, mark, paint_rows, taken

corner = st.tuples(st.integers(-4, 4), st.integers(-4, 4))
STAR = np.linspace(0, 2 * np.pi, 64, endpoint=False)
STAR = np.c_[np.cos(STAR), np.sin(STAR)] * (1 + 0.5 * np.sin(7 * STAR))[:, None]


def even_odd(x, y, corners):
    """The rule itself: count the edges crossed by a ray to the right."""
    odd = False
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, 0)):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            odd = not odd
    return odd


@pytest.mark.parametrize(("alone", "scattered"), [(ALONE, 100), (10, 3000)], ids=["few points", "many points"])
@settings(max_examples=60)
@given(st.lists(corner, min_size=3, max_size=9), st.integers(0, 1000))
def test_a_lasso_is_exact_for_any_polygon_also_on_its_corners(alone, scattered, corners, seed):
    corners = np.array(corners, float)
    grid = np.stack(np.meshgrid(np.arange(-5, 6), np.arange(-5, 6)), -1).reshape(-1, 2).astype(float)
    xy = np.concatenate([grid, np.random.default_rng(seed).uniform(-5, 5, (scattered, 2))])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_kernels, "ALONE", alone)
        assert in_polygon(xy, corners).tolist() == [even_odd(x, y, corners) for x, y in xy]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("scale", "shift"), [(1e-6, 0.0), (1.0, 0.0), (1e3, 1e4)])
def test_a_lasso_of_many_corners_is_exact_at_any_scale(dtype, scale, shift):
    xy = (np.random.default_rng(0).normal(size=(3000, 2)) * scale + shift).astype(dtype)
    corners = STAR * scale + shift
    assert in_polygon(xy, corners).tolist() == [even_odd(float(x), float(y), corners) for x, y in xy]


SQUARE = np.array([[-9.0, -9.0], [9.0, -9.0], [9.0, 9.0], [-9.0, 9.0]])


@pytest.mark.parametrize(("corners", "inside"), [(4, [False, False, True]), (2, [False, False, False])])
def test_points_that_are_nowhere_are_in_no_lasso_and_nothing_is_in_a_line(corners, inside):
    xy = np.array([[np.nan, 0.0], [0.0, np.inf], [0.0, 0.0]])
    assert in_polygon(xy, SQUARE[:corners]).tolist() == inside


@settings(deadline=None)  # the first call compiles
@given(st.integers(0, 1000))
def test_a_box_holds_what_lies_between_its_corners(seed):
    rng = np.random.default_rng(seed)
    xy, (low, high) = rng.integers(-3, 4, (50, 2)).astype(float), np.sort(rng.integers(-3, 4, (2, 2)), 0).astype(float)
    xy[0] = np.nan
    assert in_box(xy, low, high).tolist() == [bool((p >= low).all() and (p <= high).all()) for p in xy]


@settings(deadline=None)
@given(st.sets(st.integers(0, 40)), st.lists(st.integers(0, 40), unique=True))
def test_marks_are_membership(picks, ids):
    ids_, picks_ = np.array(ids, np.int64), np.array(sorted(picks), np.int64)
    assert mark(ids_, np.argsort(ids_), picks_).tolist() == [i in picks for i in ids]


@pytest.mark.parametrize("count", [0, 1, 7, 2 * ALONE + 3])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_taken_is_what_a_mask_takes(count, share):
    inside = np.random.default_rng(0).random(count) < share
    ids = np.arange(count) * 3
    np.testing.assert_array_equal(taken(ids, inside), ids[inside])


@pytest.mark.parametrize("alone", [ALONE, 10], ids=["one thread", "several"])
def test_binned_colours_are_means_of_the_points_in_each_pixel(alone, monkeypatch):
    monkeypatch.setattr(_kernels, "ALONE", alone)
    rng = np.random.default_rng(0)
    xy, shown = rng.uniform(-1, 2, (500, 2)), rng.random(500) < 0.7
    color = rng.integers(0, 256, (500, 4)).astype(np.uint8)
    image = bin_points(xy, color, shown, (0.0, 1.0, 0.0, 1.0), 4, 3)
    for row in range(3):
        for column in range(4):
            here = shown & (np.floor(xy[:, 0] * 4) == column) & (np.floor(xy[:, 1] * 3) == row)
            wanted = color[here].mean(0) if here.any() else np.zeros(4)
            assert np.abs(image[row, column, :3] - wanted[:3]).max() <= 1
            assert image[row, column, 3] <= wanted[3] + 1


@pytest.mark.parametrize("counts", [[1, 1, 1], [1, 4, 40], [3, 400, 40_000]], ids=["alone", "many", "very many"])
def test_where_more_points_lie_there_is_more_opacity_and_all_of_it_where_most_are(counts):
    xy = np.repeat(np.c_[np.arange(3.0) + 0.5, np.full(3, 0.5)], counts, 0)
    color, shown = np.tile(np.array([10, 20, 30, 200], np.uint8), (len(xy), 1)), np.ones(len(xy), bool)
    image = bin_points(xy, color, shown, (0.0, 4.0, 0.0, 1.0), 4, 1)[0]
    assert (image[:3, :3] == [10, 20, 30]).all()
    assert image[3].tolist() == [0, 0, 0, 0]
    opacity = image[:3, 3]
    assert opacity[2] == 200
    assert (np.diff(opacity.astype(int)) > 0).all() or counts[2] == 1
    assert opacity[0] >= 0.2 * 200 - 1


def test_spikes_are_counted_by_column_and_row_and_painted_stronger_the_more_there_are():
    rng = np.random.default_rng(0)
    unit, bounds, row = (
        rng.integers(0, 4, 200).astype(np.int32),
        np.array([0, 50, 50, 200]),
        np.array([1, -1, 0, 1], np.int32),
    )
    counts = count_spikes(unit, bounds, row, 2)
    wanted = [[sum(row[u] == r for u in unit[a:b]) for r in range(2)] for a, b in pairwise(bounds)]
    assert counts.tolist() == wanted
    color = np.array([[10, 20, 30, 255], [40, 50, 60, 100]], np.uint8)
    rgba = paint_rows(counts, color, float(counts.max()))
    assert (rgba[:, 1] == 0).all()  # no spike there
    assert (rgba[:, [0, 2], :3] == color[:, None, :3]).all()
    shares = np.minimum(0.4 + 0.6 * counts.T / counts.max(), 1) * (counts.T > 0)
    assert np.abs(rgba[..., 3] - color[:, 3:] * shares).max() < 1
