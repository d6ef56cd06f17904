"""Which latent spaces runs have, and what is open that can be placed in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from neurofm.data.ids import SPACES

if TYPE_CHECKING:
    from neurofm.app.ledger import Ledger
    from neurofm.app.work import Work


def those_with(session: Ledger, of: str, names: Iterable[str]) -> list[str]:
    """Of open recordings those that have such things."""
    known = {name: session.recordings[name] for name in names if name in session.recordings}
    return [name for name, r in known.items() if of != "trial" or len(r.intervals.get("trials", ()))]


def newest(session: Ledger, of: str) -> tuple[str, list[str]]:
    """The newest run that has a space of these things, and the open recordings that it knows and that have them."""
    for name, run in reversed(list(session.runs.items())):
        known = those_with(session, of, run.config.get("splits", {}))
        if known and of in run.config.get("spaces", SPACES):
            return name, known
    return "", []


def see(session: Work, run: str, names: Sequence[str]) -> None:
    """Place what recordings have in each space of a run; sessions only where there are several to compare."""
    for of in session.runs[run].config.get("spaces", ("unit", "time")):
        known = those_with(session, of, names)
        if len(known) > (of == "session"):
            embed(session, run, known, of)


def under_way(session: Work, run: str, of: str) -> bool:
    """Whether things are being placed in a space of a run."""
    path = str(session.runs[run].path)
    asked = (j.arguments for j in session.jobs if j.task == "embed" and not j.over)
    return any(a["run"] == path and a["of"] == of for a in asked)


def embed(session: Work, run: str, names: Sequence[str], of: str) -> None:
    """Place what recordings have in a space of a run, each part of its latents on its own."""
    parts = session.runs[run].config.get("parts") if of in ("time", "trial") else ()
    for part in parts or ("",):
        session.embed(run, names, of, part=part)


def embed_newest(session: Work, of: str) -> None:
    """Place what is open in the newest run that can."""
    embed(session, *newest(session, of), of)
    session.changed.emit("job", of)  # the view says so
