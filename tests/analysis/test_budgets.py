"""Time budgets by hand, and what differs between conditions: exact tests, effects, and an animal counted once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu, permutation_test, wilcoxon

from neurofm.analysis.budgets import LENGTH, RATE, SHARE, THEN, budget, differences, table
from neurofm.data.ethogram import Ethogram


def ethogram(rows, *, domain=((0, 60),), session="ada"):
    bouts = pd.DataFrame([(*row, "")[:4] for row in rows], columns=["start", "stop", "behavior", "subject"])
    return Ethogram(session=session, bouts=bouts, domain=np.array(domain, float))


def side(values, names=None, column=("groom", SHARE)):
    names = [f"animal {k}" for k in range(len(values))] if names is None else names
    return table(
        [(name, pd.Series({column: value}).rename_axis(["behavior", "of"])) for name, value in zip(names, values)]
    )


ROWS = [(0, 10, "walk"), (10, 16, "groom"), (20, 30, "walk"), (30, 32, "rest"), (40, 44, "groom"), (50, 50, "lick")]


def test_a_budget_is_what_one_counts_by_hand():
    told = budget(ethogram(ROWS))
    assert told["groom", SHARE] == pytest.approx(10 / 60)
    assert told["groom", RATE] == pytest.approx(2.0)
    assert told["groom", LENGTH] == pytest.approx(5.0)
    assert (told["lick", SHARE], told["lick", RATE], told["lick", LENGTH]) == (0.0, 1.0, 0.0)
    assert told["walk, then groom", THEN] == told["walk, then rest", THEN] == 0.5
    assert told["groom, then walk", THEN] == told["groom, then lick", THEN] == 0.5
    assert ("lick, then walk", THEN) not in told  # nothing follows it


def test_only_time_that_was_looked_at_counts_and_nothing_follows_across_a_gap():
    told = budget(ethogram(ROWS, domain=[(0, 18), (25, 60)]))
    assert told["walk", SHARE] == pytest.approx(15 / 53)
    assert told["walk", RATE] == pytest.approx(60 / 53)  # one of them begins in the gap
    assert told["groom, then walk", THEN] == 0
    early = budget(ethogram(ROWS), within=[(5, 15)])
    assert early["walk", SHARE] == early["groom", SHARE] == pytest.approx(0.5)
    assert (early["walk", RATE], early["groom", RATE]) == (0.0, pytest.approx(6.0))


def test_overlapping_bouts_are_one_time_and_animals_are_apart():
    rows = [(0, 10, "walk", "ada"), (5, 15, "walk", "ada"), (0, 30, "walk", "bo"), (30, 60, "rest", "bo")]
    told = budget(ethogram(rows), "ada")
    assert told["walk", SHARE] == pytest.approx(15 / 60)
    assert told["rest", SHARE] == 0.0
    assert budget(ethogram(rows), "bo")["rest", SHARE] == 0.5


def test_sessions_of_an_animal_count_once_and_what_was_never_done_took_no_time():
    first = budget(ethogram([(0, 30, "walk"), (30, 60, "rest")]))
    second = budget(ethogram([(0, 60, "walk")]))
    rows = table([("ada", first), ("ada", second), ("bo", second)])
    assert rows.index.tolist() == ["ada", "bo"]
    assert rows["walk", SHARE].tolist() == [0.75, 1.0]
    assert rows["rest", SHARE].tolist() == [0.25, 0.0]
    assert np.isnan(rows.loc["bo", ("rest", LENGTH)])


def test_few_animals_are_shared_out_in_all_ways():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 5), rng.normal(1, 1, 6)
    (line,) = differences(side(a), side(b, [f"b {k}" for k in range(6)])).itertuples()
    peer = permutation_test((a, b), lambda x, y: x.mean() - y.mean(), n_resamples=np.inf)
    assert line.p == pytest.approx(peer.pvalue, abs=1e-9)
    assert line.test == "permutation, all 462 ways"
    assert line.effect == pytest.approx(2 * mannwhitneyu(a, b).statistic / 30 - 1)
    spread = np.sqrt((4 * a.var(ddof=1) + 5 * b.var(ddof=1)) / 9)
    assert line.d == pytest.approx((a.mean() - b.mean()) / spread)
    assert (line.n_a, line.n_b, line.difference) == (5, 6, pytest.approx(a.mean() - b.mean()))


def test_animals_in_both_conditions_are_compared_with_themselves():
    rng = np.random.default_rng(1)
    own = rng.normal(0, 5, 8)
    a, b = own + 1 + rng.normal(0, 0.3, 8), own
    names = [f"m{k}" for k in range(8)]
    mixed = rng.permutation(8)
    (line,) = differences(side(a, names), side(b[mixed], [names[k] for k in mixed])).itertuples()
    peer = permutation_test((a, b), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=np.inf)
    assert line.p == pytest.approx(peer.pvalue, abs=1e-9)
    assert (line.test, line.effect, line.n_a) == ("paired permutation, all 256 ways", 1.0, 8)
    assert line.d == pytest.approx((a - b).mean() / (a - b).std(ddof=1))
    least = 1 - 2 * wilcoxon(a, b).statistic / (8 * 9 / 2)
    assert line.effect == pytest.approx(least)
    (apart,) = differences(side(a, names), side(b, [f"b {k}" for k in range(8)])).itertuples()
    assert apart.p > 0.3


@pytest.mark.parametrize("paired", [False, True])
def test_many_animals_are_shared_out_at_random_and_chance_is_seldom_taken_for_more(paired):
    rng = np.random.default_rng(2)
    columns = [(f"b{k}", SHARE) for k in range(40)]
    names = [f"m{k}" for k in range(16)]
    values = pd.DataFrame(
        rng.normal(size=(32, 40)), columns=pd.MultiIndex.from_tuples(columns, names=["behavior", "of"])
    )
    other = names if paired else [f"n{k}" for k in range(16)]
    tests = differences(values[:16].set_axis(names), values[16:].set_axis(other))
    assert tests["test"].str.contains("10,000 ways").all()
    assert (tests["p"] < 0.05).sum() <= 6
    assert tests["p_corrected"].min() > 0.05
    assert 0.3 < tests["p"].mean() < 0.7


def test_behaviours_are_corrected_for_within_what_is_told_of_them():
    values = {(f"b{k}", of): [0.0, 1, 2, 3, 4] for k in range(3) for of in (SHARE, RATE)}
    a = pd.DataFrame(values, index=list("abcde"))
    a.columns = a.columns.set_names(["behavior", "of"])
    b = a.set_axis(list("vwxyz"))
    b["b0", SHARE] += 10
    tests = differences(a, b).set_index(["behavior", "of"])
    assert tests.loc[("b0", SHARE), "p_corrected"] == pytest.approx(3 * 2 / 252)
    assert tests.index[0] == ("b0", SHARE)
    assert (tests.xs(RATE, level="of")["p_corrected"] == 1).all()


def test_what_never_follows_is_no_difference():
    rows = [(0, 1, "walk"), (1, 2, "rest"), (2, 3, "walk"), (3, 4, "rest")]
    sides = [table([(f"{name}{k}", budget(ethogram(rows))) for k in range(3)]) for name in "ab"]
    tests = differences(*sides)
    assert tests.loc[tests["of"] == THEN, "behavior"].tolist() == ["rest, then walk", "walk, then rest"]


def test_what_some_animals_never_do_never_follows_in_them():
    def animals(name, behaviors):
        rows = [(k, k + 1, behavior) for k, behavior in enumerate(behaviors)]
        return table([(f"{name}{k}", budget(ethogram(rows))) for k in range(4)])

    tests = differences(animals("a", ["groom", "rest", "groom", "walk"]), animals("b", ["groom", "walk"] * 2))
    then = tests[tests["of"] == THEN].set_index("behavior")
    line = then.loc["groom, then rest"]
    assert (line["difference"], line["n_a"], line["n_b"]) == (0.5, 4, 4)
    assert line["p"] == pytest.approx(2 / 70)
    assert then.loc["rest, then groom", "n_b"] == 0  # who never rests goes on to nothing from there


@pytest.mark.parametrize(("a", "b"), [([1, 2], [3, 4, 5]), ([1, 2, 3], [np.nan, np.nan, 4])])
def test_too_few_animals_are_not_tested(a, b):
    (line,) = differences(side(a, column=("groom", LENGTH)), side(b, list("xyz"), ("groom", LENGTH))).itertuples()
    assert line.test == "too few animals"
    assert np.isnan([line.p, line.p_corrected, line.effect]).all()
    assert line.a


def test_equal_animals_differ_in_nothing():
    (line,) = differences(side([2.0, 2, 2]), side([2.0, 2, 2], list("xyz"))).itertuples()
    assert (line.p, line.effect, line.difference) == (1.0, 0.0, 0.0)
    assert np.isnan(line.d)
