"""Nothing of the held-out trials reaches a decoder, and what is found is told, kept and stopped as it should be."""

import multiprocessing
import queue
import time
from dataclasses import replace

import numpy as np
import pytest

from neurofm import registry
from neurofm.analysis import decode, decoders
from neurofm.analysis.binned import Data, binned, only
from neurofm.analysis.decode import ONE, TWO, WHOLE
from neurofm.analysis.decoders import Plan, quiet
from neurofm.data import Spikes, spans
from neurofm.errors import DataError, NeuroFMError, Stopped
from neurofm.synthetic import reaching
from neurofm.training import load

STEPS = {"steps": 3}
LEARN, HELD = np.arange(4, 20), np.arange(4)


@pytest.fixture(scope="module")
def data(reaches):
    return binned(reaches)


def test_the_class_is_known_in_every_bin_of_its_trial(data, reaches):
    trials = reaches.intervals["trials"]
    assert data.classes
    assert len(data.trials) == 20
    assert np.array_equal(data.answer.argmax(1), trials["target"].to_numpy()[data.trial])
    assert len(data.trial) == round((trials["stop"] - trials["start"]).sum() / 0.1)


def test_nothing_is_left_of_trials_that_are_held_out(data):
    found, gone = only(data, LEARN), data.spans[HELD]
    assert not spans.inside(found.spikes.times, gone).any()
    assert len(found.intervals["trials"]) == len(LEARN)
    assert not spans.inside(found.intervals["trials"]["start"], gone).any()
    assert spans.duration(spans.intersect(found.domain, gone)) == 0


def test_only_learned_behaviour_is_left_without_trials():
    whole = binned(reaching.sessions(1, units=6, duration=40.0, seed=3)[0])
    found = only(whole, np.arange(3, 9))
    series = found.series[whole.target.series]
    assert len(series.times)
    assert series.times.min() >= whole.trials.start[3]
    assert series.times.max() <= whole.trials.stop[8]
    assert found.domain[0, 0] >= whole.trials.start[3]


def other(data):
    """The same with other classes and spikes in the trials that are held out."""
    recording, gone = data.trials.recording, data.spans[HELD]
    table = recording.intervals["trials"].copy()
    table.loc[HELD, "target"] = 1 - table.loc[HELD, "target"]
    unit = np.where(spans.inside(recording.spikes.times, gone), 5 - recording.spikes.unit, recording.spikes.unit)
    spikes = Spikes(recording.spikes.times, unit.astype(np.int32))
    return binned(replace(recording, spikes=spikes, intervals={"trials": table}))


def test_held_out_trials_change_nothing_that_a_model_learns(data):
    known, settings = data.of(LEARN), {name: given | STEPS for name, given in decoders.SETTINGS.items()}
    settings = {name: given for name, given in settings.items() if name in registry.names("neurofm.models")}
    one, two = (dict(decoders.models(d, LEARN, Plan(settings))) for d in (data, other(data)))
    for key, call in one.items():
        a, b = call(quiet), two[key](quiet)
        assert np.isfinite(a).all(), key
        np.testing.assert_array_equal(a[known], b[known], err_msg=str(key))
        assert not np.array_equal(a[~known], b[~known]), key


def test_no_model_sees_a_bin_that_it_is_not_shown(data):
    row = int(np.flatnonzero(data.trial == 2)[3])
    models = [n for n in decoders.SETTINGS if n in registry.names("neurofm.models")]
    settings = {name: decoders.SETTINGS[name] | STEPS for name in models}
    whole = {key: call(quiet) for key, call in decoders.models(data, LEARN, Plan(settings))}
    for shown, bins in ((ONE, 1), (TWO, 2)):
        blind = dict(decoders.models(silent(data, data.times[row], bins), LEARN, Plan(settings)))
        for key in (k for k in whole if k[1] == shown):
            np.testing.assert_allclose(whole[key][row], blind[key](quiet)[row], atol=1e-6, err_msg=str(key))
        assert not np.allclose(whole["POYO", WHOLE][row], blind["POYO", WHOLE](quiet)[row], atol=1e-6)


def silent(data, time, bins):
    """The same without spikes in the trial of this moment, but for its bin and as many before as make `bins`."""
    recording = data.trials.recording
    trial = data.spans[2]
    times = recording.spikes.times
    shown = (times > time + 0.05 - 0.1 * bins) & (times < time + 0.05)
    left = shown | ~spans.inside(times, [trial])
    spikes = Spikes(times[left], recording.spikes.unit[left])
    return binned(replace(recording, spikes=spikes))


