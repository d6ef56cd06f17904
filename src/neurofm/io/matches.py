"""Matches as HDF5 of our own, which loses nothing: tables of animals, units and pairs, and their distances."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurofm.data.matches import Matches
from neurofm.errors import DataError
from neurofm.io._hdf5 import read_table, text, write_table, written
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

OBJECT = "Matches"  # what the file's root says that it is
TABLES = ("animals", "units", "pairs")
ARRAYS = ("animal", "profiles")
PLAIN = ("session", "subject", "space", "by", "method", "level", "seed", "conditions", "options")
LISTS = ("features", "notes")
MAPS = ("conditions", "options")
DISTANCES = "distances"


def accepts(path: Path) -> bool:
    """Whether its root says so."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return text(file.attrs.get("object", "")) == OBJECT


def read(path: Path) -> Matches:
    """What `write` wrote."""
    with h5py.File(path) as file:
        missing = [name for name in (*TABLES, *ARRAYS, DISTANCES) if name not in file]
        if missing or "about" not in file.attrs:
            raise DataError(path, (missing or ["about"])[0], "is missing; the file is damaged, match them again")
        about = json.loads(text(file.attrs["about"]))
        told: dict[str, Any] = {name: about[name] for name in PLAIN} | {name: tuple(about[name]) for name in LISTS}
        told |= {name: np.array(file[name]) for name in ARRAYS}
        rows = {"units": len(told["animal"]), "animals": None, "pairs": None}
        told |= {name: read_table(path, file, name, about["columns"][name], rows[name]) for name in TABLES}
        distances = {(i, j): np.array(file[DISTANCES][f"{i} {j}"]) for i, j in about[DISTANCES]}
        unread = left_out(set(file) - {*TABLES, *ARRAYS, DISTANCES})
    try:
        return Matches(**told | {"notes": (*told["notes"], *unread)}, distances=distances, paths=(str(path),))
    except (ValueError, LookupError) as error:
        raise DataError(path, "units", f"do not fit: {error}; the file is damaged, match them again") from error


def write(matches: Matches, path: str | os.PathLike[str]) -> Path:
    """Write to a file in one go; `read` gives it back equal."""
    return written(path, partial(_write, matches))


def _write(matches: Matches, file: Any) -> None:
    about: dict[str, Any] = {name: getattr(matches, name) for name in PLAIN}
    about |= {name: dict(about[name]) for name in MAPS}
    about |= {name: list(getattr(matches, name)) for name in LISTS}
    about["columns"] = {name: write_table(file, name, getattr(matches, name)) for name in TABLES}
    about[DISTANCES] = [list(pair) for pair in matches.distances]
    file.attrs["object"] = OBJECT
    file.attrs["about"] = json.dumps(about)
    for name in ARRAYS:
        file[name] = getattr(matches, name)
    distances = file.create_group(DISTANCES)
    for (i, j), distance in matches.distances.items():
        distances[f"{i} {j}"] = distance


SPEC = ReaderSpec(
    title="Matches (HDF5)", patterns=("*.matches.h5",), accepts=accepts, read=read, kind="matches", write=write,
    native=".h5",
)  # fmt: skip
