"""Motion of animals from their key points: written-out cases, and what must not change it."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data import pose


@pytest.mark.parametrize("axis", [0, 1])
def test_mean_and_median_of_what_is_known(axis):
    values = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    values[1, :3] = values[:4, 2] = np.nan
    np.testing.assert_allclose(pose.mean(values, axis), np.nanmean(values, axis), rtol=1e-5)
    np.testing.assert_allclose(pose.median(values, axis), np.nanmedian(values, axis), rtol=1e-5)
    assert pose.median(values, axis).dtype == values.dtype


def test_nothing_known_is_nan():
    assert np.isnan(pose.mean(np.full((2, 3), np.nan), 1)).all()
    assert np.isnan(pose.median(np.full((2, 3), np.nan), 1)).all()
    assert np.isnan(pose.median(np.zeros((2, 0)), 1)).all()


def test_animal_moves_as_most_of_its_points_do():
    before = np.zeros((1, 5, 2))
    after = before + np.array([3.0, 4.0])
    after[0, 0], after[0, 1] = 500.0, np.nan
    assert pose.displacement(before, after).tolist() == [[3.0, 4.0]]


def test_nothing_is_as_fast_as_a_jump_over_a_gap():
    seconds = np.array([0.0, 0.1, 0.1, 3.0])
    np.testing.assert_allclose(
        pose.per_second(np.ones(4), seconds, np.array([False, True, True, False])), [np.nan, 10, 10, np.nan]
    )


def two(frames=20):
    """Two animals of three points, 100 apart, that stand but for some noise."""
    body = np.array([[0.0, 0], [3, 0], [6, 1]]) + np.array([[[0.0, 0]], [[100, 0]]])
    return body + np.random.default_rng(0).normal(0, 0.2, (frames, 2, 3, 2))


def test_point_far_from_its_animal_is_marked_and_one_that_is_always_far_is_not():
    points = two()
    points[:, 0, 2] += 15.0
    assert not pose.strays(points).any()
    points[7, 1, 0] += 90.0
    assert np.argwhere(pose.strays(points)).tolist() == [[7, 1, 0]]
    assert not pose.strays(points[:, :, :2]).any()  # of two points nobody knows which is wrong


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_animals_that_change_places_are_told(order):
    points = two()
    points[8:] = points[8:, ::-1]
    follows = np.r_[False, np.ones(19, bool)]
    assert pose.switches(points[:, order], follows).tolist() == [[8, 0, 1]]
    follows[8] = False
    assert pose.switches(points, follows).tolist() == []
    points[7:9] = np.nan
    assert pose.switches(points, np.ones(20, bool)).tolist() == []


@pytest.mark.parametrize(
    ("points", "size"),
    [
        (np.full((5, 1, 1, 2), 3.0), 0.0),
        (np.stack([np.arange(101.0), np.zeros(101)], -1)[:, None, None], 3.0),
        (np.zeros((5, 1, 2, 2)) + np.array([[0.0, 0], [4, 0]]), 2.0),
        (np.full((5, 1, 2, 2), np.nan), 0.0),
        (np.zeros((5, 0, 0, 2)), 0.0),
    ],
    ids=["still", "one point", "two points", "unseen", "none"],
)
def test_size_of_an_animal(points, size):
    assert pose.size(points) == pytest.approx(size)
