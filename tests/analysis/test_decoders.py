"""What a comparison tells, keeps and chooses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neurofm.analysis import decode, decoders, ours, pools
from neurofm.analysis.binned import Data, binned
from neurofm.analysis.decode import ONE, TWO, WHOLE
from neurofm.analysis.fits import Plan
from neurofm.data import Recording, Series
from neurofm.errors import DataError
from neurofm.training import load
from tests.analysis.conftest import LEARN, STEPS, Told


def test_a_choice_needs_no_trial_that_is_held_out(data, monkeypatch):
    trained, judged = [], []

    def models(data, learn, plan):
        trained.append(learn)
        return [(("one", ONE), lambda step: data.answer), (("other", ONE), lambda step: 1 - data.answer)]

    def score(self, answer, asked):
        judged.append(np.unique(self.trial[asked]))
        return float((answer[asked] == self.answer[asked]).mean())

    monkeypatch.setattr(decoders, "models", models)
    monkeypatch.setattr(Data, "score", score)
    assert decoders.choice(data, LEARN, Plan({}))[ONE] == ("one", ONE)
    for left in judged:
        np.testing.assert_array_equal(np.sort(np.r_[trained[0], left]), LEARN)


@pytest.fixture
def small(monkeypatch):
    """Two of our models, each of three steps."""
    monkeypatch.setattr(decoders, "QUICK", STEPS)
    monkeypatch.setattr(decoders, "settings", lambda: {name: ours.settings()[name] for name in ("eit", "swap_vae")})


def test_models_of_the_first_fold_stay_as_runs_of_the_whole_recording(reaches, small, tmp_path):
    folder, told = tmp_path / "decoders-1", Told()
    folds = decoders.compare(reaches, folds=1, quick=True, folder=folder, step=told)
    rows = {(line.decoder, line.shown): line for line in decoders.lines(folds)}
    assert rows["EIT", ONE].run == "decoders-1-eit-one-bin"
    assert rows["EIT", f"{WHOLE}, bin by bin"].run == "decoders-1-eit-one-bin"
    assert rows["Swap-VAE, read out", ONE].run == rows["Swap-VAE, read out", TWO].run == "decoders-1-swap_vae"
    assert {line.run for key, line in rows.items() if key[0] in ("LDA", "GRU", pools.ALL)} == {""}
    assert sorted(p.name for p in folder.iterdir()) == sorted({line.run for line in rows.values()} - {""})
    run = load(folder / "decoders-1-eit-one-bin")
    said = run.predict(reaches)
    assert len(said.times) == len(binned(reaches).trial)
    held = binned(reaches).of(np.flatnonzero(next(decode.trial_folds(20))[1]))
    np.testing.assert_array_equal(said.held_out, held)
    assert run.metrics["accuracy"] == pytest.approx(rows["EIT", ONE].scores[0])
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] > 0.8
    assert "fold 1 of 1: EIT, one bin" in [text for _, text in told]


def test_fluorescence_is_decoded_without_our_models_and_beats_the_mean(tmp_path):
    recording = imaged(planes=2)
    with pytest.raises(DataError, match="are missing, so there is nothing to decode from"):
        binned(recording)
    folds = decoders.compare(recording, folds=2, folder=tmp_path)
    rows = {(line.decoder, line.shown): line for line in decoders.lines(folds)}
    assert {name for name, _ in rows} == {"mean", "ridge", "MLP", "GRU"}
    assert {line.run for line in rows.values()} == {""}
    mean, ridge = (np.mean(rows[name, ONE].scores) for name in ("mean", "ridge"))
    assert mean < 0.05
    assert ridge > 0.8


def imaged(planes: int) -> Recording:
    """Cells whose calcium follows a hidden wave that the behaviour is, too, at 10 frames a second, by plane."""
    rng, times, count = np.random.default_rng(0), np.arange(800) / 10, 10
    wave = np.convolve(rng.normal(size=900), np.hanning(20), "same")[:800, None]
    labels = [f"plane{p} {k}" for p in range(planes) for k in range(count)]
    series = {"speed": Series(times, wave, ("speed",))}
    for p in range(planes):
        traces = 100 + 5 * wave @ rng.normal(size=(1, count)) + rng.normal(size=(800, count))
        series[f"plane{p} dff"] = Series(times, traces, tuple(labels[p * count : (p + 1) * count]))
    return Recording(session="calcium", units=pd.DataFrame({"label": labels}), series=series)
