"""Pictures painted over masks."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.data.structures import AXON, CELL, KINDS, VESSEL
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.synthetic.masked import pictures


@pytest.fixture
def masks():
    numbers = np.zeros((3, 64, 64), np.uint8)
    numbers[:, 40:], numbers[:, 5:15, 5:15], numbers[:, 20:30, 40:50] = AXON, CELL, VESSEL
    labels = {"structure": Pyramid((Held(numbers),), np.array([35.1, 1.17, 1.17]))}
    return Volume(session="masks", labels=labels, names={"structure": KINDS})


def test_each_plane_is_painted_so_many_times_and_the_truth_goes_along(masks):
    drawn = pictures(masks, 0, draws=2)
    assert drawn.whole.shape == (6, 64, 64)
    truth, grey = drawn.labels["structure"].levels[0].array, drawn.image.levels[0].array
    np.testing.assert_array_equal(truth[3:], masks.labels["structure"].levels[0].array)
    assert not np.array_equal(grey[:3], grey[3:])
    means = [grey[truth == kind].mean() for kind in (VESSEL, CELL, 0, AXON)]
    assert means == sorted(means)
    np.testing.assert_allclose(means[1:], [85, 125, 160], atol=8)
    np.testing.assert_array_equal(drawn.spacing, masks.spacing)


def test_the_same_seed_gives_the_same_pictures(masks):
    one, same, other = (pictures(masks, seed).image.levels[0].array for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_noise_and_darkness_are_as_asked_for(masks):
    quiet, loud, dark = (pictures(masks, 0, **more) for more in ({"noise": 1.0}, {"noise": 30.0}, {"dark": 1.0}))
    inside = (slice(None), slice(22, 28), slice(42, 48))
    assert quiet.image.levels[0].array[inside].std(axis=(1, 2)).max() < 6
    assert loud.image.levels[0].array[inside].std(axis=(1, 2)).min() > 15
    assert abs(dark.image.levels[0].array[inside].mean() - 85) < 8
