"""The table of pairs: the best of each, those of a method, and what a user said."""

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis.confidence import Gauge
from neurofm.analysis.pairing import pairs, rated

AWAY = np.array([[1.0, 5, 9], [2, 3, 9], [9, 4, 8]])
NONE = Gauge(np.nan, 1 / 3)
ALL = np.ones(3, bool)


def ends(table):
    return list(zip(table["a"], table["b"]))


def test_each_unit_has_its_best_with_rank_and_margin():
    table = pairs(AWAY, NONE, NONE, ALL, ALL, "nearest")
    nearest = table[table["rank"] == 1]
    assert ends(nearest) == [(0, 0), (1, 0), (2, 1)]
    np.testing.assert_allclose(nearest["distance"], [1, 2, 4])
    np.testing.assert_allclose(nearest["margin"], [4, 0.5, 1])
    best = {int(column): int(AWAY[:, column].argmin()) for column in range(3)}  # of each unit of the other
    assert {(row, column) for column, row in best.items()} <= set(ends(table))
    assert table["q"].isna().all()
    assert not table["given"].any()


def test_a_method_adds_its_pairs():
    table = pairs(AWAY, NONE, NONE, ALL, ALL, "hungarian")
    assert ends(table) == [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2)]
    assert table["rank"].tolist() == [1, 1, 2, 1, 2]
    np.testing.assert_allclose(table["margin"].iloc[2], 2 / 3 - 1)


def test_given_pairs_stay_and_their_units_are_in_no_other():
    table = pairs(AWAY, NONE, NONE, ALL, ALL, "mutual", [(0, 2)])
    assert {(0, 2), (1, 0), (2, 1)} <= set(ends(table))
    given = table[table["given"]]
    assert (ends(given), given["rank"].tolist()) == ([(0, 2)], [3])
    others = ends(table[~table["given"]])
    assert not any(row == 0 or column == 2 for row, column in others)


def test_units_that_cannot_be_judged_are_in_no_pair():
    table = pairs(AWAY, NONE, NONE, np.array([True, False, True]), np.array([False, True, True]), "hungarian")
    assert ends(table) == [(0, 1), (0, 2), (2, 1)] or ends(table) == [(0, 1), (2, 1), (2, 2)]
    assert not len(pairs(AWAY, NONE, NONE, ~ALL, ALL, "mutual"))


def test_rates_are_told_of_pairs_that_are_nearest_of_all_and_one_of_others():
    rng = np.random.default_rng(0)
    places = rng.random((60, 3))
    away = ((places[:, None] - places + rng.normal(0, 0.01, (60, 60, 3))) ** 2).sum(-1)
    within = ((places[:, None] - places) ** 2).sum(-1)
    gauges = [Gauge(1.0, 1 / 60, np.ones(60), within)] * 2
    table = pairs(away, *gauges, np.ones(60, bool), np.ones(60, bool), "partial")
    own = table["a"] == table["b"]
    assert (table.loc[own, "q"] < 0.1).sum() > 50
    assert (table.loc[~own, "q"] == 1).all()


@pytest.mark.parametrize("method", ["mutual", "nearest", "hungarian", "partial"])
def test_one_unit_is_paired_with_one(method):
    one = Gauge(1.0, 1.0, np.ones(1), np.zeros((1, 1)))
    table = pairs(np.array([[0.5]]), one, one, np.ones(1, bool), np.ones(1, bool), method)
    assert ends(table) == [(0, 0)]
    assert table["q"].iloc[0] > 0.1
    assert np.isnan(table["margin"].iloc[0])


def test_a_way_that_tells_how_sure_pairs_are_has_its_word():
    table = pd.DataFrame({"a": [0, 1, 2], "b": [2, 0, 1], "q": [0.5, 0.5, np.nan], "given": [False, False, True]})
    sure = pd.DataFrame({"row": [1, 5], "column": [0, 5], "q": [0.01, 0.02]})
    np.testing.assert_array_equal(rated(table, sure)["q"], [1.0, 0.01, np.nan])
