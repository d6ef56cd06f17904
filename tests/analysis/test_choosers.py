"""Models of choosers in one table: all that the field expects, over the trials that the run is judged by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import neurofm as nf
from neurofm.analysis import choosers, recurrent
from neurofm.data.choices import part
from neurofm.errors import DataError
from neurofm.synthetic import bandits


@pytest.fixture(scope="module")
def choices():
    every = bandits.population(15, trials=30, seed=3, session="people")
    return part(every, (every.of > 0) | (every.place < 20))  # one has fewer


@pytest.fixture(scope="module")
def run(choices, tmp_path_factory):
    folder = tmp_path_factory.mktemp("choosers") / "run"
    return nf.train("bandit_style", choices, folder, settings={"steps": 2, "batch": 4}, device="cpu")


@pytest.fixture(scope="module")
def table(choices, run):
    steps = pytest.MonkeyPatch()
    steps.setattr(recurrent, "STEPS", 2)
    steps.setattr(recurrent, "SLOW_STEPS", 2)
    said = []
    made = choosers.table(run, choices, step=lambda part, text: said.append((part, text)))
    steps.undo()
    return made, said


def test_all_models_are_in_it_the_best_first(table, choices, run):
    made, _ = table
    told = dict(zip(made["model"], made["log_likelihood"]))
    names = {name.split(" (")[0] for name in told}
    assert names == {
        "Bandit style", "Bandit style, random weights", "chance", "shares of the arms", "one logistic for all",
        "one logistic a person", "one Q-learning for all", "Q-learning, most likely", "Q-learning, most probable",
        "GRU of equal size", "bottleneck RNN, a vector each", "truth",
    }  # fmt: skip
    assert made["log_likelihood"].is_monotonic_decreasing
    assert told["chance"] == pytest.approx(-np.log(3))
    assert told["Bandit style"] == pytest.approx(run.metrics["log_likelihood"], abs=1e-5)
    assert told["Q-learning, most likely"] == pytest.approx(run.metrics["q_likely_log_likelihood"], abs=1e-5)
    assert made.set_index("model").loc["Bandit style", "sd"] == 0
    assert set(made["subjects"]) == {len(run.spans("people", "test"))}


def test_truth_is_that_of_the_held_out(table, choices, run):
    judged = run.spans("people", "test")[:, 0].astype(int)
    rows = choices.late & np.isin(choices.of, judged)
    made, _ = table
    assert made.set_index("model").loc["truth", "log_likelihood"] == pytest.approx(
        np.log(choices.columns["likely"][rows]).mean()
    )
    assert set(made["trials"]) == {rows.sum()}


def test_choices_under_another_name_are_the_same_people(run, choices, monkeypatch):
    monkeypatch.setattr(choosers, "networks", lambda *_, **__: ({}, None))
    again = choosers.table(run, replace(choices, session="other name", paths=choices.paths))
    told = again.set_index("model")["log_likelihood"]
    assert told["Bandit style"] == pytest.approx(run.metrics["log_likelihood"], abs=1e-5)


def test_it_tells_how_far_it_is(table):
    parts = [part for part, _ in table[1]]
    assert parts == sorted(parts)
    assert {"Q-learning and regressions", "bottleneck RNN, a vector each"} <= {text for _, text in table[1]}


def test_people_that_it_has_not_learned_from_are_refused(run):
    other = bandits.population(5, trials=20, seed=8, session="others")
    with pytest.raises(DataError, match="others: is nothing that run learned from, so nobody is held out; name"):
        choosers.table(run, other)


@pytest.mark.parametrize("outcomes", [float("nan"), 1.0])
def test_outcomes_that_are_unknown_or_all_the_same_do_no_harm(choices, monkeypatch, outcomes):
    monkeypatch.setattr(recurrent, "SLOW_STEPS", 1)
    dull = replace(choices, outcomes=np.full_like(choices.outcomes, outcomes))
    logs, states = choosers.networks(dull, np.arange(10), np.arange(10, 15), 500, steps=1)
    assert all(np.isfinite(values[dull.lengths[10:].argmax()]).all() for values in logs.values())
    assert np.isfinite(states(dull)).all()
