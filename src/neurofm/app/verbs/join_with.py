"""Join with: what other files hold of a recording, such as its trajectory, becomes part of it; it can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.verbs import _edits, _options
from neurofm.checks import check_choice
from neurofm.data.ids import unpack
from neurofm.data.plausible import misfits
from neurofm.data.recording import TIME, Recording, merge
from neurofm.data.source import Source
from neurofm.data.spans import intersect
from neurofm.errors import DataError
from neurofm.specs import VerbSpec
from neurofm.words import a_kind


@dataclass(frozen=True)
class Partner:
    """A recording that a part may belong to.

    Parameters
    ----------
    name : of the recording
    doubt : why it may belong to another, in words after the part's name; "" if it is plain
    """

    name: str
    doubt: str


def begin(session: Catalog, name: str, path: Any, *, reader: str = "", **how: Any) -> None:
    """Join a recording with what other files hold of it: its trajectory, its trials, the units of another probe.

    It keeps its name and its units theirs, and what was made of it stays; what both hold is taken from the first.

    Parameters
    ----------
    name : of a recording that is open
    path : a file, several, or a recording, with times on the clock of its own
    reader, how : how files are read, as `neurofm.read` takes it

    Raises
    ------
    LookupError
        If there is no such recording.
    DataError
        If the file cannot be used, is of another kind, or is part of it already.
    """
    from neurofm import io

    check_choice("recording", name, session.recordings)
    join(session, name, path if isinstance(path, Source) else io.read(path, reader=reader, **how))


def join(session: Catalog, name: str, part: Source) -> None:
    """The same with what was read already."""
    from neurofm import io

    before = session.recordings[name]
    given, part = part, io.as_behaviour(part)
    where = "+".join(part.paths) or part.session
    if not isinstance(part, Recording):
        raise DataError(where, "", f"holds {a_kind(part.kind)}; only recordings are joined, so open it by itself")
    if is_part(part, before):
        raise DataError(where, "", f"is part of '{name}' already")
    after = merge([before, part], name)
    if after.start < before.start and _moments_count(session, name):  # from its start
        after = replace(after, domain=intersect(after.domain, np.array([[before.start, np.inf]])))
    held = io.origin(given)
    options = {"path": io.file_of(given)} if held is None else held.options
    done = _edits.action(session, "join_with", name, **{key: options[key] for key in OPTIONS if options.get(key)})
    _edits.put(session, name, before, after, done)


def is_part(part: Source, whole: Source) -> bool:
    """Whether all its files are among those of another."""
    return bool(part.paths) and set(part.paths) <= set(whole.paths)


def partners(session: Catalog, part: Source) -> list[Partner]:
    """Recordings that lack what a part has, and have what it lacks: the one that it plainly belongs to, else all."""
    if not isinstance(part, Recording):
        return []
    lacking = [one for one in session.recordings.values() if _complete_each_other(one, part)]
    found = [Partner(one.session, doubt(one, part)) for one in lacking]
    plain = [one for one in found if not one.doubt]
    return plain if len(plain) == 1 else found


def _complete_each_other(one: Recording, other: Recording) -> bool:
    """Whether the units are in one of the two and nothing is in both."""
    names = [name for part in (one, other) for name in (*part.series, *part.intervals)]
    return bool(len(one.units)) != bool(len(other.units)) and len(names) == len(set(names))


def doubt(one: Recording, part: Recording, *, chosen: bool = False) -> str:
    """Why a part may not belong to a recording, in words after the part's name; "" if it plainly does.

    Parameters
    ----------
    chosen : whether the user chose the one for the other, so that it does not matter where they lie
    """
    if one.subject and part.subject and one.subject != part.subject:
        return f"is of {part.subject}, and {one.session} of {one.subject}"
    if len(one.domain) and len(part.domain) and not len(intersect(one.domain, part.domain)):
        spans = (f"from {each.start:,.1f} to {each.stop:,.1f} s" for each in (part, one))
        return f"runs {next(spans)}, and {one.session} {next(spans)}"
    for field, (misfit, _) in misfits(merge([one, part])).items():
        return f"has times of {field} that look {misfit.looks}"
    if chosen or one.session == part.session:
        return ""
    if _homes(one) != _homes(part):
        return f"lies in another folder than {one.session}"
    others = [file.name for file in _recordings_in(_homes(one)) if str(file) not in (*one.paths, *part.paths)]
    return f"lies beside other recordings ({others[0]})" if others else ""


def _homes(recording: Recording) -> set[Path]:
    return {Path(path).parent for path in recording.paths}


def _recordings_in(folders: set[Path]) -> Iterator[Path]:
    """Files that may be recordings, by their names."""
    from neurofm import io

    return (file for folder in folders for file in sorted(folder.iterdir()) if io.may_be_recording(file))


def _moments_count(session: Catalog, name: str) -> bool:
    """Whether anything is kept of its moments, which are counted from its start."""
    things = (session.embeddings, session.predictions, session.groups)
    ids = [one.ids for kept in things for one in kept.values() if one.space == TIME]
    ids.append(session.selection.picked(TIME))
    return any((unpack(each)[0] == session.number(name)).any() for each in ids)


def code(action: Any, script: Script) -> list[str]:
    o = action.options
    how = {name: o[name] for name in ("reader",) if name in o} | o.get("how", {})
    more = "".join(f", {name}={value!r}" for name, value in how.items())
    lines = [f"session.join_with({action.name!r}, {o['path']!r}{more})"]
    variable = script.variable(action.name)
    return [*lines, f"{variable} = session.recordings[{action.name!r}]"] if variable else lines


OPTIONS = {"path": _options.paths, "reader": Field.text, "how": _options.settings}
SPEC = VerbSpec(begin=begin, options=OPTIONS, optional=("reader", "how"), edits=True, code=code)
