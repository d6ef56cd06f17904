"""Cells and their neighbours, as scanpy leaves them in an AnnData: whoever opened it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import LABEL, Graph
from neurofm.data.shown import several
from neurofm.data.volume import AXES, UNSCALED
from neurofm.errors import DataError
from neurofm.io._graphs import between, graph, unowned
from neurofm.io._plain import filled

MOST = 4_096  # columns of X that are taken as features
WIDE = ("X_pca", "X_scVI", "X_latent", "X_harmony")  # what neighbours are mostly computed from
PLACES = "spatial"
LINKED = ("connectivities", "distances")


def chosen(names: Sequence[str]) -> str:
    """The matrix (cell, cell) that says who is whose neighbour, "" if there is none."""
    strong = [name for name in names if "connectivit" in name.lower()]
    return next(iter([*(name for name in strong if name == LINKED[0]), *strong]), "")


def neighbours(
    path: Path, names: Sequence[str], obs: pd.DataFrame, matrices: Mapping[str, Any], wide: Mapping[str, Any],
    values: tuple[Any, Sequence[str]], **about: Any,
) -> Graph:  # fmt: skip
    """A graph of cells.

    Parameters
    ----------
    names, obs : of the cells, and what is known of each
    matrices : (cell, cell) by name, sparse or not
    wide : (cell, feature) by name
    values : (cell, variable) measured, or None, and names of the variables
    """
    key = chosen(list(matrices))
    if not key:
        held = several(matrices) or "nothing"
        problem = f"holds {held}, where connectivities are needed; run scanpy.pp.neighbors first"
        raise DataError(path, "obsp", problem)
    for name, matrix in matrices.items():
        if name == key and matrix.shape != (len(names), len(names)):
            raise DataError(path, f"obsp/{name}", f"is {matrix.shape} for {len(names):,} cells; compute it again")
    edges, links = between(matrices[key])
    far = matrices.get(key.replace(*LINKED))
    if far is not None and key != key.replace(*LINKED):
        links["distance"] = _at(far, edges)
    x, features, told = _features(wide, values)
    nodes = pd.DataFrame({LABEL: list(names)}).join(unowned(obs.reset_index(drop=True)))
    more = {key, key.replace(*LINKED)}
    unread = sorted({*(f"obsp/{name}" for name in matrices if name not in more)})
    return graph(path, **{
        "session": path.name.split(".")[0], "nodes": _placed(nodes, wide), "edges": edges, "links": links, "x": x,
        "features": features, "unit": UNSCALED,
        "notes": (f"weight: {key}", told, *([f"not read: {', '.join(unread)}"] if unread else [])), **about,
    })  # fmt: skip


def _at(matrix: Any, edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """(edge,) what it holds there; NaN where nothing, since no distance is not a distance of 0."""
    from scipy.sparse import csr_array

    values: NDArray[np.float64] = np.asarray(csr_array(matrix, dtype=float)[edges[0], edges[1]]).ravel()
    return np.where(values == 0, np.nan, values)


def _features(wide: Mapping[str, Any], values: tuple[Any, Sequence[str]]) -> tuple[NDArray[Any], tuple[str, ...], str]:
    name = next((name for name in WIDE if name in wide), "")
    if name:
        rows = np.asarray(wide[name], np.float32)
        return rows, tuple(f"{name.removeprefix('X_')} {k}" for k in range(rows.shape[1])), f"features: {name}"
    x, names = values
    if x is None or not 0 < x.shape[1] <= MOST:
        count = 0 if x is None else x.shape[1]
        said = f"features: none, since there is no X_pca and X has {count:,} columns; run scanpy.pp.pca first"
        return np.zeros((0, 0), np.float32), (), said
    dense = filled(x) if hasattr(x, "toarray") else np.asarray(x)
    return dense.astype(np.float32), tuple(names), "features: X"


def _placed(nodes: pd.DataFrame, wide: Mapping[str, Any]) -> pd.DataFrame:
    """With z, y and x of each where places are told, in the order x, y, z as there."""
    if PLACES not in wide or set(AXES) & set(nodes):
        return nodes
    places = np.asarray(wide[PLACES], float)
    if places.ndim != 2 or places.shape[1] not in (2, 3):
        return nodes
    whole = np.zeros((len(nodes), 3))
    whole[:, 3 - places.shape[1] :] = places[:, ::-1]
    return nodes.assign(**dict(zip(AXES, whole.T)))
