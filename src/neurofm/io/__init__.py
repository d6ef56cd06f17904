"""Open whatever holds a recording: `read` asks every reader, by file name first, then by what is inside."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, cast

from neurofm import registry
from neurofm.checks import check_choice
from neurofm.data.recording import Recording, merge
from neurofm.errors import DataError
from neurofm.io._cache import save_cached
from neurofm.io._file import check_file
from neurofm.io._trial import survive
from neurofm.specs import ReaderSpec

__all__ = ["can_read", "read", "read_native", "save_cached", "write"]


def read(path: str | os.PathLike[str] | Sequence[Any] | object, *, reader: str = "") -> Recording:
    """The recording in a file or folder.

    Parameters
    ----------
    path : a file, a folder, or a list of those that together are one recording on one clock; or an object that
        another library has opened (pynapple, pynwb)
    reader : name of the reader to use ("nwb"); found out from the file if empty

    Raises
    ------
    DataError
        If it cannot be opened, naming file, field and remedy.
    """
    if reader:
        check_choice("reader", reader, registry.names(__name__))
    if isinstance(path, (list, tuple)):
        return _together([read(part, reader=reader) for part in path])
    if not isinstance(path, (str, os.PathLike)):
        from neurofm.io._objects import read_object

        return read_object(path)
    place = Path(os.path.abspath(Path(path).expanduser()))
    if reader:
        return _parse(registry.get(__name__, reader), place)
    if place.suffix == ".neurofm":
        raise DataError(place, "", "is a session; open it with Session.restore")
    return _folder(place) if place.is_dir() else _parse(_reader(place), place)


def can_read(path: str | os.PathLike[str]) -> bool:
    """Whether a reader knows what is in the file, or a file in the folder by its name."""
    path = Path(path)
    if path.is_dir():
        return any(s.folder and _accepts(s, path) for s in _specs()) or any(_named(p) for p in _files(path))
    return path.is_file() and any(not s.folder and _accepts(s, path) for s in _specs())


def write(recording: Recording, path: str | os.PathLike[str]) -> Path:
    """Write to `.h5` (brainsets) or `.nwb`; it reads back equal."""
    from neurofm.io import brainsets, nwb

    writers = {".h5": brainsets.write, ".nwb": nwb.write}
    path = Path(path)
    if path.suffix not in writers:
        raise DataError(path, "suffix", "is neither .h5 nor .nwb; name the file with one of them")
    return writers[path.suffix](recording, path)


def read_native(path: Path, kind: str) -> Recording:
    """A source of a kind from the file that `save_cached` wrote."""
    return read(path, reader="brainsets")


def _specs() -> list[ReaderSpec]:
    return list(registry.specs(__name__).values())


def _reader(path: Path) -> ReaderSpec:
    """The reader whose content test the file passes; those that know its name are asked first."""
    check_file(path)
    survive(path)
    named = _named(path)
    others = [s for s in _specs() if not s.folder and s not in named]
    for spec in [*named, *others]:
        if _accepts(spec, path):
            return spec
    if named:
        return named[0]  # its own error says best what is wrong
    known = ", ".join(f"{s.title} ({' '.join(s.patterns)})" for s in _specs())
    raise DataError(path, "", f"is nothing that can be opened; there are {known}")


def _named(path: Path) -> list[ReaderSpec]:
    """Readers of files that are called like this one."""
    name = path.name.lower()
    return [s for s in _specs() if not s.folder and any(fnmatch(name, p.lower()) for p in s.patterns)]


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))


def _accepts(spec: ReaderSpec, path: Path) -> bool:
    try:
        return spec.accepts(path)
    except Exception:  # a parser that chokes on foreign bytes has answered
        return False


def _parse(spec: ReaderSpec, path: Path) -> Recording:
    """What the reader makes of it; whatever a parser raises becomes one sentence."""
    if not spec.folder:
        check_file(path)
    try:
        return cast(Recording, spec.read(path))
    except DataError:
        raise
    except MemoryError as error:
        raise DataError(
            path, "", "does not fit into the memory; is it damaged, or meant for a larger machine?"
        ) from error
    except Exception as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise DataError(
            path, "", f"cannot be read as {spec.title} ({reason}); is it damaged or another format?"
        ) from error


def _folder(path: Path) -> Recording:
    """A folder that a reader knows, or the files in it that complete each other."""
    for spec in _specs():
        if spec.folder and _accepts(spec, path):
            return _parse(spec, path)
    files = [file for file in _files(path) if _named(file)]
    known = [file for file in files if any(not s.folder and _accepts(s, file) for s in _specs())]
    if not files:
        raise DataError(path, "", "holds no file that can be opened; give the file itself")
    parts = {file.name: _parse(_reader(file), file) for file in known or files[:1]}
    with_units = [name for name, part in parts.items() if len(part.units)]
    series = [name for part in parts.values() for name in part.series]
    if len(with_units) > 1 or len(series) > len(set(series)):
        names = ", ".join(with_units if len(with_units) > 1 else parts)
        raise DataError(
            path, "", f"holds several recordings ({names}); open one, or list the files that belong together"
        )
    left_out = tuple(f"{file.name} is no recording and was left out" for file in files if file not in known)
    whole = merge(list(parts.values()), path.name)
    return replace(whole, notes=whole.notes + left_out)


def _together(parts: Sequence[Recording]) -> Recording:
    """Parts of one recording; it is called by the name they share, else by their folder's."""
    if not parts:
        raise LookupError("no file was given; name at least one")
    names = {part.session for part in parts}
    homes = {Path(path).parent for part in parts for path in part.paths}
    session = parts[0].session if len(names) == 1 or len(homes) != 1 else homes.pop().name
    return merge(parts, session)
