"""Which readers there are: what each says of itself is read off its source, and only those in question are imported."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from types import MappingProxyType
from typing import Any

from neurofm import registry
from neurofm.data.source import Source
from neurofm.errors import DataError
from neurofm.io._copies import check_unchanged, state
from neurofm.io._file import ARRAYS, check_file, is_locked, locked
from neurofm.io._place import is_address
from neurofm.io._questions import layout
from neurofm.io._trial import survive
from neurofm.io._whole import archive, check_rows, check_whole
from neurofm.specs import RECORDING, ReaderSpec

PACKAGE = "neurofm.io"
CHECKPOINTS = (".ckpt", ".pt", ".pth")  # of networks, which people try to open beside their recordings
NEO = (".pl2", ".smrx", ".rhd")  # which neo reads where the maker's own library is there, or raw signals alone
BY_NEO = "neurofm.read(neo.io.get_io(path).read_block()); pip install 'napari-neurofm[neo]' brings it"
TABLES = (".csv", ".tsv", ".txt")  # suffixes that say nothing of what is in the file
BUCKETS, STORES = ("s3://", "gs://"), (".zarr",)  # beginnings of stores, and ends of their names on the web
Write = Callable[[Any, Path], Path]


def spec(name: str) -> ReaderSpec:
    """A reader, imported."""
    reader: ReaderSpec = registry.get(PACKAGE, name)
    return reader


def of_files() -> list[str]:
    """Names of the readers of single files, those last that take much for their own."""
    names = [name for name in registry.names(PACKAGE) if not _said(name, "folder", False)]
    return sorted(names, key=lambda name: bool(_said(name, "general", False)))


def of_folders() -> list[str]:
    """Names of the readers of whole folders."""
    return [name for name in registry.names(PACKAGE) if _said(name, "folder", False)]


def by_name(path: Path) -> list[str]:
    """Readers of files that are called like this one."""
    return [name for name in of_files() if _called(name, path)]


def patterns(name: str) -> tuple[str, ...]:
    """Names of the files that a reader reads."""
    return tuple(_said(name, "patterns", ()))


def titles(names: Sequence[str]) -> str:
    """Readers for a sentence: "NWB (*.nwb), ..."."""
    return ", ".join(f"{_said(name, 'title', name)} ({' '.join(patterns(name))})" for name in names)


def accepting(path: Path) -> Iterator[str]:
    """Readers whose content test the file passes; those that know its name are asked first.

    A file that belongs into a folder, and is called so, stands for it.
    """
    named = by_name(path)
    asked = sorted(of_files(), key=lambda name: (bool(_said(name, "general", False)), name not in named))
    parts = [name for name in of_folders() if _called(name, path)]
    return (name for name in (*parts, *asked) if accepts(name, path))


def accepts(name: str, path: Path | str) -> bool:
    """Whether a reader says that the file, folder or address is one of its own."""
    try:
        reader = spec(name)
    except ImportError as error:  # another distribution's, and broken: the others go on
        warnings.warn(str(error), stacklevel=2)
        return False
    try:
        return reader.accepts(path)
    except Exception:  # a parser that chokes on foreign bytes has answered
        return False


def choose(path: Path, given: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The reader of a file; one that can be told how, where that is `given`."""
    check_file(path)
    survive(path)
    if given:
        return _told(path)
    name = next(accepting(path), None)
    if name is None and path.suffix.lower() not in CHECKPOINTS:
        _check_there(path)
    if name is None and not any(suffix in TABLES for suffix in path.suffixes):
        named = by_name(path)
        name = min(named, key=lambda one: kind(one) != RECORDING, default=None)  # its own error says what is wrong
    if name is None and path.suffix.lower() in CHECKPOINTS:
        problem = "is a checkpoint and no recording; make a run of it with: neurofm import FILE --target NAME --out RUN"
        raise DataError(path, "", problem)
    if name is None and path.suffix.lower() in NEO:
        raise DataError(path, "", f"is read by neo: {BY_NEO}")
    if name is None:
        packed, alike = archive(path), titles(by_name(path))
        there = f"as such a file there can be {alike}" if alike else f"there are {titles(registry.names(PACKAGE))}"
        raise DataError(path, "", packed or f"is nothing that can be opened; {there}; or {ARRAYS}")
    return name


def _told(path: Path) -> str:
    """The reader of such files that can be told how."""
    name = next((name for name in by_name(path) if asks(name)), None)
    if name is None:
        ways = " ".join(pattern for name in of_files() if asks(name) for pattern in patterns(name))
        raise DataError(path, "", f"says itself how it is read; only of {ways} can that be said")
    return name


def _check_there(path: Path) -> None:
    """Refuse a table without rows, and what was cut off, of which no reader says it as well."""
    (check_rows if path.suffix.lower() in TABLES else check_whole)(path)


def can_be_told(path: Any) -> bool:
    """Whether it is a file of which can be said how it is read, though it may say it itself."""
    if not isinstance(path, str | os.PathLike) or is_address(path) or not (place := Path(path).expanduser()).is_file():
        return False
    return any(map(asks, by_name(place)))


