"""Colours: fixed, told apart, and honest about what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app import colors


def test_viridis_and_cividis_are_the_published_maps():
    colormap = pytest.importorskip("pyqtgraph.colormap")
    for name, table in (("viridis", colors.VIRIDIS), ("cividis", colors.CIVIDIS)):
        known = colormap.get(name).getLookupTable(0, 1, 256)[:, :3].astype(int)
        assert np.abs(known - table).max() <= 8


def test_amounts_grow_lighter():
    light = colors.VIRIDIS.astype(float) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(light) > -0.5).all()
    assert light[-1] > light[0] + 150


def test_the_circle_of_angles_closes():
    step = np.abs(np.diff(colors.CYCLIC.astype(int), axis=0)).max()
    assert np.abs(colors.CYCLIC[0].astype(int) - colors.CYCLIC[-1]).max() <= 2
    assert step <= 12


def test_the_commonest_eight_have_colours_and_the_rest_are_grey():
    values = [f"r{k}" for k in range(10) for _ in range(20 - k)]
    coloring = colors.categories(values)
    one = dict(zip(values, map(tuple, coloring.rgba)))
    assert len({one[f"r{k}"] for k in range(8)}) == 8
    assert one["r8"] == one["r9"] == tuple(colors.GREY)
    assert coloring.legend[-1][0] == "other"


@pytest.mark.parametrize("none", ["", None, np.nan])
def test_none_is_grey(none):
    coloring = colors.categories(np.array(["CA1", none], object))
    assert np.array_equal(coloring.rgba[1], colors.GREY)
    assert [words for words, _ in coloring.legend] == ["CA1", "none"]


def test_a_category_keeps_its_colour_whichever_are_shown():
    known = ["a", "b", "c", "d"]
    assert np.array_equal(colors.categories(["d"], known).rgba, colors.categories(["a", "d"], known).rgba[1:])


def test_missing_amounts_are_grey_and_do_not_set_the_limits():
    coloring = colors.amounts([0.0, 1.0, np.nan], limits=(0, 1))
    assert np.array_equal(coloring.rgba[2], colors.GREY)
    assert np.array_equal(coloring.rgba[:2, :3], colors.VIRIDIS[[0, 255]])
    low, high, *_ = colors.amounts([1.0, 2.0, np.nan]).scale
    assert 1 <= low < high <= 2
    assert (colors.amounts([np.nan, np.nan]).rgba == colors.GREY).all()


def test_signed_amounts_are_centred_on_zero():
    coloring = colors.signed([-1.0, 0.0, 2.0])
    assert coloring.scale[:2] == (-2.0, 2.0)
    assert np.ptp(coloring.rgba[1, :3].astype(int)) <= 4  # no hue in the middle


def test_angles_a_turn_apart_are_equal():
    a = colors.angles([0.3, -3.0]).rgba
    assert np.abs(a.astype(int) - colors.angles([0.3 + 2 * np.pi, -3.0 - 4 * np.pi]).rgba).max() <= 12


def test_fading_keeps_the_hue_at_a_quarter_of_the_opacity():
    rgba = np.array([[10, 20, 30, 255], [1, 2, 3, 100]], np.uint8)
    assert colors.fade(rgba).tolist() == [[10, 20, 30, 63], [1, 2, 3, 25]]
    assert rgba[0, 3] == 255


def test_truth_stands_out_on_both_themes():
    for dark in (True, False):
        assert abs(int(colors.ink(dark=dark)[0]) - int(colors.paper(dark=dark)[0])) > 200
