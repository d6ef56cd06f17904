"""Graphs as HDF5 of our own, which loses nothing: tables of nodes, links and subjects, a dataset for each column."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neurofm.data.graph import Graph
from neurofm.errors import DataError
from neurofm.io._hdf5 import read_table, text, write_table, written
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

OBJECT = "Graph"  # what the file's root says that it is
TABLES = ("nodes", "links", "subjects")
ARRAYS = ("edges", "x", "of", "boxes", "numbers")
PLAIN = ("session", "subject", "stands_for", "named", "volume", "labels", "unit")
LISTS = ("features", "things", "notes")


def accepts(path: Path) -> bool:
    """Whether its root says so."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return text(file.attrs.get("object", "")) == OBJECT


def read(path: Path) -> Graph:
    """What `write` wrote."""
    with h5py.File(path) as file:
        missing = [name for name in (*TABLES, *ARRAYS, "splits") if name not in file]
        if missing or "about" not in file.attrs:
            raise DataError(path, (missing or ["about"])[0], "is missing; the file is damaged, write it again")
        about = json.loads(text(file.attrs["about"]))
        told: dict[str, Any] = {name: about[name] for name in PLAIN} | {name: tuple(about[name]) for name in LISTS}
        told |= {name: np.array(file[name]) for name in ARRAYS}
        rows = {"nodes": len(told["of"]), "links": told["edges"].shape[1], "subjects": None}
        told |= {name: read_table(path, file, name, about["columns"][name], rows[name]) for name in TABLES}
        splits = {name: np.array(file["splits"][str(k)]) for k, name in enumerate(about["splits"])}
        unread = left_out(set(file) - {*TABLES, *ARRAYS, "splits"})
    try:
        return Graph(**told | {"notes": (*told["notes"], *unread)}, splits=splits, paths=(str(path),))
    except ValueError as error:
        raise DataError(path, "nodes", f"do not fit: {error}; the file is damaged, write it again") from error


def write(graph: Graph, path: str | os.PathLike[str]) -> Path:
    """Write to a file in one go; `read` gives it back equal."""
    return written(path, partial(_write, graph))


def _write(graph: Graph, file: Any) -> None:
    about: dict[str, Any] = {name: getattr(graph, name) for name in PLAIN}
    about |= {name: list(getattr(graph, name)) for name in LISTS}
    about["splits"] = list(graph.splits)
    about["columns"] = {name: write_table(file, name, getattr(graph, name)) for name in TABLES}
    file.attrs["object"] = OBJECT
    file.attrs["about"] = json.dumps(about)
    for name in ARRAYS:
        file[name] = getattr(graph, name)
    splits = file.create_group("splits")
    for k, split in enumerate(graph.splits.values()):
        splits[str(k)] = split


SPEC = ReaderSpec(
    title="Graph (HDF5)", patterns=("*.graph.h5",), accepts=accepts, read=read, kind="graph", write=write,
    native=".h5",
)  # fmt: skip
