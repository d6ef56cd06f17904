"""Opening as fronts do it: what plainly completes a recording becomes part of it; where unsure, they ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from neurofm.app.verbs import join_with
from neurofm.app.verbs.join_with import Partner
from neurofm.checks import check_choice
from neurofm.data.plausible import findings
from neurofm.data.recording import Recording

if TYPE_CHECKING:
    from neurofm.app.session import Session
    from neurofm.data.source import Source

_one = Lock()  # files that are opened together are added one after the other, so that the second finds the first


@dataclass(frozen=True)
class Unsure:
    """What was read, and the recordings that it may be part of.

    Parameters
    ----------
    part : not added yet
    partners : what it may be part of, each with why it may not
    """

    part: Source
    partners: Sequence[Partner]

    @property
    def words(self) -> str:
        """What the user is asked."""
        name, doubts = self.part.session, {one.doubt for one in self.partners} - {""}
        doubt = f"it {next(iter(doubts))}" if len(doubts) == 1 else "several recordings lack what it holds"
        return f"Is {name} part of {' or '.join(one.name for one in self.partners)}? Unsure, since {doubt}"

    def choices(self, session: Session) -> dict[str, Callable[[], Any]]:
        """What can be answered, and what each does."""
        joins = {f"Join with {one.name}": partial(session.join_with, one.name, self.part) for one in self.partners}
        return {**joins, "Open by itself": partial(session.add, self.part)}


def open(session: Session, path: str | Path | Sequence[str | Path], **how: Any) -> str | Unsure:
    """Open it, as `how` says; gives its name, or that of what it completed, unless a user is to be asked.

    Raises
    ------
    DataError
        If it cannot be used; what was open stays as it was.
    """
    from neurofm import io
    from neurofm.app.saved.folder import is_session
    from neurofm.runs import is_run

    several = io.by_kind(list(path)) if isinstance(path, list | tuple) else [path]
    if len(several) > 1 or is_session(path) or is_run(path):
        return session.open(path, **how)
    part = io.read(path, **how)
    findings(part)  # here, where no window waits
    with _one:
        there = next((name for name, one in session.recordings.items() if join_with.is_part(part, one)), "")
        if there:
            return there
        found = join_with.partners(session, part)
        if len(found) != 1 or found[0].doubt:
            return Unsure(part, found) if found else session.add(part)
        session.join_with(found[0].name, part)
        return found[0].name


def join(session: Session, name: str, path: str | Path | Sequence[str | Path], **how: Any) -> str | Unsure:
    """Join a recording with files that the user chose, read as `how` says; gives its name, unless there is a doubt.

    Raises
    ------
    LookupError, DataError
        As `neurofm.app.verbs.join_with.begin`.
    """
    from neurofm import io

    part = io.read(path, **how)
    check_choice("recording", name, session.recordings)  # it may have been closed meanwhile
    doubt = join_with.doubt(session.recordings[name], part, chosen=True) if isinstance(part, Recording) else ""
    if doubt:
        return Unsure(part, (Partner(name, doubt),))
    session.join_with(name, part)
    return name
