"""Adapt: at the press of a button a run learns one source that it has never seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neurofm.app.state.catalog import Catalog
from neurofm.app.verbs import finetune
from neurofm.checks import check_choice
from neurofm.data.target import RATES
from neurofm.errors import UnknownUnits
from neurofm.runs import RunFolder
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

STEPS = 250  # of sizes that a laptop trains, they and the scores after them end in a minute on two cores


def begin(session: Catalog, run: str = "", recording: str = "", *, device: str = "auto") -> Job:
    """Adapt a run to a source that it has never seen: under a minute on two cores.

    Where its core reads new units as it is, labels that are left out choose how much of it learns beside the vectors of
    units and session, and how much ridge regression is mixed in; else all of it learns. `finetune` has choices.

    Parameters
    ----------
    run : its name; the newest if ""
    recording : name of the source; the newest that the run has never seen if ""

    Raises
    ------
    LookupError
        If there is no run, or no source.
    """
    run, recording = choose(session, run, recording)
    return finetune.begin(session, run, [recording], device=device, **how(session.runs[run]))


def how(run: RunFolder) -> dict[str, Any]:
    """Arguments of `finetune` for a run."""
    return {"choose": True} if _chooses(run) else {"settings": {"steps": STEPS}}


def words(run: RunFolder) -> str:
    """What `how` means, for a user."""
    if _chooses(run):
        return (
            "Learns who the units of this recording are. Labels that are left out choose how much the rest of the "
            "model learns, and how much of the answer is ridge regression's: all of it, where that does better."
        )
    return "All parts of the model learn from this recording; the run that you have stays as it is."


def _chooses(run: RunFolder) -> bool:
    return run.reads_new_units and run.target.kind != RATES


def strangers(session: Catalog, run: str) -> list[str]:
    """Open sources of its kind that a run has never seen."""
    learned = session.runs[run].sessions
    return [name for name in session.suiting(run) if name not in learned]


def choose(session: Catalog, run: str = "", recording: str = "") -> tuple[str, str]:
    """The run and the source that are meant.

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
    run = run or list(session.runs)[-1]
    check_choice("run", run, session.runs)
    suiting = session.suiting(run)
    if not suiting:
        raise LookupError(f"open the {session.runs[run].takes} that a run is to be adapted to")
    recording = recording or (strangers(session, run) or suiting)[-1]
    check_choice(session.runs[run].takes, recording, suiting)
    return run, recording


def remedy(session: Catalog, job: Job) -> tuple[str, str] | None:
    """The run to adapt and the source to adapt it to, where a job failed for want of that."""
    if job.state != "failed" or job.code != UnknownUnits.code or job.action is None:
        return None
    run = next((name for name, r in session.runs.items() if str(r.path) == job.arguments.get("run")), "")
    names = [name for name in job.action.options["names"] if name in session.sources]
    if not run or not names:
        return None
    name = next((name for name in names if name in strangers(session, run)), names[0])
    return None if _is_asked(session, job, run, name) else (run, name)


def _is_asked(session: Catalog, job: Job, run: str, name: str) -> bool:
    """Whether a run is being adapted to a source already, or was since a job failed."""
    later = [other for other in session.jobs if other.id > job.id and other.task == "finetune" and other.action]
    return any(
        other.action.options["run"] == run
        and name in other.action.options["names"]
        and other.state not in ("failed", "stopped")
        for other in later
    )


SPEC = VerbSpec(begin=begin)
