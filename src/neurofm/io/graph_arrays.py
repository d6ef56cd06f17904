"""Graphs as numpy arrays in `.npz`: edges with features and classes of nodes, or adjacency, dense or sparse.

Names are those of torch_geometric (`edge_index`, `x`, `y`, `train_mask`), of the heterophilous graphs (`edges`,
`node_features`, `node_labels`, `train_masks`), of citation graphs (`adj_data`, `attr_data`, `labels`), of sparse
matrices of scipy, and `adjacency` with `names`. Other arrays with a row for each node become columns of nodes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import LABEL, WEIGHT, Graph
from neurofm.data.volume import AXES, UNSCALED
from neurofm.errors import DataError
from neurofm.io._file import head
from neurofm.io._graphs import MASKS, between, classes, graph, masks, unowned, zipped
from neurofm.io._plain import by_rows, filled
from neurofm.io._rows import left_out, row_table
from neurofm.specs import ReaderSpec

Arrays = Mapping[str, Any]

EDGES = ("edge_index", "edges", "edge_list")
ADJACENCY = ("adjacency", "adj", "adjacency_matrix", "connectivity", "connectome")
PARTS = ("data", "indices", "indptr", "row", "col", "shape", "format")  # of a sparse matrix
NAMES = ("names", "node_names", "node_ids", "nodes")
X = ("x", "features", "node_features", "feat")
Y = ("y", "labels", "node_labels", "label")
WEIGHTS = ("edge_weight", "edge_weights", "weight", "weights")
ABOUT_EDGES = ("edge_attr", "edge_features")
PLACES, COUNT, CLASS = "pos", ("num_nodes", "n_nodes"), "class"


def accepts(path: Path) -> bool:
    """Whether it is a zip of arrays with edges, or with an adjacency."""
    if head(path, 2) != b"PK":
        return False
    with zipfile.ZipFile(path) as file:
        names = {name.removesuffix(".npy") for name in file.namelist()}
    sparse = {"adj_data", "adj_indices", "adj_indptr"} <= names or {"data", "format", "shape"} <= names
    return sparse or bool(names & {*EDGES, *ADJACENCY})


def read(path: Path) -> Graph:
    """The graph; nodes that have no names are numbered."""
    return of_arrays(path, zipped(path))


def of_arrays(path: Path, arrays: Arrays, **about: Any) -> Graph:
    """A graph of arrays by name.

    Raises
    ------
    DataError
        If they do not fit together.
    """
    taken = _Taken({name: np.asarray(array) for name, array in arrays.items()})
    x, names = _features(path, taken), taken.first(NAMES)
    edges, links, size, notes = _edges(path, taken)
    labels = None if names is None else names.astype(str)
    y, count = taken.first(Y), taken.first(COUNT)
    total = _total(edges, (size, count, x, labels, y))
    if total is None:  # nothing tells how many nodes there are, so they are those that edges name
        ids, edges = np.unique(edges, return_inverse=True)
        edges, total, labels = edges.reshape(2, -1), len(ids), ids.astype(str)
    _check(path, edges, total, {"x": x, "names": labels})
    told, more = _classes(y, total)
    splits = masks(path, taken.some(name for names in MASKS.values() for name in names), total)
    table, untidy = row_table(told | taken.columns(total), total, "nodes")
    nodes = pd.DataFrame({LABEL: np.arange(total).astype(str) if labels is None else labels})
    notes = [*notes, *more, *untidy, *left_out(set(taken.arrays) - taken.names)]
    given: dict[str, Any] = {"session": path.stem, "splits": splits, "edges": edges, "links": links, "unit": UNSCALED}
    given |= {"nodes": nodes.join(unowned(table)), "x": np.zeros((total, 0)) if x is None else x, "notes": tuple(notes)}
    return graph(path, **given | about)


class _Taken:
    """Arrays, and which of them were made something of."""

    def __init__(self, arrays: Arrays) -> None:
        self.arrays, self.names = arrays, {"format", "directed", "is_directed"} & set(arrays)

    def first(self, names: Any) -> NDArray[Any] | None:
        """The first of these that is there."""
        name = next((name for name in names if name in self.arrays and name not in self.names), None)
        self.names |= {name} if name is not None else set()
        return None if name is None else self.arrays[name]

    def some(self, names: Any) -> dict[str, NDArray[Any]]:
        """All of these that are there."""
        there = {name: self.arrays[name] for name in names if name in self.arrays and name not in self.names}
        self.names |= set(there)
        return there

    def matrix(self, path: Path, begin: str) -> Any:
        """A sparse matrix whose parts are called so; None if it is not there."""
        from scipy.sparse import coo_array

        parts = {part: self.arrays[begin + part] for part in PARTS if begin + part in self.arrays}
        if not {"data", "shape"} <= set(parts):
            return None
        self.names |= {begin + part for part in parts}
        kind = str(parts.pop("format", np.array("csr")).astype(str)[()])
        try:
            height, width = (int(length) for length in parts.pop("shape"))
            if kind == "coo":
                return coo_array((parts["data"], (parts["row"], parts["col"])), shape=(height, width))
            shape = (width, height) if kind == "csc" else (height, width)
            matrix = by_rows(parts["data"], parts["indices"], parts["indptr"], shape)
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(path, f"{begin}data", f"is no whole sparse matrix ({error}); save it again") from error
        return matrix.T if kind == "csc" else matrix

    def columns(self, total: int) -> dict[str, NDArray[Any]]:
        """Numbers or words, one for each node, that nothing was made of yet, and places as z, y, x."""
        columns: dict[str, NDArray[Any]] = {}
        places = self.arrays.get(PLACES)
        if places is not None and places.shape in ((total, 2), (total, 3)):
            whole = np.zeros((total, 3))
            whole[:, 3 - places.shape[1] :] = places[:, ::-1]
            columns |= dict(zip(AXES, whole.T))
            self.names |= {PLACES}
        one = {name: a for name, a in self.arrays.items() if a.ndim and len(a) == a.size == total}
        one = {name: a for name, a in one.items() if name not in self.names and a.dtype.kind in "biufUS"}
        self.names |= set(one)
        return columns | {name: array.reshape(total) for name, array in one.items()}


def _total(edges: NDArray[np.int64], told: Sequence[Any]) -> int | None:
    """How many nodes there are, by what is told of them; None if nothing tells."""
    size, count, x, labels, y = told
    if size is not None or count is not None:
        return int(size if size is not None else count)
    rows = [len(array) for array in (x, labels, y) if array is not None and array.ndim]
    return next(
        (length for length in rows if x is not None or labels is not None or length > edges.max(initial=-1)), None
    )


def _classes(y: NDArray[Any] | None, total: int) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """A column of classes, or of other numbers, where there is one for each node; `y` is the name of an axis."""
    if y is None:
        return {}, []
    if not y.ndim or len(y) != total:
        return {}, [f"y: is {y.shape} for {total:,} nodes, left out"]
    words = classes(y)
    return ({"target": y} if words is None else {CLASS: words.to_numpy(object)}), []


def _features(path: Path, taken: _Taken) -> NDArray[Any] | None:
    sparse = taken.matrix(path, "attr_")
    if sparse is not None:
        return filled(sparse)
    x = taken.first(X)
    if x is not None and (x.ndim != 2 or x.dtype.kind not in "biuf"):
        raise DataError(path, "x", f"is {x.shape} of {x.dtype}, where (node, feature) numbers are needed")
    return x


def _edges(path: Path, taken: _Taken) -> tuple[NDArray[np.int64], pd.DataFrame, int | None, list[str]]:
    """(2, edge), their links, how many nodes there are where that is told, and what was turned."""
    sparse = taken.matrix(path, "adj_")
    sparse = taken.matrix(path, "") if sparse is None and "format" in taken.arrays else sparse
    dense = taken.first(ADJACENCY) if sparse is None and not set(EDGES) & set(taken.arrays) else None
    if sparse is not None or dense is not None:
        weights: Any = dense if sparse is None else sparse
        if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or weights.dtype.kind not in "biuf":
            problem = f"is {weights.shape} of {weights.dtype}, where a square of weights is needed, a node a row"
            raise DataError(path, "adjacency", problem)
        if not np.isfinite(weights.data if sparse is not None else weights).all():
            raise DataError(path, "adjacency", "holds weights that are no numbers; put 0 where there is no edge")
        return *between(weights), weights.shape[0], ["edges: from the node of a row to that of a column"]
    pairs = taken.first(EDGES)
    if pairs is None:
        raise DataError(path, "edge_index", "is missing; a graph needs edges, or an adjacency")
    pairs, notes = _turned(path, pairs)
    return pairs, _links(path, taken, pairs.shape[1]), None, notes


def _turned(path: Path, pairs: NDArray[Any]) -> tuple[NDArray[np.int64], list[str]]:
    if pairs.size == 0:
        return np.zeros((2, 0), np.int64), []
    if pairs.ndim != 2 or 2 not in pairs.shape or pairs.dtype.kind not in "iuf" or (pairs % 1 != 0).any():
        problem = f"is {pairs.shape} of {pairs.dtype}, where (2, edge) numbers of nodes are needed"
        raise DataError(path, "edge_index", problem)
    turned = pairs.shape[0] != 2
    return (pairs.T if turned else pairs).astype(np.int64), ["edges: a row is an edge; turned"] if turned else []


def _links(path: Path, taken: _Taken, count: int) -> pd.DataFrame:
    weights, about = taken.first(WEIGHTS), taken.first(ABOUT_EDGES)
    columns: dict[str, NDArray[Any]] = {}
    for name, array in ((WEIGHT, weights), ("edge_attr", about)):
        if array is None:
            continue
        if array.ndim not in (1, 2) or len(array) != count or array.dtype.kind not in "biuf":
            problem = f"is {array.shape} of {array.dtype} for {count:,} edges; give a row of numbers for each edge"
            raise DataError(path, name, problem)
        flat = array.reshape(count, -1)
        columns |= {name if flat.shape[1] == 1 else f"{name} {k}": flat[:, k] for k in range(flat.shape[1])}
    return pd.DataFrame(columns)


def _check(path: Path, edges: NDArray[np.int64], total: int, rows: Arrays) -> None:
    for name, array in rows.items():
        if array is not None and len(array) != total:
            raise DataError(path, name, f"has {len(array):,} rows for {total:,} nodes; give each node one")
    if edges.size and (edges.min() < 0 or edges.max() >= total):
        wrong = edges.max() if edges.max() >= total else edges.min()
        hint = "they are numbered from 1, so take 1 off" if edges.min() == 1 and wrong == total else "number from 0"
        raise DataError(path, "edge_index", f"names node {wrong}, of {total:,}; {hint}")


SPEC = ReaderSpec(title="Graph in numpy arrays", patterns=("*.npz",), accepts=accepts, read=read, kind="graph")
