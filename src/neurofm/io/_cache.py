"""Sources kept as files for worker processes, named by what is in them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.source import Source
from neurofm.io import _readers
from neurofm.io._copies import cache_folder, prune
from neurofm.io._file import check_file
from neurofm.io._trial import survive
from neurofm.process import move


def save_cached(source: Source) -> Path:
    """A source in its kind's own file format in the user's cache, written once."""
    folder = cache_folder(source.kind if source.kind.endswith("s") else f"{source.kind}s")
    path = _save_recording(source, folder) if isinstance(source, Recording) else _save(source, folder)
    path.touch()
    prune(folder, latest=path)
    return path


def digest(source: Source) -> list[str]:
    """Tells in any process what a source holds; nothing of a kind whose content only its files tell."""
    return [_digest(source)] if isinstance(source, Recording) else []


def read_native(path: str | os.PathLike[str], kind: str) -> Source:
    """A source of a kind from a file that `save_cached` wrote."""
    path = Path(path).absolute()
    check_file(path)
    survive(path)
    return _readers.parse(_readers.native(kind)[0], path)


def _save_recording(recording: Recording, folder: Path) -> Path:
    """Named by its content, so that it need not be written to know whether it is there."""
    _, suffix, write = _readers.native("recording")
    path = folder / f"{_digest(recording)}{suffix}"
    return path if path.exists() else write(recording, path)


def _save(source: Source, folder: Path) -> Path:
    """Named by the bytes of its file."""
    _, suffix, write = _readers.native(source.kind)
    unfinished = folder / f".{os.getpid()}.part{suffix}"
    try:
        write(source, unfinished)
        with unfinished.open("rb") as file:
            digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
        return move(unfinished, folder / f"{digest}{suffix}")
    finally:
        unfinished.unlink(missing_ok=True)


def _digest(recording: Recording) -> str:
    """Same content, same name."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr((recording.session, recording.subject)).encode())
    arrays: dict[str, tuple[NDArray[Any], ...]] = {
        "": (recording.spikes.times, recording.spikes.unit, recording.domain)
    }
    for name, series in recording.series.items():
        arrays[f"{name} {series.names} {series.unit}"] = (series.times, series.values)
    for name, columns in arrays.items():
        digest.update(name.encode())
        for column in columns:
            digest.update(f"{column.dtype} {column.shape}".encode())
            digest.update(np.ascontiguousarray(column).view(np.uint8).data if column.size else b"")
    for name, table in (("units", recording.units), *recording.intervals.items()):
        digest.update(name.encode() + _text(table))
    return digest.hexdigest()


def _text(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, float_format="%.17g").encode()
