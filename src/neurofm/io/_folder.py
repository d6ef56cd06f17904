"""A folder as one source: as a reader knows it, or the files in it that complete each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from neurofm.data.recording import Recording, merge
from neurofm.data.source import Source
from neurofm.errors import DataError
from neurofm.io import _readers
from neurofm.io._file import ARRAYS
from neurofm.specs import RECORDING
from neurofm.words import a_kind


def files_in(folder: Path) -> list[Path]:
    """Files of a folder that are not hidden."""
    return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))


def reader_of(path: Path) -> str | None:
    """The reader that knows a folder as a whole, if there is one."""
    return next((name for name in _readers.of_folders() if _readers.accepts(name, path)), None)


def read(path: Path) -> Source:
    """A folder that a reader knows, or the files in it that complete each other."""
    reader = reader_of(path)
    if reader:
        return _readers.parse(reader, path)
    files = [file for file in files_in(path) if _readers.by_name(file)]
    if not files:
        raise DataError(path, "", f"holds no file that can be opened; give the file itself, or {ARRAYS}")
    accepted = [file for file in files if any(True for _ in _readers.accepting(file))]
    readers, silent = _told_first({file: _readers.choose(file) for file in accepted or files[:1]})
    others = {file: kind for file, name in readers.items() if (kind := _readers.kind(name)) != RECORDING}
    if len(others) == len(readers):
        others = {}
    parts, wrong = _parsed({file: name for file, name in readers.items() if file not in others})
    beside = {path for part in parts.values() for path in part.paths}  # such as a table of what a graph's nodes are
    others_out = [file for file in files if file not in accepted and str(file) not in beside]
    left_out = tuple(f"{file.name} is no recording and was left out" for file in others_out)
    left_out += tuple(
        f"{file.name} holds {a_kind(kind)} and was left out; open it by itself" for file, kind in others.items()
    )
    left_out += wrong
    left_out += tuple(
        f"{file.name} does not say what it holds and was left out; open it by itself"
        for file in silent
        if str(file) not in beside
    )
    first = next(iter(parts.values()))
    if len(parts) == 1 and not left_out and not isinstance(first, Recording):
        return first
    recordings = _recordings(path, parts)
    _check_complement(path, recordings)
    whole = merge(list(recordings.values()), path.name)
    return replace(whole, notes=whole.notes + left_out)


def _parsed(readers: Mapping[Path, str]) -> tuple[dict[str, Source], tuple[str, ...]]:
    """Files by their names; one that does not say what it holds, and of which that cannot be told, is left out."""
    parts, wrong = dict[str, Source](), dict[str, DataError]()
    for file, name in readers.items():
        try:
            parts[file.name] = _readers.parse(name, file)
        except DataError as error:
            if not _readers.asks(name):
                raise
            wrong[file.name] = error
    if not parts:
        raise next(iter(wrong.values()))
    return parts, tuple(f"{name} was left out: {error.field} {error.problem}" for name, error in wrong.items())


def _told_first(readers: Mapping[Path, str]) -> tuple[dict[Path, str], list[Path]]:
    """Files that say what they hold, and those beside them that do not; all, where none does."""
    silent = [file for file, name in readers.items() if _readers.asks(name)]
    if len(silent) in (0, len(readers)):
        return dict(readers), []
    return {file: name for file, name in readers.items() if file not in silent}, silent


def _recordings(path: Path, parts: Mapping[str, Source]) -> dict[str, Recording]:
    """The parts, if all of them are recordings, which alone can be put together."""
    others = [f"{name} ({part.kind})" for name, part in parts.items() if not isinstance(part, Recording)]
    if others:
        problem = f"holds {', '.join(others)}; only recordings are put together, so open each of these by itself"
        raise DataError(path, "", problem)
    return {name: part for name, part in parts.items() if isinstance(part, Recording)}


def _check_complement(path: Path, parts: Mapping[str, Recording]) -> None:
    """Refuse parts that are recordings of their own."""
    with_units = [name for name, part in parts.items() if len(part.units)]
    series = [name for part in parts.values() for name in part.series]
    if len(with_units) > 1 or len(series) > len(set(series)):
        names = ", ".join(with_units if len(with_units) > 1 else parts)
        raise DataError(
            path, "", f"holds several recordings ({names}); open one, or list the files that belong together"
        )
