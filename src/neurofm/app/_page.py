"""What `session.json` says: a session as plain values, and plain values that someone may have edited as a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from neurofm import __version__, registry
from neurofm.app._field import Field
from neurofm.app._shelf import checksum
from neurofm.app.decoders import Decoders
from neurofm.app.joined import SPACES as JOINED
from neurofm.app.script import Action
from neurofm.data.ids import SHIFT, SPACES, Ids
from neurofm.data.prediction import HIDES
from neurofm.settings import limits

if TYPE_CHECKING:
    from neurofm.app.session import Session

FORMAT = 1  # of the folder; raised when an older neurofm could not read it
MOST = 1 << (63 - SHIFT)  # recordings that ids can number
INLINE = 500  # ids that stand in the page itself; more become an array

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
    """A recording: in files of the user, or a copy on the shelf."""

    name: str
    number: int
    source: str | list[str]
    reader: str
    files: tuple[File, ...]
    copy: str


@dataclass(frozen=True)
class Page:
    """All that is kept, in the order it came."""

    numbers: int
    recordings: tuple[Opened, ...]
    runs: Mapping[str, str]
    embeddings: Mapping[str, str]
    predictions: Mapping[str, str]
    groups: Mapping[str, tuple[str, Given]]
    joined: Mapping[str, tuple[str, tuple[str, ...], str, str]]  # space, key, path, rows
    decoders: Mapping[str, Decoders]
    picks: tuple[tuple[str, Given, str], ...]
    time: float | None
    actions: tuple[Action, ...]
    views: Mapping[str, Any]


def describe(session: Session, put: Put) -> dict[str, Any]:
    """The session as JSON holds it; `put` takes what is no plain value and gives the name it goes by."""
    recordings = dict(session.recordings)
    return {
        "format": FORMAT,
        "neurofm": __version__,
        "numbers": len(session._names),
        "recordings": [_opened(session, name, put) for name in recordings],
        "runs": [{"name": n, "path": str(Path(r.path).absolute())} for n, r in list(session.runs.items())],
        "embeddings": [{"name": n, "array": put(e)} for n, e in list(session.embeddings.items())],
        "predictions": [{"name": n, "array": put(p)} for n, p in list(session.predictions.items())],
        "groups": [{"name": g.name, "space": g.space, "ids": _given(g.ids, put)} for g in session.groups.values()],
        "joined": [
            {"name": j.name, "space": j.space, "key": list(j.key), "path": j.path, "rows": put(j)}
            for j in session.joined.values()
        ],
        "decoders": [
            {"name": n, "metric": d.metric, "folder": str(d.folder), "rows": [_plain(row) for row in d.rows]}
            for n, d in list(session.decoders.items())
        ],
        "picks": [{"space": s, "ids": _given(i, put), "mode": m} for s, i, m in session.selection.steps()],
        "time": session._time,
        "actions": _actions(session),
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
        made = page.members()["neurofm"].text() if "neurofm" in page.members() else "a later version"
        page["format"].wrong(f"is {newest}, written by neurofm {made}; update neurofm to open this session")
    page.only([f.name for f in fields(Page)] + ["format", "neurofm"])
    count = page["numbers"].whole(0, MOST)
    time = page["time"]
    found = Page(
        numbers=count,
        recordings=tuple(_recording(item, count) for item in page["recordings"].items()),
        runs=_named(page["runs"], lambda item: item["path"].text()),
        embeddings=_named(page["embeddings"], lambda item: item["array"].text()),
        predictions=_named(page["predictions"], lambda item: item["array"].text()),
        groups=_named(page["groups"], lambda item: (item["space"].choice(SPACES), _ids(item["ids"]))),
        joined=_named(page["joined"], _joined),
        decoders=_named(page["decoders"], _decoders) if "decoders" in page.members() else {},
        picks=tuple(_pick(item) for item in page["picks"].items()),
        time=None if time.value is None else time.number(),
        actions=_history(page["actions"]),
        views=_named(page["views"], _view),
    )
    for what, values in (
        ("name", [r.name for r in found.recordings]),
        ("number", [r.number for r in found.recordings]),
    ):
        if len(set(values)) < len(values):
            page["recordings"].wrong(f"has one {what} twice")
    return found


# ---- writing


def _opened(session: Session, name: str, put: Put) -> dict[str, Any]:
    recording = session.recordings[name]
    about: dict[str, Any] = {"name": name, "number": session._names.index(name)}
    if not is_on_disk(session, name):
        return about | {"source": "", "reader": "", "files": [], "copy": put(recording)}
    opened = _last_open(session, name)
    paths = [Path(p).absolute() for p in recording.paths if Path(p).is_file()]
    files = [
        {"path": str(p), "size": p.stat().st_size, "mtime_ns": p.stat().st_mtime_ns, "sha256": checksum(p)}
        for p in paths
    ]
    return about | {"source": opened["path"], "reader": opened.get("reader", ""), "files": files, "copy": ""}


def is_on_disk(session: Session, name: str) -> bool:
    """Whether a recording is in files of the user, which stay where they are."""
    paths = session.recordings[name].paths
    return bool(paths) and all(Path(p).exists() for p in paths)


def _last_open(session: Session, name: str) -> dict[str, Any]:
    return next(a.options for a in reversed(session.actions) if a.kind == "open" and a.name == name)


def _actions(session: Session) -> list[dict[str, Any]]:
    """What was done; a recording without a file of its own will be written elsewhere by who opens the session."""
    copied = [_last_open(session, name) for name in list(session.recordings) if not is_on_disk(session, name)]
    found = []
    for action in list(session.actions):
        options = action.options | ({"path": ""} if any(action.options is c for c in copied) else {})
        found.append({"kind": action.kind, "name": action.name, "options": _plain(options), "done": action.done})
    return found


def _given(ids: Ids, put: Put) -> Any:
    return ids.tolist() if len(ids) <= INLINE else put(ids)


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, Path) else value.item() if isinstance(value, np.generic) else value


# ---- reading


def _named(field: Field, read: Callable[[Field], Any]) -> dict[str, Any]:
    """Items by name."""
    found: dict[str, Any] = {}
    for item in field.items():
        name = item["name"].text()
        if name in found:
            item["name"].wrong("stands there twice")
        found[name] = read(item)
    return found


def _recording(item: Field, count: int) -> Opened:
    item.only([f.name for f in fields(Opened)])
    found = Opened(
        name=item["name"].text(),
        number=item["number"].whole(0, count - 1),
        source=_source(item["source"]),
        reader=item["reader"].choice(["", *registry.names("neurofm.io")]),
        files=tuple(_file(file) for file in item["files"].items()),
        copy=item["copy"].text(),
    )
    if bool(found.source) == bool(found.copy):
        item.wrong("must have either a source or a copy")
    return found


def _source(field: Field) -> str | list[str]:
    if isinstance(field.value, list):
        if not field.value:
            field.wrong("is empty; name at least one file")
        return [part.text() for part in field.items()]
    return field.text()


def _file(item: Field) -> File:
    big = (1 << 63) - 1
    path, sha256 = item["path"].text(), item["sha256"].text()
    return File(path, item["size"].whole(0, big), item["mtime_ns"].whole(-big, big), sha256)


def _joined(item: Field) -> tuple[str, tuple[str, ...], str, str]:
    key = tuple(k.text() for k in item["key"].items())
    if not key:
        item["key"].wrong("is empty; name the column that is shared")
    return item["space"].choice(JOINED), key, item["path"].text(), item["rows"].text()


def _decoders(item: Field) -> Decoders:
    item.only(("name", "metric", "folder", "rows"))
    rows = [_decoder(row) for row in item["rows"].items()]
    if not rows or len({len(row["scores"]) for row in rows}) > 1:
        item["rows"].wrong("must each have as many scores as there are folds")
    metric, folder = item["metric"].choice(("accuracy", "R2")), Path(item["folder"].text())
    return Decoders(item["name"].text(), metric, folder, rows)


def _decoder(row: Field) -> dict[str, Any]:
    row.only(("decoder", "shown", "scores", "cpu_s", "run"))
    known = lambda field: None if field.value is None else field.number()  # noqa: E731
    scores, run = [known(score) for score in row["scores"].items()], row["run"].text()
    if not scores:
        row["scores"].wrong("is empty")
    if Path(run).name != run:
        row["run"].wrong("must be the name of a folder")
    said = {"decoder": row["decoder"].text(), "shown": row["shown"].text()}
    return said | {"scores": scores, "cpu_s": known(row["cpu_s"]), "run": run}


def _pick(item: Field) -> tuple[str, Given, str]:
    return item["space"].choice(SPACES), _ids(item["ids"]), item["mode"].choice(("replace", "add", "remove"))


def _ids(field: Field) -> Given:
    if isinstance(field.value, str):
        return field.text()
    return np.array([item.whole(0, (1 << 63) - 1) for item in field.items()], np.int64)


def _view(item: Field) -> Any:
    return _state(item["name"], item["state"])


def _state(name: Field, state: Field) -> Any:
    """The state of a view of that name."""
    kind, known = name.text().split(" ")[0], registry.names("neurofm.app.views")
    if kind not in known:
        name.wrong(f"is no view; there are {', '.join(known)}")
    cls = registry.get("neurofm.app.views", kind).state
    hints = get_type_hints(cls, include_extras=True)
    state.only([f.name for f in fields(cls)])
    return cls(**{name: _typed(member, hints[name]) for name, member in state.members().items()})


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
    """Actions, each with the options of its kind, about what had been opened or trained before it."""
    recordings: set[str] = set()
    runs: set[str] = set()
    found = []
    for item in field.items():
        item.only([f.name for f in fields(Action)])
        kind, name, options = item["kind"].choice(OPTIONS), item["name"].text(), item["options"]
        options.only(OPTIONS[kind])
        values = {key: OPTIONS[kind][key](member) for key, member in options.members().items()}
        if kind == "figure":
            values["state"] = asdict(_state(item["name"], options["state"]))
        missing = set(OPTIONS[kind]) - set(values) - {"reader", "part", "units_only", "seed", "device", "settings"}
        if missing:
            options[min(missing)]
        _known(options, "names", values.get("names", ()), recordings)
        _known(options, "run", [values["run"]] if kind == "finetune" else (), runs)
        done = item["done"].whole() if kind in ("train", "finetune") and item["done"].value is not None else None
        if kind == "open":
            recordings.add(name)
        if kind in ("load", "train", "finetune") and done != 0:  # one that did no step is no run
            runs.add(name)
        found.append(Action(kind=kind, name=name, options=values, done=done))
    return tuple(found)


def _known(options: Field, key: str, names: Sequence[str], known: set[str]) -> None:
    for name in names:
        if name not in known:
            options[key].wrong(f"names {name!a}, which was not there by then")


def _names(field: Field) -> list[str]:
    return [item.text() for item in field.items()]


def _settings(field: Field) -> dict[str, Any]:
    return {key: member.plain() for key, member in field.members().items()}


_LEARN: dict[str, Callable[[Field], Any]] = {
    "names": _names, "seed": lambda f: f.whole(0, 1 << 62), "device": Field.text, "settings": _settings,
}  # fmt: skip
OPTIONS: dict[str, dict[str, Callable[[Field], Any]]] = {
    "open": {"path": _source, "reader": Field.text},
    "close": {},
    "load": {"path": Field.text},
    "train": {"model": Field.text} | _LEARN,
    "finetune": {"run": Field.text, "units_only": Field.flag} | _LEARN,
    "embed": {"run": Field.text, "names": _names, "of": lambda f: f.choice(SPACES), "part": Field.text},
    "predict": {"run": Field.text, "names": lambda f: _one(f)},
    "hide": {
        "run": Field.text, "names": lambda f: _one(f), "what": lambda f: f.choice(HIDES),
        "units": lambda f: [item.whole() for item in f.items()], "spans": lambda f: [_span(item) for item in f.items()],
    },
    "compare_decoders": {"names": lambda f: _one(f), "quick": Field.flag, "seed": lambda f: f.whole(0, 1 << 62)},
    "umap": {"dims": lambda f: f.whole(2, 3), "seed": lambda f: f.whole(0, 1 << 62)},
    "compare": {"first": Field.text, "second": Field.text},
    "figure": {
        "path": Field.text, "state": Field.members, "picks": lambda f: [_drawn(item) for item in f.items()],
        "time": lambda f: None if f.value is None else f.number(), "options": lambda f: _sizes(f),
    },
    "export": {"path": Field.text},
}  # fmt: skip
SIZES = ("width_mm", "height_mm", "font_pt", "dpi", "dark", "ranges")  # of a figure


def _sizes(field: Field) -> dict[str, Any]:
    """Named here, since the names become code in a script."""
    field.only(SIZES)
    return _settings(field)


def _drawn(item: Field) -> list[Any]:
    """A pick that a figure was made with."""
    if len(item.items()) != 3:
        item.wrong("must be a space, ids and a mode")
    space, ids, mode = item.items()
    return [
        space.choice(SPACES),
        [one.whole(0, (1 << 63) - 1) for one in ids.items()],
        mode.choice(("replace", "add", "remove")),
    ]


def _span(field: Field) -> list[float]:
    """Start and stop in seconds."""
    if len(field.items()) != 2:
        field.wrong(f"must be a start and a stop, got {len(field.items())} numbers")
    return [item.number() for item in field.items()]


def _one(field: Field) -> list[str]:
    if len(field.items()) != 1:
        field.wrong("must name one recording")
    return _names(field)
