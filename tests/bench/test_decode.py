"""The table has every decoder, and nothing of the held-out trials reaches a model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from neurofm import registry
from neurofm.analysis.decode import NINE, ONE, TWO, WHOLE
from neurofm.bench import _decoders, decode
from neurofm.data import Recording, Spikes, spans
from neurofm.errors import DataError
from neurofm.synthetic import reaching

STEPS = {"steps": 3}
LEARN, HELD = np.arange(4, 20), np.arange(4)


@pytest.fixture(scope="module")
def reaches():
    """Twenty trials of 0.4 to 0.6 s, half a second apart, to two targets; six units, three for each target."""
    rng = np.random.default_rng(0)
    start = np.arange(20) * 1.1
    trials = pd.DataFrame(
        {"start": start, "stop": start + rng.choice([0.4, 0.5, 0.6], 20), "target": np.arange(20) % 2}
    )
    times, unit = [], []
    for begin, end, target in trials.to_numpy():
        for k in range(6):
            count = rng.poisson((60 if k % 2 == target else 8) * (end - begin))
            times.append(rng.uniform(begin, end, count))
            unit.append(np.full(count, k, np.int32))
    order = np.argsort(np.concatenate(times))
    return Recording(
        session="reaches", spikes=Spikes(np.concatenate(times)[order], np.concatenate(unit)[order]),
        units=pd.DataFrame({"label": list("abcdef")}), intervals={"trials": trials}, domain=[[0.0, 22.0]],
    )  # fmt: skip


@pytest.fixture(scope="module")
def data(reaches):
    return decode.binned(reaches)


def test_the_class_is_known_in_every_bin_of_its_trial(data, reaches):
    trials = reaches.intervals["trials"]
    assert data.classes
    assert len(data.trials) == 20
    assert np.array_equal(data.answer.argmax(1), trials["target"].to_numpy()[data.trial])
    assert len(data.trial) == round((trials["stop"] - trials["start"]).sum() / 0.1)


def test_nothing_is_left_of_trials_that_are_held_out(data):
    found, gone = _decoders.only(data, LEARN), data.spans[HELD]
    assert not spans.inside(found.spikes.times, gone).any()
    assert len(found.intervals["trials"]) == len(LEARN)
    assert not spans.inside(found.intervals["trials"]["start"], gone).any()
    assert spans.duration(spans.intersect(found.domain, gone)) == 0


def test_only_learned_behaviour_is_left_without_trials():
    whole = decode.binned(reaching.sessions(1, units=6, duration=40.0, seed=3)[0])
    found = _decoders.only(whole, np.arange(3, 9))
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
    return decode.binned(replace(recording, spikes=spikes, intervals={"trials": table}))


def test_held_out_trials_change_nothing_that_a_model_learns(data):
    known, settings = data.of(LEARN), {name: given | STEPS for name, given in decode.SETTINGS.items()}
    settings = {name: given for name, given in settings.items() if name in registry.names("neurofm.models")}
    one, two = (dict(decode.models(d, LEARN, settings, 0)) for d in (data, other(data)))
    for key, call in one.items():
        a, b = call(), two[key]()
        assert np.isfinite(a).all(), key
        np.testing.assert_array_equal(a[known], b[known], err_msg=str(key))
        assert not np.array_equal(a[~known], b[~known]), key


def test_no_model_sees_a_bin_that_it_is_not_shown(data):
    row = int(np.flatnonzero(data.trial == 2)[3])
    models = [n for n in decode.SETTINGS if n in registry.names("neurofm.models")]
    settings = {name: decode.SETTINGS[name] | STEPS for name in models}
    whole = {key: call() for key, call in decode.models(data, LEARN, settings, 0)}
    for shown, bins in ((ONE, 1), (TWO, 2)):
        blind = dict(decode.models(silent(data, data.times[row], bins), LEARN, settings, 0))
        for key in (k for k in whole if k[1] == shown):
            np.testing.assert_allclose(whole[key][row], blind[key]()[row], atol=1e-6, err_msg=str(key))
        assert not np.allclose(whole["POYO", WHOLE][row], blind["POYO", WHOLE]()[row], atol=1e-6)


def silent(data, time, bins):
    """The same without spikes in the trial of this moment, but for its bin and as many before as make `bins`."""
    recording = data.trials.recording
    trial = data.spans[2]
    times = recording.spikes.times
    shown = (times > time + 0.05 - 0.1 * bins) & (times < time + 0.05)
    left = shown | ~spans.inside(times, [trial])
    spikes = Spikes(times[left], recording.spikes.unit[left])
    return decode.binned(replace(recording, spikes=spikes))


def test_models_together_say_what_most_of_them_are_sure_of(data):
    count, right = len(data.trial), data.answer
    sure, unsure, wrong = (np.full((count, 2), 0.5) + p * (right - 0.5) for p in (0.9, 0.1, -0.5))
    found = _decoders.together(
        {("a", ONE): sure, ("b", ONE): unsure, ("c", ONE): wrong, ("d", TWO): wrong}, data, [ONE, TWO]
    )
    assert list(found) == [(_decoders.ALL, ONE)]
    np.testing.assert_allclose(found[_decoders.ALL, ONE].sum(1), 1)
    assert data.score(found[_decoders.ALL, ONE], data.of(HELD)) == 1.0


def test_a_choice_needs_no_trial_that_is_held_out(data):
    settings = {"poyo": decode.SETTINGS["poyo"] | STEPS}
    assert decode.choice(data, LEARN, settings, 0) == decode.choice(other(data), LEARN, settings, 0)


def test_the_table_has_every_decoder(reaches, monkeypatch):
    monkeypatch.setattr(decode, "QUICK", STEPS)
    found = decode.table(reaches, quick=True)
    names = {line["system"] for line in found if line["metric"] == "accuracy"}
    assert {"mean", "logistic", "LDA", "MLP", "GRU", "POYO", "MtM, read out", decode.CHOSEN} <= names
    for line in found:
        assert line["mean"] is None or np.isfinite(line["mean"])
    best = {line["system"]: line for line in found if line.get("note", "").startswith(f"{WHOLE};")}
    assert best["LDA"]["mean"] == 1.0
    assert best["LDA"]["cpu_s"] > 0
    gains = [line for line in found if line["system"] == "ours, chosen - MLP" and line["note"] == WHOLE]
    assert gains[0]["mean"] == pytest.approx(best[decode.CHOSEN]["mean"] - best["MLP"]["mean"])


def test_a_model_that_is_not_there_is_told(reaches, monkeypatch):
    monkeypatch.setattr(decode, "SETTINGS", {"later": {}})
    monkeypatch.setattr(decode, "fold", lambda *_: decode.Fold({("MLP", ONE): 1.0}, {}, {}))
    found = decode.table(reaches, quick=True)
    assert found[-1]["note"] == "later is not in this version"


def test_a_behaviour_is_decoded_where_there_are_no_trials(monkeypatch):
    monkeypatch.setattr(decode, "SETTINGS", {"poyo": decode.SETTINGS["poyo"] | STEPS})
    monkeypatch.setattr(decode, "choice", lambda *_: {})
    found = decode.table(reaching.sessions(1, units=6, duration=40.0, seed=3)[0], quick=True)
    shown = {line["note"].split(";")[0] for line in found if line["system"] == "POYO"}
    assert shown == {ONE, TWO, NINE}
    assert next(line["mean"] for line in found if line["system"] == "ridge" and NINE in line["note"]) > 0.2
    assert {line["metric"] for line in found if line["system"] == "ridge"} == {"R2"}


def test_too_little_is_refused(reaches):
    few = replace(reaches, intervals={"trials": reaches.intervals["trials"].head(6)})
    with pytest.raises(DataError, match="known in 6 trials; 10 or more"):
        decode.binned(few)
    with pytest.raises(DataError, match="PATH"):
        decode.run([], quick=True, seed=0, peer="")
