"""Trials are cut as a run says, and a network is asked for some at a time."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from neurofm.data.target import CLASSES, RATES, Target
from neurofm.errors import UnknownUnits
from neurofm.training.trials import (
    MOST,
    all_trials,
    as_numpy,
    check_units,
    cut_trials,
    held_out,
    in_batches,
    learned_trials,
)

WAY = Target(series="target", names=("0", "1"), kind=CLASSES)
SPANS = {"train": [[0.0, 11.0]], "valid": [[11.0, 16.0]], "test": [[16.0, 22.0]]}


def run(recording, names=None, splits=None):
    """As far as it is looked at: a run that learned from half of the recording."""
    units = recording.unit_names if names is None else names
    return SimpleNamespace(
        vocab={"sessions": [recording.session], "units": units, "sizes": [len(units)]}, target=WAY,
        config={"config": {"bin": 0.1}, "splits": {recording.session: SPANS} if splits is None else splits},
        spans=lambda session, name: np.array(SPANS[name]),
    )  # fmt: skip


def test_classes_fill_the_seen_bins_of_their_trial(reaches):
    trials = cut_trials(reaches, {"bin": 0.1}, WAY)
    assert (np.isfinite(trials.answer).all(-1) == trials.seen).all()
    assert trials.answer[:, 0].argmax(-1).tolist() == [0, 1] * 10


@pytest.mark.parametrize(
    ("target", "intervals"),
    [
        (Target(kind=RATES), None),
        (WAY, {}),
        (replace(WAY, series="elsewhere"), None),
        (Target(series="elsewhere", names=("x",)), None),
    ],
    ids=["rates", "no trials", "no such column", "no such series"],
)
def test_what_a_recording_lacks_is_not_answered(reaches, target, intervals):
    recording = reaches if intervals is None else replace(reaches, intervals=intervals)
    assert cut_trials(recording, {"bin": 0.1}, target).answer is None


def test_a_class_that_is_unknown_is_nan(reaches):
    column = pd.Series([0.0, np.nan, 7.0] + [1.0] * 17)  # 7 is none of the run's classes
    trials = reaches.intervals["trials"].assign(target=column)
    answer = cut_trials(replace(reaches, intervals={"trials": trials}), {"bin": 0.1}, WAY).answer
    assert np.isfinite(answer[:4, 0]).all(-1).tolist() == [True, False, False, True]


def test_learned_and_held_out_trials_are_apart(reaches):
    known = run(reaches)
    trials, learned = all_trials(known, reaches), learned_trials(known, reaches)
    assert (learned.stop <= 11.0).all()
    assert (trials.start[held_out(known, trials)] >= 16.0).all()
    assert 0 < held_out(known, trials).sum() < len(trials) - len(learned)
    assert held_out(run(reaches, splits={}), trials).all()  # a recording that it has not learned from


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda names: names[:4], "with 4 units, not 6"),
        (lambda names: names[::-1], "with its units in another order, from 'reaches/a' on"),
        (lambda names: ["reaches/z", *names[1:]], "with other units, without 'reaches/a'"),
    ],
    ids=["fewer", "turned", "another"],
)
def test_other_units_are_refused_in_words(reaches, change, words):
    with pytest.raises(UnknownUnits, match=f"knows 'reaches' {words}; adapt it to this recording first"):
        check_units(run(reaches, change(reaches.unit_names)), reaches)


@pytest.mark.parametrize("count", [1, MOST, MOST + 1, 2 * MOST + 5])
@pytest.mark.parametrize("training", [True, False])
def test_all_trials_are_answered_once_in_order_without_dropout(reaches, count, training):
    trials, net, done = cut_trials(reaches, {"bin": 0.1}, WAY), torch.nn.Dropout(0.5).train(training), []
    many = trials.take(np.arange(count) % len(trials))
    answers = in_batches(net, lambda t: net(torch.as_tensor(t.start + 1)), many, done.append)
    np.testing.assert_allclose(answers, many.start + 1, rtol=1e-6)
    assert net.training == training
    assert (len(done), done[-1]) == (-(-count // MOST), 1.0)


@pytest.mark.parametrize("x", [np.ones(3, np.float32), torch.ones(3, requires_grad=True)], ids=["array", "tensor"])
def test_tensors_become_arrays(x):
    np.testing.assert_array_equal(as_numpy(x), [1.0, 1.0, 1.0])
