from __future__ import annotations

import numpy as np
import pytest

from neurofm.app import colors
from neurofm.app.pictures.scene import Image, Points, Shape, Viewport
from neurofm.app.views import _marks
from neurofm.data.embedding import Embedding

XY = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [np.nan, 0.0]])
SHOWN = Embedding(name="some", space="unit", ids=np.array([5, 6, 7, 8]), values=np.zeros((4, 2)), xy=np.zeros((4, 2)))
BOX = [[-0.5, -0.5], [0.5, 1.5]]


@pytest.mark.parametrize(
    ("kind", "xy", "ids"),
    [
        ("point", [[0.9, 0.05]], [6]),
        ("point", [[0.5, 0.5]], []),
        ("box", BOX, [5, 7]),
        ("lasso", [[-0.5, -0.5], [1.5, -0.5], [1.5, 0.5], [-0.5, 0.5]], [5, 6]),
    ],
)
def test_rows_under_a_shape(kind: str, xy: list[list[float]], ids: list[int]) -> None:
    shape = Shape(kind, np.array(xy), (0.2, 0.2))
    assert _marks.under(SHOWN, XY, None, shape).tolist() == ids
    assert _marks.under(SHOWN, XY, np.array([False, True, False, True]), shape).tolist() == [k for k in ids if k == 6]


@pytest.mark.parametrize("many", [False, True])
def test_few_rows_are_points_and_many_an_image(monkeypatch: pytest.MonkeyPatch, many: bool) -> None:
    monkeypatch.setattr(_marks, "MANY", 1 if many else 20)
    rgba = np.tile(colors.GREY, (4, 1))
    box, view = (0.0, 1.0, 0.0, 1.0), Viewport(width=20, height=20)
    (mark,) = _marks.layer(SHOWN, XY, rgba, None, box=box, viewport=view, size=1.0, opacity=1.0)
    assert isinstance(mark, Image if many else Points)
    if isinstance(mark, Points):
        assert mark.ids.tolist() == [5, 6, 7]  # one is nowhere
    nothing = np.zeros(4, bool)
    assert _marks.layer(SHOWN, XY, rgba, nothing, box=box, viewport=view, size=1.0, opacity=1.0) == ()


def test_picked_rows_are_drawn_once_where_they_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    picked = np.array([True, False, False, False])
    assert _marks.below(None, picked) is not None
    assert _marks.below(None, picked).tolist() == [False, True, True, True]  # type: ignore[union-attr]
    monkeypatch.setattr(_marks, "MANY", 2)
    assert _marks.below(None, picked) is None


def test_points_upon_each_other_are_clearer_and_smaller_so_that_their_number_shows() -> None:
    def drawn(count: int, spread: float) -> Points:
        xy = np.random.default_rng(0).normal(0.5, spread, (count, 2))
        many = Embedding(name="many", space="unit", ids=np.arange(count), values=xy, xy=xy)
        rgba, view = np.tile(colors.GREY, (count, 1)), Viewport(width=300, height=300)
        (mark,) = _marks.layer(many, xy, rgba, None, box=(0.0, 1.0, 0.0, 1.0), viewport=view, size=1.0, opacity=1.0)
        assert isinstance(mark, Points)
        return mark

    few, heap, cloud = drawn(30, 0.2), drawn(1_000, 0.01), drawn(16_000, 0.2)
    assert (few.size, few.color[0, 3]) == (8.0, 255)
    assert (heap.size, cloud.size) == (8.0, 3.0)
    assert heap.color[0, 3] < cloud.color[0, 3] < 255
