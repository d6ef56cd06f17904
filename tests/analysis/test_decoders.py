"""What a comparison tells, keeps and chooses."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.analysis import decode, decoders, ours, pools
from neurofm.analysis.binned import Data, binned
from neurofm.analysis.decode import ONE, TWO, WHOLE
from neurofm.analysis.fits import Plan
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
