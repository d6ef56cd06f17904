"""Square waves have the periods that they say."""

from __future__ import annotations

import numpy as np

from neurofm.synthetic import squares


def test_waves_have_their_period_and_noise():
    tracks = squares.session(12, 12.0, seed=2)
    waves = tracks.features.reshape(12, 360)
    for wave, period in zip(waves, tracks.trials["period"] * squares.RATE):
        turns = np.flatnonzero(np.diff(np.sign(wave)))
        assert (np.diff(turns) == period / 2).all()
    assert np.abs(np.abs(waves) - 1).max() < 5 * squares.NOISE


def test_same_seed_same_waves():
    one, same, other = (squares.session(2, 2.0, seed).features for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
