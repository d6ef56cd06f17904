"""Load: a folder becomes a run of the session, and the script loads that folder and no other."""

from __future__ import annotations

import pytest

from neurofm.app.session import Session
from neurofm.app.verbs import load
from neurofm.errors import RunError


def test_a_folder_that_is_half_a_run_is_refused_by_name(session, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RunError, match=r"metrics\.json"):
        session.open(tmp_path)
    (tmp_path / "metrics.json").write_text("{}")
    with pytest.raises(RunError, match=r"config\.json: is not that of a run"):
        session.open(tmp_path)


def loaded(session):
    return [line.split("nf.load(")[1] for line in session.recipe if "nf.load(" in line]


def test_a_run_is_told_of_and_loaded_once(session, make, tmp_path, heard):
    make.run(tmp_path / "run-1", "rat")
    said = heard(session.changed)
    assert session.open(tmp_path / "run-1") == session.open(tmp_path / "run-1") == "run-1"
    assert said == [("run", "run-1")] * 2
    assert list(session.runs) == ["run-1"]
    assert loaded(session) == [f"{str(tmp_path / 'run-1')!r})"]


@pytest.mark.usefixtures("fake_jobs")
@pytest.mark.parametrize("before", [False, True])
def test_workers_hear_what_its_network_needs(make, tmp_path, monkeypatch, before):
    heard = []
    monkeypatch.setattr("tests.app.conftest.FakeJobs.expect", lambda jobs, modules: heard.extend(modules))
    session = Session([make.recording("a")])
    if before:
        assert session.jobs is not None
    session.add(make.run(tmp_path / "run-1", "a", slow=["a.slow.module"]))
    assert session.jobs is not None
    assert heard == ["a.slow.module"]


def test_a_run_of_the_same_name_from_elsewhere_takes_its_place_in_the_script_too(session, make, tmp_path):
    for place in ("here", "there"):
        session.add(make.run(tmp_path / place / "run-1", "rat"))
    assert session.runs["run-1"].path == tmp_path / "there" / "run-1"
    assert loaded(session)[-1] == f"{str(tmp_path / 'there' / 'run-1')!r})"


def test_a_run_that_was_named_by_a_relative_path_is_found_from_any_folder(session, make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make.run(tmp_path / "run-1", "rat")
    load.begin(session, "run-1")
    assert loaded(session) == [f"{str((tmp_path / 'run-1').resolve())!r})"]


@pytest.mark.usefixtures("fake_jobs")
def test_a_folder_called_like_a_training_that_came_to_nothing_is_loaded(make, tmp_path):
    session = Session([make.recording("a")], folder=tmp_path / "runs")
    session.actions.add("train", "poyo-1", model="poyo", names=["a"], seed=0, device="cpu", settings={}).done = 0
    session.add(make.run(tmp_path / "poyo-1", "a"))
    assert session.actions[-1].kind == "load"


@pytest.mark.usefixtures("fake_jobs")
def test_a_run_that_was_trained_here_is_trained_by_the_script_not_loaded(make, tmp_path):
    session = Session([make.recording("a")], folder=tmp_path)
    job = session.train("poyo")
    session.jobs.end(job, run=str(make.run(tmp_path / "poyo-1", "a").path))
    session.open(tmp_path / "poyo-1")
    assert loaded(session) == []
    assert [action.kind for action in session.actions_for("poyo-1")] == ["train"]


def test_a_training_that_did_not_end_is_no_run(session, make, tmp_path):
    (make.run(tmp_path / "run-1", "rat").path / "metrics.json").unlink()
    with pytest.raises(RunError, match=r"metrics\.json"):
        load.begin(session, tmp_path / "run-1")
    assert (session.runs, loaded(session)) == ({}, [])
