"""Jobs on a page: how far each is, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from napari_neurofm.jupyter import explore
from napari_neurofm.jupyter.jobs import JobList
from neurofm.app.jobs import Job
from neurofm.app.session import Session
from neurofm.errors import UnknownUnits


@pytest.fixture
def job(session: Session, tmp_path: Path) -> Job:
    """One that is never run; a test says how far it is."""
    arguments = {"run": "nowhere", "data": session.files(["bo"])[0], "out": str(tmp_path / "run")}
    job = Job(id=1, task="train", arguments=arguments, title="Train poyo", folder=tmp_path, _jobs=session.jobs)
    session.jobs._jobs.append(job)
    return job


OFFERED = [
    ("queued", "train", ["fork", "stop"]),
    ("running", "train", ["pause", "fork", "stop"]),
    ("paused", "embed", ["resume", "stop"]),
    ("stopped", "train", ["resume", "fork"]),
    ("done", "embed", []),
]


@pytest.mark.parametrize(("state", "task", "offered"), OFFERED)
def test_a_job_has_a_button_for_what_can_be_done_with_it(
    state: str, task: str, offered: list[str], session: Session, job: Job
) -> None:
    jobs = JobList(explore(session).opened.host)
    (row,) = jobs.children
    job.state, job.task = state, task
    jobs.refresh()
    assert list(row.buttons) == offered
    assert row.children[-len(row.buttons) :] == tuple(row.buttons.values()) or not offered
    assert row.left.value == ("" if job.over else row.left.value)


def test_a_stopped_job_says_so(session: Session) -> None:
    jobs = explore(session).jobs
    assert jobs.children[0].value.startswith("Nothing runs")
    job = session.jobs.submit("embed", {"run": "nowhere"}, "Embed units")
    (row,) = jobs.children
    assert row.title.value == "Embed units"
    row.buttons["stop"].click()
    assert job.wait(20)
    assert list(row.buttons) == []
    assert row.words.value.startswith(("Stopped", "the worker"))
    session.jobs.close()


def test_a_job_that_met_a_stranger_has_a_button(
    session: Session, submitted: Any, add_run: Callable[..., str], job: Job
) -> None:
    add_run("poyo-1", "ada")
    explorer = explore(session)
    job.task, job.arguments["run"] = "predict", str(session.runs["poyo-1"].path)
    job.state, job.code = "failed", UnknownUnits.code
    job.action = session.actions.add("predict", "poyo-1 bo", run="poyo-1", names=["bo"])
    explorer.jobs.refresh()
    (row,) = explorer.jobs.children
    assert row.buttons["mend"].description == "Adapt poyo-1 to bo"
    row.buttons["mend"].click()
    ((task, asked),) = submitted.given
    assert (task, asked["data"]) == ("finetune", session.files(["bo"]))


def test_a_fork_opens_the_form(session: Session, job: Job) -> None:
    explorer = explore(session)
    job.state, job.arguments["model"] = "running", "poyo"
    explorer.jobs.refresh()
    (row,) = explorer.jobs.children
    row.buttons["fork"].click()
    assert explorer.train.layout.display == ""
