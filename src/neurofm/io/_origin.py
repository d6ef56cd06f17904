"""Which file holds a source as it is: known of what was read, until it or the file changes.

What is made of a source in Python keeps its `paths`, which say where it comes from; they do not stand for it.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import COPY
from neurofm.data.source import Source, arrays, members
from neurofm.io._cache import save_cached
from neurofm.io._place import absolute, is_address

Paths = str | list[str]  # of a source: a file or folder, or those that together are one
LARGE = 1 << 20  # bytes; larger arrays that were read cannot be written to, so that nobody need look at them again
MOST = 5_000  # files of a folder that are looked at
ORIGIN, COPIED, OF = "_origin", "_copied", "_retold_of"  # beside the fields of a source, where `replace` leaves them


@dataclass(frozen=True)
class Origin:
    """Where a source was read from.

    Parameters
    ----------
    path : that was read
    reader : that was asked for, "" for the one that fits
    how : choices by name of how it is read, where the file does not say that itself
    own : what the file calls it, where it goes by another name; "" where by that one
    files : those in it, each with its size and time
    content : what was read
    """

    path: Paths
    reader: str
    how: Mapping[str, Any]
    own: str
    files: tuple[tuple[str, int, int], ...]
    content: str

    @property
    def whole(self) -> bool:
        """Whether `read(path)` alone gives the source."""
        return not self.reader and not self.how and not self.own

    @property
    def options(self) -> dict[str, Any]:
        """What it takes to read it again."""
        more = {"own": self.own, "how": dict(self.how)}
        return {"path": self.path, "reader": self.reader} | {name: given for name, given in more.items() if given}


def call(path: Paths, reader: str = "", how: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The line of Python that reads it again."""
    given = ({"reader": reader} if reader else {}) | dict(how)
    return f"nf.read({', '.join([repr(path), *(f'{name}={value!r}' for name, value in given.items())])})"


def remember(source: Source, path: Any, reader: str, how: Mapping[str, Any] = MappingProxyType({})) -> Source:
    """Take down that a source is what these files hold; objects of other libraries are no files."""
    asked = [path] if isinstance(path, str | os.PathLike) else path
    if isinstance(asked, list | tuple) and all(isinstance(part, str | os.PathLike) for part in asked):
        whole = [absolute(part) for part in asked]
        for array in arrays(source):
            array.setflags(write=array.flags.writeable and array.nbytes < LARGE)
        files = tuple(_about(file) for file in _files([*source.paths, *(p for p in whole if Path(p).is_file())]))
        held = Origin(whole[0] if len(whole) == 1 else whole, reader, how, "", files, content(source))
        source.__dict__[ORIGIN] = held
    return source


def origin(source: Source) -> Origin | None:
    """The file that holds it as it is; None if it was made or changed in Python, or the file was changed."""
    held: Origin | None = getattr(source, ORIGIN, None)
    unchanged = held is not None and all(_about(file[0]) == file for file in held.files)
    return held if held is not None and unchanged and held.content == content(source) else None


def file_of(source: Source) -> Paths:
    """What any process reads as just this source: its own file, or else a copy in the cache."""
    held = origin(source)
    return held.path if held is not None and held.whole else copy_of(source)


def copy_of(source: Source) -> str:
    """The file of a source in the cache, written again once it has changed."""
    now, copied = content(source), getattr(source, COPIED, ("", ""))
    if copied[0] != now or not Path(copied[1]).exists():
        copied = source.__dict__[COPIED] = now, str(save_cached(source))
    return str(copied[1])


def retold(source: Source, note: str, session: str = "") -> Source:
    """The same with a note more, and by another name where one is given; its file goes on standing for it."""
    held = origin(source)
    told: Source = replace(source, session=session or source.session, notes=(*source.notes, note))  # type: ignore[type-var]
    if held is not None:
        own = held.own or (source.session if session else "")
        told.__dict__[ORIGIN] = replace(held, own=own, content=content(told))
    told.__dict__[OF] = getattr(source, OF, source)
    return told


