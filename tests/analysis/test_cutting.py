"""A thing is cut around voxels that are told, or where it is narrow."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis import cutting
from neurofm.data.volume import Held, Pyramid


def balls(middles, radius, shape, spacing=(1.0, 1.0, 1.0)):
    places = np.stack(np.indices(shape), -1) * spacing
    return sum(np.linalg.norm(places - middle, axis=-1) <= radius for middle in middles) > 0


def pyramid(inside, spacing=1.0):
    return Pyramid((Held(inside.astype(np.uint8)),), np.broadcast_to(np.asarray(spacing, float), 3).copy())


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (2.0, 1.0, 1.0)])
def test_two_balls_that_touch_are_two(spacing):
    inside = balls([(10, 12, 10), (10, 12, 24)], 8, (22, 26, 36), spacing)
    here, other = cutting.parts(pyramid(inside, spacing), [[10 // int(spacing[0]), 12, 24]])
    left, right = (np.unravel_index(part, inside.shape)[2] for part in (other, here))
    assert len(here) + len(other) == inside.sum()
    assert (left <= 17).all()
    assert (right >= 17).all()


def test_each_voxel_gets_what_is_around_it():
    inside = balls([(0, 10, 10), (0, 10, 24), (0, 10, 38)], 8, (1, 22, 50))
    parts = cutting.parts(pyramid(inside), [[0, 10, 38], [0, 10, 10], [0, 10, 24]])
    assert [round(np.mean(part % 50)) for part in parts] == [38, 10, 24]


def test_what_reaches_far_is_cut_as_a_whole(monkeypatch):
    monkeypatch.setattr(cutting, "AROUND", 2)
    line = np.zeros((1, 3, 200), bool)
    line[0, 1] = True
    first, other = cutting.parts(pyramid(line), [[0, 1, 90], [0, 1, 110]])
    assert (len(first) + len(other), first.min() % 200, other.max() % 200) == (200, 0, 199)
    monkeypatch.setattr(cutting, "MOST", 100)
    with pytest.raises(ValueError, match="erase a line through it"):
        cutting.parts(pyramid(line), [[0, 1, 90], [0, 1, 110]])


def test_a_ball_is_narrow_nowhere():
    with pytest.raises(ValueError, match="narrow nowhere"):
        cutting.parts(pyramid(balls([(0, 12, 12)], 9, (1, 25, 25))), [[0, 12, 12]])
