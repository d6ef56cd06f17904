"""Sequences in four directions hold what they promise."""

import numpy as np
import pytest

from neurofm.data.trials import cut
from neurofm.synthetic.directions import STEEP, latents, session, tangle


@pytest.fixture(scope="module")
def recording():
    return session(trials=400, seed=1)


def test_latents_scatter_around_the_eighth_of_their_direction():
    direction = np.repeat(np.arange(4), 5000)
    z = latents(direction, 4, np.random.default_rng(0))
    for k in range(4):
        for t in range(4):
            angle = 2 * np.pi / 8 * (2 * k + (t + 0.5) / 4)
            x, y = z[direction == k, t].T
            assert (x.mean(), y.mean()) == pytest.approx((5 * np.sin(angle), 5 * np.cos(angle)), abs=0.06)
            along = 0.1 * abs(5 * np.cos(angle))
            moved = (5 * 2 * np.pi / 8 / 4) ** 2 / 12  # the angle moves within a bin, too
            wanted = (0.6 - along + moved * np.cos(angle) ** 2, along + moved * np.sin(angle) ** 2)
            assert (x.var(), y.var()) == pytest.approx(wanted, abs=0.05)


def test_network_can_be_undone_and_rates_have_bounds():

    x = np.random.default_rng(0).normal(size=(50, 6))
    rates = tangle(x, np.random.default_rng(3))
    assert (np.abs(np.log(rates)) <= STEEP).all()
    jacobian = np.stack(
        [
            (pre(x[:1] + step, 3) - pre(x[:1] - step, 3))[0] / 2e-6
            for step in 1e-6 * np.eye(6)[:, None]
        ]
    )  # fmt: skip
    assert abs(np.linalg.det(jacobian)) > 0.1  # scales lie within exp(+-0.1), so volume does not vanish


def pre(x, seed):
    return np.arctanh(np.log(tangle(x, np.random.default_rng(seed))) / STEEP)


def test_trials_are_sequences_with_their_latents(recording):
    trials = cut(recording, 0.1)
    assert trials.counts.shape == (400, 4, 100)
    assert trials.seen.all()
    assert np.bincount(recording.intervals["trials"]["direction"]).tolist() == [100] * 4
    assert np.isfinite(trials.values("latent")).all()
    assert np.allclose(trials.values("latent").reshape(-1, 2), recording.series["latent"].values, atol=1e-5)


def test_counts_follow_the_rates_of_the_latents(recording):
    trials = cut(recording, 0.1)
    z = recording.series["latent"].values
    rates = tangle(np.pad(z, ((0, 0), (0, 98))), np.random.default_rng([1, 1]))
    counts = trials.counts.reshape(-1, 100)
    assert ((counts - rates) ** 2 / rates).mean() == pytest.approx(1.0, abs=0.05)  # as Poisson counts do
    assert counts.mean() == pytest.approx(rates.mean(), rel=0.02)


def test_same_seed_gives_the_same_session():
    one, same, other = (session(10, 20, seed=s) for s in (2, 2, 3))
    assert np.array_equal(one.spikes.times, same.spikes.times)
    assert not np.array_equal(one.series["latent"].values, other.series["latent"].values)
