"""A line that comes back on itself is drawn where it runs, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app.pictures.layers._line import SHARP, blunted

THERE = np.array([[0.0, 0], [10, 0], [20, 0]])
LINES = {
    "back at once": np.r_[THERE, THERE[::-1]],
    "back, but for a hair": np.r_[THERE, [[5, 1e-9]]],
    "there and back for ever": np.tile([[0.0, 0], [10, 0]], (50, 1)),
    "in a small corner": np.array([[0.0, 0], [10, 0], [9.99, 1e-5], [10, 0]]),
    "with rests": THERE.repeat(4, 0),
    "with jitter at rest": np.r_[THERE, THERE[-1] + np.random.default_rng(0).normal(0, 0.01, (200, 2))],
    "in tiny steps": np.r_[THERE, THERE[-1:] + 1e-200],
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_no_turn_is_sharp_and_no_corner_is_far_from_the_line(line):
    told = blunted(line, 2.0)
    step = np.diff(told, axis=0)
    length = np.linalg.norm(step, axis=1, keepdims=True)
    assert (length > 0).all()
    along = step / length
    assert (along[:-1] * along[1:]).sum(1).min(initial=1) >= SHARP
    assert np.abs(line[:, None] - told[None]).max(2).min(1).max() < 1.0
    assert np.abs(told - np.clip(told, line.min(0), line.max(0))).max() <= 1.0


def test_other_turns_stay_as_they_are():
    line = np.array([[0.0, 0], [10, 0], [10, 10], [5, 15], [0, 10]])
    np.testing.assert_array_equal(blunted(line, 2.0), line)


@pytest.mark.parametrize("count", [1, 2, 9])
def test_what_stays_in_one_place_is_a_line_of_two_corners(count):
    assert blunted(np.ones((count, 2)), 2.0).tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_napari_draws_it_no_further_than_it_is_wide(line):
    from napari.layers import Shapes

    mesh = Shapes([blunted(line, 2.0)], shape_type="path", edge_width=2.0)._data_view._mesh.vertices
    assert np.abs(mesh - np.clip(mesh, line.min(0), line.max(0))).max() < 5
