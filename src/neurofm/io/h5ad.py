"""AnnData files (`.h5ad`) with neighbours: cells as nodes, `obsp/connectivities` as edges; read by h5py alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import Graph
from neurofm.errors import DataError
from neurofm.io._hdf5 import array, text
from neurofm.io._neighbours import LINKED, PLACES, WIDE, chosen, neighbours
from neurofm.io._plain import by_rows
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

READ = ("obs", "obsp", "obsm", "X", "var")
EMPTY = ("layers", "uns", "varm", "varp", "raw")  # beside them, and no part of a graph
INDEX = "_index"


def accepts(path: Path) -> bool:
    """Whether it has cells, and who is whose neighbour."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return isinstance(file.get("obs"), h5py.Group) and "obsp" in file and bool(chosen(list(file["obsp"])))


def read(path: Path) -> Graph:
    """Cells with what is known of each, and weights of the links to their neighbours."""
    with h5py.File(path) as file:
        names, obs = _frame(path, file, "obs")
        key = chosen(list(file.get("obsp", ())))
        taken = [name for name in file.get("obsp", ()) if not key or name in (key, key.replace(*LINKED))]
        matrices = {name: _matrix(path, file["obsp"][name], f"obsp/{name}") for name in taken}
        wide = {name: array(path, file["obsm"][name]) for name in (*WIDE, PLACES) if name in file.get("obsm", ())}
        values = None if set(WIDE) & set(wide) or "X" not in file else _matrix(path, file["X"], "X")
        features = _frame(path, file, "var")[0] if values is not None else []
        unread = [*(set(file) - {*READ, *EMPTY}), *_inside(file, "obsm", wide), *_inside(file, "obsp", taken)]
    graph = neighbours(path, names, obs, matrices, wide, (values, features))
    return replace(graph, notes=(*graph.notes, *left_out(unread)))


def _inside(file: Any, group: str, taken: Iterable[str]) -> list[str]:
    return [f"{group}/{name}" for name in file.get(group, ()) if name not in taken]


def _frame(path: Path, file: Any, name: str) -> tuple[list[str], pd.DataFrame]:
    """Names of the rows of a table, and its columns."""
    group = file.get(name)
    if not isinstance(group, h5py.Group):
        raise DataError(path, name, "is no table; write the file anew with anndata 0.7 or later")
    index = text(group.attrs.get(INDEX, INDEX))
    if index not in group:
        raise DataError(path, f"{name}/{index}", "is missing; the file is damaged, write it again")
    columns = {str(key): _column(path, group[key], f"{name}/{key}") for key in group if key != index}
    names = list(map(str, array(path, group[index])))
    wrong = next((key for key, column in columns.items() if len(column) != len(names)), "")
    if wrong:
        problem = f"has {len(columns[wrong]):,} rows for {len(names):,}; the file is damaged, write it again"
        raise DataError(path, f"{name}/{wrong}", problem)
    return names, pd.DataFrame(columns, index=range(len(names)))


def _column(path: Path, stored: Any, field: str) -> NDArray[Any]:
    """Values of a column: those of categories as words, "" where they are missing, NaN for numbers."""
    if isinstance(stored, h5py.Dataset):
        return array(path, stored)
    if {"codes", "categories"} <= set(stored):
        codes, words = array(path, stored["codes"]), array(path, stored["categories"])
        if codes.size and codes.max() >= len(words):
            raise DataError(path, field, "names a category that is not there; the file is damaged, write it again")
        plain = words.dtype.kind not in "OUS"
        return np.array([*words.tolist(), np.nan if plain else ""], float if plain else object)[codes]
    if {"values", "mask"} <= set(stored):
        values, mask = array(path, stored["values"]), array(path, stored["mask"]).astype(bool)
        plain = values.dtype.kind not in "OUS"
        return np.where(mask, np.nan if plain else "", values.astype(float if plain else object))
    raise DataError(path, field, "is a column of a kind that is not known; write it as numbers or words")


def _matrix(path: Path, stored: Any, field: str) -> Any:
    """A dense or a sparse matrix."""
    if isinstance(stored, h5py.Dataset):
        return array(path, stored)
    try:
        height, width = (int(length) for length in stored.attrs["shape"])
        by_columns = text(stored.attrs.get("encoding-type", "")).startswith("csc")
        data, others, starts = (array(path, stored[name]) for name in ("data", "indices", "indptr"))
        matrix = by_rows(data, others, starts, (width, height) if by_columns else (height, width))
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(path, field, f"is no whole sparse matrix ({error}); write the file again") from error
    return matrix.T if by_columns else matrix


SPEC = ReaderSpec(title="AnnData with neighbours", patterns=("*.h5ad",), accepts=accepts, read=read, kind="graph")
