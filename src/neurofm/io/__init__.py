"""Open whatever holds data: `read` asks the readers that know the file's name, then the others, what is inside."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from neurofm import registry
from neurofm.checks import check_choice
from neurofm.data.recording import Recording, merge
from neurofm.data.shown import several
from neurofm.data.source import Source
from neurofm.data.volume import Volume
from neurofm.errors import DataError, every
from neurofm.io import _folder, _readers
from neurofm.io._behaviour import as_behaviour
from neurofm.io._cache import digest, read_native, save_cached
from neurofm.io._layout import Asking, Layout
from neurofm.io._origin import (
    apart,
    beside,
    call,
    content,
    copy_of,
    file_of,
    origin,
    remember,
    renamed,
    retold,
    same,
    standing,
)
from neurofm.io._place import is_address, matching, parts
from neurofm.io._questions import layout
from neurofm.io._readers import kinds
from neurofm.specs import RECORDING
from neurofm.words import a_kind

__all__ = [
    "Asking",
    "Layout",
    "apart",
    "as_behaviour",
    "asking",
    "beside",
    "by_kind",
    "call",
    "can_read",
    "content",
    "copy_of",
    "digest",
    "file_of",
    "is_address",
    "is_silent",
    "kinds",
    "layout",
    "matching",
    "may_be_recording",
    "origin",
    "parts",
    "parts_of",
    "read",
    "read_native",
    "read_recording",
    "renamed",
    "retold",
    "same",
    "save_cached",
    "standing",
    "together",
    "told",
    "write",
]


def read(
    path: str | os.PathLike[str] | Sequence[Any] | object, *, reader: str = "", labels: str = "", part: str = "",
    **how: Any,
) -> Source:  # fmt: skip
    """The recording, or source of another kind, in a file or folder.

    Parameters
    ----------
    path : a file, a folder, a pattern that one file fits ("*.nwb"), an address ("precomputed://https://..."), or a list
        of those that together are one recording on one clock, or an image and labels of its voxels; or an object that
        another library has opened (pynapple, pynwb, neo, SpikeInterface, movement, sleap-io, networkx, torch_geometric,
        anndata); a list of such graphs becomes one graph with a subject for each
    reader : name of the reader to use ("nwb"); told from the file if empty
    labels : of an image and labels in several files, which file is the labels; told from names and numbers if empty
    part : what else a file holds beside its recording: "cells" for the mean picture and the regions of imaging
    how : of arrays and tables that say nothing of themselves, what is what: `holds` ("spikes", "trains", "counts",
        "samples", "trials" or "image"), `time`, `stop`, `unit`, `values` (names of arrays or columns), `time_in` ("s",
        "ms", "us" or "samples"), `rate_hz` (samples a second), `rows` ("bin" or "unit"), `dt` (seconds a bin); told
        from the file where it can be

    Raises
    ------
    DataError
        If it cannot be opened, naming file, field and remedy.
    LookupError, ValueError
        If `how` holds a name or a value that there is not.
    """
    reader = registry.called(__name__, reader) if reader else ""
    given = layout(how)
    if labels and not isinstance(path, (list, tuple)):
        raise ValueError("labels says which of several files is the labels; give a list of the image and these")
    source = _part(path, reader, part) if part else _read(path, reader, given, labels)
    named = {name: word for name, word in (("labels", labels), ("part", part)) if word}
    return remember(source, path, reader, given | named)


def _read(path: Any, reader: str, how: Mapping[str, Any], labels: str) -> Source:
    if isinstance(path, (list, tuple)):
        return _several(path) or together(_apart(_each(path, reader, how)), labels=labels)
    if not isinstance(path, (str, os.PathLike)):
        from neurofm.io._objects import read_object

        return read_object(path)
    path = _one(path)
    if is_address(path):
        return _readers.parse(reader or _readers.of_address(str(path)), str(path))
    place = Path(os.path.abspath(Path(path).expanduser()))
    if reader:
        return _readers.parse(reader, place, how)
    if place.suffix == ".neurofm":
        raise DataError(place, "", "is a session; open it with neurofm app, or in Python with Session.restore")
    if place.is_dir() and not how:
        return _folder.read(place)
    return _readers.parse(_readers.choose(place, how), place, how)


def parts_of(source: Source) -> tuple[Source, list[Source]]:
    """What else is in the file that holds a source, as the picture its cells were seen in; a note where it is damaged.

    Returns
    -------
    Source
        The same, with a note for each part that cannot be read.
    list of Source
        The parts.
    """
    held, parts = origin(source) if isinstance(source, Recording) else None, list[Source]()
    if held is None or not held.whole or not isinstance(held.path, str) or is_address(held.path):
        return source, parts
    place = Path(held.path)
    reader = _folder.reader_of(place) if place.is_dir() else _readers.choose(place)
    for name, look in _readers.spec(reader).parts.items() if reader else ():
        try:
            part = look(place)
        except DataError as error:
            source = retold(source, f"{name}: {error.problem}")
        else:
            parts += [] if part is None else [remember(part, held.path, "", {"part": name})]
    return source, parts


def _part(path: Any, reader: str, part: str) -> Source:
    place = Path(os.path.abspath(Path(path).expanduser()))
    spec = _readers.spec(reader or (_folder.reader_of(place) if place.is_dir() else None) or _readers.choose(place))
    check_choice(f"part of {spec.title}", part, spec.parts)
    source: Source | None = spec.parts[part](place)
    if source is None:
        raise DataError(place, part, "are not in it; open it without part=")
    return source


def _each(paths: Sequence[Any], reader: str, how: Mapping[str, Any]) -> list[Source]:
    """Each of several files; how one is read is said of those that do not say it themselves."""
    meant = told(paths) if how else [False] * len(paths)
    if how and not any(meant):
        raise DataError("+".join(map(str, paths)), "", f"say themselves how they are read; leave out {', '.join(how)}")
    return every(lambda one: read(one[0], reader=reader, **(how if one[1] else {})), zip(paths, meant))


def told(paths: Sequence[Any]) -> list[bool]:
    """Which of several files (or lists of parts) are meant where it is said how they are read.

    Those that do not say it themselves; where all do, those of a kind that can be told.
    """
    each = [path if isinstance(path, (list, tuple)) else [path] for path in paths]
    silent = [any(map(is_silent, parts)) for parts in each]
    return silent if any(silent) else [any(map(_readers.can_be_told, parts)) for parts in each]


def asking(path: Any) -> Asking | None:
    """What can be chosen of how a file is read; None of one that says all of it itself."""
    if not is_silent(path):
        return None
    place = Path(path).expanduser().absolute()
    asks = _readers.spec(_readers.choose(place)).asks
    asked: Asking | None = None if asks is None else asks(place, {})
    return asked


def is_silent(path: Any) -> bool:
    """Whether it is a file that does not say itself how it is read."""
    return _readers.can_be_told(path) and _readers.asks(_readers.choose(Path(path).expanduser().absolute()))


def _one(path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """The path, or the only one that fits a pattern."""
    if not str(path).strip():
        raise ValueError("the name of the file is empty; give a file or a folder")
    there = matching(path)
    if len(there) > 1:
        names = several(Path(one).name for one in there)
        ways = "[neurofm.read(path) for path in ...] reads each, a list in one call is the parts of one recording"
        raise DataError(str(path), "", f"is a pattern that {len(there)} files fit ({names}); {ways}")
    return there[0] if there else path


def read_recording(path: str | os.PathLike[str] | Sequence[Any] | object, *, reader: str = "") -> Recording:
    """What `read` gives, for callers that can do with nothing but a recording; a source of another kind is refused."""
    source = read(path, reader=reader)
    if not isinstance(source, Recording):
        raise DataError("+".join(source.paths), "", f"holds {a_kind(source.kind)}, where a recording is needed")
    return source


def can_read(path: str | os.PathLike[str]) -> bool:
    """Whether a reader knows what is in the file, or a file in the folder by its name."""
    if is_address(path):
        return _readers.reads_address(str(path))
    path = Path(path)
    if path.is_dir():
        return _folder.reader_of(path) is not None or any(_readers.by_name(file) for file in _folder.files_in(path))
    return path.is_file() and any(True for _ in _readers.accepting(path))


def by_kind(paths: Sequence[Any]) -> list[Any]:
    """What files that were chosen together are: the recordings among them parts of one, each other one by itself."""
    if not all(isinstance(path, str | os.PathLike) and Path(path).is_file() for path in paths):
        return [list(paths)]
    kinds = {path: _readers.kind_of(Path(path)) for path in paths}
    recordings = [path for path in paths if kinds[path] == RECORDING]
    return [*([recordings] if recordings else []), *(path for path in paths if kinds[path] != RECORDING)]


def may_be_recording(path: Path) -> bool:
    """Whether a file is called as recordings are."""
    return any(_readers.kind(name) == RECORDING for name in _readers.by_name(path))


def write(source: Source, path: str | os.PathLike[str]) -> Path:
    """Write to a file, whose suffix says in which format (`.h5` is brainsets, `.nwb`); it reads back equal."""
    path, kind = Path(path), source.kind
    writer = _readers.writer(kind, path.suffix)
    if writer is None:
        suffixes = " nor ".join(_readers.written(kind))
        raise DataError(path, "suffix", f"is neither {suffixes}; name the file with one of them")
    return writer(source, path)


def _several(things: Sequence[Any]) -> Source | None:
    """Graphs of another library side by side in one; None of anything else."""
    if not things or any(isinstance(thing, (str, os.PathLike, Source)) for thing in things):
        return None
    from neurofm.io._graph_objects import graphs_of

    return graphs_of(things)


def _apart(parts: Sequence[Source]) -> list[Source]:
    """The parts, in which what objects of another library hold has a name of its own: "series", "series 2"."""
    named: list[Source] = []
    for part in parts:
        if isinstance(part, Recording) and not part.paths:
            others = [other for other in named if isinstance(other, Recording)]
            taken = [name for other in others for name in (*other.series, *other.intervals)]
            part = replace(
                part,
                session=_free(part.session, [other.session for other in others]),
                series={_free(name, taken): one for name, one in part.series.items()},
                intervals={_free(name, taken): table for name, table in part.intervals.items()},
            )
        named.append(part)
    return named


def _free(name: str, taken: Sequence[str]) -> str:
    names = (name, *(f"{name} {k}" for k in range(2, len(taken) + 2)))
    return next(one for one in names if one not in taken)


def together(parts: Sequence[Source], session: str = "", *, labels: str = "") -> Source:
    """Parts of one recording, or an image and labels of its voxels, as one.

    Parameters
    ----------
    session : name of what comes of them; the one that they share, else that of their folder, or of the image, if ""
    labels : as `read` takes it

    Raises
    ------
    DataError
        If they are of other kinds, or of several, or do not fit each other.
    LookupError
        If there is none.
    """
    if not parts:
        raise LookupError("no file was given; name at least one")
    volumes = [part for part in parts if isinstance(part, Volume)]
    if len(volumes) == len(parts) > 1:
        from neurofm.io import _volume_parts

        return _volume_parts.merge(volumes, labels, session)
    if labels:
        raise DataError(_where(parts), "", "is no image with labels of it; leave out labels=, or give two volumes")
    others = [part for part in parts if not isinstance(part, Recording)]
    if len(parts) == 1 and others:
        return others[0]
    parts = [as_behaviour(part) for part in parts]
    others = [part for part in parts if not isinstance(part, Recording)]
    if others:
        problem = f"holds {a_kind(others[0].kind)}; only recordings are put together, or volumes, so open it by itself"
        raise DataError(_where(others[:1]), "", problem)
    recordings = [part for part in parts if isinstance(part, Recording)]
    names = {part.session for part in recordings}
    homes = {Path(path).parent for part in recordings for path in part.paths}
    shared = recordings[0].session if len(names) == 1 or len(homes) != 1 else homes.pop().name
    return merge(recordings, session or shared)


def _where(parts: Sequence[Source]) -> str:
    return "+".join(path for part in parts for path in part.paths)
