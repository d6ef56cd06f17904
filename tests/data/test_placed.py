"""Key points that were put elsewhere by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.data import placed
from neurofm.data.placed import Placed
from neurofm.data.tracks import Tracks


def tracks(axes: int = 2, confidence: bool = True) -> Tracks:
    points = np.arange(4 * 2 * 3 * axes, dtype=np.float32).reshape(4, 2, 3, axes)
    sure = np.full((4, 2, 3), 0.25, np.float32) if confidence else None
    names = {"keypoints": ("a", "b", "c"), "individuals": ("ada", "bo")}
    return Tracks(session="box", times=np.arange(4.0), points=points, confidence=sure, **names)


@pytest.mark.parametrize("confidence", [True, False])
@pytest.mark.parametrize("axes", [2, 3])
def test_what_differs_is_what_was_placed(axes, confidence):
    before = tracks(axes, confidence)
    points = [Placed(0, 1, 2, (0.5, 1.5, 2.5)[:axes]), Placed(3, 0, 0, ())]
    after = placed.corrected(before, points)
    assert placed.between(before, after) == points
    assert placed.between(after, before) == [placed.of(before, *one[:3]) for one in points]
    assert placed.between(after, after) == []
    if confidence:
        assert [float(after.confidence[one[:3]]) for one in points] == [1, 0]
        assert (after.confidence == 0.25).sum() == 22
    assert before.points[3, 0, 0].tolist() == list(range(54 if axes == 3 else 36, (57 if axes == 3 else 38)))


def test_rows_by_name_and_back():
    points = placed.given(tracks(), [(1, "bo", "c", 0.1, 2), (2.0, "ada", "a")])
    assert points == [Placed(1, 1, 2, (float(np.float32(0.1)), 2.0)), Placed(2, 0, 0, ())]
    assert placed.given(tracks(), [placed.named(tracks(), one) for one in points]) == points


def test_depth_stays_where_none_is_given():
    (one,) = placed.given(tracks(3), [(0, "ada", "a", 7, 8)])
    assert one.place == (7.0, 8.0, 2.0)


def test_one_animal_alone_needs_no_name():
    table = pd.DataFrame({"frame": [0], "keypoint": ["a"], "x": [1.0], "y": [2.0]})
    assert placed.rows(table, ["ada"]) == [[0, "ada", "a", 1.0, 2.0]]
    with pytest.raises(ValueError, match="individual is missing"):
        placed.rows(table, ["ada", "bo"])
