"""Cells as HDF5 of our own, which loses nothing: tables of cells and of regions, a dataset for each column."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurofm.data.cells import Cells
from neurofm.errors import DataError
from neurofm.io._hdf5 import read_table, text, write_table, written
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

OBJECT = "Cells"  # what the file's root says that it is
TABLES = ("cells", "regions")
TEXTS = ("session", "subject", "volume", "labels", "unit")
BOXES = "boxes"


def accepts(path: Path) -> bool:
    """Whether its root says so."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return text(file.attrs.get("object", "")) == OBJECT


def read(path: Path) -> Cells:
    """What `write` wrote."""
    with h5py.File(path) as file:
        missing = [name for name in (*TABLES, BOXES) if name not in file]
        if missing or "about" not in file.attrs:
            raise DataError(path, (missing or ["about"])[0], "is missing; the file is damaged, write it again")
        about = json.loads(text(file.attrs["about"]))
        tables: dict[str, Any] = {name: read_table(path, file, name, about["columns"][name]) for name in TABLES}
        boxes = np.array(file[BOXES], float)
        unread = left_out(set(file) - {*TABLES, BOXES})
    told: dict[str, Any] = {name: about[name] for name in TEXTS}
    return Cells(**told, **tables, boxes=boxes, notes=(*about["notes"], *unread), paths=(str(path),))


def write(cells: Cells, path: str | os.PathLike[str]) -> Path:
    """Write to a file in one go; `read` gives it back equal."""
    return written(path, partial(_write, cells))


def _write(cells: Cells, file: Any) -> None:
    about: dict[str, Any] = {name: getattr(cells, name) for name in TEXTS} | {"notes": list(cells.notes)}
    about["columns"] = {name: write_table(file, name, getattr(cells, name)) for name in TABLES}
    file.attrs.update({"object": OBJECT, "about": json.dumps(about)})
    file[BOXES] = cells.boxes


SPEC = ReaderSpec(
    title="Cells (HDF5)", patterns=("*.cells.h5",), accepts=accepts, read=read, kind="cells", write=write,
    native=".h5",
)  # fmt: skip
