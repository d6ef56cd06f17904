"""Tables of connections: text with a row for each edge, which says from what to what, and how strong it is.

Columns go by many names (pre and post, source and target, from and to); which were taken is told. Names of nodes are
text, however long the numbers. Where a column says which edges are chemical and which electrical, each kind becomes a
column of links. A table `NAME_nodes.csv` or `nodes.csv` beside it says what is known of the nodes.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.graph import LABEL, WEIGHT, Graph
from neurofm.errors import DataError
from neurofm.io._bouts import further, head, plain
from neurofm.io._graphs import codes, graph, numbered, unowned
from neurofm.io._wiring import ELECTRICAL, rule, wired
from neurofm.specs import ReaderSpec

PAIRS = (
    ("pre", "post"), ("presynaptic", "postsynaptic"), ("source", "target"), ("src", "dst"), ("from", "to"),
    ("neuron1", "neuron2"), ("node1", "node2"), ("cell1", "cell2"), ("1", "2"),
)  # fmt: skip
RESTS = ("", "id", "name", "neuron", "cell", "node", "label", "region", "bodyid", "body_id", "root_id", "pt_root_id")
WEIGHTS = (
    "weight", "weights", "syn_count", "synapses", "synapse_count", "n_synapses", "nsyn", "n_syn", "strength", "count",
    "number", "nbr", "n", "w",
)  # fmt: skip
KINDS = ("type", "kind", "synapse_type", "syn_type", "connection_type", "synapse")
LONGEST = 1 << 16  # bytes of a line
CHEMICAL = ("chemical", "chem")


def accepts(path: Path) -> bool:
    """Whether its first line names both ends of an edge."""
    lines = head(path)
    return bool(lines) and _ends(lines[0]) is not None


def read(path: Path) -> Graph:
    """An edge a row, in the direction from the first end to the second."""
    links = _table(path)
    ends = _ends([*map(str, links)])
    if ends is None:
        raise DataError(path, "", "names no ends of edges; call the columns pre and post, or source and target")
    for name in ends:
        if (links[name] == "").any():
            raise DataError(path, name, f"is empty in line {_line(links[name] == '')}; name the node there")
    called = {plain(name): name for name in reversed([*map(str, links)]) if name not in ends}
    weight = next((called[name] for name in WEIGHTS if name in called), None)
    nodes, known, told = _nodes(path, links[list(ends)])
    if not len(nodes):
        raise DataError(path, "", "holds no edges; was the copy cut off?")
    edges = np.stack([codes(links[name], nodes[LABEL]) for name in ends])
    taken = f"edges: from '{ends[0]}' to '{ends[1]}'" + (f", weight '{weight}'" if weight else "")
    links = links.drop(columns=list(ends))
    if weight:
        links = links.drop(columns=weight).assign(**{WEIGHT: _weights(path, weight, links[weight])})
    edges, links, more = _by_kind(edges, links)
    kept = further({*map(str, links)} - {WEIGHT}) if not more else []
    return graph(
        path, session=path.name.split(".")[0], nodes=nodes, edges=edges, links=links.reset_index(drop=True),
        paths=(str(path), *known), notes=(taken, *told, *more, *kept),
    )  # fmt: skip


def _table(path: Path) -> pd.DataFrame:
    """Cells of text under their names; the index counts the lines below the first."""
    first = head(path)[0]
    twice = [name for name in first if name and first.count(name) > 1]
    if twice:
        raise DataError(path, twice[0], "is the name of two columns; rename one")
    with path.open(encoding="utf-8-sig", errors="replace") as file, warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # lines that are longer than the first
        mark = max("\t;,", key=file.readline().count)
        cells = pd.read_csv(
            file, sep=mark, names=first, dtype=str, keep_default_na=False, index_col=False, skip_blank_lines=False
        )
    if len(cells) and _last(path).count(mark) < len(first) - 1:
        raise DataError(path, f"line {len(cells) + 1}", "has fewer cells than the first; was the copy cut off?")
    cells = cells.fillna("").loc[:, [bool(name) for name in first]].apply(lambda column: column.str.strip())
    return cells[(cells != "").any(axis=1)]


def _last(path: Path) -> str:
    """The last line that is not empty."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - LONGEST))
        return file.read().rstrip(b"\r\n").rpartition(b"\n")[2].decode("utf-8", "replace")


