"""Folds are apart, a decoder is shown what its name says, and simple decoders find what is there."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from neurofm.analysis import decode
from neurofm.analysis.decode import NINE, ONE, TWO, WHOLE
from neurofm.metrics import r2

CHECKS = Path(__file__).parents[3] / "shared" / "checks" / "reach_splits.py"
TRIAL = np.repeat([0, 1, 2], [3, 1, 2])


@pytest.fixture(scope="module")
def tuned():
    """Counts of 12 units tuned to 4 classes in 160 trials of 3 to 5 bins, the class of each bin, and its trial."""
    rng = np.random.default_rng(0)
    trial = np.repeat(np.arange(160), rng.integers(3, 6, 160))
    kind = rng.integers(0, 4, 160)[trial]
    rates = 0.5 + 3 * rng.random((4, 12))
    return rng.poisson(rates[kind]), np.eye(4)[kind], trial


def test_trials_are_held_out_whole_and_anew_in_each_fold():
    folds = list(decode.trial_folds(51))
    assert len(folds) == 5
    assert len({held.tobytes() for _, held in folds}) == 5
    for learn, held in folds:
        assert held.sum() == 10
        assert (learn ^ held).all()


def test_folds_and_inputs_are_those_of_the_protocol():
    if not CHECKS.exists():
        pytest.skip("needs ../shared/checks/reach_splits.py")
    spec = importlib.util.spec_from_file_location("reach_splits", CHECKS)
    protocol = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(protocol)
    counts, trial = np.random.default_rng(0).poisson(2, (200, 7)), np.repeat(np.arange(40), 5)
    for (learn, held), (train, test) in zip(decode.trial_folds(40), protocol.splits(trial), strict=True):
        assert np.array_equal(learn[trial], train)
        assert np.array_equal(held[trial], test)
    theirs = protocol.views(counts, trial)
    ours = decode.inputs(counts, trial, classes=True)
    for name, other in ((ONE, "bin"), (TWO, "pair"), (WHOLE, "trial")):
        np.testing.assert_allclose(ours[name], theirs[other])


@pytest.mark.parametrize(("trials", "blocks"), [(23, 1), (200, 4)])
def test_contiguous_folds_keep_their_neighbours_out(trials, blocks):
    tested = np.zeros(trials, int)
    for learn, held in decode.block_folds(trials):
        tested += held
        begins = np.flatnonzero(np.diff(np.r_[False, held].astype(int)) == 1)
        assert len(begins) == blocks
        assert not (learn & held).any()
        assert not (learn[1:] & held[:-1]).any()
        assert not (learn[:-1] & held[1:]).any()
        assert learn.sum() >= trials - held.sum() - 2 * blocks
    assert (tested == 1).all()


def test_no_input_looks_into_another_trial():
    counts = np.arange(1.0, 7)[:, None] ** 2
    shown = decode.inputs(counts, TRIAL, classes=False)
    assert shown[ONE].ravel().tolist() == [1, 2, 3, 4, 5, 6]
    assert shown[TWO].tolist() == [[1, 1], [2, 1], [3, 2], [4, 4], [5, 5], [6, 5]]
    beyond = np.nan
    np.testing.assert_array_equal(shown[NINE][1], [beyond, beyond, beyond, 1, 2, 3, beyond, beyond, beyond])
    np.testing.assert_array_equal(shown[NINE][3], [*[beyond] * 4, 4, *[beyond] * 4])
    whole = decode.inputs(counts, TRIAL, classes=True)[WHOLE].ravel()
    np.testing.assert_allclose(whole**2, [14 / 3, 14 / 3, 14 / 3, 16, 61 / 2, 61 / 2])


def test_pooled_bins_speak_with_the_product_of_their_probabilities():
    answer = np.array([[0.6, 0.4], [0.6, 0.4], [0.1, 0.9], [0.7, 0.3], [0.5, 0.5], [0.2, 0.8]])
    pooled = decode.pooled(answer, TRIAL)
    np.testing.assert_allclose(pooled[0], np.array([0.036, 0.144]) / 0.18)
    assert np.array_equal(pooled[0], pooled[2])
    np.testing.assert_allclose(pooled[3], answer[3])
    np.testing.assert_allclose(pooled.sum(1), 1)


def test_sure_bins_leave_no_nan():
    pooled = decode.pooled(np.tile([1.0, 0.0], (2000, 1)), np.zeros(2000, int))
    np.testing.assert_allclose(pooled, np.tile([1.0, 0.0], (2000, 1)), atol=1e-9)


@pytest.mark.parametrize("name", decode.decoders(classes=True))
def test_classes_are_decoded(tuned, name):
    counts, y, trial = tuned
    learn = trial < 120
    x = decode.inputs(counts, trial, classes=True)[TWO]
    answer = decode.decoders(classes=True)[name](x[learn], y[learn], trial[learn], x[~learn])
    right = (answer.argmax(1) == y[~learn].argmax(1)).mean()
    np.testing.assert_allclose(answer.sum(1), 1)
    assert right < 0.5 if name == "mean" else right > 0.8


@pytest.mark.parametrize("call", [decode.logistic, decode.discriminant])
def test_a_class_that_was_never_seen_has_no_chance(tuned, call):
    counts, y, trial = tuned
    learn = y[:, 2] == 0
    answer = call(counts[learn].astype(float), y[learn], trial[learn], counts)
    assert answer.shape == y.shape
    assert (answer[:, 2] == 0).all()


@pytest.mark.parametrize("name", decode.decoders(classes=False))
@pytest.mark.parametrize("features", [1, 2])
def test_values_are_decoded_in_their_own_unit(name, features):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 6))
    y = 100 + 20 * x[:, :features] + rng.normal(size=(400, features))
    trial = np.arange(400) // 4
    answer = decode.decoders(classes=False)[name](x[:300], y[:300], trial[:300], x[300:])
    assert answer.shape == (100, features)
    assert (r2(y[300:], answer) < 0.1 if name == "mean" else r2(y[300:], answer) > 0.9).all()


def test_the_recurrent_network_knows_the_order_of_bins_that_come_later():
    rng = np.random.default_rng(0)
    rising, trial = rng.random(120) < 0.5, np.repeat(np.arange(120), 3)
    x = np.concatenate([np.array([[0.0], [-1], [1]]) * (1 if up else -1) for up in rising])
    x, y = x + 0.3 * rng.normal(size=x.shape), np.eye(2)[rising.astype(int)[trial]]
    learn, first = trial < 80, np.tile([True, False, False], 120)  # which, like their sum, tells nothing by itself
    answer = decode.recurrent(x[learn], y[learn], trial[learn], x[~learn], trial[~learn], classes=True)
    assert (answer.argmax(1) == y[~learn].argmax(1))[first[~learn]].mean() > 0.9


def test_the_recurrent_network_answers_each_trial_by_itself(tuned):
    counts, y, trial = tuned
    learn, few = trial < 45, (trial == 50) | (trial == 57)
    given = counts[learn].astype(float), y[learn], trial[learn]
    together = decode.recurrent(*given, counts.astype(float), trial, classes=True)
    apart = decode.recurrent(*given, counts[few].astype(float), trial[few], classes=True)
    np.testing.assert_allclose(together[few], apart, atol=1e-5)


def test_inner_folds_choose_by_each_trial_once():
    trials = np.array([3, 4, 8, 9, 11, 20, 21])
    parts = list(decode.inner_folds(trials))
    assert sorted(np.concatenate([left for _, left in parts])) == trials.tolist()
    assert all(not set(fit) & set(left) and len(fit) + len(left) == 7 for fit, left in parts)


@pytest.mark.parametrize("classes", [True, False])
def test_a_unit_that_was_silent_until_it_is_asked_moves_no_answer(classes):
    rng = np.random.default_rng(0)
    x, trial = rng.normal(size=(120, 5)), np.repeat(np.arange(12), 10)
    y = np.eye(3)[rng.integers(0, 3, 120)] if classes else x[:, :2] + 0.1 * rng.normal(size=(120, 2))
    silent = np.hstack([x, np.zeros((120, 1))])
    asked = silent.copy()
    asked[:, 5] = rng.poisson(1.0, 120)
    calls = decode.decoders(classes=classes) | {
        "GRU": lambda *given: decode.recurrent(*given, trial, classes=classes)
    }  # fmt: skip
    for name, call in calls.items():
        np.testing.assert_allclose(call(silent, y, trial, asked), call(silent, y, trial, silent), err_msg=name)
