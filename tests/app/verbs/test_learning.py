"""What a run shows while it learns and when it has learned, and what is written of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neurofm.app.script import script
from neurofm.app.session import Session
from neurofm.app.state.log import Action
from neurofm.data import store
from neurofm.data.ids import pack


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


@pytest.mark.parametrize(("state", "newest"), [("stopped", "a"), ("failed", "a"), ("done", "poyo-1")])
@pytest.mark.usefixtures("fake_jobs")
def test_what_a_stopped_run_showed_gives_way_to_what_was_finished(make, tmp_path, state, newest):
    rat = make.recording("rat")
    session = Session([rat], folder=tmp_path)
    session.add(make.units(rat))
    session.add(make.prediction(rat))
    job = session.train("poyo")
    store.save(make.units(rat), tmp_path / "look" / "units.npz")
    store.save(make.prediction(rat), tmp_path / "look" / "trace.npz")
    for _ in range(2):
        session.jobs.preview.emit(job, str(tmp_path / "look"))
        assert list(session.embeddings)[-1].startswith("poyo-1")
    make.run(tmp_path / "poyo-1", "rat")
    session.jobs.end(job, state, run=str(tmp_path / "poyo-1"))
    for there in (session.embeddings, session.predictions):
        assert len(there) == 2
        assert Path(list(there.values())[-1].run).name == newest
    session.jobs.preview.emit(job, str(tmp_path / "look"))  # it goes on
    assert list(session.embeddings)[-1].startswith("poyo-1")


@pytest.mark.parametrize("parts", [["content", "style"], []])
@pytest.mark.usefixtures("fake_jobs")
def test_a_map_of_all_latents_gives_way_to_those_of_parts(make, tmp_path, parts):
    session = Session([make.recording("a")], folder=tmp_path)
    job = session.train("swap_vae")
    run = tmp_path / "swap_vae-1"
    store.save(make.moments(make.recording("a")), tmp_path / "look" / "moments.npz")
    session.jobs.preview.emit(job, str(tmp_path / "look"))
    assert set(session.embeddings) == {"swap_vae-1 time"}
    make.run(run, "a", spaces=["time"], parts=parts)
    session.jobs.end(job, run=str(run))
    assert set(session.embeddings) == (set() if parts else {"swap_vae-1 time"})


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
@pytest.mark.parametrize("verb", ["train", "finetune"])
@pytest.mark.parametrize(
    ("state", "steps", "done", "written"),
    [
        ("stopped", [1, 2], 2, "'until': 2"),
        ("failed", [3], 3, "'until': 3"),
        ("stopped", [], 0, ""),
        ("done", [1, 2], None, "settings={'steps': 9}"),
    ],
)
def test_the_script_goes_as_far_as_the_training_came(make, tmp_path, verb, state, steps, done, written):
    session = Session([make.recording("a")], folder=tmp_path)
    session.add(make.run(tmp_path / "base", "a"))
    what = ("poyo",) if verb == "train" else ("base",)
    job = getattr(session, verb)(*what, ["a"], {"steps": 9})
    job.metrics += [{"step": step, "loss": 1.0} for step in steps] + [{"seconds": 2.0}]
    make.run(tmp_path / job.action.name, "a")
    session.jobs.end(job, state, run=str(tmp_path / job.action.name))
    assert job.action.done == done
    (line, *_) = [*(line for line in session.recipe if f"nf.{verb}(" in line), ""]
    assert written in line
    assert bool(line) == bool(written)
    assert job.action.options["settings"] == {"steps": 9}


@pytest.mark.usefixtures("fake_jobs")
def test_a_source_that_was_closed_meanwhile_is_not_looked_at(make, tmp_path):
    session = Session([make.recording("a"), make.recording("b")], folder=tmp_path)
    job = session.train("poyo")
    session.close("a")
    session.jobs.end(job, run=str(make.run(tmp_path / "poyo-1", "a", "b", spaces=["unit"]).path))
    asked = [(j.task, j.action.options["names"]) for j in list(session.jobs)[1:]]
    assert asked == [("predict", ["b"]), ("embed", ["b"])]


def test_what_was_not_chosen_is_not_written():
    options = {"model": "poyo", "names": [], "settings": {}}
    text = script([Action(kind="train", name="a b", options=options)])
    assert "a_b = nf.train('poyo', [], out='runs/a b', resume=True)\nsession.add(a_b)\nprint(a_b.metrics)\n" in text
