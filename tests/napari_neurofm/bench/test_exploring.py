"""Very many points moved and picked, timed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from napari_neurofm.bench.exploring import star_mask, timed

WHAT = {
    "ours": {"fresh picture", "pan", "lasso, own view", "lasso, five views"},
    "pyqtgraph": {"pan", "highlight"},
}


@pytest.mark.gui
@pytest.mark.parametrize("whose", WHAT)
def test_everything_that_is_compared_has_times(whose: str, measure: Callable[..., dict[str, Any]]) -> None:
    ms = measure("exploring", whose, 2000, 0, 2)["ms"]
    assert ms.keys() == WHAT[whose]
    assert all(len(times) == 2 and min(times) > 0 for times in ms.values())


def test_the_first_turn_only_warms_up() -> None:
    turns: list[int] = []
    assert len(timed(turns.append, 3)) == 3
    assert turns == [0, 1, 2, 3]


def test_peers_highlight_what_the_lasso_picks() -> None:
    share = star_mask(20_000, 0).mean()
    assert 0.05 < share < 0.2  # of points around the origin, a star of radius 0.5
