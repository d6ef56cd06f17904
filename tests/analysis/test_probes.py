"""Probes read what is there and no more, of frames and of sequences, from what was not learned from."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

import neurofm as nf
from neurofm.analysis import probes
from neurofm.data.stretches import cut
from neurofm.errors import DataError
from neurofm.synthetic import bandits, quadrupeds

LATE = np.arange(4000) == 3999  # a label that no row has that is looked at but the very last
FEW = {"steps": 2, "batch": 4, "sequence": 5.0, "width": 8}


@pytest.fixture(scope="module")
def walkers():
    return quadrupeds.session(20, seed=1, frames=200)


@pytest.fixture(scope="module")
def run(walkers, tmp_path_factory):
    return nf.train("bams", walkers, tmp_path_factory.mktemp("runs") / "run", settings=FEW)


@pytest.fixture(scope="module")
def rows(run, walkers):
    return probes.look(run, walkers)


def rows_of(x, learned):
    return probes.Rows(np.arange(len(x)), {"x": x}, learned, ~learned)


def test_classes_are_read_by_balanced_logistic_regression():
    rng = np.random.default_rng(0)
    y = np.array(["a", "b", "b", "b"])[rng.integers(0, 4, 400)]
    x = rng.normal(size=(400, 3)) + (y == "a")[:, None]
    learned = np.arange(400) < 300
    (line,) = probes.read(rows_of(x, learned), y)
    z = (x - x[learned].mean(0)) / x[learned].std(0)
    said = LogisticRegression(class_weight="balanced", max_iter=300).fit(z[learned], y[learned]).predict(z[~learned])
    assert line["score"] == "F1"
    assert line["value"] == pytest.approx(f1_score(y[~learned], said, average="weighted"), abs=0.02)
    share = (y[~learned] == "a").mean()
    assert line["chance"] == pytest.approx(share**2 + (1 - share) ** 2)


def test_numbers_are_read_by_ridge_regression():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4))
    (line,) = probes.read(rows_of(x, np.arange(300) < 200), x @ [1, -2, 0, 3] + rng.normal(size=300))
    assert line["score"] == "R2"
    assert line["value"] == pytest.approx(14 / 15, abs=0.03)


@pytest.mark.parametrize(
    "values",
    [
        np.full(40, "a"),
        np.array([""] * 39 + ["b"]),
        np.r_[np.full(38, np.nan), 1.0, 2.0],
        np.array(["a", "b"] * 10 + ["a"] * 20),
        np.r_[np.arange(20.0), np.full(20, 3.0)],
    ],
    ids=["one class", "hardly known", "missing", "one class is judged", "one number is judged"],
)
def test_labels_that_say_nothing_have_no_score(values):
    assert probes.read(rows_of(np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) < 20), values) == []


def test_unknown_labels_are_left_out():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(200, 1)), np.where(np.arange(200) % 2, "b", "a").astype("U1")
    x[:, 0] += np.arange(200) % 2 * 6
    x[:50], y[:50] = 99.0, ""
    (line,) = probes.read(rows_of(x, np.arange(200) < 120), y)
    assert line["value"] == 1.0


def test_rows_are_apart_and_late_enough(walkers, rows):
    place = rows.frames.reshape(20, -1) % 200
    assert (place[:, 0] == 100).all()  # the second half of what is short
    assert (np.diff(place) == 5).all()


def test_rows_of_long_tracks_are_further_apart(walkers, monkeypatch):
    monkeypatch.setattr(probes, "LOOKED", 200)
    assert (np.diff(probes.choose(cut(walkers)).reshape(20, -1)) == 20).all()


def test_nothing_held_out_is_learned_from(run, walkers, rows):
    trial = rows.frames // 200
    assert len(set(trial[rows.learned]) & set(trial[rows.judged])) == 0
    trials, which = rows.of_trials(walkers)
    assert which.tolist() == list(range(20))
    assert (trials.learned.sum(), trials.judged.sum()) == (14, 4)
    here = trial == 7
    np.testing.assert_allclose(trials.features["frame"][7], rows.features["frame"][here].mean(0), rtol=1e-5)


def test_latents_are_those_of_the_run_and_random_ones_of_another(run, walkers, rows):
    placed = run.embed(walkers, "frame").values[rows.frames]
    np.testing.assert_allclose(rows.features["short + long"], placed, atol=1e-5)
    np.testing.assert_allclose(rows.features["long"], placed[:, 8:], atol=1e-5)
    other = rows.features["random weights, short + long"]
    assert other.shape == placed.shape
    assert not np.allclose(other, placed, atol=0.01)
    np.testing.assert_array_equal(probes.look(run, walkers).features["random weights, long"], other[:, 8:])


def test_what_needs_no_network_is_of_the_past(walkers, rows):
    k = 30
    frame, given = rows.frames[k], walkers.features[:, 0]
    np.testing.assert_array_equal(rows.features["frame"][k], given[frame])
    past = given[frame - 29 : frame + 1]
    np.testing.assert_allclose(rows.features["mean and sd of 1 s"][k], [*past.mean(0), *past.std(0)], atol=1e-4)
    late = walkers.features.copy()
    late[frame + 1 : frame + 1 + (200 - frame % 200 - 1)] = 0
    changed = probes.plain(cut(replace(walkers, features=late)), rows.frames, rows.frames < frame)
    kept = probes.plain(cut(walkers), rows.frames, rows.frames < frame)
    np.testing.assert_allclose(changed["PCA of 2 s"][k], kept["PCA of 2 s"][k], atol=1e-4)


def test_one_table_has_frames_and_sequences(run, walkers):
    table = probes.table(run, walkers, ["gait", "speed"])
    assert set(zip(table["label"], table["of"], table["score"])) == {("gait", "frame", "F1"), ("speed", "trial", "R2")}
    assert len(table) == 18
    assert set(table["judged"][table["of"] == "trial"]) == {4}


@pytest.mark.parametrize(
    ("change", "labels", "error", "words"),
    [
        ({"labels": {}, "trials": None}, (), DataError, "has no labels to probe"),
        ({}, ("mood",), LookupError, "mood"),
        ({"labels": {"late": LATE}}, ("late",), DataError, "late cannot be judged, with but one class"),
    ],
)
def test_labels_that_are_not_there_are_told(run, walkers, change, labels, error, words):
    with pytest.raises(error, match=words):
        probes.table(run, replace(walkers, **change), labels)


def test_what_is_no_tracks_is_refused_in_a_sentence(run):
    chosen = bandits.population(2, "wide", trials=20)
    asked = SimpleNamespace(spec=replace(run.spec, takes=type(chosen)))
    with pytest.raises(DataError, match="is of the kind 'choices', and labels of tracks are probed"):
        probes.table(asked, chosen)


def test_variance_between_groups_is_its_share():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(50), 200)
    assert probes.between(rng.normal(size=50)[group, None] * 2 + rng.normal(size=(10_000, 1)), group) == pytest.approx(
        0.8, abs=0.08
    )
    assert probes.between(rng.normal(size=(10_000, 3)), group) == pytest.approx(0.005, abs=0.003)
