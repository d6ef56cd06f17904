"""Clones fire as their truth says, and share nothing but their tuning."""

import numpy as np
import pytest

from neurofm.data.trials import cut
from neurofm.synthetic import clones


@pytest.fixture(scope="module")
def animals():
    return clones.pair(units=40, clones=25, trials=400, seed=1)


def test_each_clone_is_in_both_animals_once_and_in_another_place(animals):
    a, b = (animal.units for animal in animals)
    for table in (a, b):
        assert sorted(table["clone"]) == [-1] * 15 + list(range(25))
    assert not np.array_equal(a["clone"], b["clone"])
    shared = a[a["clone"] >= 0].merge(b, on="clone")
    for name in ("preferred", "narrow", "peak", "lasting", "rest", "rate"):
        np.testing.assert_array_equal(shared[f"{name}_x"], shared[f"{name}_y"])
    assert not set(a.loc[a["clone"] < 0, "preferred"]) & set(b.loc[b["clone"] < 0, "preferred"])


def test_units_fire_as_the_tables_say(animals):
    for animal in animals:
        trials = cut(animal, clones.BIN)
        target = animal.intervals["trials"]["target"].to_numpy()
        assert np.bincount(target).tolist() == [50] * 8
        mean = np.stack([trials.counts[target == k].mean(0) for k in range(8)]) / clones.BIN
        np.testing.assert_allclose(clones.rates(animal.units).mean((0, 1)), animal.units["rate"])
        error = (mean - clones.rates(animal.units)) / np.sqrt(clones.rates(animal.units) / (50 * clones.BIN))
        assert 0.9 < error.std() < 1.4  # one of Poisson noise alone, and a little more by the shared gain


def test_a_trial_moves_all_units_together_within_an_animal_alone(animals):
    def left(animal):
        trials, target = cut(animal, clones.BIN).counts.sum(1), animal.intervals["trials"]["target"].to_numpy()
        trials = trials / clones.rates(animal.units).sum(1)[target]
        return trials - trials.mean(0)

    a, b = map(left, animals)
    together = np.corrcoef(a[:, ::2].mean(1), a[:, 1::2].mean(1))[0, 1]
    assert together > 0.5
    assert abs(np.corrcoef(a.mean(1), b.mean(1))[0, 1]) < 0.15


def test_the_same_seed_gives_the_same_animals(animals):
    again, other = (clones.pair(units=40, clones=25, trials=400, seed=seed) for seed in (1, 2))
    for one, same, different in zip(animals, again, other):
        np.testing.assert_array_equal(one.spikes.times, same.spikes.times)
        assert not np.array_equal(one.units["preferred"], different.units["preferred"])


def test_more_clones_than_units_are_refused():
    with pytest.raises(ValueError, match="0 to 5"):
        clones.pair(units=5, clones=6)
