"""Adjacency as a table of text: the first line and the first cell of each other name the nodes, cells are weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import LABEL, Graph
from neurofm.data.shown import several
from neurofm.errors import DataError
from neurofm.io._bouts import head, rows
from neurofm.io._graphs import between, graph
from neurofm.specs import ReaderSpec

FEWEST = 2  # nodes


def accepts(path: Path) -> bool:
    """Whether its first line names nodes, and the next begins with one of these and goes on with numbers."""
    lines = [line for line in head(path)[:2] if any(line)]
    if len(lines) < 2 or len(lines[0]) <= FEWEST:
        return False
    names, row = lines[0][1:], lines[1]
    try:
        [float(cell) for cell in row[1:] if cell]
    except ValueError:
        return False
    return row[0] in names and len(set(names)) == len(names) and "" not in names


def read(path: Path) -> Graph:
    """A node a row, with an edge to each column whose cell is not 0 or empty."""
    first, *others = [line for line in rows(path) if any(line)]
    names, lines = first[1:], [line[0] for line in others]
    _check_square(path, names, lines)
    weights = np.stack([_numbers(path, k, line, len(names)) for k, line in enumerate(others, 2)])
    if np.isinf(weights).any():
        row = int(np.isinf(weights).any(1).argmax())
        raise DataError(path, lines[row], "has an infinite weight; give a number")
    order = [lines.index(name) for name in names]
    empty = int(np.isnan(weights).sum())
    notes = [f"weight: {empty:,} cells are empty, and no edges"] if empty else []
    edges, links = between(np.nan_to_num(weights[order]))
    return graph(
        path, session=path.name.split(".")[0], nodes=pd.DataFrame({LABEL: names}), edges=edges, links=links,
        notes=("edges: from the node of a row to that of a column", *notes),
    )  # fmt: skip


def _check_square(path: Path, columns: list[str], lines: list[str]) -> None:
    for what, names in (("columns", columns), ("rows", lines)):
        twice = [name for name in names if names.count(name) > 1]
        if twice:
            raise DataError(path, what, f"'{twice[0]}' comes twice; give each node one")
    apart = sorted(set(columns) ^ set(lines))
    if apart:
        problem = (
            f"are {len(lines):,} by {len(columns):,} and not square ({several(apart)} only in one); was it cut off?"
        )
        raise DataError(path, "nodes", problem)


def _numbers(path: Path, k: int, line: list[str], count: int) -> NDArray[np.float64]:
    if len(line) != count + 1:
        raise DataError(path, f"line {k}", f"has {len(line) - 1} weights for {count} nodes; was the copy cut off?")
    try:
        return np.array([float(cell) if cell else np.nan for cell in line[1:]])
    except ValueError as error:
        raise DataError(path, f"line {k}", f"holds a weight that is no number ({error})") from error


SPEC = ReaderSpec(
    title="Table of adjacency", patterns=("*.csv", "*.tsv", "*.txt"), accepts=accepts, read=read, kind="graph"
)
