"""What `session.json` says: a session as plain values, and plain values that someone may have edited as a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from neurofm import registry
from neurofm.app.saved.arrays import checksum
from neurofm.app.saved.field import Field
from neurofm.app.state.catalog import VERBS, VIEWS, Catalog
from neurofm.app.state.log import Action
from neurofm.data.ids import SHIFT, SPACES, Ids
from neurofm.settings import limits
from neurofm.specs import RECORDING
from neurofm.version import VERSION

if TYPE_CHECKING:
    from neurofm.io._origin import Origin

FORMAT = 4  # of the folder; raised when an older neurofm could not read it
MOST = 1 << (63 - SHIFT)  # sources that ids can number
LARGEST = 64 << 20  # bytes of a file in a folder; of larger ones, as videos, the size has to do
INLINE = 500  # ids that stand in the page itself; more become an array
RENAMED = {"recordings": "sources", "joined": "user_tables"}  # members that format 1 called otherwise

Put = Callable[[Any], str]
Given = Ids | str  # ids, or the name of the array that holds them


@dataclass(frozen=True)
class File:
    """A file that is referred to, and how to tell whether it is still the same."""

    path: str
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True)
class Opened:
    """A source: in files of the user, or a copy among the arrays."""

    name: str
    number: int
    source: str | list[str]
    reader: str
    files: tuple[File, ...]
    copy: str
    kind: str
    own: str = ""  # what the file calls it, where the session calls it otherwise
    notes: tuple[str, ...] = ()  # of a copy, whose file has none
    how: Mapping[str, Any] = field(default_factory=dict)  # choices by name of how the files are read


@dataclass(frozen=True)
class Page:
    """All that is kept, in the order it came."""

    numbers: int
    sources: tuple[Opened, ...]
    runs: Mapping[str, tuple[str, str]]  # path, checksum of what says what it is
    embeddings: Mapping[str, str]
    predictions: Mapping[str, str]
    groups: Mapping[str, tuple[str, Given]]
    user_tables: Mapping[str, tuple[str, tuple[str, ...], str, str]]  # space, key, path, rows
    results: Mapping[str, Mapping[str, Any]]
    picks: tuple[tuple[str, Given, str], ...]
    time: float | None
    actions: tuple[Action, ...]
    views: Mapping[str, Any]
    current: str = ""  # source that was current, "" where none was open
    home: str = ""  # the folder that it was saved in, from which what lies beside it is found again


def describe(session: Catalog, put: Put) -> dict[str, Any]:
    """The session as JSON holds it; `put` takes what is no plain value and gives the name it goes by."""
    from neurofm import io

    held = {name: io.origin(source) for name, source in list(session.sources.items())}
    return {
        "format": FORMAT,
        "neurofm": VERSION,
        "numbers": len(session.numbers),
        "sources": [_opened(session, name, origin, put) for name, origin in held.items()],
        "runs": [
            {"name": n, "path": str(Path(r.path).absolute()), "sha256": _run_sum(r.path)}
            for n, r in list(session.runs.items())
        ],
        "embeddings": [{"name": n, "array": put(e)} for n, e in list(session.embeddings.items())],
        "predictions": [{"name": n, "array": put(p)} for n, p in list(session.predictions.items())],
        "groups": [{"name": g.name, "space": g.space, "ids": _given(g.ids, put)} for g in session.groups.values()],
        "user_tables": [
            {"name": t.name, "space": t.space, "key": list(t.key), "path": t.path, "rows": put(t)}
            for t in session.user_tables.values()
        ],
        "results": {
            verb: [{"name": name} | _plain(_result(verb).write(one)) for name, one in list(results.items())]
            for verb, results in list(session.results.items())
        },
        "picks": [{"space": s, "ids": _given(i, put), "mode": m} for s, i, m in session.selection.steps()],
        "current": session.current,
        "time": session.time_or_none,
        "actions": _actions(session, held),
        "views": [
            {"name": name, "state": {f.name: _plain(getattr(state, f.name)) for f in fields(state)}}
            for name, state in list(session.views.items())
        ],
    }


def parse(page: Field) -> Page:
    """What a page says, every value looked at.

    Raises
    ------
    DataError
        For the first that is not as it must be.
    """
    newest = page["format"].whole(1)
    if newest > FORMAT:
        writer = page.members()["neurofm"].text() if "neurofm" in page.members() else "a later version"
        page["format"].wrong(f"is {newest}, written by neurofm {writer}; update neurofm to open this session")
    page = _renamed(page) if newest == 1 else page
    page = page if newest == FORMAT else Field(page.path, "", {"home": "", "current": ""} | page.value)
    page.only([f.name for f in fields(Page)] + ["format", "neurofm"])
    count = page["numbers"].whole(0, MOST)
    time = page["time"]
    parsed = Page(
        numbers=count,
        sources=tuple(_source(item, count) for item in page["sources"].items()),
        runs=_named(page["runs"], lambda item: (item["path"].text(), _maybe(item, "sha256"))),
        embeddings=_named(page["embeddings"], lambda item: item["array"].text()),
        predictions=_named(page["predictions"], lambda item: item["array"].text()),
        groups=_named(page["groups"], lambda item: (item["space"].choice(SPACES), _ids(item["ids"]))),
        user_tables=_named(page["user_tables"], _user_table),
        results={verb: _results(verb, field) for verb, field in _members(page, "results").items()},
        picks=tuple(_pick(item) for item in page["picks"].items()),
        time=None if time.value is None else time.number(),
        actions=_history(page["actions"]),
        views=_named(page["views"], lambda item: state_of(item["name"], item["state"])),
        current=page["current"].text(),
        home=page["home"].text(),
    )
    for what, values in (
        ("name", [source.name for source in parsed.sources]),
        ("number", [source.number for source in parsed.sources]),
    ):
        if len(set(values)) < len(values):
            page["sources"].wrong(f"has one {what} twice")
    return parsed


def state_of(name: Field, state: Field) -> Any:
    """The state of a view of that name."""
    view, views = name.text().split(" ")[0], registry.names(VIEWS)
    if view not in views:
        name.wrong(f"is no view; there are {', '.join(views)}")
    cls = registry.get(VIEWS, view).state
    hints = get_type_hints(cls, include_extras=True)
    state.only([f.name for f in fields(cls)])
    return cls(**{name: _typed(member, hints[name]) for name, member in state.members().items()})


# ---- writing


def _opened(session: Catalog, name: str, held: Origin | None, put: Put) -> dict[str, Any]:
    source = session.sources[name]
    about: dict[str, Any] = {"name": name, "number": session.numbers.index(name), "kind": source.kind, "own": ""}
    if held is None:
        return about | {"source": "", "reader": "", "files": [], "copy": put(source), "notes": list(source.notes)}
    small = {path for path, size, _ in held.files if size <= LARGEST or path in source.paths}
    files = [
        {"path": path, "size": size, "mtime_ns": time, "sha256": checksum(Path(path)) if path in small else ""}
        for path, size, time in held.files
    ]
    how = {"how": dict(held.how)} if held.how else {}
    return about | how | {"source": held.path, "reader": held.reader, "own": held.own, "files": files, "copy": ""}


def _actions(session: Catalog, held: Mapping[str, Origin | None]) -> list[dict[str, Any]]:
    """What was done; a source without a file of its own will be written elsewhere by who opens the session."""
    opened = [(session.opening(name), origin) for name, origin in held.items()]
    actions = []
    for action in list(session.actions):
        options = action.options
        for last, origin in opened:
            if last is action:
                options = {"path": "", "reader": ""} if origin is None else origin.options
        actions.append({"kind": action.kind, "name": action.name, "options": _plain(options), "done": action.done})
    return actions


def _run_sum(folder: Path) -> str:
    path = folder / "config.json"
    return checksum(path) if path.is_file() else ""


def _given(ids: Ids, put: Put) -> Any:
    return ids.tolist() if len(ids) <= INLINE else put(ids)


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, Path) else value.item() if isinstance(value, np.generic) else value


def _result(verb: str) -> Any:
    return registry.get(VERBS, verb).result


# ---- reading


def _named(field: Field, read: Callable[[Field], Any]) -> dict[str, Any]:
    """Items by name."""
    values: dict[str, Any] = {}
    for item in field.items():
        name = item["name"].text()
        if name in values:
            item["name"].wrong("stands there twice")
        values[name] = read(item)
    return values


def _maybe(field: Field, key: str) -> str:
    """A text that format 2 did not have."""
    return field[key].text() if key in field.members() else ""


def _members(page: Field, key: str) -> dict[str, Field]:
    """Members of a member that may be missing."""
    return page[key].members() if key in page.members() else {}


def _renamed(page: Field) -> Field:
    """A page of format 1 as it would be called now."""
    value = {RENAMED.get(key, key): item for key, item in page.members().items()}
    compared = value.pop("decoders", None)
    plain = {key: item.value for key, item in value.items()}
    return Field(page.path, "", plain | {"results": {"compare_decoders": compared.value} if compared else {}})


def _source(item: Field, count: int) -> Opened:
    from neurofm import io

    item.only([f.name for f in fields(Opened)])
    opened = Opened(
        name=item["name"].text(),
        number=item["number"].whole(0, count - 1),
        source=_paths(item["source"]),
        reader=item["reader"].choice(["", *registry.names("neurofm.io")]),
        files=tuple(_file(file) for file in item["files"].items()),
        copy=item["copy"].text(),
        kind=item["kind"].choice(io.kinds()) if "kind" in item.members() else RECORDING,
        own=_maybe(item, "own"),
        notes=tuple(note.text() for note in item["notes"].items()) if "notes" in item.members() else (),
        how={key: member.plain() for key, member in item["how"].members().items()} if "how" in item.members() else {},
    )
    if bool(opened.source) == bool(opened.copy):
        item.wrong("must have either a source or a copy")
    return opened


def _paths(field: Field) -> str | list[str]:
    if isinstance(field.value, list):
        if not field.value:
            field.wrong("is empty; name at least one file")
        return [part.text() for part in field.items()]
    return field.text()


def _file(item: Field) -> File:
    big = (1 << 63) - 1
    path, sha256 = item["path"].text(), item["sha256"].text()
    return File(path, item["size"].whole(0, big), item["mtime_ns"].whole(-big, big), sha256)


def _user_table(item: Field) -> tuple[str, tuple[str, ...], str, str]:
    key = tuple(k.text() for k in item["key"].items())
    if not key:
        item["key"].wrong("is empty; name the column that is shared")
    return item["space"].choice(SPACES), key, item["path"].text(), item["rows"].text()


def _results(verb: str, field: Field) -> dict[str, Any]:
    """What a verb left, read by that verb."""
    verbs = [name for name, spec in registry.specs(VERBS).items() if spec.result is not None]
    if verb not in verbs:
        field.wrong(f"is nothing that leaves results; there are {', '.join(verbs)}")
    return _named(field, lambda item: _result(verb).read(item["name"].text(), item))


def _pick(item: Field) -> tuple[str, Given, str]:
    return item["space"].choice(SPACES), _ids(item["ids"]), item["mode"].choice(("replace", "add", "remove"))


def _ids(field: Field) -> Given:
    if isinstance(field.value, str):
        return field.text()
    return np.array([item.whole(0, (1 << 63) - 1) for item in field.items()], np.int64)


def _typed(field: Field, hint: Any) -> Any:
    """A value as the field of a dataclass declares it."""
    kind, span = limits(hint)
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal:
        return field.choice(parts)
    if origin in (Union, UnionType):
        inner = [part for part in parts if part is not type(None)]
        return None if field.value is None and len(inner) < len(parts) else _typed(field, inner[0])
    if origin in (list, tuple):
        return _several(field, origin, parts)
    if kind is float:
        return field.number(span.get("min", -1e12), span.get("max", 1e12))
    if kind is int:
        return field.whole(int(span.get("min", -(1 << 62))), int(span.get("max", 1 << 62)))
    return field.flag() if kind is bool else field.text()


def _several(field: Field, origin: type, parts: Sequence[Any]) -> Any:
    items = field.items()
    if origin is list or parts[-1] is Ellipsis:
        return origin(_typed(item, parts[0]) for item in items)
    if len(items) != len(parts):
        field.wrong(f"must have {len(parts)} items, got {len(items)}")
    return tuple(_typed(item, part) for item, part in zip(items, parts))


# ---- what was done


def _history(field: Field) -> tuple[Action, ...]:
    """Actions, each with the options of its verb, about what had been opened or trained before it."""
    given: dict[str, set[str]] = {"source": set(), "run": set()}
    verbs = {name: spec for name, spec in registry.specs(VERBS).items() if spec.options is not None}
    actions = []
    for item in field.items():
        item.only([f.name for f in fields(Action)])
        action, spec = _action(item, verbs)
        _check_names(item["options"], "names", action.options.get("names", ()), given["source"])
        for needed in spec.needs:
            _check_names(item["options"], needed, [action.options[needed]], given["run"])
        if spec.gives and action.done != 0:  # a training that did no step gave no run
            given[spec.gives].add(action.name)
        actions.append(action)
    return tuple(actions)


def _action(item: Field, verbs: Mapping[str, Any]) -> tuple[Action, Any]:
    kind, name, options = item["kind"].choice(tuple(verbs)), item["name"].text(), item["options"]
    spec = verbs[kind]
    options.only(spec.options)
    values = {key: spec.options[key](member) for key, member in options.members().items()}
    missing = set(spec.options) - set(values) - set(spec.optional)
    if missing:
        options[min(missing)]
    trains = spec.gives == "run" and spec.work is not None
    done = item["done"].whole() if trains and item["done"].value is not None else None
    return Action(kind=kind, name=name, options=values, done=done), spec


def _check_names(options: Field, key: str, names: Sequence[str], there: set[str]) -> None:
    for name in names:
        if name not in there:
            options[key].wrong(f"names {name!a}, which was not there by then")
