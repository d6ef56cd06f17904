"""How training goes: the score above, the loss below, a resumed run in one piece."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.views import training

VIEW = Viewport(width=300, height=200)


def told(first, last, every=4):
    return [
        {"step": s, "loss": 1 / s, **({"r2_valid": s / 100} if s % every == 0 else {})} for s in range(first, last + 1)
    ]


@pytest.fixture
def learning(make, tmp_path, fake_jobs):
    session = Session([make.recording()], folder=tmp_path)
    session.train("poyo").metrics += told(1, 20)
    return session


def test_score_and_loss_are_drawn_against_the_step(learning):
    score, loss = training.scene(training.State(), learning, VIEW).marks
    assert score.x.tolist() == [4, 8, 12, 16, 20]
    assert loss.x.tolist() == [*range(1, 21)]
    assert score.y.min() > 1 > loss.y.max()
    (alone,) = training.scene(training.State(show="loss"), learning, VIEW).marks
    assert np.allclose(alone.y, 1 / np.arange(1, 21))


def test_each_run_has_its_colour_and_a_resumed_one_is_one_curve(learning):
    job = next(iter(learning.jobs))
    learning.resume(job).metrics += told(15, 40)
    learning.train("poyo").metrics += told(1, 5)
    scene = training.scene(training.State(show="loss"), learning, VIEW)
    assert [words for words, _ in scene.legend] == ["poyo-1", "poyo-2"]
    assert scene.marks[0].x.tolist() == [*range(1, 41)]
    assert scene.x.range == (0.0, 40.0)


def test_a_run_that_was_not_yet_scored_shows_its_loss(make, tmp_path, fake_jobs):
    session = Session([make.recording()], folder=tmp_path)
    assert training.scene(training.State(), session, VIEW).action == "train"
    session.train("poyo").metrics += told(1, 3)
    assert [m.name for m in training.scene(training.State(), session, VIEW).marks] == ["poyo-1 training loss"]


def test_other_work_is_not_shown(learning, make):
    learning.add(make.units(make.recording()))
    learning.umap("a unit")
    assert len(training.scene(training.State(), learning, VIEW).legend) == 1


def test_a_run_that_was_made_elsewhere_shows_what_its_log_says(make, tmp_path):
    import json

    session = Session([make.recording()])
    (tmp_path / "log.jsonl").write_text("".join(json.dumps({"step": k, "loss": 1 / k}) + "\n" for k in range(1, 5)))
    session.runs["old"] = make.run(tmp_path)
    scene = training.scene(training.State(), session, VIEW)
    assert [name for name, _ in scene.legend] == ["old"]
    assert scene.marks[0].x.tolist() == [1, 2, 3, 4]
    session.runs["bare"] = make.run(tmp_path / "bare")
    assert [name for name, _ in training.scene(training.State(), session, VIEW).legend] == ["old"]
