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
    np.testing.assert_allclose(pose.per_second(np.ones(4), seconds, 0.1), [np.nan, 10, 10, np.nan])
