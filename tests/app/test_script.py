"""The script does again what was done."""

from __future__ import annotations

import json

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurofm as nf
from neurofm.app.script import Script, script
from neurofm.app.session import Session
from neurofm.app.state.log import Action
from neurofm.errors import RunError


@given(st.lists(st.sampled_from([1, 1, 1, 2, 7, 20_000]), min_size=1, max_size=60))
def test_ids_written_as_code_are_the_same_ids(gaps):
    ids = np.cumsum(gaps)
    assert np.array_equal(eval(Script().ids(ids), {"np": np}), ids)


def test_evenly_spaced_ids_are_short():
    assert Script().ids(np.arange(0, 1_000_000, 20)) == "np.r_[0:999981:20]"


@pytest.mark.usefixtures("fake_jobs")
def test_the_script_opens_and_picks_the_same(make, tmp_path):
    from neurofm import io

    io.write(make.recording("my rat-1"), tmp_path / "a.h5")
    session = Session([make.recording("2nd")])
    session.open(tmp_path / "a.h5")
    session.close("2nd")
    session.selection.pick("trial", [(1 << 44) + 2])
    session.selection.pick("unit", [(1 << 44) + 1], "add")
    session.time = 104.25
    names: dict = {}
    exec(compile(session.script(), "script", "exec"), names)
    again = names["session"]
    assert list(again.recordings) == ["my rat-1"]
    assert again.number("my rat-1") == 1
    assert again.time == 104.25
    for space in ("trial", "unit"):
        assert np.array_equal(again.selection.picked(space), session.selection.picked(space))
    assert again.script().splitlines()[2:] == session.script().splitlines()[2:]


def test_every_kind_of_action_is_written_with_public_names_only():
    names = {"names": ["rat"], "run": "poyo-1"}
    actions = [
        Action(kind="open", name="rat", options={"path": ["a.mat", "a.pos"], "reader": ""}),
        Action(
            kind="train", name="poyo-1",
            options={"model": "poyo", "names": ["rat"], "seed": 3, "device": "cpu", "settings": {"steps": 9}},
        ),
        Action(kind="embed", name="poyo-1 unit", options={**names, "of": "unit"}),
        Action(kind="predict", name="poyo-1 rat", options=names),
        Action(
            kind="hide", name="poyo-1 rat hidden",
            options={**names, "units": [3, 4], "spans": [[1.5, 2.0]], "what": "time"},
        ),
        Action(kind="umap", name="poyo-1 unit", options={"dims": 2, "seed": 0}),
        Action(kind="finetune", name="poyo-2", options={**names, "units_only": True, "seed": 0, "settings": {}}),
        Action(kind="load", name="other", options={"path": "runs/other"}),
        Action(kind="close", name="rat"),
    ]  # fmt: skip
    text = script(actions, now={"time": 1.0})
    compile(text, "script", "exec")
    assert "rat = nf.read(['a.mat', 'a.pos'])" in text
    assert (
        "poyo_1 = nf.train('poyo', [rat], out='runs/poyo-1', resume=True, seed=3, device='cpu', settings={'steps': 9})"
        in text
    )
    assert "poyo_1_unit = poyo_1.embed([rat], of='unit')" in text
    assert "session.add(poyo_1.predict(rat))" in text
    assert "session.add(poyo_1.hide(rat, units=[3, 4], spans=[[1.5, 2.0]], what='time'))" in text
    assert "poyo_2 = nf.finetune(poyo_1, [rat], units_only=True, out='runs/poyo-2', resume=True, seed=0)" in text
    assert "session.close('rat')" in text
    for word in ("train", "finetune", "read", "load", "Session"):
        assert word in nf.__all__


def test_a_notebook_is_the_script_in_cells(session):
    session.selection.pick("unit", [1])
    session.actions.append(Action(kind="load", name="r", options={"path": "runs/r"}))
    made = json.loads(session.notebook())
    nbformat.validate(made)
    code = [cell["source"] for cell in made["cells"] if cell["cell_type"] == "code"]
    assert len(code) == 4  # imports, the recording, the run, what is picked and the time
    wanted = [line for line in session.script().splitlines()[1:] if line]
    assert [line for cell in code for line in cell.splitlines() if line] == wanted


@pytest.mark.slow
def test_a_script_that_runs_again_takes_the_run_that_it_made(tmp_path, monkeypatch, capsys):
    from neurofm.synthetic.demo import demo

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    session = Session(demo(duration=30.0)[:1])
    options = {"model": "poyo", "names": ["ada"], "seed": 1, "device": "cpu", "settings": {"steps": 3, "dim": 16}}
    session.actions.append(Action(kind="train", name="poyo-1", options=options))
    text = session.script()
    exec(compile(text, "script", "exec"), {})
    made = (tmp_path / "runs" / "poyo-1" / "weights.safetensors").stat()
    exec(compile(text, "script", "exec"), {})
    assert (tmp_path / "runs" / "poyo-1" / "weights.safetensors").stat() == made
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    with pytest.raises(RunError, match="seed: the run was begun with 1, not 2"):
        exec(compile(text.replace("seed=1", "seed=2"), "script", "exec"), {})


def test_names_that_are_no_variables_become_some():
    actions = [
        Action(kind="open", name=name, options={"path": name}) for name in ("2 rats", "class", "nf", "Å", "a b", "a-b")
    ]
    text = script(actions)
    left = [line.split(" = ")[0] for line in text.splitlines() if "nf.read" in line]
    assert len(set(left)) == 6
    assert all(word.isidentifier() for word in left)
    assert not {"class", "nf"} & set(left)
    compile(text, "script", "exec")


@pytest.mark.slow
def test_a_training_that_was_stopped_and_resumed_is_repeated_to_the_same_numbers(tmp_path, monkeypatch):
    from neurofm.synthetic.demo import demo

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    session = Session(demo(duration=30.0)[:1], folder=tmp_path / "first")
    asked: list = []

    def stop_once(job):
        if not asked and job.metrics:
            asked.append(job)
            job.stop()

    session.jobs.changed.connect(stop_once)
    job = session.train("poyo", settings={"steps": 12, "dim": 16, "batch": 64}, device="cpu")
    assert job.wait(120)
    assert job.state == "stopped", job.error
    again = session.resume(job)
    assert again.wait(120)
    assert again.state == "done", again.error
    for follow in list(session.jobs):
        assert follow.wait(120)
    session.jobs.close()
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(session.script(), "script", "exec"), names)
    repeated = names["session"]
    assert repeated.runs["poyo-1"].metrics["r2"] == pytest.approx(session.runs["poyo-1"].metrics["r2"], abs=1e-6)
    assert set(repeated.embeddings) == set(session.embeddings) == {"poyo-1 unit", "poyo-1 time", "poyo-1 trial"}
    for name, embedding in session.embeddings.items():
        assert np.abs(embedding.values - repeated.embeddings[name].values).max() < 1e-6
    (decoded,), (other,) = session.predictions.values(), repeated.predictions.values()
    assert np.nanmax(np.abs(decoded.values - other.values)) < 1e-5
