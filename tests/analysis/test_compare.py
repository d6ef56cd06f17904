"""Comparing two groups: calibrated without a difference, telling where there is one, the same whichever comes first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from neurofm.analysis.compare import compare, is_identifier, mean_vector


def one(a, b, name="x", **options):
    """The row of one column."""
    return compare(pd.DataFrame({name: a}), pd.DataFrame({name: b}), **options).iloc[0]


def draws(kind, rng, count, shift=0.0):
    """Values of one kind, moved by `shift`."""
    if kind == "numbers":
        return rng.normal(shift, 1, count)
    if kind == "ties":
        return rng.poisson(2 + shift, count)
    if kind == "direction":
        return rng.vonmises(shift, 1.5, count)
    if kind == "yes or no":
        return rng.random(count) < 0.4 + 0.3 * min(shift, 1)
    more = 0.25 * min(shift, 1)
    return rng.choice(["CA1", "CA3", "DG"], count, p=[0.5, 0.3 - more, 0.2 + more])


KINDS = ["numbers", "ties", "words", "yes or no", "direction"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", [(8, 9), (40, 30)])
def test_p_values_are_fair_where_nothing_differs(kind, sizes):
    rng = np.random.default_rng(3)
    count = 60 if min(sizes) < 10 else 400  # shuffles take their time
    p = np.array([one(draws(kind, rng, sizes[0]), draws(kind, rng, sizes[1]), kind)["p"] for _ in range(count)])
    for level in (0.05, 0.2, 0.5):  # few words and ties have few p values, never too many small ones
        assert (p <= level).mean() <= level + 3.5 * np.sqrt(level * (1 - level) / count)
    if kind in ("numbers", "direction"):
        assert stats.kstest(p, "uniform").pvalue > 0.001


@pytest.mark.parametrize("kind", KINDS)
def test_a_difference_is_told(kind):
    rng = np.random.default_rng(0)
    row = one(draws(kind, rng, 150, 1.0), draws(kind, rng, 140), kind)
    assert row["p"] < 1e-4
    assert abs(row["effect"]) > 0.2


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", [(5, 7), (60, 45)])
def test_swapped_groups_give_the_same_with_signs_turned(kind, sizes):
    rng = np.random.default_rng(1)
    a, b = draws(kind, rng, sizes[0], 0.6), draws(kind, rng, sizes[1])
    there, back = one(a, b, kind), one(b, a, kind)
    shuffled = kind in ("direction", "words") and min(sizes) < 10
    assert_allclose(back["p"], there["p"], rtol=0.15 if shuffled else 1e-9)
    sign = -1 if there["measure"] == "rank-biserial" else 1
    assert_allclose(back["effect"], sign * there["effect"], rtol=1e-9)
    assert_allclose(back["difference"], -there["difference"], rtol=1e-9)
    assert (back["a"], back["n_a"]) == (there["b"], there["n_b"])


def test_the_order_of_rows_says_nothing():
    rng = np.random.default_rng(2)
    tables = [pd.DataFrame({k: draws(k, rng, n) for k in KINDS}) for n in (30, 25)]
    mixed = [t.sample(frac=1, random_state=5) for t in tables]
    pd.testing.assert_frame_equal(compare(*tables), compare(*mixed))


def test_the_rank_biserial_correlation_is_the_share_of_pairs_won_less_those_lost():
    rng = np.random.default_rng(4)
    a, b = rng.integers(0, 8, 17), rng.integers(1, 9, 23)
    pairs = np.sign(a[:, None] - b)
    row = one(a, b)
    assert row["effect"] == pytest.approx(pairs.mean())
    assert row["difference"] == np.median(a) - np.median(b)
    assert one([5, 6, 7, 8], [1, 2, 3, 4])["effect"] == 1


def test_cramers_v_is_that_of_pearsons_statistic():
    a, b = ["x"] * 30 + ["y"] * 20 + ["z"] * 15, ["x"] * 12 + ["y"] * 30 + ["z"] * 18
    theirs = stats.chi2_contingency([[30, 20, 15], [12, 30, 18]], correction=False)
    row = one(a, b, "region")
    assert row["p"] == pytest.approx(theirs.pvalue)
    assert row["effect"] == pytest.approx(np.sqrt(theirs.statistic / 125))
    assert row["a"] == "x (46 %)"


def test_few_counts_of_two_words_are_tested_exactly():
    row = one([True] * 7 + [False], [True] * 2 + [False] * 5)
    assert row["test"] == "Fisher's exact"
    assert row["p"] == pytest.approx(stats.fisher_exact([[7, 1], [2, 5]]).pvalue)


def test_opposite_directions_are_as_far_apart_as_can_be_and_equal_ones_not_at_all():
    row = one(np.full(20, 0.1), np.full(20, 0.1 + np.pi), "phase")
    assert row["effect"] == pytest.approx(1)
    assert abs(row["difference"]) == pytest.approx(np.pi)
    same = one(np.full(20, 0.0), np.full(20, 2 * np.pi), "phase")
    assert (same["effect"], same["p"]) == (pytest.approx(0, abs=1e-9), 1)


def test_angles_across_the_seam_are_close_in_radians_and_degrees():
    rng = np.random.default_rng(0)
    a, b = np.pi + rng.normal(0.3, 0.05, 30), -np.pi + rng.normal(-0.3, 0.05, 30)
    row = one(a, b, "direction")
    assert row["difference"] == pytest.approx(0.6, abs=0.05)
    degrees = one(np.degrees(a), np.degrees(b), "direction_deg")
    assert degrees["difference"] == pytest.approx(np.degrees(row["difference"]))
    assert (degrees["p"], degrees["effect"]) == (pytest.approx(row["p"]), pytest.approx(row["effect"]))


def test_turning_every_angle_changes_nothing_but_the_means():
    rng = np.random.default_rng(7)
    a, b = rng.vonmises(0, 2, 40), rng.vonmises(0.7, 2, 30)
    before, after = one(a, b, "angle"), one(a + 2.2, b + 2.2, "angle")
    for key in ("p", "effect", "difference"):
        assert after[key] == pytest.approx(before[key])


def test_the_mean_vector_of_a_von_mises_sample_has_the_known_length():
    from scipy.special import i0, i1

    vector = mean_vector(np.random.default_rng(0).vonmises(1.0, 2.0, 100_000))
    assert np.angle(vector) == pytest.approx(1.0, abs=0.01)
    assert abs(vector) == pytest.approx(i1(2.0) / i0(2.0), abs=0.01)


def test_missing_values_count_as_nothing():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=20), rng.normal(size=20)
    row = one([*a, np.nan, np.inf], [np.nan, *b])
    clean = one(a, b)
    assert (row["n_a"], row["n_b"], row["p"]) == (20, 20, clean["p"])
    words = one(["x", "y", None, "", "x", np.nan] * 4, ["x", "y", "y"] * 5, "region")
    assert (words["n_a"], words["n_b"]) == (12, 15)


@pytest.mark.parametrize("values", [[1.0, 2.0], [np.nan] * 9, [None] * 9, []])
def test_too_few_values_are_listed_without_a_p(values):
    row = one(values, [1.0, 2.0, 3.0, 4.0])
    assert row["test"] == "too few values"
    assert np.isnan(row[["p", "p_corrected", "effect"]].astype(float)).all()
    assert row["n_b"] == 4


def test_names_of_things_are_not_tested():
    row = one([f"u{k}" for k in range(9)], [f"v{k}" for k in range(9)], "label")
    assert row["test"] == "too many words"
    assert np.isnan(row["p"])


@pytest.mark.parametrize(("a", "b"), [([1.0] * 9, [1.0] * 9), (["x"] * 9, ["x"] * 9), ([True] * 9, [True] * 9)])
def test_one_value_everywhere_is_no_difference(a, b):
    row = one(a, b)
    assert (row["p"], row["effect"]) == (1, 0)


def test_p_values_are_corrected_and_the_smallest_stands_first():
    rng = np.random.default_rng(0)
    a = pd.DataFrame(rng.normal(size=(40, 30)), columns=[f"c{k}" for k in range(30)])
    b = pd.DataFrame(rng.normal(size=(40, 30)), columns=a.columns)
    b["c7"] += 2
    rows = compare(a.assign(few=np.nan), b.assign(few=1.0, only_here=2.0))
    assert rows["column"].iloc[0] == "c7"
    assert rows["column"].iloc[-1] == "few"
    assert len(rows) == 31
    tested = rows[:-1]
    assert_allclose(tested["p_corrected"], stats.false_discovery_control(tested["p"]))
    assert tested["p_corrected"].is_monotonic_increasing
    assert (tested["p_corrected"] < 0.05).sum() == 1


def test_tables_that_share_nothing_give_an_empty_table():
    rows = compare(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"b": [1.0]}))
    assert not len(rows)
    assert "p_corrected" in rows


@pytest.mark.parametrize(
    "name",
    ["tetrode", "cell", "shank", "channel", "id", "unit_id", "cluster id", "bestChannel", "peak_channel",
     "trial_number", "clusterid", "Electrode", "electrode-nr", "cell_idx", "ch", "index", "main probe"],
)  # fmt: skip
def test_numbers_that_name_things_are_words(name):
    assert is_identifier(name)
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, 5, 60), rng.integers(4, 9, 60)
    row = one(a, b.astype(float), name)
    assert row["test"].startswith("chi-square")
    assert row["p"] < 1e-3
    assert one(range(60), range(30, 90), name)["test"] == "too many words"
    assert one(a, b, name, identifiers=())["test"] == "Mann-Whitney U"


@pytest.mark.parametrize(
    "name",
    ["depth", "rate", "n_cells", "cell_type", "channel_depth", "modulation_index", "number_of_spikes", "trials", "paid",
     "width", "batch", "duration", "spikes per cell count"],
)  # fmt: skip
def test_numbers_that_measure_are_numbers(name):
    assert not is_identifier(name)
    rng = np.random.default_rng(0)
    a, b = rng.integers(1, 5, 60), rng.integers(4, 9, 60)
    assert one(a, b, name)["test"] == "Mann-Whitney U"
    assert one(a, b, name, identifiers=[name])["test"].startswith("chi-square")


def test_an_identifier_with_fractions_is_a_number_after_all():
    assert one([1.5, 2.5, 3.5, 4.0], [1.0, 2.0, 3.0, 4.0], "channel")["test"] == "Mann-Whitney U"
    assert one([1.0, 2.0, np.nan, 2.0, 1.0], [1, 2, 3, 3, 3], "channel")["a"] == "1 (50 %)"
