"""How far a job is, in words."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from neurofm.app import progress


def job(state="running", task="train", **more):
    more.setdefault("result", {})
    over = state in ("done", "failed", "stopped")
    return SimpleNamespace(state=state, task=task, over=over, **{"arguments": {"out": "nowhere"}} | more)


@pytest.mark.parametrize(
    ("state", "task", "can"),
    [
        ("running", "train", False),
        ("paused", "embed", True),
        ("stopped", "train", True),
        ("stopped", "embed", False),
        ("stopped", "segment", True),
        ("failed", "segment", True),
        ("failed", "train", False),
        ("done", "train", False),
    ],
)
def test_what_can_go_on(state, task, can):
    assert progress.can_resume(job(state, task)) == can


def test_a_training_that_failed_goes_on_from_its_checkpoint(tmp_path):
    (tmp_path / "checkpoint.json").write_text("{}")
    failed = job("failed", arguments={"out": str(tmp_path)})
    assert progress.can_resume(failed)
    session = SimpleNamespace(resume=lambda job: "another")
    assert progress.resume(session, failed) == "another"
    said = []
    paused = job("paused", resume=lambda: said.append("resumed"))
    assert progress.resume(session, paused) is paused
    assert said == ["resumed"]


@pytest.mark.parametrize(
    ("state", "fraction", "seconds", "remaining", "words"),
    [
        ("queued", 0.0, 0.0, None, "queued"),
        ("done", 1.0, 9.0, None, "done"),
        ("running", 0.0, 9.0, None, "starting"),
        ("running", 0.01, 9.0, 9000.0, "1 %"),
        ("running", 0.01, 90.0, 9000.0, "2 h left"),
        ("running", 0.5, 9.0, 40.0, "40 s left"),
        ("running", 0.5, 9.0, 180.0, "3 min left"),
        ("running", 1.0, 9.0, 0.0, "finishing"),
    ],
)
def test_the_time_left(state, fraction, seconds, remaining, words):
    assert progress.time_left(job(state, fraction=fraction, seconds=seconds, remaining=remaining)) == words


def test_the_end_of_the_log_and_how_good_it_is_are_told(tmp_path):
    done = job("done", folder=tmp_path, text="step 3", result={"metrics": {"r2": 0.5}})
    assert progress.words(done) == "step 3 · R² 0.50 held out"
    assert progress.report(done) == ""
    (tmp_path / "log.txt").write_text("x" * 9000 + "end")
    assert progress.report(done).endswith("end")
    assert len(progress.report(done)) == 8000


def test_a_job_that_another_went_on_from_is_listed_no_more():
    action, another = SimpleNamespace(), SimpleNamespace()
    stopped, other, alone = (job("stopped", id=k, action=one) for k, one in enumerate((action, another, None)))
    assert progress.listed([stopped, other, alone]) == [alone, other, stopped]
    again = job(id=4, action=action)
    assert progress.listed([stopped, other, alone, again]) == [again, alone, other]


def test_what_works_is_listed_before_what_waits_and_what_is_over():
    jobs = [job(state, id=k, action=None) for k, state in enumerate(("done", "running", "queued", "done"))]
    assert [one.id for one in progress.listed(jobs)] == [1, 2, 3, 0]