def test_models_together_say_what_most_of_them_are_sure_of(data):
    count, right = len(data.trial), data.answer
    sure, unsure, wrong = (np.full((count, 2), 0.5) + p * (right - 0.5) for p in (0.9, 0.1, -0.5))
    found = decoders.together(
        {("a", ONE): sure, ("b", ONE): unsure, ("c", ONE): wrong, ("d", TWO): wrong}, data, [ONE, TWO]
    )
    assert list(found) == [(decoders.ALL, ONE)]
    np.testing.assert_allclose(found[decoders.ALL, ONE].sum(1), 1)
    assert data.score(found[decoders.ALL, ONE], data.of(HELD)) == 1.0


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


def test_too_little_is_refused(reaches):
    few = replace(reaches, intervals={"trials": reaches.intervals["trials"].head(6)})
    with pytest.raises(DataError, match="known in 6 trials; 10 or more"):
        binned(few)
    with pytest.raises(DataError, match="are missing, so there is nothing to decode from"):
        binned(replace(reaches, spikes=Spikes(np.zeros(0), np.zeros(0, np.int32))))


@pytest.fixture
def small(monkeypatch):
    """Two of our models, each of three steps."""
    monkeypatch.setattr(decoders, "QUICK", STEPS)
    monkeypatch.setattr(decoders, "SETTINGS", {name: decoders.SETTINGS[name] for name in ("eit", "swap_vae")})


class Told(list):
    """A step that remembers, and stops once it was told so often."""

    def __init__(self, most=10_000):
        super().__init__()
        self.most = most

    def __call__(self, fraction, text, **_):
        self.append((fraction, text))
        if len(self) > self.most:
            raise Stopped("stopped")


def test_models_of_the_first_fold_stay_as_runs_of_the_whole_recording(reaches, small, tmp_path):
    folder, told = tmp_path / "decoders-1", Told()
    folds = decoders.compare(reaches, folds=1, quick=True, folder=folder, step=told)
    found = {(line.decoder, line.shown): line for line in decoders.lines(folds)}
    assert found["EIT", ONE].run == "decoders-1-eit-one-bin"
    assert found["EIT", f"{WHOLE}, bin by bin"].run == "decoders-1-eit-one-bin"
    assert found["Swap-VAE, read out", ONE].run == found["Swap-VAE, read out", TWO].run == "decoders-1-swap_vae"
    assert {line.run for key, line in found.items() if key[0] in ("LDA", "GRU", decoders.ALL)} == {""}
    assert sorted(p.name for p in folder.iterdir()) == sorted({line.run for line in found.values()} - {""})
    run = load(folder / "decoders-1-eit-one-bin")
    said = run.predict(reaches)
    assert len(said.times) == len(binned(reaches).trial)
    held = binned(reaches).of(np.flatnonzero(next(decode.trial_folds(20))[1]))
    np.testing.assert_array_equal(said.held_out, held)
    assert run.metrics["accuracy"] == pytest.approx(found["EIT", ONE].scores[0])
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] > 0.8
    assert "fold 1 of 1: EIT, one bin" in [text for _, text in told]


def test_folds_in_other_processes_say_how_far_they_are_and_can_be_stopped(reaches, small, monkeypatch):
    monkeypatch.setattr(decoders, "SETTINGS", {})
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    told = Told()
    folds = decoders.compare(reaches, folds=2, step=told)
    alone = decoders.compare(reaches, folds=1)
    assert folds[0].scores == pytest.approx(alone[0].scores)
    assert {text.split(":")[0] for _, text in told} >= {"fold 1 of 2", "fold 2 of 2"}
    mine = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    mine.start()
    with pytest.raises(Stopped):
        decoders.compare(reaches, folds=2, step=Told(most=2))
    assert multiprocessing.active_children() == [mine]
    mine.kill()
    mine.join()


@pytest.mark.parametrize(
    ("first", "words"),
    [("fold", "a fold was killed, most likely because memory ran out"), ("2 folds", "as they began")],
)
def test_a_fold_that_is_killed_is_told_in_a_sentence(reaches, small, monkeypatch, first, words):
    monkeypatch.setattr(decoders, "SETTINGS", {})
    monkeypatch.setattr("os.cpu_count", lambda: 1)

    def kill(fraction, text, **_):
        if text.startswith(first):
            for child in multiprocessing.active_children():
                child.kill()

    with pytest.raises(NeuroFMError, match=words):
        decoders.compare(reaches, folds=2, step=kill)


def test_while_no_fold_says_anything_the_last_words_stay():
    said, told, done = queue.Queue(), Told(), [0.0, 0.0]
    said.put((1, 0.5, "EIT, one bin"))
    text = "2 folds begin"
    for _ in range(2):
        text = decoders._listen(said, told, done, text)
    assert told == [(0.25, "fold 2 of 2: EIT, one bin")] * 2
