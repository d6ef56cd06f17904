"""The tour's steps, done for the user."""

from __future__ import annotations

import numpy as np
import pytest

from neurofm.app.session import Session
from neurofm.app.tour import SETTINGS, STEPS, decoder, outermost


def test_each_step_says_what_is_to_be_done():
    assert len(STEPS) == 5
    assert all(step.title and step.words.endswith(".") for step in STEPS)
    assert not any(step.done(Session()) for step in STEPS)


def test_the_steps_do_what_they_say(fake_jobs, host, make, tmp_path):
    host.session.folder = tmp_path / "runs"
    opened, train, pick, judge, keep = STEPS
    opened.show(host)
    assert opened.done(host.session)
    assert "ada: 48 units" in opened.said(host.session)
    train.show(host)
    (job,) = host.session.jobs.jobs
    assert (job.task, job.arguments["model"], job.arguments["settings"]) == ("train", decoder(), SETTINGS)
    assert len(job.arguments["data"]) == 2
    assert not train.done(host.session)
    host.session.add(make.units(*host.session.recordings.values()))
    assert not pick.done(host.session)
    pick.show(host)
    assert pick.done(host.session)
    np.testing.assert_array_equal(host.session.selection.picked("unit"), np.sort(outermost(host.session)))
    with pytest.raises(LookupError, match="train one first"):
        judge.show(host)
    keep.show(host)
    assert host.asked
    assert host.shown == ["arranged", "training", "tuning", "latent"]


@pytest.mark.parametrize("place", [1, 2])
def test_a_step_that_needs_another_says_which(place, host):
    host.session.close("rat")
    with pytest.raises(LookupError, match=r"(?i)first"):
        STEPS[place].show(host)


def test_a_recording_of_ones_own_is_learned_from_with_what_it_has(fake_jobs, host, tmp_path):
    host.session.folder = tmp_path / "runs"
    STEPS[1].show(host)
    (job,) = host.session.jobs.jobs
    assert job.arguments["settings"] == {name: value for name, value in SETTINGS.items() if name != "target"}
