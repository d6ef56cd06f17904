"""Finetune: a run learns other sources, and stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurofm.app.session import Session
from neurofm.app.verbs import embed, finetune
from neurofm.data import store


@pytest.fixture
def session(make, fake_jobs, tmp_path):
    """Recordings a and b; run-1 has learned from a."""
    session = Session([make.recording("a"), make.recording("b")], folder=tmp_path)
    session.add(make.run(tmp_path / "run-1", "a"))
    return session


def test_the_worker_gets_the_run_the_files_and_another_folder(session, tmp_path):
    job = session.finetune("run-1", ["b"], {"steps": 5}, units_only=True, seed=2, device="cpu")
    how = {"units_only": True, "choose": False, "seed": 2, "device": "cpu", "settings": {"steps": 5}}
    where = {"run": str(tmp_path / "run-1"), "data": session.files(["b"]), "out": str(tmp_path / "run-1-1")}
    assert (job.task, job.arguments, job.fresh) == ("finetune", where | how, True)
    assert (job.action.name, job.action.options) == ("run-1-1", {"run": "run-1", "names": ["b"], **how})
    assert Path(session.finetune("run-1", ["b"]).arguments["out"]).name == "run-1-2"


@pytest.mark.parametrize(("run", "name", "says"), [("x", "b", "no run 'x'"), ("run-1", "x", "no source 'x'")])
def test_what_is_not_there_is_refused_by_name(session, run, name, says):
    before = list(session.actions)
    with pytest.raises(LookupError, match=says):
        session.finetune(run, [name])
    assert list(session.jobs) == []
    assert session.actions == before


@pytest.mark.parametrize(
    ("options", "call"),
    [
        ({"units_only": True, "seed": 0, "settings": {}}, "[a], units_only=True, out='runs/r-1', resume=True, seed=0)"),
        ({"units_only": False, "settings": {"steps": 2}}, "[a], out='runs/r-1', resume=True, settings={'steps': 2})"),
        ({}, "[a], out='runs/r-1', resume=True)"),  # of a session from before there were choices
    ],
)
def test_the_script_adapts_the_same_run_with_the_same_choices(lines, options, call):
    code = lines("finetune", "r-1", "r", "a", run="r", names=["a"], **options)
    assert code == [f"r_1 = nf.finetune(r, {call}", "session.add(r_1)", "print(r_1.metrics)"]


def test_the_adapted_run_knows_the_units_of_the_other_recording(run, files, told, tmp_path):
    before = {path.name: path.read_bytes() for path in Path(run).iterdir() if path.is_file()}
    result = finetune.work(told, tmp_path, run=run, data=files[1:], settings={"steps": 2}, device="cpu")
    units = store.load(embed.work(told, tmp_path, run=result["run"], data=files[1:], of="unit")["out"])
    assert units.sessions == ("bo",)
    assert {path.name: path.read_bytes() for path in Path(run).iterdir() if path.is_file()} == before
