"""Distances between units by their mean rates, against loops."""

import numpy as np
import pytest

from neurofm.analysis.animals import Animal
from neurofm.analysis.profiles import by_denoised, by_rates, by_shapes, denoised, squared, standard
from neurofm.synthetic import clones


@pytest.fixture(scope="module")
def animals():
    return [Animal(r.session, r, r.unit_names) for r in clones.pair(units=12, clones=8, trials=80, seed=3)]


def test_distances_are_those_of_a_loop(animals):
    rates, shapes = by_rates(animals), by_shapes(animals)
    a, b = (rates.profile(k).astype(float) for k in (0, 1))
    assert a.shape == (12, 80)
    for i, j in ((0, 0), (3, 7), (11, 2)):
        assert rates.whole(0, 1)[i, j] == pytest.approx(((a[i] - b[j]) ** 2).mean(), rel=1e-4)
        assert shapes.whole(0, 1)[i, j] == pytest.approx(1 - np.corrcoef(a[i], b[j])[0, 1], abs=1e-5)


@pytest.mark.parametrize("by", [by_rates, by_denoised, by_shapes])
def test_order_of_animals_and_units_changes_nothing(animals, by):
    plain, turned = by(animals), by(animals[::-1])
    np.testing.assert_allclose(plain.whole(0, 1), turned.whole(0, 1).T, rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(plain.halves(0, 4), turned.halves(1, 4), rtol=1e-5)
    assert not np.array_equal(plain.halves(0, 4), plain.halves(0, 5))


def test_features_are_named_in_the_order_of_conditions(animals):
    prepared = by_rates(animals)
    assert prepared.features[:2] == ("target 0, 0 ms", "target 0, 100 ms")
    assert prepared.conditions == {f"target {k}": 10 for k in range(8)}
    assert len(prepared.features) == sum(prepared.conditions.values())


def test_gain_counts_for_rates_alone():
    rows = np.random.default_rng(0).random((3, 40)).astype(np.float32)
    louder = 2 * rows + 1
    assert np.diag(squared(rows, louder)).min() > 0.5
    np.testing.assert_allclose(np.diag(squared(standard(rows), standard(louder))), 0, atol=1e-6)


def test_the_filter_takes_out_noise_and_leaves_signal():
    rng = np.random.default_rng(0)
    signal = rng.normal(size=(200, 3)) @ rng.normal(size=(3, 40)) + 5
    tables = [(signal + rng.normal(size=signal.shape)).astype(np.float32) for _ in range(2)]
    noise, used = [np.ones(signal.shape, np.float32)] * 2, [np.ones(200, bool)] * 2
    clean = denoised(tables, noise, used)
    assert max(((one - signal) ** 2).mean() for one in clean) < 0.25  # of 1 before
    same = denoised(tables, [np.zeros_like(one) for one in noise], used)
    np.testing.assert_allclose(same[0], tables[0], atol=0.05)
    assert (squared(*clean).argmin(1) == np.arange(200)).mean() > (squared(*tables).argmin(1) == np.arange(200)).mean()


def test_denoised_units_are_found_again_more_often():
    animals = [Animal(r.session, r, r.unit_names) for r in clones.pair(units=60, clones=0, trials=64, seed=0)]

    def found(by):
        prepared = by(animals)
        return np.mean([(prepared.halves(k, s).argmin(1) == np.arange(60)).mean() for k in (0, 1) for s in range(5)])

    assert found(by_denoised) > found(by_rates) > found(by_shapes)


def test_a_unit_and_itself_are_no_distance_apart_and_silent_ones_are_not_judged(animals):
    from dataclasses import replace

    from neurofm.data import Spikes

    one = animals[0].source
    fires = one.spikes.unit != 5
    silent = replace(one, spikes=Spikes(one.spikes.times[fires], one.spikes.unit[fires]))
    for by in (by_rates, by_denoised, by_shapes):
        prepared = by([Animal("a", silent, one.unit_names), animals[1]])
        assert np.isfinite(prepared.whole(0, 1)).all()
        assert np.isfinite(prepared.halves(0, 0)).all()
        assert np.flatnonzero(~prepared.used(0)).tolist() == [5]
        np.testing.assert_allclose(np.delete(np.diag(prepared.whole(0, 0)), 5), 0, atol=1e-6)
