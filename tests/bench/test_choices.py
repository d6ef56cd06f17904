"""The table of choices: every system has a log-likelihood, and what stands for a subject is asked of it."""

from __future__ import annotations

import pytest

from neurofm import io
from neurofm.bench import choices
from neurofm.errors import DataError
from neurofm.synthetic import bandits

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(choices, "QUICK", (16, 20, 30))
    monkeypatch.setattr(choices, "BRIEF", 2)
    monkeypatch.setattr(choices, "FOLDS", 2)


def metrics(rows):
    told = {}
    for row in rows:
        told.setdefault(row["system"].split(" (")[0], set()).add(row["metric"])
    return told


LOGS = {
    "chance", "shares of the arms", "one logistic for all", "one logistic a person", "one Q-learning for all",
    "Q-learning, most likely", "Q-learning, most probable", "GRU of equal size", "bottleneck RNN, a vector each",
    choices.OURS, choices.RANDOM,
}  # fmt: skip
LATENT = {"habits", "Q-learning, most probable", "GRU of equal size", choices.OURS, choices.RANDOM}


def test_simulated_subjects(monkeypatch):
    rows = choices.run([], True, 0, "")
    told = metrics(rows)
    assert {name for name in told if choices.GAP in told[name]} == LOGS | {"truth"}
    assert {name for name in told if "R2 of kappa" in told[name]} == LATENT
    assert {name for name in told if choices.TEN in told[name]} == LATENT
    gap = {row["system"]: row["mean"] for row in rows if row["metric"] == choices.GAP}
    assert (gap["one Q-learning for all"], gap["truth"]) == (0.0, 1.0)


def test_files_of_people(tmp_path):
    people = bandits.population(12, trials=24, seed=1, session="people")
    people = type(people)(
        session="people", subjects=people.subjects[["label"]], of=people.of, action=people.action,
        outcomes=people.outcomes, arms=people.arms,
    )  # fmt: skip
    rows = choices.run([str(io.write(people, tmp_path / "people.h5"))], True, 0, "")
    told = metrics(rows)
    assert {name for name in told if choices.LOGS in told[name]} == LOGS
    assert {name for name in told if choices.TEN in told[name]} == LATENT
    assert {row["case"] for row in rows} == {"people, 12 people"}


def test_files_of_something_else_are_refused(tmp_path):
    from neurofm.synthetic import reaching

    path = io.write(reaching.sessions(1, units=2, duration=4.0)[0], tmp_path / "rat.h5")
    with pytest.raises(DataError, match="holds a recording, where choices are needed"):
        choices.run([str(path)], True, 0, "")
