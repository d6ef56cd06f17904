"""Choices as HDF5 of our own, which loses nothing: tables of subjects and of trials, a dataset for each column."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurofm.data.choices import Choices
from neurofm.errors import DataError
from neurofm.io._hdf5 import array, read_table, text, write_table, written
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

OBJECT = "Choices"  # what the file's root says that it is
ARRAYS = ("of", "action", "outcomes", "number")
TABLES = ("subjects", "columns")


def accepts(path: Path) -> bool:
    """Whether its root says so."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return text(file.attrs.get("object", "")) == OBJECT


def read(path: Path) -> Choices:
    """What `write` wrote."""
    with h5py.File(path) as file:
        missing = [name for name in (*ARRAYS, *TABLES) if name not in file]
        if missing or "about" not in file.attrs:
            raise DataError(path, (missing or ["about"])[0], "is missing; the file is damaged, write it again")
        about = json.loads(text(file.attrs["about"]))
        arrays = {name: np.array(array(path, file[name])) for name in ARRAYS}
        tables = {name: read_table(path, file, name, about["columns"][name]) for name in TABLES}
        unread = left_out(set(file) - {*ARRAYS, *TABLES})
    count = len(arrays["action"])
    outcomes = arrays["outcomes"].reshape(count, len(about["outcomes"]))
    return Choices(
        session=about["session"], subject=about["subject"], notes=(*about["notes"], *unread), paths=(str(path),),
        outcome_names=tuple(about["outcomes"]), arms=tuple(about["arms"]), of=arrays["of"], action=arrays["action"],
        number=arrays["number"], outcomes=outcomes, subjects=tables["subjects"],
        columns=tables["columns"].reindex(range(count)),
    )  # fmt: skip


def write(choices: Choices, path: str | os.PathLike[str]) -> Path:
    """Write to a file in one go; `read` gives it back equal."""
    return written(path, partial(_write, choices))


def _write(choices: Choices, file: Any) -> None:
    about = {
        "session": choices.session, "subject": choices.subject, "notes": list(choices.notes),
        "outcomes": list(choices.outcome_names), "arms": list(choices.arms),
        "columns": {name: write_table(file, name, getattr(choices, name)) for name in TABLES},
    }  # fmt: skip
    file.attrs.update({"object": OBJECT, "about": json.dumps(about)})
    for name in ARRAYS:
        file[name] = getattr(choices, name)


SPEC = ReaderSpec(
    title="Choices (HDF5)",
    patterns=("*.choices.h5",),
    accepts=accepts,
    read=read,
    kind="choices",
    write=write,
    native=".h5",
)
