from __future__ import annotations

import numpy as np
import pytest

from neurofm.app import colors
from neurofm.app.pictures.scene import Image, Line, Viewport
from neurofm.app.views import _edges

XY = np.array([[0.5, 0.5], [3.5, 0.5], [9.0, 9.0], [np.nan, 0.0]])
BOX = (0.0, 4.0, 0.0, 4.0)


def crossed(edges: list[list[int]], most: int = 10) -> tuple[np.ndarray, int]:
    every = np.array(edges, np.int64)
    return _edges.crossed(XY, every, np.arange(every.shape[1]), BOX, most, 4, 4)


def test_an_edge_crosses_the_pixels_between_its_ends() -> None:
    counts, drawn = crossed([[0, 1], [1, 0]])
    assert drawn == 2
    assert (counts[0] >= 2).all()
    assert not counts[1:].any()


@pytest.mark.parametrize(("edges", "drawn"), [([[0], [2]], 1), ([[2], [0]], 1), ([[2], [2]], 0), ([[0], [3]], 0)])
def test_an_edge_that_leaves_is_drawn_as_far_as_it_is_seen(edges: list[list[int]], drawn: int) -> None:
    counts, number = crossed(edges)
    assert number == drawn
    assert bool(counts.any()) == bool(drawn)
    if drawn:
        assert counts[3, 3] > 0


def test_no_more_than_so_many_are_drawn() -> None:
    assert crossed([[0, 1, 0], [1, 0, 1]], most=2)[1] == 2


def test_few_are_lines_and_many_an_image() -> None:
    edges = np.array([[0, 0], [1, 2]])
    view = Viewport(width=8, height=8)
    (line,), count = _edges.lines(XY, edges, np.arange(2), BOX, view)
    assert isinstance(line, Line)
    assert (count, len(line.x)) == (2, 6)
    many = np.tile(edges, _edges.LINES)
    (image,), count = _edges.lines(XY, many, np.arange(many.shape[1]), BOX, view)
    assert isinstance(image, Image)
    assert image.rgba[..., 3].max() == _edges.SHADES[-1]
    assert _edges.lines(XY, edges[:, :0], np.arange(0), BOX, view) == ((), 0)


def test_edges_of_some_nodes() -> None:
    edges, ink = np.array([[0, 1, 2], [1, 2, 2]]), colors.ink(dark=True)
    order = np.array([2, 1, 0])
    (line,) = _edges.around(XY, edges, order, np.array([True, False, False, False]), ink)
    assert line.x[:2].tolist() == XY[[0, 1], 0].tolist()
    (line,) = _edges.around(XY, edges, order, np.array([False, True, True, False]), ink)
    assert np.isnan(line.x).sum() == 3
    assert _edges.around(XY, edges, order, np.zeros(4, bool), ink) == ()
    assert _edges.around(XY, edges, order, np.array([False, False, False, True]), ink) == ()
