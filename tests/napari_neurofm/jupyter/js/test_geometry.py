"""Where things are on the page."""

from __future__ import annotations

from typing import Any

import pytest

AXIS = {"label": "x", "unit": "", "range": [0, 10], "ticks": []}

TICKS = [
    ([0, 10], ["0", "2", "4", "6", "8", "10"]),
    ([-1, 1], ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
    ([0.0, 0.001], ["0.0000", "0.0002", "0.0004", "0.0006", "0.0008", "0.0010"]),
]


@pytest.mark.parametrize(("span", "words"), TICKS)
def test_ticks_are_round_and_their_words_as_long_as_they_need(page: Any, span: Any, words: Any) -> None:
    ticks = page.evaluate("(span) => nf.ticks(span, 300, 50)", span)
    assert [text for _, text in ticks] == words
    assert all(float(text.replace("−", "-")) == pytest.approx(value) for value, text in ticks)


@pytest.mark.parametrize(("span", "wide"), [([0, 1], [0, 1]), ([3, 3], [2.5, 3.5])])
def test_a_range_is_never_empty(page: Any, span: Any, wide: Any) -> None:
    assert page.evaluate("(span) => nf.wide(span)", span) == wide


def test_a_zoom_leaves_what_is_under_the_mouse(page: Any) -> None:
    low, high = page.evaluate("() => nf.about([0, 10], 4, 0.5)")
    assert (low, high) == (2, 7)
    assert (4 - low) / (high - low) == 0.4


@pytest.mark.parametrize(("equal", "y"), [(False, [0, 10]), (True, [2.5, 7.5])])
def test_equal_scales_show_more_along_the_longer_side(page: Any, equal: bool, y: Any) -> None:
    picture = {"x": AXIS, "y": AXIS | {"range": [2.5, 7.5] if equal else [0, 10]}, "equal": equal}
    shown = page.evaluate("(p) => nf.shownOf(p, null, { width: 200, height: 100 })", picture)
    assert shown == {"x": [0, 10], "y": y}


def test_pixels_and_data_are_each_others_inverse(page: Any) -> None:
    pixels = page.evaluate("""() => {
      const at = nf.scalesOf({ x: [2, 4], y: [-1, 1] }, { left: 40, top: 6, width: 200, height: 100 });
      const there = [[40, 6], [140, 56], [240, 106]].map(([x, y]) => [at.toX(x), at.toY(y)]);
      return there.map(([x, y]) => [x, y, at.px(x), at.py(y)]);
    }""")
    assert pixels == [[2, 1, 40, 6], [3, 0, 140, 56], [4, -1, 240, 106]]


def test_axes_get_the_room_their_words_need(page: Any) -> None:
    bare = {"label": "", "unit": "", "range": [0, 1], "ticks": []}
    area = "(p) => nf.areaOf(p, null, [400, 200], (words) => 6 * words.length)"
    alone = page.evaluate(area, {"x": bare, "y": bare})
    named = page.evaluate(area, {"x": AXIS, "y": AXIS})
    long = page.evaluate(area, {"x": AXIS, "y": bare | {"ticks": [[0, "a very long name"]]}})
    assert alone == {"left": 4, "top": 6, "width": 386, "height": 190}
    assert named["height"] < alone["height"]
    assert alone["left"] < named["left"] < long["left"]
