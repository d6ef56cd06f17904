"""Statistics of texture tell apart what grey values alone do not."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from neurofm.training.textures import by_texture, marks, textures


def pictures(count, seed):
    rng = np.random.default_rng(seed)
    fine = rng.normal(size=(count, 32, 32))
    coarse = np.stack([gaussian_filter(x, 2, mode="wrap") for x in fine])
    return np.concatenate([fine, coarse / coarse.std((1, 2), keepdims=True)]), np.repeat([0, 1], count)


def test_fine_and_coarse_are_told_apart():
    (x, y), (judged, truth) = pictures(20, 0), pictures(20, 1)
    assert marks(truth, by_texture(x, y, judged)) == {"accuracy": 1.0, "f1": 1.0}


def test_turning_changes_nothing_but_for_rounding():
    x, _ = pictures(5, 0)
    np.testing.assert_allclose(textures(x), textures(x[:, ::-1]), rtol=1e-6, atol=1e-9)


def test_marks_count_each_area_alike():
    said = marks(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]))
    assert said["accuracy"] == 0.75
    assert np.isclose(said["f1"], (6 / 7) / 2)
