"""Other models are set beside a run of choices in the background; their table is shown, kept and repeated."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import neurofm as nf
from neurofm import io, registry
from neurofm.analysis import recurrent
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.verbs import compare_choosers as verb
from neurofm.app.views.table import State
from neurofm.synthetic import bandits
from neurofm.synthetic.demo import demo

STATE = SimpleNamespace(recording="")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("choosers")
    people = io.write(bandits.population(8, trials=16, session="people"), folder / "people.h5")
    run = nf.train("bandit_style", people, folder / "run", settings={"steps": 2}, device="cpu")
    return SimpleNamespace(people=people, run=run.path)


@pytest.fixture
def session(files, fake_jobs, monkeypatch):
    monkeypatch.setattr(recurrent, "STEPS", 1)
    monkeypatch.setattr(recurrent, "SLOW_STEPS", 1)
    session = Session()
    session.open(files.people)
    session.load(files.run)
    return session


@pytest.fixture
def compared(session):
    """The session, once the job has come to its end."""
    assert verb._missing(STATE, session)[1] == "compare_choosers"
    job = session.compare_choosers(seed=2)
    assert verb._missing(STATE, session) == ("Models of choosers are being compared …", "jobs")
    session.jobs.end(job, **verb.work(lambda *_, **__: None, None, **job.arguments))
    return session


def test_the_table_shows_it_and_it_is_kept_and_repeated(compared, tmp_path):
    scene = draw(registry.get("neurofm.app.views", "table"), State(of="chooser"), compared, Viewport())
    assert scene.note == "12 choosers of people beside run, over the second half: 16 trials of 2 held-out subjects"
    table = compared.results["compare_choosers"]["people"].table
    assert table["log_likelihood"].is_monotonic_decreasing
    again = Session.restore(compared.save(tmp_path / "a.neurofm"))
    pd.testing.assert_frame_equal(again.results["compare_choosers"]["people"].table, table)
    assert "session.compare_choosers('run', 'people', seed=2)" in compared.script()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"run": "other"}, "no run that learned from choices 'other'"),
        ({"source": "rats"}, "no choices that run learned from 'rats'; there are people"),
    ],
)
def test_what_is_not_there_is_told(session, asked, words):
    with pytest.raises(LookupError, match=words):
        session.compare_choosers(**asked)


def test_without_a_run_or_its_choices_it_says_what_to_do(session, files):
    empty = Session(demo(duration=5.0))
    assert verb._missing(STATE, empty) == ("Train a model on choices to set others beside it", "train")
    with pytest.raises(LookupError, match="train a model on choices first"):
        empty.compare_choosers()
    session.close("people")
    assert verb._missing(STATE, session)[1] == "open"
    with pytest.raises(LookupError, match="open the choices that run learned from"):
        session.compare_choosers()


def test_one_that_failed_leaves_nothing(session):
    session.jobs.end(session.compare_choosers(), "failed")
    assert "compare_choosers" not in {action.kind for action in session.actions}
    assert not session.results.get("compare_choosers")


def test_a_saved_session_has_choices_chances_and_the_latents_of_subjects_and_trials(session, files, tmp_path):
    run, people = nf.load(files.run), session.sources["people"]
    for of in ("subject", "trial"):
        session.add(run.embed(people, of))
    session.add(run.predict(people))
    session.selection.pick("subject", session.everything("subject")[2:4])
    again = Session.restore(session.save(tmp_path / "a.neurofm"))
    np.testing.assert_array_equal(again.sources["people"].action, people.action)
    assert list(again.embeddings) == list(session.embeddings)
    for name, embedding in session.embeddings.items():
        np.testing.assert_array_equal(again.embeddings[name].ids, embedding.ids)
        np.testing.assert_allclose(again.embeddings[name].values, embedding.values)
    (before,), (after,) = session.predictions.values(), again.predictions.values()
    np.testing.assert_allclose(after.values, before.values)
    assert again.selection.picked("trial").tolist() == np.flatnonzero(np.isin(people.of, [2, 3])).tolist()
    view = registry.get("neurofm.app.views", "choices")
    pictures = [draw(view, one.view("choices"), one, Viewport()) for one in (session, again)]
    assert all("held out, " in picture.title for picture in pictures)  # beside the best that was fitted
    assert [len(picture.marks) for picture in pictures] == [2 * 3 + 2] * 2  # a line for each arm, dots, and picked ones
