"""Neighbours in a latent space: the nearest, but no two of one stretch of time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurofm.analysis import nearest as module
from neurofm.analysis.nearest import nearest

LINE = np.arange(10.0)[:, None]  # rows on a line, one unit apart


def near(picked: Any, **options: Any) -> list[int]:
    given: dict[str, Any] = {"source": np.zeros(10), "seconds": np.arange(10.0), "count": 3} | options
    return nearest(LINE, picked, **given).tolist()


def test_the_picked_stands_first_then_the_nearest() -> None:
    assert near([4]) == [4, 3, 5]
    assert near([9], count=4) == [9, 8, 7, 6]


def test_of_several_the_one_in_their_middle() -> None:
    assert near([2, 3, 7]) == [3, 4, 5]  # around 4, which itself was not picked


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"apart": 2.0}, [4, 2, 6]),
        ({"apart": 2.0, "source": np.arange(10) % 2}, [4, 3, 5]),  # another animal may be near in time
        ({"bout": np.arange(10) // 3}, [4, 2, 6]),
        ({"bout": [-1, -1, -1, 0, 0, 0, -1, -1, -1, -1]}, [4, 2, 6]),  # those of no bout do not share it
        ({"seconds": np.r_[0, 1, 2, np.nan, 4:10]}, [4, 5, 2]),  # one that has no time
        ({"count": 50, "apart": 4.0}, [4, 0, 8]),
        ({"count": 0}, []),
    ],
)
def test_no_two_are_of_one_second_or_one_bout(options: dict[str, Any], wanted: list[int]) -> None:
    assert near([4], **options) == wanted


def test_of_nothing_nothing_is_near() -> None:
    assert near([]) == []


def test_rows_that_are_not_finite_are_far() -> None:
    values = LINE.copy()
    values[5] = np.nan
    assert nearest(values, [4], np.zeros(10), np.arange(10.0), count=3).tolist() == [4, 3, 2]


@pytest.mark.parametrize("few", [1, 2, 64, 5000])
def test_it_is_the_same_however_few_are_looked_through_at_first(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    values, seconds, bout = rng.normal(size=(2000, 3)), np.arange(2000) / 10, np.arange(2000) // 50
    monkeypatch.setattr(module, "FEW", few)
    rows = nearest(values, [700], np.zeros(2000), seconds, count=9, bout=bout)
    left, slow = np.argsort(np.linalg.norm(values - values[700], axis=1)), []
    for row in left:
        if all(abs(seconds[row] - seconds[k]) >= 1 and bout[row] != bout[k] for k in slow):
            slow.append(int(row))
    assert rows.tolist() == slow[:9]
