"""A saved session as its page tells of it: every file found, every array checked, before any of it is shown."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, ClassVar

import numpy as np

from neurofm import registry
from neurofm.app.saved.arrays import Arrays, checksum, trust
from neurofm.app.saved.field import Field
from neurofm.app.saved.page import File, Given, Opened, Page
from neurofm.app.state import user_tables
from neurofm.app.state.catalog import VERBS
from neurofm.app.state.groups import Group
from neurofm.app.state.link import tidy
from neurofm.app.state.log import Action
from neurofm.app.state.selection import Step
from neurofm.app.state.user_tables import UserTable
from neurofm.data.embedding import Embedding
from neurofm.data.ids import Ids, unpack
from neurofm.data.prediction import Prediction
from neurofm.data.source import SESSION, Source, Space, Tie
from neurofm.data.spans import SpanArray
from neurofm.errors import DataError, MovedError
from neurofm.runs import RunFolder

Moved = Mapping[str, str | None]


@dataclass(frozen=True)
class Saved:
    """A session as it was read, before any of it is shown."""

    numbers: list[str]
    sources: dict[str, Source]
    places: dict[str, str | list[str]]
    runs: dict[str, RunFolder]
    embeddings: dict[str, Embedding]
    predictions: dict[str, Prediction]
    groups: dict[str, Group]
    user_tables: dict[str, UserTable]
    results: dict[str, dict[str, Any]]
    picks: list[Step]
    current: str
    time: float | None
    actions: list[Action]
    views: dict[str, Any]
    left_out: list[str]
    seen: dict[str, str] = field(default_factory=dict)  # the page that its folder held, for `folder.save`


@dataclass(frozen=True, eq=False)
class _Gone:
    """Stands for a source that the user goes without, until it is closed with all that is about it only."""

    kind: ClassVar[str] = "nothing"
    session: str
    subject: str = ""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    clock: str = ""

    @property
    def domain(self) -> SpanArray:
        return np.zeros((0, 2))

    def spaces(self) -> Mapping[str, Space]:
        return {}

    def ties(self) -> Iterable[Tie]:
        return ()

    def summary(self) -> dict[str, Any]:
        return {"kind": self.kind, "path": "", "session": self.session, "warnings": []}


class Reader:
    """Takes a page at its word, one thing after the other, and refuses what does not fit."""

    def __init__(self, field: Field, page: Page, arrays: Arrays, moved: dict[str, str | None], home: Path) -> None:
        self._field, self._page, self._arrays, self._home = field, page, arrays, home
        self._moved = {str(old): new if new is None else str(new) for old, new in moved.items()}
        self._counts: dict[int, tuple[str, dict[str, int]]] = {}  # of the sources that are there: name, size of spaces

    def read(self) -> Saved:
        """All of it.

        Raises
        ------
        MovedError
            If files that it refers to are not there.
        DataError
            If anything in it is not as it must be.
        """
        page = self._page
        self._find()
        sources = self._sources()  # first, since the ids of all else are counted in them
        return Saved(
            numbers=self._numbers(),
            sources=sources,
            places={s.name: self._place(s) for s in page.sources},
            runs={n: RunFolder(str(self._now(p))) for n, (p, _) in page.runs.items() if not self._gone(p)},
            embeddings={n: self._embedding(k, n, array) for k, (n, array) in enumerate(page.embeddings.items())},
            predictions={n: self._prediction(k, array) for k, (n, array) in enumerate(page.predictions.items())},
            groups={n: self._group(k, n, *given) for k, (n, given) in enumerate(page.groups.items())},
            user_tables={n: self._user_table(k, n, *given) for k, (n, given) in enumerate(page.user_tables.items())},
            results={verb: self._results(verb, results) for verb, results in page.results.items()},
            picks=[(s, self._ids(f"picks[{k}].ids", s, ids), mode) for k, (s, ids, mode) in enumerate(page.picks)],
            current=page.current,
            time=page.time,
            actions=[self._action(action) for action in page.actions],
            views=dict(page.views),
            left_out=[s.name for s in page.sources if self._gone(s.source)],
        )

    def _wrong(self, place: str, problem: str) -> DataError:
        return DataError(self._field.path, place, problem)

    # ---- files that are referred to

    def _find(self) -> None:
        """Tell at once of everything that is not there."""
        wanted = [part for s in self._page.sources for part in _parts(s.source)]
        wanted += [path for path, _ in self._page.runs.values()]
        there = [*wanted, *(path for verb, results in self._page.results.items() for path in _files(verb, results))]
        for old in self._moved:
            if not any(path == old or Path(path).is_relative_to(old) for path in there):
                raise LookupError(f"the session refers to no '{old}'; it refers to {', '.join(wanted) or 'no file'}")
        self._follow()
        gone = [p for p in wanted if not self._gone(p) and not _there(str(self._now(p)))]
        if gone:
            raise MovedError(self._field.path.parent, tuple(dict.fromkeys(gone)))

    def _follow(self) -> None:
        """What came along with the session, and is by its checksum what it was, is taken from where it lies now."""
        parts = {part: s.files for s in self._page.sources for part in _parts(s.source)}
        for part, files in parts.items():
            here = [file for file in files if file.path == part or Path(file.path).is_relative_to(part)]
            if self._now(part) == part and here and not all(_is(file, Path(self._now(file.path))) for file in here):
                self._take_along(part, here)
        for path, sha256 in self._page.runs.values():
            if sha256 and not Path(self._now(path)).exists():
                self._take_along(path, [File(str(Path(path) / "config.json"), -1, 0, sha256)])

    def _take_along(self, path: str, files: Sequence[File]) -> None:
        near = {old: beside(old, self._page.home, self._home) for old in (path, *(file.path for file in files))}
        if not self._gone(path) and all(_is(file, near[file.path]) for file in files):
            self._moved |= {old: str(new) for old, new in near.items()}

    def _now(self, path: str | list[str]) -> Any:
        """Where a file is now; where it was if nobody said that it has moved, or that it is gone."""
        if isinstance(path, list):
            return [self._now(part) for part in path]
        for old, new in self._moved.items():
            if new is not None and path and Path(path).is_relative_to(old):
                return str(Path(new).expanduser().absolute() / Path(path).relative_to(old))
        return path

    def _gone(self, path: str | list[str]) -> bool:
        """Whether the user goes without it."""
        lost = [old for old, new in self._moved.items() if new is None]
        return any(Path(part).is_relative_to(old) for part in _parts(path) for old in lost)

    def _sources(self) -> dict[str, Source]:
        sources = {}
        for opened in self._page.sources:
            source = sources[opened.name] = self._source(opened)
            if not self._gone(opened.source):
                self._counts[opened.number] = opened.name, _sizes(source)
        return sources

    def _numbers(self) -> list[str]:
        numbers = [""] * self._page.numbers
        for opened in self._page.sources:
            numbers[opened.number] = opened.name
        return numbers

    def _source(self, opened: Opened) -> Source:
        from neurofm import io

        if opened.copy:
            source = self._arrays.source(opened.copy, opened.kind, opened.notes)
        elif self._gone(opened.source):
            return _Gone(opened.name)
        else:
            changed = self._changed(opened)
            source = io.read(self._now(opened.source), reader=opened.reader, **opened.how)
            if changed:
                told = f"{changed} has changed since the session was saved; what was made of it may not fit any more"
                warnings.warn(told, stacklevel=6)
                source = io.retold(source, told)
            source = io.renamed(source, opened.name) if source.session == opened.own else source
        if source.session != opened.name:
            where = opened.copy or opened.source
            raise self._wrong("sources", f"'{opened.name}' should be in {where}, which holds '{source.session}'")
        return source

    def _changed(self, opened: Opened) -> str:
        """A file that is not what it was, ""; one of the same size and time is not read again."""
        for file in opened.files:
            path = Path(self._now(file.path))
            if path.is_file() and not _is(file, path):
                return str(path)
        return ""

    def _place(self, opened: Opened) -> str | list[str]:
        """Where other processes read a source; they find readers on their own, and what is gone no more."""
        own = opened.copy or ((opened.reader or opened.own or opened.how) and not self._gone(opened.source))
        return "" if own else self._now(opened.source)

    # ---- arrays

    def _ids(self, place: str, space: str, given: Given) -> Ids:
        ids = self._arrays.ids(given) if isinstance(given, str) else given
        self._check_ids(place, space, ids)
        return tidy(ids)

    def _check_ids(self, place: str, space: str, ids: Ids) -> None:
        """Refuse ids of things that are not there."""
        if ids.dtype != np.int64 or ids.ndim != 1:
            raise self._wrong(place, f"are no ids but {ids.dtype} of shape {ids.shape}")
        if not len(ids):
            return
        number, local = unpack(ids)
        if ids.min() < 0 or number.max() >= self._page.numbers:
            raise self._wrong(place, f"names source {number.max()} of {self._page.numbers}")
        for n, (name, counts) in self._counts.items():
            here = local[number == n]
            if space in counts and len(here) and here.max() >= counts[space]:
                raise self._wrong(place, f"names {space} {here.max()} of {name}, which has {counts[space]}")

    def _embedding(self, k: int, name: str, array: str) -> Embedding:
        result, place = self._arrays.thing(array), f"embeddings[{k}].array"
        if not isinstance(result, Embedding) or result.name != name:
            raise self._wrong(place, f"is not the embedding '{name}'")
        texts = (result.run, result.method, *result.axes, *result.labels, *result.sessions)
        plain = all(isinstance(text, str) for text in texts)
        arrays = (result.values, result.xy, *([] if result.umap is None else [result.umap]))
        flat = all(array.dtype.kind == "f" for array in arrays) and result.ids.ndim == 1
        fits = plain and flat and len(result.labels) in (0, len(result.ids))
        if not fits:
            raise self._wrong(place, f"is no embedding: its ids, values, xy and labels do not fit each other ({name})")
        self._check_ids(place, result.space, result.ids)
        return result

    def _prediction(self, k: int, array: str) -> Prediction:
        result, place = self._arrays.thing(array), f"predictions[{k}].array"
        if not isinstance(result, Prediction) or result.session not in [source.name for source in self._page.sources]:
            raise self._wrong(place, "is no prediction about a source of this session")
        count, texts = len(result.ids), (result.session, result.target, result.unit, result.run, *result.names)
        shapes = {
            result.times.shape == (count,),
            result.held_out.shape == (count,),
            result.truth.shape == result.values.shape,
        }
        kinds = (result.times.dtype.kind, result.values.dtype.kind, result.truth.dtype.kind, result.held_out.dtype.kind)
        fits = shapes == {True} and result.values.shape == (count, len(result.names)) and kinds == ("f", "f", "f", "b")
        if not fits or not all(isinstance(text, str) for text in texts):
            raise self._wrong(place, "is no prediction: its ids, times and values do not fit each other")
        self._check_ids(place, result.space, result.ids)
        return result

    def _group(self, k: int, name: str, space: str, ids: Given) -> Group:
        return Group(name, space, self._ids(f"groups[{k}].ids", space, ids))

    def _user_table(self, k: int, name: str, space: str, key: tuple[str, ...], path: str, rows: str) -> UserTable:
        table = self._arrays.table(rows)
        keys = user_tables.keys(table, key)
        if keys.duplicated().any() or (keys == "").to_numpy().any() or table.columns.duplicated().any():
            raise self._wrong(f"user_tables[{k}].key", f"does not tell the rows of '{name}' apart")
        return UserTable(name, space, key, table, path)

    def _results(self, verb: str, results: Mapping[str, Any]) -> dict[str, Any]:
        spec = registry.get(VERBS, verb).result
        names = [source.name for source in self._page.sources]
        for k, name in enumerate(results):
            if spec.of_source and name not in names:
                raise self._wrong(f"results.{verb}[{k}].name", f"is no source of this session: '{name}'")
        return {name: spec.moved(result, self._now) for name, result in results.items()}

    def _action(self, action: Action) -> Action:
        """What was done, with paths as they are now."""
        path = action.options.get("path")
        return replace(action, options=action.options | ({"path": self._now(path)} if path else {}))


def beside(path: str, then: str, now: Path) -> Path:
    """Where a path leads that was beside a folder `then`, now that the folder is another, on another system even."""
    kind = PureWindowsPath if PureWindowsPath(then).drive else PurePosixPath
    old, home = kind(path).parts, kind(then).parts
    common = next((k for k, (a, b) in enumerate(zip(old, home)) if a != b), min(len(old), len(home)))
    return Path(os.path.normpath(Path(now, *[".."] * (len(home) - common), *old[common:]))) if common else Path(path)


def _is(file: File, path: Path) -> bool:
    """Whether there is just that file."""
    try:
        about = path.stat()
    except OSError:
        return False
    if file.sha256 and (about.st_size, about.st_mtime_ns) == (file.size, file.mtime_ns):
        trust(path, file.sha256)
        return True
    return file.size in (about.st_size, -1) and (not file.sha256 or checksum(path) == file.sha256)


def _sizes(source: Source) -> dict[str, int]:
    """How many things there are in each space that is numbered."""
    counted = {name: space.count for name, space in source.spaces().items() if space.count is not None}
    return {SESSION: 1, **counted}


def _files(verb: str, results: Mapping[str, Any]) -> list[str]:
    """Paths that what a verb left refers to; they may be gone."""
    return [path for result in results.values() for path in registry.get(VERBS, verb).result.files(result)]


def _there(path: str) -> bool:
    """Whether a file is there; what is behind an address is seen once it is read."""
    from neurofm import io

    return io.is_address(path) or Path(path).exists()


def _parts(source: str | list[str]) -> Iterable[str]:
    return source if isinstance(source, list) else [source] if source else []
