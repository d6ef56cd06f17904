"""How a run is adapted is chosen by labels that are left out, and what was chosen is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import neurofm as nf
from neurofm.data import Series, spans
from neurofm.data.split import Split
from neurofm.errors import RunError, Stopped
from neurofm.training import choosing
from neurofm.training.choosing import best, between, folds, schedule, words
from neurofm.training.mixture import Choice, linear_of, read_choice
from neurofm.words import outcome

NOTHING = np.zeros((0, 2))
STEPS = {"steps": 12}
FOLDS = [[0.0, 10.0]], [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0], [8.0, 9.0]], [[0.0, 4.0], [5.0, 6.0]]


@pytest.fixture(scope="module")
def base(tmp_path_factory, recordings):
    sizes = {"dim": 16, "depth": 1, "latents": 2, "head_dim": 8, "self_heads": 2, "steps": 8, "batch": 4}
    return nf.train("poyo", recordings[:2], tmp_path_factory.mktemp("choosing") / "base", settings=sizes, device="cpu")


def labelled(seconds):
    return Split(np.array([[0.0, seconds]]), NOTHING, np.array([[30.0, 40.0]]))


def adapt(base, recording, out, seconds=20.0, **how):
    return nf.finetune(base, recording, out, choose=True, splits={recording.session: labelled(seconds)}, **how)


@pytest.mark.parametrize("labels", FOLDS)
def test_every_label_is_left_out_once_and_never_learned_from_meanwhile(labels):
    parts = list(folds(np.array(labels)))
    assert len(parts) == choosing.FOLDS
    for learned, judged in parts:
        assert not len(spans.tidy(spans.union(learned, judged))) > len(labels)
        assert spans.duration(learned) + spans.duration(judged) == pytest.approx(spans.duration(np.array(labels)))
    assert sum(spans.duration(judged) for _, judged in parts) == pytest.approx(spans.duration(np.array(labels)))


def test_an_hour_of_labels_is_judged_on_minutes():
    trials = np.arange(0, 3600, 4.0)[:, None] + [0, 3]
    for learned, judged in folds(trials):
        assert spans.duration(judged) <= 1.2 * choosing.JUDGED
        assert spans.duration(learned) > 1000


@pytest.mark.parametrize(
    ("network", "ridge", "wanted"),
    [
        ((0.0, 9.0), 9.0, (0.0, 0.0)),  # the noise of each: vectors, all, ridge
        ((9.0, 0.0), 9.0, (1.0, 0.0)),
        ((9.0, 9.0), 0.0, (None, 1.0)),
        ((0.5, 9.0), 0.5, (0.0, 0.5)),
    ],
    ids=["vectors", "all of it", "ridge", "half and half"],
)
def test_what_errs_least_is_chosen(network, ridge, wanted):
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(4000, 2)) * [1, 50]
    noisy = [truth + noise * rng.normal(size=truth.shape) * [1, 50] for noise in (*network, ridge)]
    core, share = best(truth, dict(zip((0.0, 1.0), noisy[:2])), noisy[2], classes=False)
    assert share == pytest.approx(wanted[1], abs=0.1)
    assert wanted[0] in (None, core)


def test_steps_follow_the_seconds_of_labels(base):
    each = [schedule(base, [labelled(s)], units_only=False, choose=True) for s in (2.0, 20.0, 60.0, 2000.0)]
    assert [s["steps"] for s in each] == sorted(s["steps"] for s in each)
    assert [s["lr"] for s in each] == sorted(s["lr"] for s in each)
    for s, seconds in zip(each, (2.0, 20.0, 60.0, 2000.0)):
        alone = schedule(base, [labelled(seconds)], units_only=True, choose=False)
        assert round(s["freeze"] * s["steps"]) == alone["steps"]  # vectors learn as where only they do
    whole = schedule(base, [labelled(2000.0)], units_only=False, choose=False)
    assert whole["steps"] > each[-1]["steps"]  # who does not ask for a minute gets more


def test_all_of_the_network_begins_with_what_vectors_alone_come_to(base, recordings, tmp_path):
    split = {recordings[2].session: labelled(20.0)}
    how = {"splits": split, "device": "cpu"}
    alone = nf.finetune(base, recordings[2], tmp_path / "a", units_only=True, settings={"steps": 6}, **how)
    both = adapt(base, recordings[2], tmp_path / "b", device="cpu", settings={"steps": 12, "freeze": 0.5})
    assert both.metrics["vectors_r2"] == pytest.approx(alone.metrics["r2"], abs=1e-5)


@pytest.mark.parametrize("kind", ["tuned", "shuffled", "few labels", "silent units"])
def test_a_run_is_never_silently_worse_than_ridge(base, recordings, tmp_path, kind):
    new, spikes = recordings[2], recordings[2].spikes
    if kind == "shuffled":
        new = replace(new, spikes=replace(spikes, unit=spikes.unit[::-1].copy()))
    if kind == "silent units":
        awake = (spikes.unit < 3) | (spikes.times > 25)
        new = replace(new, spikes=replace(spikes, times=spikes.times[awake], unit=spikes.unit[awake]))
    run = adapt(base, new, tmp_path / "run", 4.0 if kind == "few labels" else 20.0, device="cpu", settings=STEPS)
    metrics = run.metrics
    assert {"vectors_r2", "network_r2", "ridge_r2", "mlp_r2", "ridge_share", "core_share"} <= set(metrics)
    if round(metrics["ridge_r2"], 2) > round(metrics["r2"], 2):
        assert "does better" in outcome(metrics)
    again = nf.load(run.path)
    linear_of.cache_clear()
    np.testing.assert_array_equal(again.predict(new).values, run.predict(new).values)
    assert again.predict(new).metrics["r2"] == pytest.approx(metrics["r2"])


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ((1.0, 1.0), "ridge answers, which does better here than the network"),
        ((0.0, 0.4), "(40% ridge)"),
        ((0.5, 0.0), "held out, "),
    ],
)
def test_where_ridge_wins_it_answers_and_that_is_said(base, recordings, tmp_path, monkeypatch, chosen, said):
    told = []
    monkeypatch.setattr(choosing, "best", lambda *_, **__: chosen)
    run = adapt(
        base, recordings[2], tmp_path / "run", device="cpu", settings={"steps": 4},
        step=lambda fraction, text, *more, **others: told.append((fraction, text)),
    )  # fmt: skip
    assert said in outcome(run.metrics)
    assert (run.metrics["core_share"], run.metrics["ridge_share"]) == chosen
    assert words(Choice(session="s", core=chosen[0], ridge=chosen[1])) in [text for _, text in told]
    assert [f for f, _ in told] == sorted(f for f, _ in told)
    if chosen[1] == 1:
        assert run.metrics["r2"] == pytest.approx(run.metrics["ridge_r2"], abs=1e-6)


def test_a_stopped_choice_is_made_again_and_a_made_one_is_kept(base, recordings, tmp_path, monkeypatch):
    straight = adapt(base, recordings[2], tmp_path / "a", device="cpu", settings=STEPS)

    def stop(at):
        def step(fraction, text, preview=None, metrics=None):
            if fraction > at:
                raise Stopped("stopped")

        return step

    assert not (tmp_path / "b").exists()
    for at in (0.2, 0.9):  # while it chooses, and while all labels are learned from
        with pytest.raises(Stopped):
            adapt(base, recordings[2], tmp_path / "b", device="cpu", settings=STEPS, resume=True, step=stop(at))
    with pytest.raises(RunError, match="choose: the run was begun with True, not False"):
        nf.finetune(base, recordings[2], tmp_path / "b", resume=True)
    chosen = read_choice(nf.load(tmp_path / "b"))
    assert chosen is not None
    monkeypatch.setattr(choosing, "_choose", None)
    resumed = adapt(base, recordings[2], tmp_path / "b", device="cpu", settings=STEPS, resume=True)
    assert read_choice(resumed) == read_choice(straight) == chosen
    assert resumed.metrics["r2"] == pytest.approx(straight.metrics["r2"], abs=1e-5)


def test_too_few_labels_to_choose_by_are_told_of(base, recordings, tmp_path):
    still = recordings[2].series["velocity"]
    values = still.values.copy()
    values[still.times < 9] = 0  # the first half of the labels says nothing
    new = replace(recordings[2], series={"velocity": Series(still.times, values, still.names)})
    told = []
    run = adapt(base, new, tmp_path / "run", 16.0, device="cpu", settings=STEPS, step=lambda f, t, **_: told.append(t))
    assert any("too few labels to choose by" in text for text in told)
    assert read_choice(run) == Choice(session=new.session)


@pytest.mark.parametrize(
    ("how", "count", "problem"),
    [
        ({"units_only": True}, 1, "either choose or units_only"),
        ({}, 2, "one recording at a time, got 2"),
    ],
)
def test_what_leaves_no_choice_is_refused(base, recordings, tmp_path, how, count, problem):
    with pytest.raises(ValueError, match=problem):
        nf.finetune(base, recordings[:count], tmp_path / "run", choose=True, **how)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice(session="s"), "who the units are is learned"),
        (Choice(session="s", core=1.0), "all of the model is learned"),
        (Choice(session="s", core=0.5, ridge=0.4), "half of what all of the model would; 40% of the answer is ridge's"),
        (Choice(session="s", core=0.5, ridge=1.0), "ridge does better here"),
    ],
)
def test_a_choice_is_said_in_words(choice, said):
    assert said in words(choice)


def test_weights_between_are_between_and_whole_numbers_are_the_later():
    a, b = {"w": torch.zeros(2), "n": torch.tensor(1)}, {"w": torch.full((2,), 4.0), "n": torch.tensor(3)}
    assert between(a, b, 0.25)["w"].tolist() == [1.0, 1.0]
    assert between(a, b, 0.25)["n"] == 3
