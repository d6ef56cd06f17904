"""Which latent spaces runs have, and what is open that can be placed in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from neurofm.app._run import learned

if TYPE_CHECKING:
    from neurofm.app.jobs import Job
    from neurofm.app.ledger import Ledger
    from neurofm.app.work import Work
    from neurofm.data import Recording


def those_with(session: Ledger, of: str, names: Iterable[str]) -> list[str]:
    """Of open recordings those that have such things."""
    known = dict(session.recordings)  # others may close one meanwhile
    return [name for name in names if name in known and (of != "trial" or _trials(known[name]))]


def newest(session: Ledger, of: str) -> tuple[str, list[str]]:
    """The newest run with a space of these things, and what is open that it knows and that has them, if any."""
    for name, run in reversed(list(session.runs.items())):
        known = those_with(session, of, learned(run)) if of in _spaces(run) else []
        if len(known) > (of == "session"):
            return name, known
    return "", []


def see(session: Work, run: str, names: Sequence[str]) -> None:
    """Place what recordings have in each space of a run; sessions only where there are several to compare."""
    for of in _spaces(session.runs[run]):
        known = those_with(session, of, names)
        if len(known) > (of == "session"):
            embed(session, run, known, of)


def job_of(session: Work, run: str, of: str) -> Job | None:
    """The newest job that places things in a space of a run."""
    asked = {"run": str(session.runs[run].path), "of": of}
    jobs = [job for job in session.jobs if job.task == "embed" and asked.items() <= job.arguments.items()]
    return jobs[-1] if jobs else None


def embed(session: Work, run: str, names: Sequence[str], of: str) -> None:
    """Place what recordings have in a space of a run, each part of its latents on its own."""
    parts = session.runs[run].config.get("parts") if of in ("time", "trial") else ()
    for part in parts or ("",):
        session.embed(run, names, of, part=part)


def embed_newest(session: Work, of: str) -> None:
    """Place what is open in the newest run that can.

    Raises
    ------
    LookupError
        If there is none.
    """
    run, names = newest(session, of)
    if not run:
        raise LookupError(f"no run that is open can place {of}s; train a model first")
    embed(session, run, names, of)
    session.changed.emit("job", of)  # the view says so


def _spaces(run: Any) -> tuple[str, ...]:
    return tuple(run.config.get("spaces", ("unit", "time")))


def _trials(recording: Recording) -> bool:
    trials = recording.intervals.get("trials")
    return trials is not None and bool((trials["stop"] > trials["start"]).any())
