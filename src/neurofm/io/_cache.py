"""Recordings kept as memory-mapped files for worker processes, named by what is in them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording

LIMIT = 20 << 30  # bytes kept in all; the least recently used go first


def save_cached(recording: Recording) -> Path:
    """The recording as a brainsets file in the user's cache, written once."""
    from platformdirs import user_cache_dir

    from neurofm.io import brainsets

    folder = Path(user_cache_dir("neurofm")) / "recordings"
    path = folder / f"{_digest(recording)}.h5"
    if path.exists():
        path.touch()
        return path
    folder.mkdir(parents=True, exist_ok=True)
    brainsets.write(recording, path)
    _prune(folder, keep=path)
    return path


def _digest(recording: Recording) -> str:
    """Same content, same name."""
    found = hashlib.blake2b(digest_size=16)
    found.update(repr((recording.session, recording.subject)).encode())
    arrays: dict[str, tuple[NDArray[Any], ...]] = {
        "": (recording.spikes.times, recording.spikes.unit, recording.domain)
    }
    for name, series in recording.series.items():
        arrays[f"{name} {series.names} {series.unit}"] = (series.times, series.values)
    for name, parts in arrays.items():
        found.update(name.encode())
        for part in parts:
            found.update(f"{part.dtype} {part.shape}".encode())
            found.update(np.ascontiguousarray(part).view(np.uint8).data if part.size else b"")
    for name, table in (("units", recording.units), *recording.intervals.items()):
        found.update(name.encode() + _text(table))
    return found.hexdigest()


def _text(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, float_format="%.17g").encode()


def _prune(folder: Path, *, keep: Path) -> None:
    files = sorted((p for p in folder.glob("*.h5") if p != keep), key=lambda p: p.stat().st_mtime, reverse=True)
    total = keep.stat().st_size
    for file in files:
        total += file.stat().st_size
        if total > LIMIT:
            file.unlink(missing_ok=True)
