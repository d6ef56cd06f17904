"""Opening as fronts do it: what plainly completes what is open becomes part of it; where unsure, they ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from neurofm.app.verbs import join_with, train
from neurofm.app.verbs.join_with import Partner
from neurofm.app.verbs.open import put
from neurofm.checks import check_choice
from neurofm.data.plausible import findings
from neurofm.errors import RunError, every
from neurofm.process import holder
from neurofm.runs import RunFolder, is_run, read_json
from neurofm.specs import RECORDING

if TYPE_CHECKING:
    from neurofm.app.session import Session
    from neurofm.data.source import Source

_one = Lock()  # files that are opened together are added one after the other, so that the second finds the first


@dataclass(frozen=True)
class Unsure:
    """What was read, and what it may be part of.

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
        doubt = f"it {next(iter(doubts))}" if len(doubts) == 1 else "several lack what it holds"
        return f"Is {name} part of {' or '.join(one.name for one in self.partners)}? Unsure, since {doubt}"

    def choices(self, session: Session) -> dict[str, Callable[[], Any]]:
        """What can be answered, and what each does."""
        joins = {
            words: partial(session.join_with, one.name, self.part, **told)
            for one in self.partners
            for words, told in (one.ways or {f"Join with {one.name}": {}}).items()
        }
        return {**joins, "Open by itself": partial(put, session, self.part)}


@dataclass(frozen=True)
class Unfinished:
    """A run whose training did not come to its end.

    Parameters
    ----------
    run : its folder
    """

    run: RunFolder

    @property
    def words(self) -> str:
        """What the user is asked."""
        return f"The training of {self.run.name} has no end{self._came}. Go on with it?"

    @property
    def _came(self) -> str:
        try:
            step = read_json(self.run.path / "checkpoint.json")["step"]
            return f" (it came to step {step} of {self.run.config['schedule']['steps']})"
        except (RunError, KeyError, TypeError):  # it was cut off before it stored anything
            return ""

    def choices(self, session: Session) -> dict[str, Callable[[], Any]]:
        """What can be answered, and what each does."""
        return {"Go on": partial(train.go_on, session, self.run), "Leave it": lambda: None}


Asked = Unsure | Unfinished  # what a front asks about, of what it was to open


def open(session: Session, path: str | Path | Sequence[str | Path], **how: Any) -> str | Asked:
    """Open it, as `how` says; gives its name, or that of what it completed, unless a user is to be asked.

    Raises
    ------
    DataError
        If it cannot be used; what was open stays as it was.
    """
    from neurofm import io
    from neurofm.app.saved.folder import is_session

    if isinstance(path, str | Path) and is_run(path) and not (Path(path) / "metrics.json").is_file():
        return _unfinished(session, RunFolder(Path(path).resolve()))
    if is_session(path) or is_run(path):
        return session.open(path, **how)
    several = io.by_kind(list(path)) if isinstance(path, list | tuple) and not how.get("labels") else [path]
    if len(several) == 1:
        return _open(session, path, how)
    several = sorted(several, key=_may_be_labels)  # so that what comes of two files is called as the image
    silent = [one for one in several if any(map(io.is_silent, one if isinstance(one, list) else [one]))]
    done = every(lambda one: _open(session, one, how if one in silent or not silent else {}), several)
    session.current = next((name for name in done if isinstance(name, str)), session.current)
    unsure = [one for one in done if isinstance(one, Unsure)]
    for one in unsure[1:]:  # one question at a time; the others can be joined later
        put(session, one.part)
    return next(iter(unsure), done[0])


def _unfinished(session: Session, run: RunFolder) -> Unfinished:
    """What is asked of a run without an end, unless it is at work here."""
    jobs = [job for job in vars(session).get("jobs", ()) if not job.over]
    if any(Path(job.arguments.get("out") or ".").resolve() == run.path for job in jobs):
        raise RunError(run.path, "", "is learning still; see Jobs")
    if who := holder(run.path):
        raise RunError(run.path, "", f"is being written by {who}; wait for its end")
    return Unfinished(run)


def _may_be_labels(path: Any) -> bool:
    from neurofm.io._images import LABELS

    return isinstance(path, str | Path) and LABELS.search(Path(path).stem) is not None


def _open(session: Session, path: Any, how: Mapping[str, Any]) -> str | Unsure:
    from neurofm import io

    part = io.read(path, **how)
    findings(part)  # here, where no window waits
    with _one:
        there = next((name for name, one in join_with.joinable(session).items() if _holds(one, part)), "")
        if there:
            return there
        found = join_with.partners(session, part)
        if len(found) != 1 or found[0].doubt:
            return Unsure(part, found) if found else put(session, part)
        session.join_with(found[0].name, part)
        return found[0].name


def _holds(one: Source, part: Source) -> bool:
    """Whether a part is joined with a source already, or is a recording that is open."""
    return join_with.is_part(part, one) and (one.kind == RECORDING or len(one.paths) > len(part.paths))


def join(session: Session, name: str, path: str | Path | Sequence[str | Path], **how: Any) -> str | Unsure:
    """Join a source with files that the user chose, read as `how` says; gives its name, unless there is a doubt.

    Raises
    ------
    LookupError, DataError
        As `neurofm.app.verbs.join_with.begin`.
    """
    from neurofm import io

    part = io.read(path, **how)
    there: dict[str, Any] = join_with.joinable(session)
    check_choice("recording or volume", name, there)  # it may have been closed meanwhile
    found = join_with.partner(there[name], part, chosen=True)
    if found.doubt:
        return Unsure(part, (found,))
    session.join_with(name, part)
    return name