def standing(after: Source, before: Source, note: str = "") -> Source:
    """A source that differs from another only in how quickly it is read: what stands for that stands for it, too."""
    held = origin(before)
    told: Source = replace(after, notes=(*after.notes, note)) if note else after  # type: ignore[type-var]
    if held is not None:
        told.__dict__[ORIGIN] = replace(held, content=content(told))
    told.__dict__[OF] = getattr(before, OF, before)
    return told


def renamed(source: Source, name: str) -> Source:
    """The same by another name than its own, and a note of that."""
    return retold(source, f"is called '{name}' here, since another {source.kind} is called '{source.session}'", name)


def same(a: Source, b: Source) -> bool:
    """Whether two are one: the same object, or read from the same files as these are now."""
    if getattr(a, OF, a) is getattr(b, OF, b):
        return True
    alike = bool(a.paths) and a.paths == b.paths and a.kind == b.kind  # a file may hold a recording and its picture
    return alike and origin(a) is not None and origin(b) is not None


def beside(source: Source, others: Mapping[str, Source]) -> str:
    """Its name; where one of the others is called so, with what tells it apart: its kind, subject, file or folder."""
    name = source.session
    if name not in others:
        return name
    kind = [source.kind] if source.kind != others[name].kind else []  # as a video and its poses
    words = [word for word in (*kind, *_words(source)) if word not in ("", name, *_words(others[name]))]
    return next(n for n in (f"{name} ({word})" for word in (*words, *range(2, 1_000_000))) if n not in others)


def apart(sources: Iterable[Source]) -> list[Source]:
    """The sources, each by a name of its own.

    Raises
    ------
    ValueError
        If one is there twice.
    """
    named: dict[str, Source] = {}
    for source in sources:
        if any(same(source, other) for other in named.values()):
            raise ValueError(f"'{source.session}' was given twice; give each {source.kind} once")
        name = beside(source, named)
        named[name] = source if name == source.session else renamed(source, name)
    return list(named.values())


def content(value: Any) -> str:
    """Another once anything in it has changed; of arrays that cannot be written to, where they lie in memory."""
    digest = hashlib.blake2b(digest_size=16)
    for part in _parts(value):
        digest.update(part)
    return digest.hexdigest()


def _words(source: Source) -> list[str]:
    path = Path(next(iter(source.paths), ""))
    return [source.subject.replace("/", "-"), *([] if COPY.fullmatch(path.name) else [path.stem, path.parent.name])]


def _files(paths: Sequence[str]) -> list[str]:
    """Every file in these paths, but what neurofm itself may have put beside them; nothing behind an address."""
    there = [absolute(path) for path in paths if not is_address(path)]
    for folder in filter(os.path.isdir, there):
        inside = (file for file in Path(folder).rglob("*") if not _ours(file.relative_to(folder)) and file.is_file())
        there += sorted(str(file) for file in islice(inside, MOST))
    return [path for path in dict.fromkeys(there) if not os.path.isdir(path)]


def _ours(path: Path) -> bool:
    return any(part.startswith(".") or part.endswith(".neurofm") for part in path.parts)


def _about(path: str) -> tuple[str, int, int]:
    """A file's size and time; one that is gone has none."""
    try:
        about = os.stat(path)
    except OSError:
        return path, -1, -1
    return path, about.st_size, about.st_mtime_ns


def _parts(value: Any) -> Iterator[bytes]:
    if isinstance(value, np.ndarray):
        frozen = not value.flags.writeable
        yield f"{value.dtype} {value.shape} {value.ctypes.data if frozen else _sum(value)}".encode()
    elif isinstance(value, pd.DataFrame):
        yield repr([list(value.columns), _sum(value.index.to_numpy())]).encode()
        for k in range(value.shape[1]):
            column = value.iloc[:, k]
            yield f"{column.dtype} {_sum(column.to_numpy())}".encode()
    elif inside := members(value):
        for name, member in inside.items():
            yield name.encode()
            yield from _parts(member)
    else:
        yield repr(value).encode()


def _sum(array: NDArray[Any]) -> int:
    if array.dtype.kind == "O":
        return zlib.crc32(repr([v.tolist() if isinstance(v, np.ndarray) else v for v in array.ravel()]).encode())
    return zlib.crc32(np.ascontiguousarray(array).view(np.uint8).data) if array.size else 0
