"""Colours: fixed, told apart, and honest about what is missing."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app import colors


@pytest.mark.parametrize("name", ["viridis", "cividis"])
def test_viridis_and_cividis_are_the_published_maps(name):
    colormap = pytest.importorskip("pyqtgraph.colormap")
    published = colormap.get(name).getLookupTable(0, 1, 256)[:, :3].astype(int)
    assert np.abs(published - getattr(colors, name.upper())).max() <= 8


@pytest.mark.parametrize("table", [colors.VIRIDIS, colors.CIVIDIS], ids=["viridis", "cividis"])
def test_amounts_grow_lighter(table):
    light = table.astype(float) @ [0.2126, 0.7152, 0.0722]
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


@pytest.mark.parametrize("shown", [["d"], ["a", "d"], ["d", "c", "b"]])
def test_a_category_keeps_its_colour_whichever_are_shown(shown):
    everywhere = ["a", "b", "c", "d"]
    whole = dict(zip(everywhere, colors.categories(everywhere).rgba.tolist()))
    assert colors.categories(shown, everywhere).rgba.tolist() == [whole[name] for name in shown]


@pytest.mark.parametrize("count", [1, 3, 8, 10])
def test_names_have_the_colour_of_their_place_and_all_beyond_the_eighth_are_grey(count):
    names, shown = list("abcdefghij")[:count], min(count, 8)
    coloring = colors.named([*names, "nobody"], names)
    assert np.array_equal(coloring.rgba[:shown], colors.categories(names[:8]).rgba)
    assert (coloring.rgba[shown:] == colors.GREY).all()
    assert [words for words, _ in coloring.legend] == [*names[:8], "other" if count > 8 else "none"]


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


@pytest.mark.parametrize("turns", [-2, -1, 1, 3])
def test_angles_a_turn_apart_are_equal(turns):
    angles = np.linspace(-3.0, 3.0, 20)
    apart = colors.angles(angles).rgba.astype(int) - colors.angles(angles + 2 * np.pi * turns).rgba
    assert np.abs(apart).max() <= 12


@pytest.mark.parametrize(
    ("name", "reach"), [("head_direction", (0.0, 2 * np.pi)), ("Phase", (0.0, 2 * np.pi)), ("speed", (0.02, 1.98))]
)
def test_numbers_have_the_map_that_suits_their_name(name, reach):
    low, high, words, _ = colors.by_kind(name, "words")(np.array([0.0, 1.0, 2.0])).scale
    assert (low, high, words) == (pytest.approx(reach[0]), pytest.approx(reach[1]), "words")


def test_fading_keeps_the_hue_at_a_quarter_of_the_opacity():
    rgba = np.array([[10, 20, 30, 255], [1, 2, 3, 100]], np.uint8)
    assert colors.fade(rgba).tolist() == [[10, 20, 30, 63], [1, 2, 3, 25]]
    assert rgba[0, 3] == 255


@pytest.mark.parametrize("dark", [True, False])
def test_truth_stands_out_on_both_themes(dark):
    assert abs(int(colors.ink(dark=dark)[0]) - int(colors.paper(dark=dark)[0])) > 200


def test_the_key_names_only_what_is_there():
    coloring = colors.categories(["b", "b"], ["a", "b", ""])
    assert [name for name, _ in coloring.legend] == ["b"]
    assert coloring.rgba[0].tolist() == coloring.legend[0][1].tolist()
    assert [name for name, _ in colors.categories(["", "a"], ["a", "b", ""]).legend] == ["a", "none"]


@pytest.mark.parametrize("dark", [True, False])
def test_dots_of_any_amount_stand_out_from_their_theme(dark):
    rgba = colors.by_kind("reward", "reward", dark=dark)(np.linspace(0, 1, 50)).rgba[:, :3] / 255
    luminance, back = (
        np.where(x <= 0.04, x / 12.92, ((x + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
        for x in (rgba, colors.paper(dark=dark)[None, :3] / 255)
    )
    ratio = (np.maximum(luminance, back) + 0.05) / (np.minimum(luminance, back) + 0.05)
    assert ratio.min() > 1.6
