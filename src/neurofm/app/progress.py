"""How far a job is, in words, for any front."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from neurofm import registry
from neurofm.words import outcome

KNOWN, WARM = 0.02, 20.0  # share of a job, or seconds of it, after which the time left can be told


def trains(job: Any) -> bool:
    """Whether a run comes of it."""
    return bool(registry.get("neurofm.app.verbs", job.task).gives == "run")


def can_resume(job: Any) -> bool:
    """A paused job, or one that is over and left what it can go on from."""
    return job.state == "paused" or (job.over and registry.get("neurofm.app.verbs", job.task).resumes(job))


def resume(session: Any, job: Any) -> Any:
    """Go on with a job; gives the one that runs now."""
    if job.state != "paused":
        return session.resume(job)
    job.resume()
    return job


def listed(jobs: Iterable[Any]) -> list[Any]:
    """Jobs as a list shows them: what works or waits in its order, then the newest; none that others went on from."""
    newest = {id(job.action): job.id for job in jobs if job.action is not None}
    shown = [job for job in jobs if job.action is None or newest[id(job.action)] == job.id]
    return sorted(shown, key=lambda job: (job.over, -job.id if job.over else job.id))


def time_left(job: Any) -> str:
    """What a user wants to know of the time."""
    if job.over or job.state in ("queued", "paused"):
        return str(job.state)
    left = job.remaining
    if left is None or (job.fraction < KNOWN and job.seconds < WARM):
        return f"{100 * job.fraction:.0f} %" if job.fraction > 0 else "starting"
    if round(left) < 1:
        return "finishing"
    if left >= 7200:
        return f"{left / 3600:.0f} h left"
    return f"{left / 60:.0f} min left" if left >= 90 else f"{left:.0f} s left"


def report(job: Any) -> str:
    """The end of the job's log."""
    file = job.folder / "log.txt"
    return file.read_text("utf8", errors="replace")[-8000:] if file.exists() else ""


def words(job: Any) -> str:
    """What a job does or did, and in the end how good that is."""
    return " · ".join(part for part in (job.text, outcome(job.result.get("metrics", {}))) if part)
