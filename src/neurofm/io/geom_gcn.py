"""Folders of linked pages (Texas, Wisconsin, Film): a list of edges, and features and a class of each node.

`out1_graph_edges.txt` has a line an edge, `out1_node_feature_label.txt` a line a node; both begin with a header.
Splits lie in the folder, or in a folder `splits` beside it.

References
----------
Pei et al. 2020, "Geometric graph convolutional networks".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import LABEL, Graph
from neurofm.errors import DataError
from neurofm.io._graphs import codes, graph, published
from neurofm.io._rows import left_out
from neurofm.specs import ReaderSpec

EDGES, NODES = "out1_graph_edges.txt", "out1_node_feature_label.txt"
CLASS = "class"


def accepts(path: Path) -> bool:
    """Whether both files are there; either stands for the folder."""
    home = _home(path)
    return (home / EDGES).is_file() and (home / NODES).is_file()


def read(path: Path) -> Graph:
    """The graph, in the order of the nodes' numbers, with the published splits that are there."""
    home = _home(path)
    table = _lines(home / NODES, 3)
    ids, order = _ids(home / NODES, [line[0] for line in table])
    x, told = _features(home / NODES, [line[1] for line in table])
    edges = codes([end for line in _lines(home / EDGES, 2) for end in line], ids).reshape(-1, 2)
    _check_there(home / EDGES, edges)
    splits, where, shares = published(home, home.name, len(ids))
    nodes = pd.DataFrame({LABEL: ids, CLASS: [line[2] for line in table]}).iloc[order]
    row = np.argsort(order)
    files = (file.name for file in home.iterdir() if file.is_file() and not file.name.startswith("."))
    others = left_out(name for name in files if name not in (EDGES, NODES) and "_split_" not in name)
    return graph(
        path, session=home.name, nodes=nodes, edges=row[edges.T], x=x[order], splits=splits, paths=(str(home), *where),
        notes=(*told, *shares, *others),
    )  # fmt: skip


def _home(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _lines(path: Path, width: int) -> list[list[str]]:
    """Cells of each line below the header, or of all if there is none; lines without any are left out."""
    lines = path.read_text("utf-8-sig").splitlines()
    cells = [[cell.strip() for cell in line.split("\t")] for line in lines if line.strip()]
    for k, line in enumerate(cells, 1):
        if len(line) != width:
            problem = f"has {len(line)} cells, where {width} with tabs between them are needed; was the copy cut off?"
            raise DataError(path, f"line {k}", problem)
    return cells[1:] if cells and not cells[0][0].isdigit() else cells


def _ids(path: Path, ids: Sequence[str]) -> tuple[list[str], NDArray[np.intp]]:
    """What nodes are called, and their order by number: in that the splits list them."""
    if not ids:
        raise DataError(path, "", "names no node; was the copy cut off?")
    twice = pd.Series(ids)[pd.Series(ids).duplicated()]
    if len(twice):
        raise DataError(path, "node_id", f"'{twice.iloc[0]}' comes twice; give each node one line")
    numbers = pd.to_numeric(pd.Series(ids), errors="coerce").to_numpy(float)
    order = np.argsort(numbers, kind="stable") if np.isfinite(numbers).all() else np.arange(len(ids))
    return list(ids), order


def _features(path: Path, texts: Sequence[str]) -> tuple[NDArray[np.float32], list[str]]:
    """(node, feature): values, or ones where lists of different lengths say which are."""
    rows: list[NDArray[Any]] = []
    for k, text in enumerate(texts, 2):
        try:
            rows.append(np.array(text.split(",") if text else [], float))
        except ValueError as error:
            raise DataError(path, f"line {k}", f"holds a feature that is no number ({error})") from error
    widths = np.array([len(row) for row in rows])
    if len(set(widths)) == 1:
        return np.stack(rows).astype(np.float32), []
    usual = int(np.bincount(widths).argmax())
    every = np.concatenate(rows)
    lists = (every % 1 == 0).all() and (every >= 0).all() and every.max() > 1
    if not lists or any(len(set(row)) < len(row) for row in rows):
        k = int(np.flatnonzero(widths != usual)[0])
        problem = f"has {widths[k]} features, where other nodes have {usual}; give all nodes the same"
        raise DataError(path, f"line {k + 2}", problem)
    x = np.zeros((len(rows), int(every.max()) + 1), np.float32)
    for k, row in enumerate(rows):
        x[k, row.astype(np.int64)] = 1.0
    return x, ["features: lists of different lengths are taken for the numbers, from 0, of those that are 1"]


def _check_there(path: Path, edges: NDArray[np.int64]) -> None:
    lost = np.flatnonzero((edges < 0).any(1))
    if len(lost):
        problem = f"names a node that {NODES} does not list; give that a line, or take the edge out"
        raise DataError(path, f"edge {lost[0] + 1}", problem)


SPEC = ReaderSpec(
    title="Graph folder (out1 tables)",
    patterns=("out1_graph_edges.txt", "out1_node_feature_label.txt"),
    accepts=accepts,
    read=read,
    folder=True,
    kind="graph",
)