def _ends(names: Sequence[str]) -> tuple[str, str] | None:
    """The columns of both ends of an edge."""
    there = {plain(name): name for name in reversed(names)}
    for one, other in PAIRS:
        for rest in RESTS:
            for a, b in ((f"{one}_{rest}", f"{other}_{rest}"), (f"{rest}_{one}", f"{rest}_{other}")):
                pair = a.strip("_"), b.strip("_")
                if set(pair) <= set(there) and not (one == "1" and not rest):
                    return there[pair[0]], there[pair[1]]
    return None


def _line(wrong: pd.Series) -> int:
    """The first line of the file where something is wrong, that of the names being line 1."""
    return int(wrong.index[wrong.to_numpy()][0]) + 2


def _weights(path: Path, name: str, column: pd.Series) -> NDArray[np.float64]:
    weights = pd.to_numeric(column, errors="coerce").to_numpy(float)
    wrong = ~np.isfinite(weights)
    if wrong.any():
        said = column[wrong].iloc[0] or "empty"
        where = _line(pd.Series(wrong, column.index))
        raise DataError(path, name, f"is {said} in line {where}, which is no number; give one, or take the edge out")
    return weights


def _by_kind(edges: NDArray[np.int64], links: pd.DataFrame) -> tuple[NDArray[np.int64], pd.DataFrame, list[str]]:
    """Each pair once with the weight of each kind, if a column says which edges are chemical and which electrical."""
    for name in map(str, links):
        kinds = links[name].astype(str).str.lower()
        if plain(name) in KINDS and set(kinds) <= {*CHEMICAL, *ELECTRICAL} and len(kinds):
            electrical = kinds.isin(ELECTRICAL).to_numpy()
            weights = links[WEIGHT].to_numpy(float) if WEIGHT in links else np.ones(len(links))
            parts = {"chemical": ~electrical, "electrical": electrical}
            wires = {kind: (edges[:, of].T, weights[of]) for kind, of in parts.items() if of.any()}
            others = [other for other in map(str, links) if other not in (name, WEIGHT)]
            edges, links, notes = wired(wires)
            notes += [f"not read: {', '.join(others)}, since pairs of nodes were put together"] if others else []
            return edges, links, [rule(wires), *notes]
    return edges, links.apply(numbered), []


def _nodes(path: Path, ends: pd.DataFrame) -> tuple[pd.DataFrame, list[str], list[str]]:
    """What is known of each node, in which file, and what is to be said of that."""
    named = pd.unique(ends.to_numpy(object).ravel())
    beside = (f"{path.stem}_nodes{path.suffix}", "nodes.csv", "nodes.tsv")
    file = next((file for name in beside if (file := path.with_name(name)).is_file() and file != path), None)
    if file is None:
        whole = all(name.isdigit() for name in named)
        return pd.DataFrame({LABEL: sorted(named, key=int) if whole else named}, dtype=object), [], []
    about = _table(file)
    everyone = set(named)
    name = max(map(str, about), key=lambda column: about[column].isin(everyone).to_numpy().sum())
    lost = ~ends.isin(set(about[name]))
    if lost.to_numpy().any():
        end = str(lost.any().idxmax())
        problem = f"is '{ends[end][lost[end]].iloc[0]}' in line {_line(lost[end])}, which {file.name} does not list"
        raise DataError(path, end, f"{problem}; add it there")
    if about[name].duplicated().any():
        problem = f"'{about[name][about[name].duplicated()].iloc[0]}' comes twice; give each node one line"
        raise DataError(file, name, problem)
    more = unowned(about.drop(columns=name).apply(numbered))
    return pd.concat([about[name].rename(LABEL), more], axis=1), [str(file)], [f"nodes: '{name}' of {file.name}"]


SPEC = ReaderSpec(
    title="Table of connections", patterns=("*.csv", "*.tsv", "*.txt"), accepts=accepts, read=read, kind="graph"
)
