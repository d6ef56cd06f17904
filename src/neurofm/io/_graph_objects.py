"""Graphs that another library has already opened, known by what they can do: networkx, torch_geometric, AnnData."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import LABEL, WEIGHT, Graph
from neurofm.errors import DataError
from neurofm.io._graphs import classes, graph, unowned
from neurofm.io._neighbours import neighbours
from neurofm.io._rows import row_table
from neurofm.io.graph_arrays import of_arrays

NAME = "graph"
X = ("x", "features", "feature")  # attributes of a node that are a row of numbers


def graph_of(thing: Any) -> Graph | None:
    """A graph of what is one; None of anything else.

    Raises
    ------
    DataError
        If it is one of them, but cannot be read.
    """
    if all(hasattr(thing, name) for name in ("is_directed", "nodes", "edges", "adjacency")):
        return of_networkx(Path(str(getattr(thing, "name", "") or NAME)), thing, paths=())
    if hasattr(thing, "obsp") and hasattr(thing, "obs_names"):
        return _of_anndata(thing)
    if hasattr(thing, "edge_types") and hasattr(thing, "node_types"):
        raise DataError("HeteroData", "", "has nodes of several types; make one of it by to_homogeneous() first")
    if hasattr(thing, "to_data_list") and hasattr(thing, "ptr"):
        return graphs_of(thing.to_data_list())
    if hasattr(thing, "num_node_features") and hasattr(thing, "get") and hasattr(thing, "indices"):
        many = [thing[k] for k in range(len(thing))]
        return of_data(many[0]) if len(many) == 1 else graphs_of(many)
    if hasattr(thing, "edge_index") and hasattr(thing, "to_dict"):
        return of_data(thing)
    return None


def graphs_of(things: Sequence[Any]) -> Graph | None:
    """Several graphs side by side in one; None if one of them is none.

    Raises
    ------
    DataError
        If they differ in what is known of their nodes.
    """
    parts = [graph_of(thing) if not isinstance(thing, Graph) else thing for thing in things]
    graphs = [part for part in parts if part is not None]
    if not graphs or len(graphs) < len(parts):
        return None
    widths = {part.x.shape[1] for part in graphs}
    if len(widths) > 1:
        problem = f"are {', '.join(map(str, sorted(widths)))} in different graphs; open each by itself"
        raise DataError(NAME, "features", problem)
    offsets = np.cumsum([0, *(len(part.nodes) for part in graphs)])
    names = [name for name in graphs[0].splits if all(name in part.splits for part in graphs)]
    return graph(
        Path("graphs"), session="graphs", paths=(), features=graphs[0].features,
        nodes=pd.concat([part.nodes for part in graphs], ignore_index=True),
        edges=np.concatenate([part.edges + offset for part, offset in zip(graphs, offsets)], 1),
        links=pd.concat([part.links for part in graphs], ignore_index=True), x=np.concatenate([p.x for p in graphs]),
        splits={name: np.concatenate([part.splits[name] for part in graphs]) for name in names},
        subjects=pd.DataFrame({LABEL: _apart(graphs)} | _told_of(things)),
        of=np.repeat(np.arange(len(graphs)), np.diff(offsets)),
        notes=tuple(dict.fromkeys(note for part in graphs for note in part.notes if not note.startswith("y: "))),
        unit=graphs[0].unit,
    )  # fmt: skip


def of_networkx(path: Path, thing: Any, **about: Any) -> Graph:
    """A graph of networkx: of edges without a direction, both; attributes become columns."""
    names = list(thing.nodes)
    table, told = _attributes([thing.nodes[name] for name in names], "nodes")
    called, table = _called(names, table)
    wide = next((name for name in X if name in table and _wide(table[name])), None)
    given = {} if wide is None else {"x": np.stack([np.asarray(row, np.float32) for row in table.pop(wide)])}
    kept, notes = row_table({str(name): column.to_numpy() for name, column in table.items()}, len(names), "nodes")
    row = {name: k for k, name in enumerate(names)}
    listed = list(thing.edges(data=True))
    edges = np.array([(row[a], row[b]) for a, b, _ in listed], np.int64).reshape(-1, 2).T
    links, more = _attributes([data for *_, data in listed], "edges")
    if not thing.is_directed():
        back = edges[0] != edges[1]
        edges = np.concatenate([edges, edges[::-1, back]], 1)
        links = pd.concat([links, links[back]], ignore_index=True)
        told.append("edges: have no direction, and lead both ways")
    nodes = pd.DataFrame({LABEL: called})
    if WEIGHT not in links:
        links = links.rename(columns=lambda name: WEIGHT if name.lower() == WEIGHT else name)
    return graph(path, **{
        "session": path.name.split(".")[0], "nodes": nodes.join(unowned(kept)), "edges": edges, "links": links,
        "notes": (*told, *notes, *more), **given, **about,
    })  # fmt: skip


def _called(names: Sequence[Any], table: pd.DataFrame) -> tuple[list[str], pd.DataFrame]:
    """What nodes are called: by their attribute "label" where each has one of its own; and the other attributes."""
    own = next((name for name in table if str(name).lower() == LABEL), None)
    told = [] if own is None else [str(word) for word in table[own]]
    if own is None or "" in told or len(set(told)) < len(told):
        return [str(name) for name in names], table
    return told, table.drop(columns=own)


def of_data(thing: Any) -> Graph:
    """A Data of torch_geometric, whose masks become splits."""
    path = Path(str(getattr(thing, "name", "") or NAME))
    given = {name: _array(value) for name, value in thing.to_dict().items()}
    arrays = {name: array for name, array in given.items() if array is not None}
    if "edge_index" not in arrays:
        raise DataError(path, "edge_index", "is missing; a graph needs edges")
    arrays.setdefault("num_nodes", np.array(int(thing.num_nodes)))
    return of_arrays(path, arrays, paths=())


def _of_anndata(thing: Any) -> Graph:
    obs = pd.DataFrame({str(name): _plain(thing.obs[name]) for name in thing.obs})
    return neighbours(
        Path(str(getattr(thing, "filename", None) or "cells")), list(map(str, thing.obs_names)), obs,
        {str(name): thing.obsp[name] for name in thing.obsp}, {str(name): thing.obsm[name] for name in thing.obsm},
        (thing.X, list(map(str, thing.var_names))), paths=(),
    )  # fmt: skip


def _plain(column: Any) -> NDArray[Any]:
    """Values of a column, those of categories as words, "" where they are missing."""
    values = np.asarray(column)
    if values.dtype.kind in "biuf":
        return values
    return np.array(["" if pd.isna(value) else str(value) for value in values], object)


def _attributes(rows: Iterable[Mapping[Any, Any]], where: str) -> tuple[pd.DataFrame, list[str]]:
    """A column for each attribute, words that are missing as ""."""
    records = list(map(dict, rows))
    table = pd.DataFrame.from_records(records, index=range(len(records)))
    table.columns = [str(name) for name in table]
    lists = [name for name in table if table[name].map(lambda v: isinstance(v, (dict, set, bytes))).any()]
    table = table.drop(columns=lists)
    for name in table:
        if table[name].dtype.kind not in "biuf" and not table[name].map(_many).any():
            table[name] = _plain(table[name])
    return table, [f"not read: {name} of {where}, which are no numbers or words" for name in lists]


def _many(value: Any) -> bool:
    return isinstance(value, (list, tuple, np.ndarray))


def _wide(column: pd.Series) -> bool:
    widths = {len(value) if _many(value) else -1 for value in column}
    return len(widths) == 1 and -1 not in widths


def _array(value: Any) -> NDArray[Any] | None:
    """A tensor, a number or a list of numbers as an array; None of anything else."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        return np.asarray(value.to_dense() if value.is_sparse else value)
    array = np.asarray(value) if isinstance(value, (int, float, list, tuple, np.ndarray)) else None
    return array if array is not None and array.dtype.kind in "biufUS" else None


def _apart(graphs: Sequence[Graph]) -> list[str]:
    """What each is called, if all are called otherwise, else its number."""
    names = [part.session for part in graphs]
    return names if len(set(names)) == len(names) else [f"{NAME} {k}" for k in range(len(names))]


def _told_of(things: Sequence[Any]) -> dict[str, Any]:
    """The class of each graph, where `y` is one for each."""
    values = [_array(getattr(thing, "y", None)) for thing in things]
    if any(value is None or value.size != 1 for value in values):
        return {}
    words = classes(np.array([value.reshape(()) for value in values if value is not None]))
    return {} if words is None else {"class": words.to_numpy(object)}
