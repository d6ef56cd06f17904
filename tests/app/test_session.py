"""The session: what is open, how ids lead back, and what jobs bring."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from neurofm.app.session import Session
from neurofm.data import store
from neurofm.data.ids import pack, unpack
from neurofm.errors import DataError, RunError


def test_importing_the_session_loads_nothing_heavy():
    heavy = "{'torch', 'numba', 'umap', 'sklearn'}"
    code = f"import sys, neurofm.app.session; print(*{heavy} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_two_recordings_of_one_name_are_refused_and_the_first_stays(make):
    first = make.recording("a")
    session = Session([first])
    assert session.add(first) == "a"
    with pytest.raises(ValueError, match="another recording called 'a'"):
        session.add(make.recording("a", seed=1))
    assert session.recordings == {"a": first}


def test_a_bad_file_changes_nothing(session, tmp_path, heard):
    bad = tmp_path / "bad.nwb"
    bad.write_bytes(b"nothing")
    before = (dict(session.recordings), dict(session.embeddings), list(session.actions))
    said = heard(session.changed)
    with pytest.raises(DataError, match=r"bad\.nwb"):
        session.open(bad)
    assert (dict(session.recordings), dict(session.embeddings), list(session.actions)) == before
    assert said == []


def test_a_file_opened_twice_is_open_once(make, tmp_path):
    from neurofm import io

    io.write(make.recording("a"), tmp_path / "a.h5")
    session = Session()
    assert session.open(tmp_path / "a.h5") == session.open(str(tmp_path / "a.h5")) == "a"
    assert list(session.recordings) == ["a"]
    assert [a.kind for a in session.actions] == ["open"]


def test_a_folder_that_is_half_a_run_is_refused_by_name(session, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RunError, match=r"metrics\.json"):
        session.open(tmp_path)
    (tmp_path / "metrics.json").write_text("{}")
    with pytest.raises(RunError, match=r"config\.json: is not that of a run"):
        session.open(tmp_path)


def test_what_came_and_went_is_told(make, heard):
    session, a = Session(), make.recording("a")
    said = heard(session.changed)
    session.add(a)
    session.add(make.moments(a))
    session.add(make.prediction(a))
    session.close("a")
    assert said == [("source", "a"), ("embedding", "a time"), ("prediction", "a a"), ("source", "a")]


def test_closing_takes_along_what_is_about_it_only(make):
    a, b = make.recording("a"), make.recording("b")
    session = Session([a, b])
    session.add(make.units(a, b))
    session.add(make.moments(a))
    session.add(make.prediction(a))
    session.selection.pick("unit", session.embeddings["a unit"].ids)
    session.close("a")
    assert list(session.embeddings) == ["a unit"]
    assert session.predictions == {}
    assert session.embeddings["a unit"].labels == tuple(b.unit_names)
    assert set(unpack(session.selection.picked("unit"))[0]) == {1}
    with pytest.raises(LookupError, match="no source 'a'"):
        session.number("a")


def test_what_was_made_in_python_by_a_run_is_traced_back_to_it(make, tmp_path):
    a, run = make.recording("a"), tmp_path / "run-1"
    make.run(run, "a")
    session = Session([a])
    session.add(replace(make.units(a), run=str(run)))
    session.add(replace(make.prediction(a), run=str(run)))
    session.add(make.moments(a))  # of a run that is nowhere: nothing to write
    assert [(x.kind, x.name) for x in session.actions[1:]] == [
        ("load", "run-1"),
        ("embed", "a unit"),
        ("predict", "run-1 a"),
    ]


# ---- what jobs bring


@pytest.mark.usefixtures("fake_jobs")
def test_training_hands_paths_to_the_worker_and_a_place_for_the_run(make, tmp_path):
    from neurofm import io

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


@pytest.mark.usefixtures("fake_jobs")
def test_what_cannot_be_is_refused_before_a_job_begins(make, tmp_path):
    session = Session([make.recording("rat")])
    with pytest.raises(LookupError, match=r"no model 'poyoo'.*did you mean 'poyo'"):
        session.train("poyoo")
    session.runs["a"] = make.run(tmp_path / "a", spaces=["time", "trial"])
    with pytest.raises(LookupError, match="no space 'unit'; there are time, trial"):
        session.embed("a", of="unit")
    assert list(session.jobs) == []


@pytest.mark.usefixtures("fake_jobs")
def test_a_stopped_training_goes_on_where_it_was(make, tmp_path):
    session = Session([make.recording("a")], folder=tmp_path)
    job = session.train("poyo")
    job.metrics += [{"step": 1, "loss": 1.0}, {"step": 2, "loss": 0.9}]
    session.jobs.end(job, "stopped")
    assert session.actions[-1].done == 2
    again = session.resume(job)
    assert again.arguments == {**job.arguments, "resume": True}
    assert session.actions[-1].done is None


@pytest.mark.usefixtures("fake_jobs")
def test_previews_show_while_a_run_learns_and_do_not_jump(make, tmp_path):
    a, b = make.recording("a"), make.recording("b")
    session = Session([a, b], folder=tmp_path)
    job = session.train("poyo", ["b"])
    units = make.units(b)
    store.save(units, tmp_path / "look" / "units.npz")
    store.save(make.prediction(b), tmp_path / "look" / "trace.npz")
    session.jobs.preview.emit(job, str(tmp_path / "look"))
    shown = session.embeddings["poyo-1 unit"]
    assert shown.ids.tolist() == pack(1, np.arange(5)).tolist()
    assert session.predictions["poyo-1 b"].run == "poyo-1"
    turned = replace(units, xy=units.xy @ np.array([[0.0, 1.0], [-1.0, 0.0]]))
    store.save(turned, tmp_path / "look" / "units.npz")
    session.jobs.preview.emit(job, str(tmp_path / "look"))
    moved = session.embeddings["poyo-1 unit"].xy
    assert np.allclose(moved - moved.mean(0), shown.xy - shown.xy.mean(0), atol=1e-9)


@pytest.mark.usefixtures("fake_jobs")
def test_previews_that_cannot_be_used_are_passed_over(make, tmp_path):
    session = Session([make.recording("a")], folder=tmp_path)
    job = session.train("poyo")
    (tmp_path / "units.npz").write_bytes(b"half")
    store.save(make.prediction(make.recording("closed")), tmp_path / "trace.npz")
    session.jobs.preview.emit(job, str(tmp_path))
    assert session.embeddings == session.predictions == {}


@pytest.mark.usefixtures("fake_jobs")
def test_a_finished_run_is_decoded_and_embedded(make, tmp_path):
    a = make.recording("a")
    session = Session([a], folder=tmp_path)
    job = session.train("poyo")
    run = tmp_path / "poyo-1"
    make.run(run, "a", spaces=["unit", "time"])
    (run / "metrics.json").write_text('{"r2": 0.5}')
    session.jobs.end(job, run=str(run))
    assert session.runs["poyo-1"].metrics == {"r2": 0.5}
    asked = [(j.task, j.arguments.get("of", "")) for j in session.jobs][1:]
    assert asked == [("predict", ""), ("embed", "unit"), ("embed", "time")]
    for job, made in zip(list(session.jobs)[1:], (make.prediction(a), make.units(a), make.moments(a))):
        session.jobs.end(job, out=str(store.save(made, tmp_path / f"{job.id}.npz")))
    assert set(session.embeddings) == {"poyo-1 unit", "poyo-1 time"}
    assert set(session.predictions) == {"poyo-1 a"}


@pytest.mark.usefixtures("fake_jobs")
def test_umap_takes_the_place_of_the_map_once_it_is_there(session, tmp_path):
    session._folder = tmp_path
    job = session.umap("a unit", seed=4)
    found = store.load(job.arguments["embedding"])
    assert np.array_equal(found.xy, session.embeddings["a unit"].xy)
    made = replace(found, xy=found.xy + 5, method="UMAP")
    session.jobs.end(job, out=str(store.save(made, tmp_path / "umap.npz")))
    assert session.embeddings["a unit"].method == "UMAP"
    assert np.array_equal(session.embeddings["a unit"].xy, made.xy)


@pytest.mark.usefixtures("fake_jobs")
def test_work_on_what_is_not_there_is_refused_by_name(session):
    with pytest.raises(LookupError, match="no run 'x'"):
        session.predict("x", "rat")
    with pytest.raises(LookupError, match="no embedding 'x'"):
        session.umap("x")
    with pytest.raises(LookupError, match="no source 'x'"):
        session.train("poyo", ["x"])
    session.runs["r"] = SimpleNamespace(path="r")
    with pytest.raises(LookupError, match="no source 'x'"):
        session.finetune("r", ["x"])
    assert [action.kind for action in session.actions] == ["open"]


def test_a_relative_path_is_found_again_from_any_folder(make, tmp_path, monkeypatch):
    from neurofm import io

    io.write(make.recording("a"), tmp_path / "a.h5")
    monkeypatch.chdir(tmp_path)
    session = Session()
    session.open("a.h5")
    monkeypatch.chdir("/")
    assert f"nf.read({str((tmp_path / 'a.h5').resolve())!r})" in session.script()
