"""Open: a file becomes a source of the session."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog, Paths
from neurofm.app.state.log import Action
from neurofm.app.verbs import _options
from neurofm.data.plausible import findings
from neurofm.data.source import Source, start
from neurofm.specs import VerbSpec


def begin(session: Catalog, path: Paths, *, reader: str = "") -> str:
    """Read a source (a list is the parts of one) and add it; gives its name.

    Raises
    ------
    DataError
        If it cannot be used; what was open stays as it was.
    """
    from neurofm import io

    source = io.read(path, reader=reader)
    findings(source)  # here, where no window waits
    return add(session, source, path, reader)


def add(session: Catalog, source: Source, files: Paths = "", reader: str = "") -> str:
    """Take a source that was read from `files`, or made in Python: all of it or, where it is refused, nothing.

    Raises
    ------
    ValueError
        If another source of that name is open.
    """
    name, there = source.session, session.sources.get(source.session)
    if there is source or (there is not None and source.paths and there.paths == source.paths):
        return name
    if there is not None:
        raise ValueError(f"another {there.kind} called '{name}' is open; close it first")
    before = dict(session.sources), dict(session.places), list(session.numbers), list(session.actions)
    try:
        _put(session, source, files or _files(source), reader)
        session.follow()  # which asks the source for all that it holds
    except Exception:
        session.sources, session.places, session.numbers, session.actions[:] = before
        session.follow()
        raise
    if source.clock:
        session.begin_time(start(source))
    session.changed.emit("source", name)
    return name


def code(action: Action, script: Script) -> list[str]:
    name = script.new(action.name)
    reader = f", reader={action.options['reader']!r}" if action.options.get("reader") else ""
    return [f"{name} = nf.read({action.options['path']!r}{reader})", f"session.add({name})"]


def _put(session: Catalog, source: Source, files: Paths, reader: str) -> None:
    session.sources[source.session] = source
    session.places[source.session] = "" if reader else files  # workers find readers on their own
    session.numbers.append(source.session)
    session.actions.add("open", source.session, path=files, reader=reader)


def _files(source: Any) -> Paths:
    """The files it came from, "" if any of them is not there."""
    if not source.paths or not all(Path(p).exists() for p in source.paths):
        return ""
    return list(source.paths) if len(source.paths) > 1 else source.paths[0]


SPEC = VerbSpec(
    begin=begin,
    options={"path": _options.paths, "reader": Field.text},
    optional=("reader",),
    gives="source",
    code=code,
)
