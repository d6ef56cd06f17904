"""What is measured of units that were never seen."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.bench import unit_id
from neurofm.synthetic import reaching


@pytest.mark.parametrize("seconds", [2.0, 10.0, 160.0])
def test_labels_are_the_first_seconds_and_scores_the_last_forty(seconds):
    split = unit_id.split(seconds)
    assert split.train.tolist() == [[0.0, seconds]]
    assert not len(split.valid)
    assert split.test.tolist() == [[160.0, 200.0]]


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_directions_are_read_from_vectors_that_hold_them_and_not_from_others(noise):
    rng = np.random.default_rng(0)
    angles = rng.uniform(-np.pi, np.pi, 300)
    vectors = np.stack([np.cos(angles), np.sin(angles)], 1) @ rng.normal(size=(2, 8)) + noise * rng.normal(
        size=(300, 8)
    )
    known = np.arange(300) < 200
    assert unit_id.angle_error(vectors, angles, known) < 0.1 + 90 * noise
    assert unit_id._shuffled(vectors, angles, known, 0) == pytest.approx(90, abs=20)  # as if drawn at random


def test_turned_vectors_and_directions_err_alike():
    rng = np.random.default_rng(1)
    angles, known = rng.uniform(-np.pi, np.pi, 300), np.arange(300) < 200
    vectors = np.stack([np.cos(angles), np.sin(angles)], 1) + 0.3 * rng.normal(size=(300, 2))
    error = unit_id.angle_error(vectors, angles, known)
    assert unit_id.angle_error(vectors, angles + 2.0, known) == pytest.approx(error, rel=0.05)


@pytest.mark.parametrize(("quick", "seeds", "steps"), [(True, 1, 300), (False, 3, 900)])
def test_the_table_is_the_mean_of_the_seeds(monkeypatch, quick, seeds, steps):
    def once(seed, given, name):
        assert given == steps
        return {(name, "POYO", "R2"): float(seed), (name, "POYO", "median tuning error"): 3.0}

    monkeypatch.setattr(unit_id, "once", once)
    rows = unit_id.run([], quick, 5, "")
    assert [(line["case"], line["metric"], line["unit"]) for line in rows] == [
        (case, metric, unit) for case in unit_id.CASES for metric, unit in (("R2", ""), ("median tuning error", "deg"))
    ]
    assert rows[0]["mean"] == pytest.approx(np.mean(range(5, 5 + seeds)))
    assert rows[0]["n"] == seeds


def test_simple_ways_are_scored_on_the_same_seconds():
    new = reaching.sessions(1, duration=200.0, seed=0, **next(iter(unit_id.CASES.values()))[0])[0]
    assert set(unit_id._others(new, 5.0)) == {("ridge", "R2"), ("MLP", "R2")}
