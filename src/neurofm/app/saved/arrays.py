"""The arrays of a saved session: files called by the checksum of what is in them, written once, never changed."""

from __future__ import annotations

import hashlib
import itertools
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.app.state.user_tables import UserTable
from neurofm.data import store
from neurofm.data.embedding import Embedding
from neurofm.data.ids import Ids
from neurofm.data.prediction import Prediction
from neurofm.data.source import Source
from neurofm.errors import DataError
from neurofm.io._file import check_size
from neurofm.process import move, sync

NAME = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{2,8}")

Thing = Source | Embedding | Prediction | UserTable
_names: WeakKeyDictionary[Thing, tuple[str, str]] = WeakKeyDictionary()  # what a thing held when it got its file's name
_checksums: dict[tuple[str, int, int], str] = {}


class Arrays:
    """A folder of arrays.

    Parameters
    ----------
    folder : made at the first `put`

    Raises
    ------
    DataError
        If it is a link, which could lead anywhere.
    """

    def __init__(self, folder: Path) -> None:
        if folder.is_symlink():
            raise DataError(folder, "", "is a link; a session keeps its arrays in a folder of its own")
        self.folder = folder

    def put(self, thing: Thing | Ids) -> str:
        """The name of the file that holds it, written if it is not there."""
        if isinstance(thing, np.ndarray):
            return self._write(thing)
        held, (content, name) = token(thing), _names.get(thing, ("", ""))
        if content != held or not self._holds(name):
            name = self._write(thing)
            _names[thing] = held, name
        return name

    def ids(self, name: str) -> Ids:
        """Ids that were put here."""
        path = self._sure(name, ".npy")
        try:
            ids = np.load(path, mmap_mode="r", allow_pickle=False)  # a map, so that a lying header costs nothing
        except Exception as error:  # whatever its parser throws
            raise DataError(path, "", f"holds no ids ({error}); save the session again") from error
        if ids.dtype != np.int64 or ids.ndim != 1:
            raise DataError(path, "", f"holds no ids but {ids.dtype} {ids.shape}; save the session again")
        return np.array(ids)

    def thing(self, name: str) -> Embedding | Prediction:
        """An embedding or prediction that was put here."""
        path = self._sure(name, ".npz")
        try:
            _check_npz(path)
            thing = store.load(path)
        except DataError:
            raise
        except Exception as error:  # whatever its parser throws
            raise DataError(path, "", f"is damaged ({error}); save the session again") from error
        _names[thing] = token(thing), name
        return thing

    def table(self, name: str) -> pd.DataFrame:
        """The rows of a user's table that were put here."""
        import pyarrow.parquet

        path = self._sure(name, ".parquet")
        try:
            about = pyarrow.parquet.read_metadata(path)
            unpacked = sum(about.row_group(k).total_byte_size for k in range(about.num_row_groups))
            check_size(path, "", max(unpacked, 8 * about.num_rows * about.num_columns), path.stat().st_size)
            return pd.read_parquet(path)
        except DataError:
            raise
        except Exception as error:  # whatever its parser throws
            raise DataError(path, "", f"holds no table ({error}); save the session again") from error

    def source(self, name: str, kind: str, notes: tuple[str, ...] = ()) -> Source:
        """A source of some kind that was put here; it has no file of its own."""
        from neurofm import io

        held = io.read_native(self._sure(name, Path(name).suffix), kind)
        source: Source = replace(held, paths=(), notes=notes)  # type: ignore[type-var]
        _names[source] = token(source), name
        return source

    def drop_all_but(self, names: Iterable[str]) -> None:
        """Drop every array but those named, and what a crash left behind."""
        named = set(names)
        for path in self.folder.iterdir() if self.folder.exists() else ():
            if path.name.startswith(".part-"):
                shutil.rmtree(path, ignore_errors=True)
            elif NAME.fullmatch(path.name) and path.name not in named:
                path.unlink()

    def _holds(self, name: str) -> bool:
        path = self.folder / name
        return path.is_file() and not path.is_symlink() and checksum(path) == name.partition(".")[0]

    def _sure(self, name: str, suffix: str) -> Path:
        """The file of that name, if what is in it is what its name says."""
        path = self.folder / name
        if not NAME.fullmatch(name) or path.suffix != suffix:
            raise DataError(self.folder, ascii(name[:80]), f"is no name of an array; it is a checksum and {suffix}")
        if not path.is_file() or path.is_symlink():
            raise DataError(path, "", "is missing; copy the whole folder of the session")
        if checksum(path) != path.stem:
            raise DataError(path, "", "is damaged: its checksum is not its name; take a copy of the session")
        return path

    def _write(self, thing: Thing | Ids) -> str:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".part-") as part:
            path = _written(thing, Path(part))
            name = f"{checksum(path)}{path.suffix}"
            if not self._holds(name):
                sync(path)
                trust(move(path, self.folder / name), name.partition(".")[0])
        return name


def checksum(path: Path) -> str:
    """SHA-256 of a file, computed again only once its size or time has changed."""
    about = path.stat()
    key = (str(path), about.st_size, about.st_mtime_ns)
    if key not in _checksums:
        with path.open("rb") as file:
            _checksums[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _checksums[key]


def trust(path: Path, sha256: str) -> None:
    """Take the checksum of a file as known while its size and time stay."""
    about = path.stat()
    _checksums[(str(path), about.st_size, about.st_mtime_ns)] = sha256


def _written(thing: Thing | Ids, folder: Path) -> Path:
    """A fresh file with the thing in it."""
    if isinstance(thing, Embedding | Prediction):
        return store.save(thing, folder / "thing.npz")
    if isinstance(thing, UserTable):
        return write_table(thing.table, folder / "table.parquet")
    if not isinstance(thing, np.ndarray):
        from neurofm import io

        cached = Path(io.copy_of(thing))
        return Path(shutil.copyfile(cached, folder / f"source{cached.suffix}"))
    np.save(folder / "ids.npy", thing)
    return folder / "ids.npy"


def write_table(table: pd.DataFrame, path: Path) -> Path:
    """A table as parquet; a column of mixed values is written as words."""
    import pyarrow as pa

    for column in table.columns:
        try:
            pa.array(table[column], from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            table = table.assign(**{column: table[column].map(str, na_action="ignore")})
    table.to_parquet(path, index=False)
    return path


def _check_npz(path: Path) -> None:
    """Refuse what would unpack to far more than is there, before any of it is unpacked."""
    with zipfile.ZipFile(path) as file:
        for member in file.infolist():
            check_size(path, member.filename, member.file_size, member.compress_size)
            with file.open(member) as stream:
                shape, dtype = _header(stream)
            if prod(shape) * dtype.itemsize > member.file_size:
                raise DataError(path, member.filename, f"claims {shape} values but is cut off; save the session again")


def _header(stream: Any) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    return shape, dtype


def token(thing: Thing | NDArray[Any]) -> str:
    """Tells things apart as `Arrays.put` does, without writing any."""
    from neurofm import io

    content = io.content(thing)
    return content if isinstance(thing, np.ndarray) else f"{_tokens.setdefault(thing, next(_counter))} {content}"


_counter = itertools.count()
_tokens: WeakKeyDictionary[Thing, int] = WeakKeyDictionary()
