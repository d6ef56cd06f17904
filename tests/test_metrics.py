"""Scores agree with references, and with what they say of the mean."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson
from sklearn.metrics import accuracy_score, f1_score, jaccard_score, r2_score

from neurofm.metrics import accuracy, bits_per_spike, confusion, overlap, pooled_bits, r2, scores

RNG = np.random.default_rng(0)
TRUTH, SAID = RNG.normal(size=(50, 2)), RNG.normal(size=(50, 2))
CLASSES = np.eye(3)[RNG.integers(0, 3, 40)]
COUNTS, RATES = RNG.poisson(1.0, (30, 4)), RNG.uniform(0.2, 3.0, (30, 4))


def holes(x):
    x = np.array(x, float)
    x[::7] = np.nan
    return x


@pytest.mark.parametrize("truth", [TRUTH, holes(TRUTH)], ids=["whole", "holes"])
def test_r2_is_that_of_scikit_learn_where_the_truth_is_known(truth):
    known = np.isfinite(truth).all(1)
    wanted = r2_score(truth[known], SAID[known], multioutput="raw_values")
    np.testing.assert_allclose(r2(truth, SAID), wanted)


@pytest.mark.parametrize(
    ("said", "wanted"), [(TRUTH, 1.0), (np.broadcast_to(TRUTH.mean(0), TRUTH.shape), 0.0)], ids=["truth", "mean"]
)
def test_r2_of_truth_is_one_and_of_its_mean_zero(said, wanted):
    np.testing.assert_allclose(r2(TRUTH, said), wanted, atol=1e-12)


@pytest.mark.parametrize("truth", [np.ones((5, 2)), np.full((5, 2), np.nan), TRUTH[:1]], ids=["flat", "unknown", "one"])
def test_r2_of_what_cannot_be_judged_is_nan(truth):
    assert np.isnan(r2(truth, SAID[: len(truth)])).all()


@pytest.mark.parametrize("score", [r2, bits_per_spike])
def test_other_shapes_are_refused(score):
    with pytest.raises(ValueError, match=r"\(50, 2\).*\(40, 2\)"):
        score(TRUTH, SAID[:40])


@pytest.mark.parametrize("truth", [CLASSES, holes(CLASSES)], ids=["whole", "holes"])
def test_accuracy_is_that_of_scikit_learn(truth):
    said, known = RNG.random(CLASSES.shape), np.isfinite(truth).all(1)
    assert accuracy(truth, said) == accuracy_score(truth[known].argmax(1), said[known].argmax(1))


def test_bits_per_spike_are_those_of_poisson():
    mean = np.broadcast_to(COUNTS.mean(0), COUNTS.shape)
    gain = poisson.logpmf(COUNTS, RATES).sum(0) - poisson.logpmf(COUNTS, mean).sum(0)
    np.testing.assert_allclose(bits_per_spike(RATES, COUNTS), gain / COUNTS.sum(0) / np.log(2))
    np.testing.assert_allclose(bits_per_spike(mean, COUNTS), 0, atol=1e-12)
    assert np.isnan(bits_per_spike(RATES, COUNTS * [1, 1, 1, 0])[3])


@pytest.mark.parametrize("quiet", [0, 1, 2], ids=["a silent unit", "one spike", "two spikes"])
def test_pooled_bits_do_not_hang_on_a_unit_that_hardly_fires(quiet):
    counts, rates = (np.tile(x, (20, 1)) for x in (COUNTS, RATES))
    wanted = pooled_bits(rates[:, :3], counts[:, :3])
    counts[:, 3], rates[:, 3] = 0, 1e-6  # of spikes that nobody could foresee
    counts[:quiet, 3] = 1
    assert pooled_bits(rates, counts) == pytest.approx(wanted, abs=0.03)
    assert quiet == 0 or np.nanmean(bits_per_spike(rates, counts)) < wanted - 1


def test_pooled_bits_are_all_gains_over_all_spikes():
    mean = np.broadcast_to(COUNTS.mean(0), COUNTS.shape)
    gain = (poisson.logpmf(COUNTS, RATES) - poisson.logpmf(COUNTS, mean)).sum()
    assert pooled_bits(RATES, COUNTS) == pytest.approx(gain / COUNTS.sum() / np.log(2))
    assert np.isnan(pooled_bits(RATES, 0 * COUNTS))


@pytest.mark.parametrize(
    ("kind", "truth", "said", "names"),
    [
        ("values", TRUTH, SAID, ["r2", "r2_x", "r2_y"]),
        ("classes", CLASSES, CLASSES, ["accuracy"]),
        ("rates", COUNTS.astype(float), RATES, ["bits_per_spike"]),
        ("values", holes(TRUTH)[:1], SAID[:1], []),
        ("classes", CLASSES[:0], CLASSES[:0], []),
        ("rates", COUNTS * 0.0, RATES, []),
    ],
)
def test_the_main_score_comes_first_and_nothing_where_there_is_none(kind, truth, said, names):
    assert list(scores(kind, ("x", "y"), truth, said)) == names


MOVES = np.arange(len(TRUTH)) < 20


@pytest.mark.parametrize("moves", [MOVES, ~MOVES, np.arange(len(TRUTH)) % 3 == 0])
@pytest.mark.parametrize("truth", [TRUTH, holes(TRUTH)], ids=["whole", "holes"])
def test_what_rests_is_scored_while_it_moves_and_over_all_beside(truth, moves):
    both = scores("values", ("x", "y"), truth, SAID, moves)
    known = np.isfinite(truth).all(1)
    assert both["r2"] == pytest.approx(np.mean(r2(truth[moves], SAID[moves])))
    assert both["all_r2"] == pytest.approx(np.mean(r2(truth, SAID)))
    assert both["moving"] == pytest.approx(moves[known].mean())
    assert list(both) == ["r2", "r2_x", "r2_y", "all_r2", "moving"]


@pytest.mark.parametrize(
    ("kind", "truth", "said", "moves"),
    [
        ("values", TRUTH, SAID, np.ones(50, bool)),
        ("values", TRUTH, SAID, np.zeros(50, bool)),
        ("values", TRUTH, SAID, np.arange(50) == 3),
        ("values", np.where(MOVES[:, None], 1.0, TRUTH), SAID, MOVES),
        ("classes", CLASSES, CLASSES, None),
        ("rates", COUNTS.astype(float), RATES, None),
    ],
    ids=["all moves", "none moves", "one moves", "constant where it moves", "classes", "rates"],
)
def test_where_movement_makes_no_difference_there_is_one_score(kind, truth, said, moves):
    assert scores(kind, ("x", "y"), truth, said, moves) == scores(kind, ("x", "y"), truth, said)


def test_overlap_is_that_of_scikit_learn_over_what_is_known():
    truth, said = RNG.integers(-1, 3, 200), RNG.integers(0, 3, 200)
    known, names = truth >= 0, ("nothing", "vessel", "cell")
    told = overlap(confusion(truth, said, 3), names)
    each = f1_score(truth[known], said[known], average=None)
    np.testing.assert_allclose([told[f"dice_{name}"] for name in names], each)
    np.testing.assert_allclose([told["dice"], told["f1"]], [each[1:].mean(), each.mean()])
    shares = jaccard_score(truth[known], said[known], average=None)
    np.testing.assert_allclose([told[f"iou_{name}"] for name in names], shares)
    assert told["accuracy"] == pytest.approx(accuracy_score(truth[known], said[known]))


def test_a_class_that_is_not_there_has_no_overlap_and_counts_as_mistake():
    told = overlap(confusion(np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1]), 3), ("nothing", "a", "b"))
    assert told["dice"] == told["dice_a"] == 1.0
    assert told["accuracy"] == 0.75
    assert "dice_b" not in told
    assert overlap(np.zeros((2, 2), int), ("a", "b")) == {}
