"""How sure matches are: gauges against a loop, rates against a count, and calls on planted clones."""

import numpy as np
import pytest

from neurofm.analysis import confidence
from neurofm.analysis.animals import Animal
from neurofm.analysis.confidence import Gauge, compete, gauge, scaled
from neurofm.analysis.profiles import by_rates
from neurofm.synthetic import clones


def prepared(**planted):
    recordings = clones.pair(**planted)
    own = [recording.units["clone"].to_numpy() for recording in recordings]
    return by_rates([Animal(r.session, r, r.unit_names) for r in recordings]), own


def called(seed, level, **planted):
    """How many are called, and how many of them are right."""
    ready, (a, b) = prepared(seed=seed, **planted)
    gauges = [gauge(ready, k) for k in (0, 1)]
    rows, columns, q = compete(scaled(ready.whole(0, 1), *gauges), *gauges)
    some = q <= level
    return some.sum(), ((a[rows] == b[columns]) & (a[rows] >= 0) & some).sum()


def test_found_counts_rows_nearest_to_themselves():
    away = np.array([[0.1, 1, 1], [0.2, 0.3, 1], [1, 1, 0.5]])
    assert confidence.found(away) == pytest.approx(2 / 3)
    assert confidence.found(np.ones((4, 4))) == pytest.approx(1 / 4)  # no better than chance


def test_noise_is_what_halves_differ_by_and_a_unit_and_its_clone_are_one_apart():
    ready, (a, b) = prepared(units=40, clones=30, seed=0)
    gauges = [gauge(ready, k) for k in (0, 1)]
    halves = np.mean([np.diag(ready.halves(0, seed)) for seed in range(10)], 0)
    np.testing.assert_allclose(gauges[0].noise, halves / 4, rtol=1e-5)
    cross = scaled(ready.whole(0, 1), *gauges)
    same = cross[(a[:, None] == b) & (a[:, None] >= 0)]
    assert np.median(same) == pytest.approx(1, abs=0.1)
    assert gauges[0].chance == 1 / 40
    assert 0.5 < gauges[0].found <= 1


def test_decoys_are_as_far_as_units_of_another_animal_would_be():
    ready, _ = prepared(units=60, clones=0, seed=1)
    gauges = [gauge(ready, k) for k in (0, 1)]
    cross = scaled(ready.whole(0, 1), *gauges)
    own = [one.within[~np.eye(60, dtype=bool)] for one in gauges]
    for share in (0.01, 0.1, 0.5):
        decoy = np.mean([np.quantile(one, share) for one in own])
        assert np.quantile(cross, share) == pytest.approx(decoy, rel=0.2)


def test_rates_are_counts():
    score, real = np.array([3.0, 1.0, 2.0, 9.0, 2.5, 8.0]), np.array([True, True, True, True, False, False])
    np.testing.assert_allclose(confidence.rates(score, real)[:4], [2 / 3, 1 / 2, 1 / 2, 3 / 4])
    np.testing.assert_allclose(confidence.rates(score, real, 0.5)[:4], [1 / 3, 1 / 4, 1 / 4, 3 / 8])
    np.testing.assert_array_equal(confidence.rates(np.ones(3), np.array([True, False, False])), np.ones(3))


def test_equal_scores_have_equal_rates():
    q = confidence.rates(np.array([1.0, 2.0, 2.0, 2.0, 2.0]), np.array([True, True, True, False, True]))
    assert len({*q[[1, 2, 4]]}) == 1


def test_what_is_nearer_than_noise_is_no_nearer():
    ready, _ = prepared(units=30, clones=20, seed=3)
    gauges = [gauge(ready, k) for k in (0, 1)]
    cross = scaled(ready.whole(0, 1), *gauges)
    plain = compete(cross, *gauges)
    below = cross[plain[0], plain[1]] < 1
    assert below.any()
    nearer = cross.copy()
    nearer[plain[0][below], plain[1][below]] *= 0.1
    np.testing.assert_allclose(compete(nearer, *gauges)[2], plain[2])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_most_clones_are_called_and_few_others(seed):
    count, right = called(seed, 0.1)
    assert right >= 50
    assert count - right <= 0.2 * count


def test_nobody_is_called_where_there_are_no_clones():
    assert [called(seed, 0.1, clones=0)[0] for seed in range(4)] == [0] * 4


def test_order_of_units_and_animals_changes_nothing():
    ready, _ = prepared(units=30, clones=20, seed=2)
    gauges = [gauge(ready, k) for k in (0, 1)]
    cross = scaled(ready.whole(0, 1), *gauges)
    plain = {(a, b): q for a, b, q in zip(*(x.tolist() for x in compete(cross, *gauges)))}
    rng = np.random.default_rng(0)
    rows, columns = rng.permutation(30), rng.permutation(30)
    mixed = compete(cross[np.ix_(rows, columns)], gauges[0].of(rows), gauges[1].of(columns))
    assert {(rows[a], columns[b]): q for a, b, q in zip(*mixed)} == pytest.approx(plain)
    turned = compete(cross.T, *gauges[::-1])
    assert {(b, a): q for a, b, q in zip(*(x.tolist() for x in turned))} == pytest.approx(plain)


def test_without_halves_nothing_is_scaled_and_nothing_can_be_told():
    none = Gauge(np.nan, 0.5)
    np.testing.assert_array_equal(scaled(np.ones((2, 3)), none, none), np.ones((2, 3)))
    with pytest.raises(ValueError, match="need halves"):
        compete(np.ones((2, 3)), none, none)


@pytest.mark.parametrize("sizes", [(1, 1), (1, 5), (2, 1)])
def test_few_units_are_never_called(sizes):
    one, other = (Gauge(1.0, 1 / n, np.ones(n), np.ones((n, n))) for n in sizes)
    assert (compete(np.full(sizes, 0.1), one, other)[2] > 0.1).all()
