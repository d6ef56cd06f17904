"""A decoder is carried from one recording to another in the background; its table is shown, kept and repeated."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from neurofm import registry
from neurofm.analysis import carry
from neurofm.app.pictures.draw import draw
from neurofm.app.pictures.scene import Viewport
from neurofm.app.session import Session
from neurofm.app.verbs import carry as verb
from neurofm.app.views.table import State
from neurofm.errors import NeuroFMError
from tests.app import matched

QUICK = ("unit statistics", "Procrustes", carry.LABELLED)


@pytest.fixture
def session(fake_jobs, monkeypatch):
    monkeypatch.setattr(carry, "compare", partial(carry.compare, ways=QUICK))
    return Session(matched.pair())


def done(session, job):
    session.jobs.end(job, **verb.work(lambda *_, **__: None, None, **job.arguments))


@pytest.fixture
def carried(session):
    """The session, once the job has come to its end."""
    done(session, session.carry("ada", "bo", halves=2, seed=1))
    return session


def test_rows_with_labels_of_the_other_and_without_are_told_apart(carried):
    table = carried.results["carry"]["ada to bo"].table
    assert table["labels of bo"].tolist() == ["used", "used", "none"]
    assert set(table["system"]) == set(QUICK)
    used = table[table["labels of bo"] == "used"]
    assert used["accuracy"].is_monotonic_decreasing
    assert (used["accuracy"] > used["chance"]).all()
    assert (table["chance"] == 1 / 3).all()


def test_the_table_shows_it_and_says_what_chance_is(carried):
    scene = draw(registry.get("neurofm.app.views", "table"), State(of="carried"), carried, Viewport())
    (table,) = scene.marks
    assert [column.name for column in table.columns][:2] == ["system", "labels of bo"]
    told = "target of bo by a decoder of ada, over 2 random halves of its trials"
    assert scene.note == f"3 carried decoders of {told}; chance is 0.333, permuted is with conditions shuffled"


def test_one_half_has_no_spread(session):
    done(session, session.carry("ada", "bo", halves=1))
    assert session.results["carry"]["ada to bo"].table["sd"].isna().all()
    scene = draw(registry.get("neurofm.app.views", "table"), State(of="carried"), session, Viewport())
    assert "sd" not in [column.name for column in scene.marks[0].columns]


def test_it_is_kept_and_repeated(carried, tmp_path):
    again = Session.restore(carried.save(tmp_path / "a.neurofm"))
    before, after = (one.results["carry"]["ada to bo"].table for one in (carried, again))
    pd.testing.assert_frame_equal(before, after)
    assert "session.carry('ada', 'bo', target='target', halves=2, seed=1)" in again.script()


def test_the_condition_can_be_chosen(session):
    """Of two columns that both have."""
    for recording in matched.pair():
        trials = recording.intervals["trials"]
        both = trials.assign(side=(trials["target"] > 0).map({True: "left", False: "right"}))
        session.add(replace(recording, session=f"{recording.session} 2", intervals={"trials": both}))
    assert verb.shared(session.recordings["ada 2"], session.recordings["bo 2"]) == ["target", "side"]
    done(session, session.carry("ada 2", "bo 2", target="side", halves=1))
    result = session.results["carry"]["ada 2 to bo 2"]
    assert (result.target, result.table["chance"].iloc[0]) == ("side", 0.5)


@pytest.mark.parametrize(
    ("names", "options", "words"),
    [
        (("ada", "nobody"), {}, "no recording 'nobody'"),
        (("ada", "ada"), {}, "both are ada; name two"),
        (("ada", "bo"), {"target": "smell"}, "no condition of the trials of ada and bo 'smell'"),
        (("ada", "bo"), {"halves": 0}, "halves must be 1 or more"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(session, names, options, words):
    with pytest.raises((LookupError, ValueError), match=words):
        session.carry(*names, **options)
    assert not list(session.jobs)


def test_trials_that_share_no_condition_are_told(session):
    one = matched.recording("carl", [0, 1, 2])
    trials = one.intervals["trials"].rename(columns={"target": "smell"})
    session.add(replace(one, intervals={"trials": trials}))
    with pytest.raises(LookupError, match="trials of ada and carl share no column of conditions"):
        session.carry("ada", "carl")


def test_values_that_are_not_shared_fail_in_one_sentence(session):
    one = matched.recording("carl", [0, 1, 2])
    session.add(replace(one, intervals={"trials": one.intervals["trials"].assign(target=7 + one.trials["target"])}))
    job = session.carry("ada", "carl")
    with pytest.raises(NeuroFMError, match="fewer than two conditions of 'target' in common with ada"):
        done(session, job)
    session.jobs.end(job, "failed")
    assert not any(action.kind == "carry" for action in session.actions)
    assert not session.results.get("carry")


def test_one_that_was_closed_meanwhile_leaves_nothing(session):
    job = session.carry("ada", "bo", halves=1)
    session.close("bo")
    done(session, job)
    assert not session.results.get("carry")


def test_where_there_is_none_it_says_what_to_do(session):
    state = State(of="carried")
    assert verb._missing(state, session)[1] == "open"
    session.carry("ada", "bo")
    assert verb._missing(state, session) == ("A decoder is being carried over …", "jobs")
