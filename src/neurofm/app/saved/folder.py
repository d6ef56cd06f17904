"""Sessions on disk: a folder `NAME.neurofm` with `session.json` and the arrays it names.

What was read from files stays there and is referred to, with a checksum; what was made in memory is copied into the
folder. `session.json` is replaced in one go and the one before it kept as `session.previous.json`; arrays are called by
their checksum, written once, and removed only after no page names them. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from neurofm.app.saved import field as fields
from neurofm.app.saved.arrays import NAME, Arrays, token
from neurofm.app.saved.field import Field
from neurofm.app.saved.page import describe, parse
from neurofm.app.saved.reader import Moved, Reader, Saved
from neurofm.app.state.catalog import Catalog
from neurofm.errors import DataError
from neurofm.io._file import check_size
from neurofm.process import hold, move, sync
from neurofm.process.lock import HOLDER, LOCK

PAGE, PREVIOUS, ARRAYS = "session.json", "session.previous.json", "arrays"
SUFFIX = ".neurofm"
_written: dict[str, str] = {}  # by this program: the page of each folder, for sessions that never saw it


def is_session(path: object) -> bool:
    """Whether a path is that of a saved session: its folder, a page of it, or an export."""
    if not isinstance(path, str | os.PathLike):
        return False
    path = Path(path)
    if path.suffix == ".zip":
        with suppress(OSError, zipfile.BadZipFile, NotImplementedError), zipfile.ZipFile(path) as file:
            return PAGE in file.namelist()
        return False
    return path.suffix == SUFFIX or path.name in (PAGE, PREVIOUS) or (path / PAGE).is_file()


def keep(session: Catalog, path: str | os.PathLike[str]) -> Path:
    """Save or export a session, by how the path ends; it counts as saved then. Gives the path that was written."""
    kept = state(session)
    written = export(session, path) if Path(path).suffix == ".zip" else save(session, path)
    session.saved = kept
    return written


def save(session: Catalog, path: str | os.PathLike[str]) -> Path:
    """Write a session to a folder `NAME.neurofm`, in place of what it has read or written there before.

    What others have saved there since is no more replaced: then it goes to a folder beside, now and from then on.

    Raises
    ------
    DataError
        If it cannot be written there; what was there stays as it was.
    """
    asked = Path(path).expanduser().absolute()
    folder = Path(session.moved_aside.get(str(asked), asked))
    if folder.suffix != SUFFIX:
        raise DataError(folder, "suffix", f"is not {SUFFIX}; call the folder {folder.stem}{SUFFIX}")
    if folder.exists() and not (folder.is_dir() and (_is_ours(folder))):
        raise DataError(folder, "", "is something else than a session; choose another name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with hold(folder):
            if _is_known(session, folder):
                page = describe(session, Arrays(folder / ARRAYS).put) | {"home": str(folder.parent)}
                session.seen[str(folder)] = _written[str(folder)] = _turn(folder, page)
                return folder
        session.moved_aside[str(asked)] = str(_beside(folder))
    except OSError as error:
        raise DataError(folder, "", f"cannot be written ({error.strerror or error}); choose another place") from error
    return save(session, asked)


def outcome(path: Path, written: Path) -> str:
    """What there is to say of a session that was to be saved at `path`."""
    if path.suffix != SUFFIX or written == path.expanduser().absolute():
        return f"Saved {written}"
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime((path / PAGE).stat().st_mtime))
    return (
        f"{path.name} holds what another session saved at {when} and this one has not seen; so that neither is lost, "
        f"this one was saved beside it, as {written.name}"
    )


def export(session: Catalog, path: str | os.PathLike[str]) -> Path:
    """Write a session to one `.zip` file, to be sent; sources in files of the user are still referred to."""
    path = Path(path).expanduser().absolute()
    if path.suffix != ".zip":
        raise DataError(path, "suffix", f"is not .zip; call the file {path.stem}.zip")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".part-") as part:
        folder = save(session, Path(part) / f"{path.stem}{SUFFIX}")
        page = json.loads((folder / PAGE).read_text("utf-8")) | {"home": str(path.parent)}
        _replace(folder / PAGE, json.dumps(page, indent=1, allow_nan=False))
        exported = Path(part) / path.name
        with zipfile.ZipFile(exported, "w", zipfile.ZIP_DEFLATED) as file:
            for one in (folder / PAGE, *sorted((folder / ARRAYS).glob("*"))):
                file.write(one, one.relative_to(folder))
        return exported.replace(path)


def read(path: str | os.PathLike[str], moved: Moved | None = None) -> Saved:
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
    home = place.parent.parent if place.suffix == ".json" else place.parent
    if place.suffix == ".zip":
        place = _unpacked(place)
    file = place if place.suffix == ".json" else place / PAGE
    if file.is_symlink():
        raise DataError(file, "", "is a link; copy the session itself")
    seen = _sum(file.parent)  # before it is read: what comes later was not seen
    page = fields.read(file)
    saved = Reader(page, parse(page), Arrays(file.parent / ARRAYS), dict(moved or {}), home).read()
    return replace(saved, seen={str(file.parent): seen})


def state(session: Catalog) -> str:
    """Equal as long as nothing that is kept has changed; nothing is written for it."""
    return json.dumps(describe(session, token))


def _is_ours(folder: Path) -> bool:
    return (folder / PAGE).is_file() or not [p for p in folder.iterdir() if p.name not in (ARRAYS, LOCK, HOLDER)]


def _is_known(session: Catalog, folder: Path) -> bool:
    """Whether a folder holds no page, the one that a session has seen last, or one that this program wrote."""
    now = _sum(folder)
    return now in ("", session.seen.get(str(folder), _written.get(str(folder))))


def _sum(folder: Path) -> str:
    """Of the page in a folder, "" if there is none that is whole."""
    text = _text(folder / PAGE)
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def _beside(folder: Path) -> Path:
    """A new folder beside, nobody else's."""
    k = 2
    while True:
        other = folder.with_name(f"{folder.stem} ({k}){SUFFIX}")
        try:
            other.mkdir()
        except FileExistsError:
            k += 1
        else:
            return other


def _turn(folder: Path, page: dict[str, Any]) -> str:
    """Put a page in place of the one that is there, keep that one, and drop arrays that neither names; its checksum."""
    text = json.dumps(page, indent=1, allow_nan=False)
    parse(Field(folder / PAGE, "", json.loads(text)))  # what could not be opened again is not written
    before = _text(folder / PAGE)
    if before != text:
        if before:
            _replace(folder / PREVIOUS, before)
        _replace(folder / PAGE, text)
    Arrays(folder / ARRAYS).drop_all_but(NAME.findall(text + _text(folder / PREVIOUS)))
    return _sum(folder)


def _text(path: Path) -> str:
    """A page that is whole, else ""."""
    try:
        text = path.read_text("utf-8") if path.stat().st_size <= fields.LARGEST else ""
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
        move(Path(part), path)
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
        with tempfile.TemporaryDirectory(dir=folder.parent) as part, zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                _take(path, archive, member, Path(part) / "session")
            shutil.rmtree(folder, ignore_errors=True)
            (Path(part) / "session").replace(folder)
    except (OSError, zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise DataError(path, "", f"is no session that was exported ({error}); export it again") from error
    return folder


def _take(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    head, _, name = member.filename.rpartition("/")
    if not (member.filename == PAGE or (head == ARRAYS and NAME.fullmatch(name))):
        raise DataError(path, ascii(member.filename[:80]), "is no part of a session; export it again")
    check_size(path, name, member.file_size, member.compress_size)
    target = folder / member.filename
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
