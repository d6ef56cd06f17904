"""Sessions on disk: a folder `NAME.neurofm` with `session.json` and the arrays it names.

What was read from files stays there and is referred to, with a checksum; what was made in memory is copied into the
folder. `session.json` is replaced in one go and the one before it kept as `session.previous.json`; arrays are called by
their checksum, written once, and removed only after no page names them. Nothing is pickled.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurofm.app import _field, joined
from neurofm.app._field import Field
from neurofm.app._page import Given, Opened, Page, describe, parse
from neurofm.app._run import RunCard
from neurofm.app._shelf import NAME, Shelf, checksum, sync, token, trust
from neurofm.app.decoders import Decoders
from neurofm.app.groups import Group
from neurofm.app.joined import Joined
from neurofm.app.link import tidy
from neurofm.app.script import Action
from neurofm.app.selection import Step
from neurofm.data.embedding import Embedding
from neurofm.data.ids import Ids, unpack
from neurofm.data.prediction import Prediction
from neurofm.data.recording import Recording
from neurofm.errors import DataError, MovedError
from neurofm.io._file import check_size

if TYPE_CHECKING:
    from neurofm.app.session import Session

PAGE, PREVIOUS, ARRAYS = "session.json", "session.previous.json", "arrays"
SUFFIX = ".neurofm"

Moved = Mapping[str, str | None]


@dataclass(frozen=True)
class Kept:
    """A session as it was read, before any of it is shown."""

    names: list[str]
    recordings: dict[str, Recording]
    sources: dict[str, str | list[str]]
    runs: dict[str, RunCard]
    embeddings: dict[str, Embedding]
    predictions: dict[str, Prediction]
    groups: dict[str, Group]
    joined: dict[str, Joined]
    decoders: dict[str, Decoders]
    picks: list[Step]
    time: float | None
    actions: list[Action]
    views: dict[str, Any]
    left_out: list[str]


def is_session(path: object) -> bool:
    """Whether a path is that of a kept session: its folder, a page of it, or an export."""
    if not isinstance(path, str | os.PathLike):
        return False
    path = Path(path)
    if path.suffix == ".zip":
        with suppress(OSError, zipfile.BadZipFile, NotImplementedError), zipfile.ZipFile(path) as file:
            return PAGE in file.namelist()
        return False
    return path.suffix == SUFFIX or path.name in (PAGE, PREVIOUS) or (path / PAGE).is_file()


def save(session: Session, path: str | os.PathLike[str]) -> Path:
    """Write a session to a folder `NAME.neurofm`, in place of what that folder kept before.

    Raises
    ------
    DataError
        If it cannot be written there; what was there stays as it was.
    """
    folder = Path(path).expanduser().absolute()
    if folder.suffix != SUFFIX:
        raise DataError(folder, "suffix", f"is not {SUFFIX}; call the folder {folder.stem}{SUFFIX}")
    if folder.exists() and not (folder.is_dir() and (_is_ours(folder))):
        raise DataError(folder, "", "is something else than a session; choose another name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone(folder):
            page = describe(session, Shelf(folder / ARRAYS).put)
            _turn(folder, page)
    except OSError as error:
        raise DataError(folder, "", f"cannot be written ({error.strerror or error}); choose another place") from error
    return folder


def export(session: Session, path: str | os.PathLike[str]) -> Path:
    """Write a session to one `.zip` file, to be sent; recordings in files of the user are still referred to."""
    path = Path(path).expanduser().absolute()
    if path.suffix != ".zip":
        raise DataError(path, "suffix", f"is not .zip; call the file {path.stem}.zip")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".part-") as part:
        folder = save(session, Path(part) / f"{path.stem}{SUFFIX}")
        packed = Path(part) / path.name
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for one in (folder / PAGE, *sorted((folder / ARRAYS).glob("*"))):
                file.write(one, one.relative_to(folder))
        return packed.replace(path)


def read(path: str | os.PathLike[str], moved: Moved | None = None) -> Kept:
    """What `save` or `export` wrote, wholly read and looked at.

    Parameters
    ----------
    path : the folder, an export, or `session.previous.json` in the folder
    moved : where files (or the folders they are in) are now, by where they were; None goes without them

    Raises
    ------
    MovedError
        If files it refers to are not there; its `paths` say which.
    DataError
        If anything in it is not as it must be, naming file and field.
    """
    place = Path(path).expanduser().absolute()
    if place.suffix == ".zip":
        place = _unpacked(place)
    file = place if place.suffix == ".json" else place / PAGE
    if file.is_symlink():
        raise DataError(file, "", "is a link; copy the session itself")
    page = _field.read(file)
    return _Reader(page, parse(page), Shelf(file.parent / ARRAYS), dict(moved or {})).read()


def state(session: Session) -> str:
    """Equal as long as nothing that is kept has changed; nothing is written for it."""
    return json.dumps(describe(session, token))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a folder, so that two programs do not write to it at once."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _is_ours(folder: Path) -> bool:
    return (folder / PAGE).is_file() or not [p for p in folder.iterdir() if p.name != ARRAYS]


def _turn(folder: Path, page: dict[str, Any]) -> None:
    """Put a page in place of the one that is there, keep that one, and drop arrays that neither names."""
    text = json.dumps(page, indent=1, allow_nan=False)
    parse(Field(folder / PAGE, "", json.loads(text)))  # what could not be opened again is not written
    before = _text(folder / PAGE)
    if before != text:
        if before:
            _replace(folder / PREVIOUS, before)
        _replace(folder / PAGE, text)
    Shelf(folder / ARRAYS).keep_only(NAME.findall(text + _text(folder / PREVIOUS)))


def _text(path: Path) -> str:
    """A page that is whole, else ""."""
    try:
        text = path.read_text("utf-8")
        json.loads(text)
    except (OSError, ValueError, RecursionError):
        return ""
    return text


def _replace(path: Path, text: str) -> None:
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        sync(Path(part))
        os.replace(part, path)
    finally:
        Path(part).unlink(missing_ok=True)


def _unpacked(path: Path) -> Path:
    """The folder of an export, in the user's cache; nothing but a page and arrays is taken out of it."""
    from platformdirs import user_cache_path

    try:
        with path.open("rb") as file:
            name = hashlib.file_digest(file, "sha256").hexdigest()
        folder = user_cache_path("neurofm") / "sessions" / f"{name}{SUFFIX}"
        if (folder / PAGE).is_file():
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as part, zipfile.ZipFile(path) as packed:
            for member in packed.infolist():
                _take(path, packed, member, Path(part) / "session")
            shutil.rmtree(folder, ignore_errors=True)
            (Path(part) / "session").replace(folder)
    except (OSError, zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise DataError(path, "", f"is no session that was exported ({error}); export it again") from error
    return folder


def _take(path: Path, packed: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    head, _, name = member.filename.rpartition("/")
    if not (member.filename == PAGE or (head == ARRAYS and NAME.fullmatch(name))):
        raise DataError(path, ascii(member.filename[:80]), "is no part of a session; export it again")
    check_size(path, name, member.file_size, member.compress_size)
    target = folder / member.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    with packed.open(member) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)


class _Reader:
    """Takes a page at its word, one thing after the other, and refuses what does not fit."""

    def __init__(self, field: Field, page: Page, shelf: Shelf, moved: dict[str, str | None]) -> None:
        self._field, self._page, self._shelf = field, page, shelf
        self._moved = {str(old): new if new is None else str(new) for old, new in moved.items()}
        self._limits: dict[int, Recording] = {}

    def read(self) -> Kept:
        page = self._page
        self._find()
        names = [""] * page.numbers
        recordings, left_out = {}, []
        for opened in page.recordings:
            names[opened.number] = opened.name
            recordings[opened.name] = self._recording(opened)
            if self._gone(opened.source):
                left_out.append(opened.name)
            else:
                self._limits[opened.number] = recordings[opened.name]
        return Kept(
            names=names,
            recordings=recordings,
            sources={r.name: "" if r.reader or r.copy else self._now(r.source) for r in page.recordings},
            runs={n: RunCard(str(self._now(p))) for n, p in page.runs.items() if not self._gone(p)},
            embeddings={n: self._embedding(k, n, array) for k, (n, array) in enumerate(page.embeddings.items())},
            predictions={n: self._prediction(k, array) for k, (n, array) in enumerate(page.predictions.items())},
            groups={
                n: Group(n, space, self._ids(f"groups[{k}].ids", space, ids))
                for k, (n, (space, ids)) in enumerate(page.groups.items())
            },
            joined={
                n: self._joined(k, Joined(n, space, key, self._shelf.table(rows), path))
                for k, (n, (space, key, path, rows)) in enumerate(page.joined.items())
            },
            decoders={n: self._decoders(k, d) for k, (n, d) in enumerate(page.decoders.items())},
            picks=[(s, self._ids(f"picks[{k}].ids", s, ids), mode) for k, (s, ids, mode) in enumerate(page.picks)],
            time=page.time,
            actions=[self._action(action) for action in page.actions],
            views=dict(page.views),
            left_out=left_out,
        )

    def _wrong(self, place: str, problem: str) -> DataError:
        return DataError(self._field.path, place, problem)

    # ---- files that are referred to

    def _find(self) -> None:
        """Tell at once of everything that is not there."""
        wanted = [part for r in self._page.recordings for part in _parts(r.source)] + list(self._page.runs.values())
        known = [*wanted, *(str(d.folder) for d in self._page.decoders.values())]  # which may be gone
        for old in self._moved:
            if not any(path == old or Path(path).is_relative_to(old) for path in known):
                raise LookupError(f"the session refers to no '{old}'; it refers to {', '.join(wanted) or 'no file'}")
        gone = [p for p in wanted if not self._gone(p) and not Path(str(self._now(p))).exists()]
        if gone:
            raise MovedError(self._field.path.parent, tuple(dict.fromkeys(gone)))

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

    def _recording(self, opened: Opened) -> Recording:
        from neurofm import io

        if opened.copy:
            found = self._shelf.recording(opened.copy)
        elif self._gone(opened.source):
            return Recording(session=opened.name)
        else:
            changed = self._changed(opened)
            found = io.read_recording(self._now(opened.source), reader=opened.reader)
            if changed:
                told = f"{changed} has changed since the session was saved; what was made of it may not fit any more"
                warnings.warn(told, stacklevel=5)
                found = replace(found, notes=(*found.notes, told))
        if found.session != opened.name:
            source = opened.copy or opened.source
            raise self._wrong("recordings", f"'{opened.name}' should be in {source}, which holds '{found.session}'")
        return found

    def _changed(self, opened: Opened) -> str:
        """A file that is not what it was, ""; one of the same size and time is not read again."""
        for file in opened.files:
            path = Path(self._now(file.path))
            if not path.is_file():
                continue
            about = path.stat()
            if (about.st_size, about.st_mtime_ns) == (file.size, file.mtime_ns):
                trust(path, file.sha256)
            elif checksum(path) != file.sha256:
                return str(path)
        return ""

    # ---- arrays

    def _ids(self, place: str, space: str, given: Given) -> Ids:
        ids = self._shelf.ids(given) if isinstance(given, str) else given
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
            raise self._wrong(place, f"names recording {number.max()} of {self._page.numbers}")
        for n, recording in self._limits.items():
            count = {"unit": len(recording.units), "trial": len(recording.intervals.get("trials", ())), "session": 1}
            here = local[number == n]
            if space in count and len(here) and here.max() >= count[space]:
                raise self._wrong(place, f"names {space} {here.max()} of {recording.session}, which has {count[space]}")

    def _embedding(self, k: int, name: str, array: str) -> Embedding:
        found, place = self._shelf.thing(array), f"embeddings[{k}].array"
        if not isinstance(found, Embedding) or found.name != name:
            raise self._wrong(place, f"is not the embedding '{name}'")
        texts = (found.run, found.method, *found.labels, *found.sessions)
        plain = all(isinstance(text, str) for text in texts)
        flat = found.values.dtype.kind == found.xy.dtype.kind == "f" and found.xy.ndim == 2 and found.ids.ndim == 1
        fits = plain and flat and found.xy.shape[1] in (2, 3) and len(found.labels) in (0, len(found.ids))
        if not fits:
            raise self._wrong(place, f"is no embedding: its ids, values, xy and labels do not fit each other ({name})")
        self._check_ids(place, found.space, found.ids)
        return found

    def _prediction(self, k: int, array: str) -> Prediction:
        found, place = self._shelf.thing(array), f"predictions[{k}].array"
        if not isinstance(found, Prediction) or found.session not in [r.name for r in self._page.recordings]:
            raise self._wrong(place, "is no prediction about a recording of this session")
        count, texts = len(found.ids), (found.session, found.target, found.unit, found.run, *found.names)
        shapes = {
            found.times.shape == (count,),
            found.held_out.shape == (count,),
            found.truth.shape == found.values.shape,
        }
        kinds = (found.times.dtype.kind, found.values.dtype.kind, found.truth.dtype.kind, found.held_out.dtype.kind)
        fits = shapes == {True} and found.values.shape == (count, len(found.names)) and kinds == ("f", "f", "f", "b")
        if not fits or not all(isinstance(text, str) for text in texts):
            raise self._wrong(place, "is no prediction: its ids, times and values do not fit each other")
        self._check_ids(place, "time", found.ids)
        return found

    def _joined(self, k: int, found: Joined) -> Joined:
        known = joined.keys(found.table, found.key)
        if known.duplicated().any() or (known == "").to_numpy().any() or found.table.columns.duplicated().any():
            raise self._wrong(f"joined[{k}].key", f"does not tell the rows of '{found.name}' apart")
        return found

    def _decoders(self, k: int, found: Decoders) -> Decoders:
        if found.recording not in [r.name for r in self._page.recordings]:
            raise self._wrong(f"decoders[{k}].name", f"is no recording of this session: '{found.recording}'")
        return replace(found, folder=Path(self._now(str(found.folder))))

    def _action(self, action: Action) -> Action:
        """What was done, with paths as they are now."""
        path = action.options.get("path")
        return replace(action, options=action.options | ({"path": self._now(path)} if path else {}))


def _parts(source: str | list[str]) -> Iterable[str]:
    return source if isinstance(source, list) else [source] if source else []
