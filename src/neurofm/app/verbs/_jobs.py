"""What verbs do alike with their jobs, in the session that asked for them. Runs in the job's thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm.app.state.catalog import Catalog
from neurofm.app.state.results import take

if TYPE_CHECKING:
    from neurofm.app.jobs import Job


def take_file(session: Catalog, job: Job) -> None:
    """Take the embedding or prediction that a job of a run left in a file; one that failed leaves no action."""
    from neurofm.data import store

    if job.state != "done":
        give_up(session, job)
        return
    take(session, store.load(job.result["out"]), Path(job.arguments["run"]).name)


def give_up(session: Catalog, job: Job) -> None:
    """Take back what a job that came to nothing was asked for; its view says why."""
    session.actions.drop(job.action)
    session.changed.emit("job", job.title)


def newest(session: Catalog, verb: str, **asked: Any) -> Job | None:
    """The newest job of a verb with these arguments; None if there is none."""
    jobs = [job for job in session.jobs if job.task == verb and asked.items() <= job.arguments.items()]
    return jobs[-1] if jobs else None
