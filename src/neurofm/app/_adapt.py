"""Adapt a run to one recording at the press of a button: which run, to what, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurofm.app._run import learned
from neurofm.checks import check_choice

if TYPE_CHECKING:
    from neurofm.app.jobs import Job
    from neurofm.app.work import Work

UNITS_ONLY = ("poyo",)  # models whose core reads units that it has never seen as it is; others learn in all parts
STEPS = 250  # of sizes that a laptop trains, they and the scores after them end in a minute on two cores
STRANGER = "adapt it to this recording first"  # in what models say of a recording that they have never seen


def how(run: Any) -> dict[str, Any]:
    """Arguments of `finetune` for a run."""
    return {"units_only": run.config.get("model") in UNITS_ONLY, "settings": {"steps": STEPS}}


def words(run: Any) -> str:
    """What `how` means, for a user."""
    if run.config.get("model") in UNITS_ONLY:
        return "Learns who the units of this recording are; the rest of the model stays as it is."
    return "All parts of the model learn from this recording; the run that you have stays as it is."


def strangers(session: Work, run: str) -> list[str]:
    """Open recordings that a run has never seen."""
    known = learned(session.runs[run])
    return [name for name in list(session.recordings) if name not in known]


def choose(session: Work, run: str = "", recording: str = "") -> tuple[str, str]:
    """The run and the recording that are meant.

    Parameters
    ----------
    run : its name; the newest if ""
    recording : its name; the newest that the run has never seen, else the newest, if ""

    Raises
    ------
    LookupError
        If there is none, or none of that name.
    """
    if not session.runs:
        raise LookupError("train a model or open a run, which can then be adapted to a recording")
    if not session.recordings:
        raise LookupError("open the recording that a run is to be adapted to")
    run = run or list(session.runs)[-1]
    check_choice("run", run, session.runs)
    recording = recording or (strangers(session, run) or list(session.recordings))[-1]
    check_choice("recording", recording, session.recordings)
    return run, recording


def remedy(session: Work, job: Job) -> tuple[str, str] | None:
    """The run to adapt and the recording to adapt it to, where a job failed for want of that."""
    if job.state != "failed" or STRANGER not in job.error:
        return None
    run = next((name for name, r in session.runs.items() if str(r.path) == job.arguments.get("run")), "")
    names = [name for name in session.recordings if session._sources[name] in _sources(job)]
    new = [name for name in names if run and name in strangers(session, run)]
    if not run or not names:
        return None
    name = (new or names)[0]
    return None if _is_asked(session, job, name) else (run, name)


def _is_asked(session: Work, job: Job, name: str) -> bool:
    """Whether the run of a job is being adapted to a recording already, or was since then."""
    return any(
        other.task == "finetune"
        and other.id > job.id
        and other.arguments["run"] == job.arguments["run"]
        and session._sources[name] in _sources(other)
        and other.state not in ("failed", "stopped")
        for other in session.jobs
    )


def _sources(job: Job) -> list[Any]:
    data = job.arguments["data"]
    return [data] if job.task in ("predict", "hide") else list(data)