def asks(name: str) -> bool:
    """Whether a reader can be told how a file is read."""
    return bool(_said(name, "general", False)) and spec(name).asks is not None


def of_address(address: str) -> str:
    """The reader of what is behind an address."""
    named = [name for name in registry.names(PACKAGE) if address.startswith(_said(name, "addresses", ()))]
    if named:
        return named[0]
    name = next((name for name in _addressed() if accepts(name, address)), None)
    if name is None and address.startswith(("http://", "https://")) and not reads_address(address):
        raise DataError(address, "", "is a file on the web; download it, and read the copy")
    if name is None:
        beginnings = ", ".join(begin for name in _addressed() for begin in _said(name, "addresses", ()))
        raise DataError(address, "", f"is nothing that can be opened; begin the address with one of {beginnings}")
    return name


def reads_address(address: str) -> bool:
    """Whether a reader says that it reads what begins so, or it may be a store on the web: only a look can tell."""
    if address.startswith((*BUCKETS, *(begin for name in _addressed() for begin in _said(name, "addresses", ())))):
        return True
    last = address.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    return address.startswith(("http://", "https://")) and ("." not in last or last.endswith(STORES))


def _called(name: str, path: Path) -> bool:
    return any(fnmatch(path.name.lower(), pattern.lower()) for pattern in patterns(name))


def _addressed() -> list[str]:
    return [name for name in registry.names(PACKAGE) if _said(name, "addresses", ())]


def parse(name: str, path: Path | str, given: Mapping[str, Any] = MappingProxyType({})) -> Source:
    """What the reader makes of a file, folder or address, told how by what is `given`.

    Whatever a parser raises becomes one sentence.
    """
    reader = spec(name)
    if given and reader.asks is None:
        raise DataError(path, "", f"is read as {reader.title}, which takes no {', '.join(given)}")
    how = layout(given) if given else {}
    before = None
    if isinstance(path, Path) and not reader.folder:
        check_file(path)
        before = state(path)
    try:
        source: Source = reader.read(path, **how)
    except DataError:
        if before:
            _check_there(Path(path))
        raise
    except MemoryError as error:
        raise DataError(
            path, "", "does not fit into the memory; is it damaged, or meant for a larger machine?"
        ) from error
    except Exception as error:
        if isinstance(path, Path) and is_locked(error):
            raise locked(path) from error
        if before:
            _check_there(Path(path))
        missing = " is missing" if isinstance(error, KeyError) else ""
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise DataError(
            path, "", f"cannot be read as {reader.title} ({reason}{missing}); is it damaged or another format?"
        ) from error
    if isinstance(path, Path) and before:
        check_unchanged(path, before)
    return source


def writer(kind: str, suffix: str) -> Write | None:
    """What writes files of a kind with a suffix; a reader writes files of its first pattern."""
    fitting = (name for name in _of_kind(kind) if _suffix(name) == suffix)
    return next((write for write in map(_write, fitting) if write), None)


def written(kind: str) -> list[str]:
    """Suffixes of the files that can be written of a kind."""
    return list(formats(kind))


def formats(kind: str) -> dict[str, str]:
    """What people call the files that can be written of a kind, by their suffix."""
    return {_suffix(name): str(_said(name, "title", name)) for name in _of_kind(kind) if _write(name)}


def formats_of(source: Source) -> dict[str, str]:
    """The same of one source; first those that many programs read, last the one that is our own."""
    there = [name for name in _of_kind(source.kind) if _write(name) and spec(name).fits(source)]
    last = sorted(there, key=lambda name: (bool(_said(name, "native", "")), _suffix(name)))
    return {_suffix(name): str(_said(name, "title", name)) for name in last}


def native(kind: str) -> tuple[str, str, Write]:
    """The reader whose files lose nothing of a kind, their suffix, and what writes them."""
    for name in _of_kind(kind):
        suffix = _said(name, "native", "")
        write = _write(name) if suffix else None
        if write:
            return name, suffix, write
    raise LookupError(f"no reader says which file loses nothing of a {kind}; its SPEC needs `native` and `write`")


def kind(name: str) -> str:
    """The kind of source that a reader gives."""
    return str(_said(name, "kind", RECORDING))


def kind_of(path: Path) -> str:
    """The kind of source that is in a file; what no reader opens is taken for a recording."""
    try:
        return kind(choose(path))
    except DataError:
        return RECORDING


def kinds() -> list[str]:
    """Kinds of source that some reader opens."""
    return list(dict.fromkeys(kind(name) for name in registry.names(PACKAGE)))


def _of_kind(kind: str) -> list[str]:
    return [name for name in registry.names(PACKAGE) if _said(name, "kind", RECORDING) == kind]


def _suffix(name: str) -> str:
    """Of the files that a reader writes, if it does: that of its first pattern."""
    return Path(next(iter(patterns(name)), "")).suffix


def _write(name: str) -> Write | None:
    try:
        write: Write | None = spec(name).write
    except ImportError:  # another distribution's, and broken; who opens something is warned of it
        return None
    return write


def _said(name: str, field: str, default: Any) -> Any:
    return registry.said(PACKAGE, name, field, default)
