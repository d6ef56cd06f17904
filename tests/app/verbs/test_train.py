"""Train: what a worker is handed, what is refused before one is asked, and what the script says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neurofm import io
from neurofm.app.session import Session
from neurofm.app.verbs import train
from neurofm.data import Recording
from neurofm.errors import DataError

NOTHING = Recording(session="")
pytestmark = pytest.mark.usefixtures("fake_jobs")


def test_training_hands_paths_to_the_worker_and_a_place_for_the_run(make, tmp_path):
    io.write(make.recording("a"), tmp_path / "a.h5")
    session = Session([make.recording("b")], folder=tmp_path / "runs")
    session.open(tmp_path / "a.h5")
    job = session.train("poyo", settings={"steps": 7}, seed=3)
    assert job.task == "train"
    assert job.arguments["data"][1] == str(tmp_path / "a.h5")
    assert io.read(job.arguments["data"][0]).unit_names == make.recording("b").unit_names
    assert job.arguments["out"] == str(tmp_path / "runs" / "poyo-1")
    assert (job.arguments["seed"], job.arguments["settings"]) == (3, {"steps": 7})
    assert session.train("poyo", ["b"]).arguments["out"] == str(tmp_path / "runs" / "poyo-2")


def test_a_stopped_training_goes_on_where_it_was(make, tmp_path):
    session = Session([make.recording("a")], folder=tmp_path)
    job = session.train("poyo")
    job.metrics += [{"step": 1, "loss": 1.0}, {"step": 2, "loss": 0.9}]
    session.jobs.end(job, "stopped")
    assert session.actions[-1].done == 2
    again = session.resume(job)
    assert again.arguments == {**job.arguments, "resume": True}
    assert session.actions[-1].done is None


@pytest.mark.parametrize(
    ("model", "names", "says"),
    [("poyoo", [], r"no model 'poyoo'.*did you mean 'poyo'"), ("poyo", ["x"], "no source 'x'")],
)
def test_what_is_not_there_is_refused_before_a_job_begins(session, model, names, says):
    before = list(session.actions)
    with pytest.raises(LookupError, match=says):
        session.train(model, names)
    assert list(session.jobs) == []
    assert session.actions == before


@pytest.mark.parametrize("model", ["poyo", "mtm"])
def test_where_nothing_is_open_that_could_be_learned_from_that_is_said(tmp_path, model):
    session = Session(folder=tmp_path)
    with pytest.raises(LookupError, match=f"open the recording that '{model}' is to learn from"):
        session.train(model)
    assert (list(session.jobs), session.actions) == ([], [])


def test_what_was_asked_for_is_in_the_log(make, tmp_path):
    session = Session([make.recording("a")], folder=tmp_path)
    job = session.train("poyo", settings={"steps": 7}, device="cpu", out=tmp_path / "mine")
    assert (job.action.kind, job.action.name) == ("train", "mine")
    assert job.action.options == {
        "model": "poyo", "names": ["a"], "seed": 0, "device": "cpu", "settings": {"steps": 7},
    }  # fmt: skip
    assert job.fresh  # nothing that ran before may touch its numbers


@pytest.mark.parametrize("model", ["poyo", "mtm"])
def test_all_that_a_model_can_learn_from_is_meant_where_nothing_is_named(make, model):
    session = Session([make.recording("a"), make.recording("b")])
    session.sources["mask"] = object()
    assert train.suited(session, model) == ["a", "b"]


def test_the_script_trains_with_the_same_choices(lines):
    options = {"names": ["a", "b"], "seed": 3, "device": "cpu", "settings": {"dim": 8}}
    assert lines("train", "poyo-1", "a", "b", model="poyo", **options) == [
        "poyo_1 = nf.train('poyo', [a, b], out='runs/poyo-1', resume=True, seed=3, device='cpu', settings={'dim': 8})",
        "session.add(poyo_1)",
        "print(poyo_1.metrics)",
    ]


def test_a_file_of_behaviour_alone_says_so_before_a_job_begins(make, tmp_path):
    session = Session([replace(make.recording("walk"), units=NOTHING.units, spikes=NOTHING.spikes)], folder=tmp_path)
    with pytest.raises(DataError, match=r"units: holds behaviour alone and nothing to learn from; join it with its sp"):
        session.train("poyo")
    assert not session.actions.all("train", "poyo-1")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("settings", "how", "error", "says"),
    [
        ({"stepss": 3}, {}, LookupError, "no setting 'stepss'.*did you mean 'steps'"),
        ({"steps": 0}, {}, ValueError, "steps must be a whole number from 1 to"),
        ({"target": "speed"}, {}, DataError, "rat: series: has no series 'speed'; it has position"),
        ([3], {}, ValueError, r"settings must be \{name: value\}"),
        ({}, {"seed": -1}, ValueError, "seed must be a whole number from 0 on"),
        ({}, {"device": "gpu"}, LookupError, "no device 'gpu'"),
    ],
)
def test_what_could_only_fail_in_a_job_is_refused_before_one_begins(make, tmp_path, settings, how, error, says):
    session = Session(make.recording("rat"), folder=tmp_path)
    before = list(session.actions)
    with pytest.raises(error, match=says):
        session.train("poyo", ["rat"], settings, **how)
    assert (list(session.jobs), session.actions) == ([], before)
    session.add(make.run(tmp_path / "run-1", "rat"))
    before = list(session.actions)
    with pytest.raises(error, match=says):
        session.finetune("run-1", ["rat"], settings, **how)
    assert (list(session.jobs), session.actions) == ([], before)
    assert not (tmp_path / "poyo-1").exists()
