"""Open: a file becomes a source of the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog, Paths
from neurofm.app.state.log import Action
from neurofm.app.verbs import _options
from neurofm.app.verbs.share_clock import Movable
from neurofm.data.plausible import findings
from neurofm.data.source import Source, start
from neurofm.errors import every
from neurofm.specs import VerbSpec


def begin(session: Catalog, path: Paths, *, reader: str = "", **how: Any) -> str:
    """Read a source and add it; gives its name.

    `how` says what is what in arrays that do not say it themselves, as `neurofm.read` takes it, and is for these alone.
    Of a list the recordings are parts of one, and each file of another kind is one of its own; gives the first's name.
    Where `labels` says which of several volumes is the labels, they are one.

    Raises
    ------
    DataError
        If it cannot be used; what was open stays as it was, and of a list all the others are open.
    """
    from neurofm import io

    several = io.by_kind(path) if isinstance(path, list | tuple) and not (reader or how.get("labels")) else [path]
    if len(several) > 1:
        return _each(session, several, how)
    source = io.read(path, reader=reader, **how)
    findings(source)  # here, where no window waits
    return put(session, source)


def put(session: Catalog, source: Source) -> str:
    """Add what was read with what else its file holds, as a picture of its cells; gives its name."""
    from neurofm import io

    source, parts = io.parts_of(source)
    name = add(session, source)
    for part in parts:
        add(session, part)
    if parts:
        session.current = name
    return name


def add(session: Catalog, source: Source) -> str:
    """Take a source that was read, or made in Python: all of it or, where it is refused, nothing.

    Where another of its name is open it is called by what tells it apart, and a note says so.
    """
    from neurofm import io

    for name, there in session.sources.items():
        if io.same(there, source):
            session.current = name
            return name
    source = _joined(session, source)
    name = io.beside(source, session.sources)
    source = source if name == source.session else io.renamed(source, name)
    before = dict(session.sources), dict(session.places), list(session.numbers), list(session.actions)
    try:
        _put(session, source)
        session.follow()  # which asks the source for all that it holds
    except Exception:
        session.sources, session.places, session.numbers, session.actions[:] = before
        session.follow()
        raise
    for name_of, one in list(session.sources.items()):
        joined = one if one is source else _joined(session, one)
        if joined is not one:
            session.sources[name_of] = joined
            session.tell("source", name_of)
    if source.clock:
        session.begin_time(start(source))
    session.make_current(name)
    session.changed.emit("source", name)
    return name


def code(action: Action, script: Script) -> list[str]:
    from neurofm import io

    name, own = script.new(action.name), action.options.get("own")
    read = io.call(action.options["path"], action.options.get("reader", ""), action.options.get("how", {}))
    if own:
        script.imports.add("from dataclasses import replace")
    return [f"{name} = {f'replace({read}, session={action.name!r})' if own else read}", f"session.add({name})"]


def _each(session: Catalog, several: Sequence[Paths], how: Mapping[str, Any]) -> str:
    from neurofm import io

    meant = io.told(several) if how else [False] * len(several)
    asked = [one for one, is_meant in zip(several, meant) if is_meant or not any(meant)]
    names = every(lambda paths: begin(session, paths, **(how if paths in asked else {})), several)
    session.current = names[0]
    return names[0]


def _joined(session: Catalog, source: Any) -> Any:
    """A source that says which file it was scored in, but not where that is, on the clock of that where it is open."""
    open_now = list(session.sources.values())
    called = {one.clock: one for one in open_now if _waits_for(source, one)}
    if len(called) != 1:  # of two files of one name nobody knows which is meant
        return source
    there = next(iter(called.values()))
    same = [one for one in open_now if one is not source and one.clock == source.clock]
    if not all(_waits_for(one, there) for one in same):
        return source
    return source.on_clock(there.clock, getattr(there, "zero", 0.0))


def _waits_for(source: Any, file: Any) -> bool:
    """Whether its clock is the bare name of the file whose clock another runs on."""
    clock = str(source.clock)
    bare = file.clock in file.paths and source.clock != source.session and isinstance(source, Movable)
    return bare and clock in (Path(file.clock).name, Path(file.clock).stem)


def _put(session: Catalog, source: Source) -> None:
    from neurofm import io

    held, name = io.origin(source), source.session
    session.sources[name] = source
    session.places[name] = held.path if held is not None and held.whole else ""
    session.numbers.append(name)
    session.actions.add("open", name, **(held.options if held is not None else {"path": "", "reader": ""}))


SPEC = VerbSpec(
    begin=begin,
    options={"path": _options.paths, "reader": Field.text, "own": Field.text, "how": _options.settings},
    optional=("reader", "own", "how"),
    gives="source",
    code=code,
)
