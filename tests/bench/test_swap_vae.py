"""The Swap-VAE table judges what it says it judges."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from neurofm.bench import swap_vae as bench
from neurofm.bench._table import row
from neurofm.errors import DataError
from neurofm.synthetic import directions


@pytest.fixture
def recording():
    session = directions.session(20, 160, seed=0)
    table = session.intervals["trials"].rename(columns={"direction": "target"})
    return replace(session, intervals={"trials": table})


@pytest.fixture
def few(monkeypatch):
    small = {"content": 4, "style": 4, "hidden": 8, "batch": 32, "dropout": 0.0}
    monkeypatch.setattr(bench, "SYSTEMS", {bench.PAIRS: small, bench.DROPOUT: small | {"dropout": 0.6}})
    monkeypatch.setattr(bench, "PAPER", {})
    monkeypatch.setattr(bench, "SIMULATED", {})
    return {"steps": 12}


def test_probe_reads_an_angle_that_is_there_and_none_that_is_not():
    rng = np.random.default_rng(0)
    angle = 2 * np.pi / 8 * rng.integers(0, 8, 700)
    x = np.stack([np.cos(angle), np.sin(angle)], 1) @ rng.normal(size=(2, 6))
    learned = np.arange(700) < 500
    assert bench.probe(x, angle, learned, 0) == pytest.approx(dict.fromkeys(
        ("Acc", "delta-Acc", "Acc, best epoch", "delta-Acc, best epoch"), 1.0
    ))  # fmt: skip
    nothing = bench.probe(rng.normal(size=(700, 6)), angle, learned, 0)
    assert nothing["Acc"] == pytest.approx(1 / 8, abs=0.08)
    assert nothing["delta-Acc"] == pytest.approx(3 / 16, abs=0.08)
    assert nothing["Acc, best epoch"] >= nothing["Acc"]


@pytest.mark.parametrize("turn", [0.0, 2 * np.pi, -2 * np.pi])
def test_shares_count_errors_around_the_circle(turn):
    error = np.array([0.0, np.pi / 8 - 0.01, np.pi / 8 + 0.01, 3 * np.pi / 16 + 0.01])
    assert bench._shares(3.1 + error + turn, np.full(4, 3.1)) == (0.5, 0.75)


def test_gain_is_none_for_the_mean_and_the_likelihood_else():
    rng = np.random.default_rng(0)
    rates = rng.uniform(0.5, 3, (200, 4))
    counts, learned = rng.poisson(rates).astype(float), np.arange(200) < 150
    mean = np.tile(counts[learned].mean(0), (200, 1))
    assert bench.gain(mean, counts, learned) == pytest.approx(0, abs=1e-12)
    likely = [poisson.logpmf(counts[150:], r[150:]).sum() for r in (rates, mean)]
    assert bench.gain(rates, counts, learned) == pytest.approx((likely[0] - likely[1]) / np.log(2) / counts[150:].sum())


def test_known_truth_is_read_in_full_and_noise_not():
    rng = np.random.default_rng(0)
    direction, when = np.repeat(np.arange(4), 200), np.tile(np.arange(4), 200)
    latent = directions.latents(np.repeat(np.arange(4), 50), 4, rng).reshape(-1, 2)
    learned = rng.random(800) < 0.75
    scores = bench.read_truth(np.c_[latent, np.eye(4)[when]], latent, direction, when, learned)
    assert min(scores.values()) > 0.95
    noise = bench.read_truth(rng.normal(size=(800, 3)), latent, direction, when, learned)
    assert noise["R2 of the latents"] < 0.05
    assert max(noise["accuracy of direction"], noise["accuracy of time"]) < 0.4


def test_first_trials_are_learned_from_and_the_last_judged(recording, few):
    trials, learned, parts, rebuilt = bench._fitted(recording, bench.SYSTEMS[bench.PAIRS] | few, 0)
    trial = np.nonzero(trials.seen)[0]
    assert np.array_equal(learned, trial < 128)
    assert [parts[p].shape for p in bench.PARTS] == [(640, 8), (640, 4), (640, 4)]
    assert rebuilt.shape == (640, 20)


def test_nothing_of_the_judged_trials_is_seen_while_learning(recording, few):
    one = bench._fitted(recording, bench.SYSTEMS[bench.PAIRS] | few, 0)[2][""]
    table = recording.intervals["trials"].copy()
    table.loc[128:, "target"] = 0
    late = recording.spikes.times > table["start"][128]
    unit = np.where(late, (recording.spikes.unit + 1) % 20, recording.spikes.unit).astype(np.int32)
    other = replace(recording, spikes=replace(recording.spikes, unit=unit), intervals={"trials": table})
    again = bench._fitted(other, bench.SYSTEMS[bench.PAIRS] | few, 0)[2][""]
    assert np.array_equal(one[:512], again[:512])
    assert not np.array_equal(one[512:], again[512:])


def test_every_system_has_its_scores(recording, few):
    scores = bench.reaches(recording, 0, few)
    names = {name for name, _ in scores}
    assert {bench.PAIRS, f"{bench.PAIRS}, style", f"{bench.DROPOUT}, content", "PCA", bench.RAW, "counts, Hz"} <= names
    gap = scores[f"{bench.PAIRS}, content", "Acc"] - scores[f"{bench.PAIRS}, style", "Acc"]
    assert scores[f"{bench.PAIRS}, content - {bench.PAIRS}, style", "Acc"] == gap
    rows = bench._rows("case", [scores, scores])
    assert not any("best" in line["metric"] for line in rows)
    wanted = row(
        "case", "PCA", "Acc", [scores["PCA", "Acc"]] * 2, "", f"best epoch {scores['PCA', 'Acc, best epoch']:.3f}"
    )
    assert wanted in rows


def test_without_targets_it_says_what_it_needs(recording):
    bare = replace(recording, intervals={"trials": pd.DataFrame({"start": [0.0], "stop": [1.0]})})
    with pytest.raises(DataError, match="give binned reaching with the target"):
        bench.reaches(bare, 0, {})
