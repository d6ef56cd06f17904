"""Pairs by distances: small tables whose answer is known, and a search in blocks against a full table."""

import numpy as np
import pytest

from neurofm.analysis import matching
from neurofm.analysis.profiles import squared

AWAY = np.array([[1.0, 5, 9], [2, 3, 9], [9, 4, 8]])


def told(pairs):
    return list(zip(*(ends.tolist() for ends in pairs)))


def test_nearest_mutual_and_least_sum():
    assert told(matching.nearest(AWAY)) == [(0, 0), (1, 0), (2, 1)]
    assert told(matching.mutual(AWAY)) == [(0, 0)]
    assert told(matching.hungarian(AWAY)) == [(0, 0), (1, 1), (2, 2)]


@pytest.mark.parametrize(("alone", "pairs"), [(100, 3), (7.9, 2), (3.5, 2), (2.9, 1), (0.5, 0)])
def test_units_stay_alone_where_a_partner_is_too_far(alone, pairs):
    got = told(matching.partial(AWAY, alone))
    assert len(got) == pairs
    assert all(AWAY[pair] < alone for pair in got)


def test_partial_is_unbalanced_transport_with_total_variation():
    from scipy.optimize import linprog

    rng = np.random.default_rng(0)
    away = rng.random((5, 7))
    rows, columns = matching.partial(away, 0.4)
    sums = np.concatenate([np.kron(np.eye(5), np.ones(7)), np.kron(np.ones(5), np.eye(7))])
    best = linprog((away - 0.4).ravel(), A_ub=sums, b_ub=np.ones(12), bounds=(0, None))
    assert (away[rows, columns] - 0.4).sum() == pytest.approx(best.fun)


@pytest.mark.parametrize("name", matching.METHODS)
def test_order_of_units_changes_no_pair(name):
    rng = np.random.default_rng(1)
    away = rng.random((6, 8)).astype(np.float32)
    rows, columns = rng.permutation(6), rng.permutation(8)
    plain = set(told(matching.chosen(name, away, 0.3)))
    mixed = told(matching.chosen(name, away[np.ix_(rows, columns)], 0.3))
    assert {(rows[a], columns[b]) for a, b in mixed} == plain


@pytest.mark.parametrize("name", ["mutual", "hungarian", "partial"])
def test_order_of_animals_changes_no_pair(name):
    away = np.random.default_rng(2).random((6, 8)).astype(np.float32)
    assert {(b, a) for a, b in told(matching.chosen(name, away.T, 0.3))} == set(told(matching.chosen(name, away, 0.3)))


@pytest.mark.parametrize("block", [3, 7, 100])
def test_blocks_give_the_nearest_of_all(block):
    rng = np.random.default_rng(3)
    one, other = rng.random((20, 5)).astype(np.float32), rng.random((31, 5)).astype(np.float32)
    rows, away = matching.nearest_of_many(one, other, 4, block=block)
    full = squared(one, other)
    np.testing.assert_array_equal(rows, np.argsort(full, 1)[:, :4])
    np.testing.assert_allclose(away, np.sort(full, 1)[:, :4], rtol=1e-4)


def test_more_nearest_than_there_are_gives_all():
    one = np.eye(3, dtype=np.float32)
    rows, _ = matching.nearest_of_many(one, one, 10)
    assert rows.shape == (3, 3)
    assert rows[:, 0].tolist() == [0, 1, 2]
