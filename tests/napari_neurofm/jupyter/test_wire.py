"""What travels to the page: plain words, and numbers as buffers."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from napari_neurofm.jupyter.wire import png, scene_values
from neurofm.app.pictures.scene import Axis, Column, Image, Line, Points, Scene, Spans, Table

RED = np.array([255, 0, 0, 128], np.uint8)
NUMBERS = np.arange(6.0).reshape(3, 2)


def mark(given: Any) -> dict[str, Any]:
    return scene_values(Scene("", (given,)))["marks"][0]


def test_points_keep_places_and_colours() -> None:
    color = np.arange(12, dtype=np.uint8).reshape(3, 4)
    points = mark(Points("unit", np.arange(3), NUMBERS.astype(np.float32), color, 5.0, RED))
    assert np.frombuffer(points["xy"]).tolist() == NUMBERS.ravel().tolist()
    assert points["color"] == color.tobytes()
    assert (points["size"], points["outline"]) == (5.0, "rgba(255, 0, 0, 0.502)")


def test_one_colour_for_all_points_is_told_for_each() -> None:
    assert mark(Points("unit", np.arange(3), NUMBERS, RED))["color"] == RED.tobytes() * 3


def test_lines_keep_their_breaks() -> None:
    line = mark(Line(np.array([0.0, 1, np.nan, 3]), np.arange(4.0), RED, 2.0))
    assert np.isnan(np.frombuffer(line["x"])).tolist() == [False, False, True, False]
    assert (line["color"], line["width"]) == ("rgba(255, 0, 0, 0.502)", 2.0)


def test_spans_keep_microseconds_far_from_zero() -> None:
    ranges = np.array([[1e6 + 1e-6, 1e6 + 2e-6]])
    assert np.array_equal(np.frombuffer(mark(Spans(ranges, RED))["ranges"]), ranges.ravel())


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (200, 300)])
def test_an_image_is_a_png_with_its_first_row_at_the_bottom(shape: tuple[int, int]) -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (*shape, 4)).astype(np.uint8)
    drawn = np.round(255 * imread(io.BytesIO(png(rgba)))).astype(np.uint8)
    assert np.array_equal(drawn[::-1], rgba)
    image = mark(Image(rgba, (0.0, 2.0), (1.0, 3.0)))
    assert (image["png"], image["x"], image["y"]) == (png(rgba), [0.0, 2.0], [1.0, 3.0])


def test_a_table_keeps_words_bars_dots_and_picks() -> None:
    bars, dots = np.array([0.5, np.nan]), np.stack([RED, RED])
    columns = Column("rate", ("1", "2"), bars), Column("region", ("CA1", "CA3"), None, dots)
    table = mark(Table("unit", np.arange(2), columns, np.array([False, True]), 10, 12, "rate", True))
    rate, region = table["columns"]
    assert (rate["name"], rate["text"], rate["color"]) == ("rate", ["1", "2"], None)
    assert np.frombuffer(rate["bars"])[0] == 0.5
    assert (region["bars"], region["color"]) == (None, RED.tobytes() * 2)
    assert table["picked"] == b"\0\1"
    assert (table["first"], table["total"], table["sorted"], table["descending"]) == (10, 12, "rate", True)


def test_words_and_axes_are_plain_and_arrays_never_text() -> None:
    axis = Axis("Time", "s", (0, np.float64(1)), ((0.5, "half"),))
    colors = np.tile(RED, (256, 1))
    values = scene_values(Scene(
        "Title", (Line(np.arange(1000.0), np.arange(1000.0), RED),), axis, axis, legend=(("CA1", RED),),
        scale=(0.0, 1.0, "rate", colors), colored=("unit", "region"), note="note", warning="warning", equal=True,
    ))  # fmt: skip
    told = json.dumps(values, default=lambda value: f"{len(value)} bytes")
    assert len(told) < 700
    assert values["x"] == {"label": "Time", "unit": "s", "range": [0.0, 1.0], "ticks": [[0.5, "half"]]}
    assert values["legend"] == [["CA1", "rgba(255, 0, 0, 0.502)"]]
    assert values["scale"] == {"low": 0.0, "high": 1.0, "words": "rate", "colors": colors.tobytes()}
    assert values["picks"] is True
