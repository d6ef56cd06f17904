"""What comes of jobs: a file is taken, a failure leaves no trace in the script, and the newest can be asked for."""

from __future__ import annotations

from inspect import signature

import pytest

from neurofm import registry
from neurofm.app.session import VERBS, Session
from neurofm.app.verbs import _jobs
from neurofm.data import store


@pytest.fixture
def session(make, fake_jobs, tmp_path):
    """A recording and a run that has two parts of latents."""
    session = Session([make.recording()], folder=tmp_path)
    session.add(make.run(tmp_path / "swap-1", "rat", spaces=["unit", "trial"], parts=["content", "style"]))
    session.add(make.units(session.recordings["rat"]))
    return session


ASK = {
    "predict": lambda s: s.predict("swap-1", "rat"),
    "embed": lambda s: s.embed("swap-1"),
    "umap": lambda s: s.umap("a unit"),
}


@pytest.mark.parametrize("verb", list(ASK))
@pytest.mark.parametrize("state", ["failed", "stopped"])
def test_what_came_to_nothing_is_not_done_again_and_its_view_is_told(session, heard, verb, state):
    done, lost = ASK[verb](session), ASK[verb](session)
    said = heard(session.changed)
    session.jobs.end(lost, state)
    assert [action for action in session.actions if action.kind == verb] == [done.action]
    assert said == [("job", lost.title)]


def test_of_two_parts_only_the_one_that_failed_is_taken_back(session):
    placed, failed = (session.embed("swap-1", ["rat"], "trial", part=part) for part in ("content", "style"))
    session.jobs.end(failed, "failed")
    assert [a.name for a in session.actions if a.kind == "embed"] == ["swap-1 trial content"]
    assert placed.action in session.actions


@pytest.mark.parametrize(
    ("verb", "make_result", "place", "name"),
    [("predict", "prediction", "predictions", "swap-1 rat"), ("embed", "units", "embeddings", "swap-1 unit")],
)
def test_what_is_in_the_file_is_shown_under_the_name_of_its_run(
    session, make, tmp_path, verb, make_result, place, name
):
    job = ASK[verb](session)
    result = getattr(make, make_result)(session.recordings["rat"])
    session.jobs.end(job, out=str(store.save(result, tmp_path / "out.npz")))
    assert getattr(session, place)[name].run == "swap-1"
    assert job.action in session.actions


@pytest.mark.parametrize(
    ("asked", "newest"), [({}, 2), ({"of": "unit"}, 1), ({"of": "trial", "part": "style"}, 2), ({"of": "time"}, None)]
)
def test_the_newest_job_is_the_last_with_those_arguments(session, asked, newest):
    jobs = [session.embed("swap-1", of=of, part=part) for of, part in (("unit", ""), ("unit", ""), ("trial", "style"))]
    session.predict("swap-1", "rat")
    assert _jobs.newest(session, "embed", **asked) is (None if newest is None else jobs[newest])


SEEDED = [name for name in registry.names(VERBS) if "seed" in signature(registry.get(VERBS, name).begin).parameters]


@pytest.mark.parametrize("verb", SEEDED)
def test_a_seed_that_is_none_is_refused_before_a_job(session, verb):
    begin = registry.get(VERBS, verb).begin
    needed = [p for p in list(signature(begin).parameters.values())[1:] if p.default is p.empty and p.kind in (0, 1)]
    given = {"train": ["poyo"], "finetune": ["swap-1", ["rat"]], "umap": ["a unit"]}.get(verb, ["rat"] * len(needed))
    with pytest.raises(ValueError, match="seed must be a whole number from 0 on, got '1'"):
        begin(session, *given, seed="1")
    assert not list(session.jobs)
