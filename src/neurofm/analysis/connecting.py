"""Ways to connect what is open: of each kind of source, of embeddings, and of graphs themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.analysis.cells import Step, silent
from neurofm.analysis.graphs import BIN, LEVEL, NEAREST, by_correlation, near, nearest, of_trials, touching
from neurofm.data.cells import Cells
from neurofm.data.embedding import Embedding
from neurofm.data.graph import LABEL, NODE, Graph, collapsed
from neurofm.data.recording import TRIALS, Recording
from neurofm.data.source import Source
from neurofm.data.volume import AXES, Volume
from neurofm.transforms.half_hop import half_hop

SLOW = "slow"  # the column of nodes that tells slow ones


def of_rows(shown: Embedding, sources: Sequence[Source] = (), *, count: int = NEAREST, step: Step = silent) -> Graph:
    """Rows of an embedding and those nearest to them, with what its sources tell of each.

    Raises
    ------
    ValueError
        If its rows are moments, which have no names.
    """
    if not shown.labels:
        raise ValueError(f"rows of '{shown.name}' have no names; connect units, trials, frames or cells")
    step(0.5, f"looking for neighbours of {len(shown.labels):,} rows")
    tables = [source.spaces()[shown.space].table for source in sources if shown.space in source.spaces()]
    told = [table() for table in tables if table is not None]
    about = pd.concat(told).drop_duplicates(LABEL).set_index(LABEL) if told else None
    table = None if about is None else about.reindex(list(shown.labels)).reset_index(drop=True)
    if table is not None:
        table = table.drop(columns=[name for name in table if name in AXES or table[name].isna().all()])
    return nearest(
        shown.values, shown.labels, of=shown.space, session=f"{shown.name} nearest", count=count, table=table
    )


def by_class(graph: Graph, *, column: str = "", step: Step = silent) -> Graph:
    """One node for each value of a column of nodes, the first that tells some apart if "" (see `collapsed`).

    Raises
    ------
    LookupError
        If there is no such column.
    """
    step(0.5, f"taking nodes of {graph.session} together")
    return collapsed(graph, column or next(iter(graph.classes()), "a class"))


def with_slow_nodes(graph: Graph, *, alpha: float = 0.0, p: float = 1.0, seed: int = 0, step: Step = silent) -> Graph:
    """The graph after Half-Hop: edges to a share `p` of the nodes pass a slow node; all others stand for theirs before.

    Slow nodes are called "from > to", have no label, and are in no split.

    Raises
    ------
    ValueError
        If alpha or p is outside [0, 1].
    """
    step(0.5, f"putting slow nodes into {graph.session}")
    woven = half_hop(graph.x, graph.edges, alpha=alpha, p=p, generator=np.random.default_rng(seed))
    slow = int(woven.slow.sum())
    stay = woven.edges.shape[1] - 3 * slow
    source, target = woven.edges[0, stay : stay + slow], woven.edges[1, stay + slow : stay + 2 * slow]
    name = graph.nodes[LABEL].astype(str).to_numpy(object)
    numbered = pd.Series(name[source] + " > " + name[target])
    again = numbered.groupby([graph.of[source], numbered]).cumcount()
    numbered = numbered.where(again == 0, numbered + " " + (again + 1).astype(str))
    between = pd.DataFrame({LABEL: numbered, **{axis: np.nan for axis in AXES if axis in graph.nodes}})
    nodes = pd.concat([graph.nodes, between], ignore_index=True).assign(**{SLOW: woven.slow})
    of = np.r_[graph.of, graph.of[source]]
    order = np.argsort(of, kind="stable")  # one subject after the other, slow nodes behind its own
    row = np.empty_like(order)
    row[order] = np.arange(len(order))
    hops = graph.links.iloc[_rows(graph, target)]
    things = np.array([*graph.names, *[""] * slow], object)[order]
    return Graph(
        session=f"{graph.session} half-hopped", subject=graph.subject, subjects=graph.subjects, of=of[order],
        nodes=nodes.iloc[order], edges=row[woven.edges], links=hops.reset_index(drop=True), x=woven.x[order],
        features=graph.features, stands_for=NODE, things=tuple(things), notes=graph.notes,
        splits={key: np.r_[split, np.full(slow, -1, np.int8)][order] for key, split in graph.splits.items()},
    )  # fmt: skip


class Way(NamedTuple):
    """A way to connect what is open.

    Parameters
    ----------
    takes : class of what it connects things of
    make : the graph of one of these
    options : of `make`, by name, with what they are unless another is said
    """

    takes: type
    make: Callable[..., Graph]
    options: Mapping[str, Any]


WAYS: Mapping[str, Way] = {
    "correlation": Way(Recording, by_correlation, {"bin": BIN, "level": LEVEL, "seed": 0}),
    "trials": Way(Recording, of_trials, {"count": NEAREST}),
    "contact": Way(Volume, touching, {"label": ""}),
    "distance": Way(Cells, near, {"count": NEAREST, "within": 0.0}),
    "latent distance": Way(Embedding, of_rows, {"count": NEAREST}),
    "class": Way(Graph, by_class, {"column": ""}),
    "half-hop": Way(Graph, with_slow_nodes, {"alpha": 0.0, "p": 1.0, "seed": 0}),
}


def ways_of(thing: Any) -> list[str]:
    """Ways in which things of it can be connected, the most usual first."""
    lacks = {
        "correlation": lambda: not len(thing.units),
        "trials": lambda: TRIALS not in thing.intervals or not len(thing.units),
        "contact": lambda: not thing.labels,
        "latent distance": lambda: not thing.labels,
        "class": lambda: not thing.classes(),
        "half-hop": lambda: not thing.edges.size,
    }
    return [name for name, way in WAYS.items() if isinstance(thing, way.takes) and not lacks.get(name, bool)()]


def _rows(graph: Graph, target: NDArray[np.int64]) -> NDArray[np.int64]:
    """Rows of the links of edges that stay and, three times, of those that pass a slow node to a target."""
    hopped = np.isin(graph.edges[1], target) & (graph.edges[0] != graph.edges[1])
    rows = np.arange(graph.edges.shape[1])
    return np.r_[rows[~hopped], np.tile(rows[hopped], 3)]
