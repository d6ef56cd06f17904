"""Each mark is drawn as what it is, and a table's words fit their cells."""

from __future__ import annotations

from typing import get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PathCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

from neurofm.app.pictures.paper import Paper
from neurofm.app.pictures.paper_marks import DRAW, _arrow, _cut, _shared, draw_table
from neurofm.app.pictures.scene import Column, Image, Line, Points, Scene, Spans, Table

PAPER = Paper(4.0, 3.0, 6.0, 100)
RED = np.array([213, 94, 0, 255], np.uint8)
MARKS = {
    PathCollection: Points("unit", np.arange(3), np.arange(6.0).reshape(3, 2), np.tile(RED, (3, 1)), 8.0),
    Line2D: Line(np.arange(3.0), np.array([1.0, np.nan, 3.0]), RED, 2.0),
    AxesImage: Image(np.tile(RED, (2, 3, 1)), (0.0, 5.0), (1.0, 2.0)),
    PolyCollection: Spans(np.array([[2.0, 3.0], [4.0, 7.0]]), RED),
}


def drawn(mark):
    """What is on the axes once the mark is."""
    axes = Figure().add_subplot()
    before = set(axes.get_children())
    DRAW[type(mark)](axes, mark, PAPER, 5)
    (artist,) = set(axes.get_children()) - before
    return artist


def test_every_mark_but_the_table_is_drawn():
    marks = get_args(get_args(get_type_hints(Scene)["marks"])[0])
    assert {*DRAW, Table} == set(marks)


@pytest.mark.parametrize("kind", MARKS, ids=lambda kind: kind.__name__)
def test_a_mark_is_one_artist_of_its_kind_in_its_place_in_the_order(kind):
    artist = drawn(MARKS[kind])
    assert isinstance(artist, kind)
    assert artist.get_zorder() == 5


@pytest.mark.parametrize(
    ("kind", "look", "wanted"),
    [
        (PathCollection, lambda a: a.get_offsets().data.tolist(), [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]),
        (PathCollection, lambda a: a.get_sizes().tolist(), [16.0]),  # 8 pixels of a font of 12 are 4 points of one of 6
        (PathCollection, lambda a: len(a.get_edgecolors()), 0),
        (Line2D, lambda a: a.get_xdata().tolist(), [0.0, 1.0, 2.0]),
        (Line2D, lambda a: np.isnan(a.get_ydata()).tolist(), [False, True, False]),
        (Line2D, lambda a: a.get_linewidth(), 1.0),
        (AxesImage, lambda a: list(a.get_extent()), [0.0, 5.0, 1.0, 2.0]),
        (AxesImage, lambda a: a.origin, "lower"),
        (
            PolyCollection,
            lambda a: [sorted({*path.vertices[:, 0]}) for path in a.get_paths()],
            [[2.0, 3.0], [4.0, 7.0]],
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_mark_has_the_place_and_size_that_it_says(kind, look, wanted):
    assert look(drawn(MARKS[kind])) == wanted


@given(st.lists(st.floats(1, 100), min_size=1, max_size=12), st.floats(0.05, 0.99))
def test_widths_that_are_shared_fill_the_room_and_the_widest_give_way_first(need, share):
    needs = np.array(need)
    room = share * needs.sum()
    wide = _shared(needs, room)
    assert wide.sum() == pytest.approx(room, rel=1e-6)
    full = wide >= needs - 1e-9
    assert np.ptp(wide[~full]) < 1e-6 if (~full).any() else True
    assert not full.any() or needs[full].max() <= wide.max() + 1e-6


@given(st.text("abc ", max_size=20), st.integers(2, 25))
def test_words_are_cut_where_they_do_not_fit_and_say_so(text, letters):
    cut = _cut(text, letters)
    assert len(cut) <= letters
    assert cut == text if len(text) <= letters else cut[-1] == "…" and text.startswith(cut[:-1])


@pytest.mark.parametrize(("by", "down", "arrow"), [("rate", False, " ▲"), ("rate", True, " ▼"), ("label", True, "")])
def test_the_column_that_orders_the_rows_has_an_arrow(by, down, arrow):
    table = Table("unit", np.arange(0), (), np.zeros(0, bool), sorted_by=by, descending=down)
    assert _arrow(table, "rate") == arrow


@pytest.mark.parametrize(("rows", "note"), [(3, ""), (100, " of 100 rows")])
def test_a_table_says_how_many_rows_are_left_out(rows, note):
    columns = (Column("rate", tuple(map(str, range(rows))), np.ones(rows), np.tile(RED, (rows, 1))),)
    axes = Figure().add_subplot()
    axes.set_title("Units", loc="left")
    draw_table(axes, Table("unit", np.arange(rows), columns, np.arange(rows) == 1, total=rows), PAPER)
    cells = [text.get_text() for text in axes.texts]
    assert cells == ["rate", *map(str, range(len(cells) - 1))]
    shown = len(cells) - 1
    assert axes.get_title(loc="left") == ("Units" if shown == rows else f"Units · {shown}{note}")
    assert (shown == rows) == (not note)
