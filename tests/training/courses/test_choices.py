"""The course of choosers: what is split, refused, learned, scored and embedded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import neurofm as nf
from neurofm import registry
from neurofm.data.choices import part, take
from neurofm.errors import DataError
from neurofm.synthetic import bandits
from neurofm.training import train

COURSE = registry.get("neurofm.training.courses", "choices")
MODEL = next(n for n in registry.names("neurofm.models") if registry.get("neurofm.models", n).course == "choices")


@pytest.fixture(scope="module")
def choices():
    return bandits.population(60, trials=60, seed=1)


@pytest.fixture(scope="module")
def run(choices, tmp_path_factory):
    settings = {"steps": 60, "batch": 16}
    return train(MODEL, choices, tmp_path_factory.mktemp("style") / "run", settings=settings, device="cpu")


def test_subjects_are_split_and_those_with_one_trial_left_out(choices):
    source = part(choices, (choices.of > 4) | (choices.place == 0))
    split = COURSE.split(source, np.random.default_rng(0))
    rows = [getattr(split, name)[:, 0].astype(int).tolist() for name in ("train", "valid", "test")]
    assert sorted(row for each in rows for row in each) == list(range(5, 60))
    assert [len(each) for each in rows] == [38, 6, 11]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda c: take(c, [0, 1]), "subjects: are 2 with two trials or more, and 3 are needed"),
        (lambda c: part(c, c.place == 0), "subjects: are 0 with two trials or more"),
    ],
)
def test_too_few_subjects_are_refused_before_training(choices, made, words, tmp_path):
    with pytest.raises(DataError, match=words):
        train(MODEL, made(choices), tmp_path / "run", device="cpu")
    assert not (tmp_path / "run").exists()


def test_sources_with_other_outcomes_are_refused(choices, run, tmp_path):
    other = replace(choices, session="other", outcome_names=("gain",))
    for call in (
        lambda: train(MODEL, [choices, other], tmp_path / "run", device="cpu"),
        lambda: run.predict(other),
        lambda: run.embed(other),
    ):
        with pytest.raises(DataError, match="outcomes: are gain, where the model reads reward"):
            call()


def test_it_learns_and_is_scored_beside_simple_models(choices, run):
    scores = run.metrics
    test = run.spans(choices.session, "test")[:, 0].astype(int)
    said = run.predict(choices)
    judged = choices.late & np.isin(choices.of, test)
    np.testing.assert_array_equal(said.held_out, judged)
    logs = np.log(said.values[np.arange(len(said.values)), choices.action])
    assert scores["log_likelihood"] == pytest.approx(logs[judged].mean())
    assert scores["log_likelihood"] > scores["chance_log_likelihood"] == pytest.approx(-np.log(3))
    beside = ("habit", "logistic", "person", "q_all", "q_likely", "q_probable")
    assert {f"{name}_log_likelihood" for name in beside} <= set(scores)
    np.testing.assert_allclose(said.values.sum(1), 1.0, atol=1e-6)
    np.testing.assert_array_equal(said.truth.argmax(1), choices.action)


def test_of_a_source_it_never_saw_all_is_held_out(choices, run):
    other = bandits.population(4, trials=30, seed=9, session="other")
    said = run.predict(other)
    assert said.held_out.all()
    assert "log_likelihood" in said.metrics


@pytest.mark.parametrize("part", ["", "recent", "short", "long"])
def test_rows_of_a_space_are_its_things_by_their_names(choices, run, part):
    source = take(choices, range(5))
    for of in ("subject", "trial"):
        latent = run.embed(source, of, part=part)
        table = source.spaces()[of].table()
        assert list(latent.labels) == list(table["label"])
        np.testing.assert_array_equal(latent.ids, np.arange(len(table)))
        assert np.isfinite(latent.values).all()


def test_a_subject_is_where_its_last_trial_is_in_the_long_space(choices, run):
    subjects, trials = (run.embed(choices, of, part="long").values for of in ("subject", "trial"))
    np.testing.assert_allclose(subjects, trials[choices.first + choices.lengths - 1], atol=1e-5)


def test_subjects_with_many_trials_go_through_one_by_one_and_say_the_same(choices, run, monkeypatch):
    some = take(choices, range(3))
    together = run.predict(some).values
    monkeypatch.setattr("neurofm.training.courses.choices.MOST", 100)
    np.testing.assert_allclose(run.predict(some).values, together, atol=1e-5)


def test_a_batch_begins_with_all_subjects_or_later_and_depends_on_the_step_alone(choices, run):
    batch = COURSE.batches(run, run.model, [choices], {})
    lengths = [batch(step)["action"].shape[1] for step in range(30)]
    assert max(lengths) == 60
    assert 30 <= min(lengths) < 60
    assert (batch(3)["action"] == batch(3)["action"]).all()


@pytest.fixture(scope="module")
def timed(choices, tmp_path_factory):
    """People of whom each is quick or slow, and a run that reads how long they took."""
    rng = np.random.default_rng(0)
    pace = np.exp(rng.normal(size=60))[choices.of] * np.exp(0.5 * rng.normal(size=len(choices.of)))
    columns = choices.columns.assign(rt_ms=pace, side="LEFT", same=1.0)
    columns.loc[::50, "rt_ms"], columns.loc[[7], "rt_ms"] = np.nan, -1e9
    timed = replace(choices, columns=columns)
    settings = {"steps": 2, "batch": 16, "columns": "rt_ms"}
    return timed, train(MODEL, timed, tmp_path_factory.mktemp("timed") / "run", settings=settings, device="cpu")


def test_further_columns_are_read_on_one_scale(timed):
    source, run = timed
    (column,) = run.vocab["columns"]
    learned = source.rows(run.spans(source.session, "train")[:, 0].astype(int))
    took = source.columns["rt_ms"].to_numpy()[learned]
    logs = np.log(took[took > 0])
    assert (column["name"], column["log"]) == ("rt_ms", True)
    assert column["mean"] == pytest.approx(np.nanmean(logs))
    assert column["sd"] == pytest.approx(np.nanstd(logs))
    again = nf.load(run.path)
    np.testing.assert_array_equal(again.embed(source, of="subject").values, run.embed(source, of="subject").values)
    slow = replace(source, columns=source.columns.assign(rt_ms=3 * source.columns["rt_ms"]))
    assert (run.embed(slow, of="subject").values != run.embed(source, of="subject").values).any()


@pytest.mark.parametrize(
    ("name", "words"),
    [("rt", "no numbers called 'rt'; of numbers there are .*rt_ms"), ("side", "no numbers"), ("same", "is the same")],
)
def test_columns_that_are_not_there_or_tell_nothing_are_refused(timed, name, words, tmp_path):
    with pytest.raises(DataError, match=words):
        train(MODEL, timed[0], tmp_path / "run", settings={"columns": name}, device="cpu")
    with pytest.raises(DataError, match="no numbers called 'rt_ms'"):
        timed[1].predict(replace(timed[0], columns=timed[0].columns[["side"]]))


def test_files_of_several_arms_are_learned_together(choices, tmp_path):
    two = replace(choices, session="two arms", action=choices.action % 2, arms=("1", "2"))
    run = train(MODEL, [choices, two], tmp_path / "run", settings={"steps": 4, "batch": 8}, device="cpu")
    assert run.predict(two).values.shape[1] == 2
    assert set(run.metrics["sessions"]) == {choices.session, "two arms"}


@pytest.mark.real
@pytest.mark.parametrize("name", ["bandit2arm", "bandit4arm", "bandit4arm2", "prl"])
def test_real_files_are_learned(shared_data, tmp_path, name):
    path = shared_data("bandit") / f"{name}_exampleData.txt"
    run = nf.train(MODEL, path, tmp_path / "run", settings={"steps": 3}, device="cpu")
    assert np.isfinite(run.metrics["log_likelihood"])
    assert len(run.embed(path).values) == len(nf.read(path).subjects)
