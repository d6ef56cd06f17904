"""Graphs: nodes, what is known of each, and what leads from one to another; of one animal or of several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.data.plausible import Finding
from neurofm.data.shown import Shown, several
from neurofm.data.source import Space, Tie
from neurofm.data.volume import AXES, MICRON, UNSCALED
from neurofm.words import counted

NODE, SUBJECT = "node", "subject"  # its spaces
LABEL = "label"  # the column of nodes, and of subjects, that names them
WEIGHT = "weight"  # the column of links that says how strong each is, unless another is asked for
MOST = 12  # classes that are listed
COLORS = 8  # values that a picture tells apart
LONE = 0.02  # share of nodes without an edge that is worth a word
KINDS = 32  # whole numbers that may be classes
NUMBERED = ("feature ", "pca ")  # how features begin that have no names of their own
UNKNOWN = "unknown"  # what the node is called that stands for nodes of no class
MEANS = ("r", "distance")  # columns of links that do not add up
TRAIN, VALID, TEST = 0, 1, 2  # in a split, -1 for none of them
OWN = (LABEL, "session", SUBJECT, "out", "into")  # columns of the table of nodes that are made


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Graph(Shown):
    """Nodes and directed edges between them.

    Parameters
    ----------
    session : name, unique among what is open
    nodes : a row a node; column `label`, unique in each subject, and whatever is known of each: its type, region, or
        where it is (`z`, `y`, `x`)
    edges : (2, edge) rows of the nodes that each leads from and to; both directions of what has none
    links : a row an edge: its `weight` and others ("chemical", "electrical")
    x : (node, feature) what a model reads of each node; NaN where that is not known
    features : names of these
    splits : by name, (node,) 0 to train on, 1 to choose by, 2 held out, -1 neither
    subjects : a row for each graph, if there are several side by side that no edge connects; column `label`
    of : (node,) row of the subject, ascending
    stands_for, things : space whose things the nodes are ("unit"), and the label of each there; "" if they are none
    named : whether nodes of equal labels are alike in all subjects, as neurons of a worm are
    boxes, numbers : (node, 2, 3) corners in a volume, z y x, and (node,) number of each in its labels, or empty
    volume, labels : file of the volume that they lie in, and which of its labels numbers them; "" if unknown
    unit : of places: "um", or "voxels" where nobody knows
    paths, notes : files it came from; what the reader had to mend

    Raises
    ------
    ValueError
        If an edge names a node that is not there, a label comes twice in a subject, or lengths differ.
    """

    kind: ClassVar[str] = "graph"
    clock: ClassVar[str] = ""
    domain: ClassVar[NDArray[np.float64]] = np.zeros((0, 2))

    session: str
    nodes: pd.DataFrame
    edges: NDArray[np.int64]
    links: pd.DataFrame = field(default_factory=pd.DataFrame)
    x: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    features: tuple[str, ...] = ()
    splits: Mapping[str, NDArray[np.int8]] = field(default_factory=dict)
    subjects: pd.DataFrame = field(default_factory=pd.DataFrame)
    of: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    stands_for: str = ""
    things: tuple[str, ...] = ()
    named: bool = False
    boxes: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2, 3)))
    numbers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    volume: str = ""
    labels: str = ""
    unit: str = MICRON
    subject: str = ""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        count = len(self.nodes)
        set_ = object.__setattr__
        nodes = self.nodes.reset_index(drop=True)
        set_(self, "nodes", nodes.assign(**{LABEL: words(nodes[LABEL])}) if LABEL in nodes else nodes)
        set_(self, "edges", np.asarray(self.edges, np.int64).reshape(2, -1))
        x = np.asarray(self.x, np.float32)
        set_(self, "x", x if x.size or len(x) == count else np.zeros((count, 0), np.float32))
        names = self.features or tuple(f"{NUMBERED[0]}{k}" for k in range(self.x.shape[-1]))
        set_(self, "features", tuple(map(str, names)))
        if not len(self.links.columns):
            set_(self, "links", pd.DataFrame(index=range(self.edges.shape[1])))
        if not len(self.subjects):
            set_(self, "subjects", pd.DataFrame({LABEL: [self.subject or self.session]}))
            set_(self, "of", np.zeros(count, np.int64))
        set_(self, "of", np.asarray(self.of, np.int64))
        set_(self, "splits", {name: np.asarray(split, np.int8) for name, split in self.splits.items()})
        self._check()

    def _check(self) -> None:
        count, name = len(self.nodes), self.session
        lengths = {"x": len(self.x), "of": len(self.of)}
        lengths |= {f"split {key}": len(split) for key, split in self.splits.items()}
        optional: dict[str, Any] = {"things": self.things, "boxes": self.boxes, "numbers": self.numbers}
        lengths |= {part: len(rows) for part, rows in optional.items() if len(rows)}
        for part, length in lengths.items():
            if length != count:
                raise ValueError(f"{part} of {name} has {length} rows for {count} nodes")
        if len(self.links) != self.edges.shape[1]:
            raise ValueError(f"links of {name} have {len(self.links)} rows for {self.edges.shape[1]} edges")
        if self.x.ndim != 2 or len(self.features) != self.x.shape[1]:
            raise ValueError(f"x of {name} must be (node, feature) with a name for each feature, got {self.x.shape}")
        if self.edges.size and (self.edges.min() < 0 or self.edges.max() >= count):
            wrong = self.edges.max() if self.edges.max() >= count else self.edges.min()
            raise ValueError(f"an edge of {name} names node {wrong}, of {count}")
        if LABEL not in self.nodes or pd.DataFrame({"of": self.of, LABEL: self.nodes[LABEL]}).duplicated().any():
            raise ValueError(f"nodes of {name} need a column 'label' in which no name comes twice in a subject")
        if len(self.of) and (self.of.min() < 0 or self.of.max() >= len(self.subjects) or (np.diff(self.of) < 0).any()):
            raise ValueError(f"nodes of {name} must lie one subject after the other, of those in its table")
        if (self.of[self.edges[0]] != self.of[self.edges[1]]).any():
            raise ValueError(f"an edge of {name} leads from one subject to another; take them as one")

    def facts(self) -> dict[str, Any]:
        """Its size in a few words."""
        many = len(self.subjects) > 1
        return {
            "": self.session,
            "subject": self.subject,
            "graphs": several(self.subjects[LABEL]) if many else "",
            "nodes": f"{len(self.nodes):,}",
            "edges": f"{self.edges.shape[1]:,}",
            "features": f"{self.x.shape[1]:,}" if self.x.shape[1] else "",
            "splits": several(self.splits),
            "files": several(Path(path).name for path in self.paths),
        }

    @property
    def origin(self) -> str:
        """What a sentence about it begins with."""
        return next(iter(self.paths), self.session)

    @property
    def nameless(self) -> bool:
        """Whether nobody said what its features are, so that equal names mean nothing in another graph."""
        return bool(self.features) and all(name.startswith(NUMBERED) for name in self.features)

    @cached_property
    def names(self) -> list[str]:
        """Names of the nodes that are unique among all that is open: `session/label`, `session/subject/label`."""
        label = self.nodes[LABEL].astype(str)
        if len(self.subjects) == 1:
            return [f"{self.session}/{one}" for one in label]
        who = self.subjects[LABEL].astype(str).to_numpy()[self.of]
        return [f"{self.session}/{animal}/{one}" for animal, one in zip(who, label)]

    @cached_property
    def both_ways(self) -> bool:
        """Whether each edge is there in both directions."""
        here, there = (_keys(edges, len(self.nodes)) for edges in (self.edges, self.edges[::-1]))
        return bool(np.array_equal(np.unique(here), np.unique(there)))

    @property
    def places(self) -> NDArray[np.float64]:
        """(node, 3) where each is, z y x; NaN where nothing tells."""
        if all(name in self.nodes for name in AXES):
            return np.stack([_numbers(self.nodes[name]) for name in AXES], 1)
        return self.boxes.mean(1) if len(self.boxes) else np.full((len(self.nodes), 3), np.nan)

    def weights(self, name: str = WEIGHT) -> NDArray[np.float64]:
        """(edge,) of a column of links, or 1 for each where there is none of that name."""
        return _numbers(self.links[name]) if name in self.links else np.ones(self.edges.shape[1])

    def strength(self, name: str = WEIGHT) -> NDArray[np.float64]:
        """(edge,) how strong each is, whatever its sign; 0 where that is not known."""
        weights = np.abs(self.weights(name))
        return np.where(np.isfinite(weights), weights, 0.0)

    def classes(self) -> tuple[str, ...]:
        """Columns of nodes that tell some apart, those of few words first.

        Such have two values at least, of which one comes more than once; numbers are whole and few, as of layers.
        """
        told = [str(name) for name in self.nodes if name not in (LABEL, *AXES) and _tells(self.nodes[name])]
        few = {name: self.nodes[name].nunique() <= COLORS for name in told}
        return tuple(sorted(told, key=lambda name: (self.nodes[name].dtype.kind in "biuf", not few[name])))

    def spaces(self) -> Mapping[str, Space]:
        """Nodes and, where there are several graphs, whose each is."""
        there = {NODE: self._node_space}
        if len(self.subjects) > 1:
            there[SUBJECT] = Space(count=len(self.subjects), table=self._subject_table, told={"nodes": "{} nodes"})
        return there

    @cached_property
    def _node_space(self) -> Space:
        placed: dict[str, Any] = {}
        if len(self.boxes):
            placed["boxes"] = lambda local: self.boxes[local]
        if len(self.numbers):
            placed["numbers"] = lambda local: self.numbers[local]
        told = {name: f"{name} {{}}" for name in self.classes()[:2]}
        degrees = {"into": "edges: {}"} if self.both_ways else {"into": "edges in: {}", "out": "out: {}"}
        named = {self.stands_for: lambda: np.array(self.things, object)} if self.stands_for else {}
        if self.named:
            named[NODE] = lambda: self.nodes[LABEL].astype(str).to_numpy(object)
        return Space(
            count=len(self.nodes), table=self._table, telling=(*self.classes(), "into"), volume=self.volume,
            labels=self.labels, told=told | degrees, named=named,
            units=dict.fromkeys(AXES, "µm" if self.unit == MICRON else UNSCALED), **placed,
        )  # fmt: skip

    def ties(self) -> Iterable[Tie]:
        """Subjects and their nodes, where there are several."""
        if len(self.subjects) == 1:
            return ()
        return (Tie(SUBJECT, NODE, self.of, np.arange(len(self.of))),)

    def summary(self) -> dict[str, Any]:
        """What `neurofm info` tells."""
        told: dict[str, Any] = {
            "path": "+".join(self.paths),
            "kind": self.kind,
            "session": self.session,
            "subject": self.subject,
            "nodes": len(self.nodes),
            "edges": self.edges.shape[1],
            "both_ways": self.both_ways,
            "isolated": len(self.nodes) - len(np.unique(self.edges)),
            "features": self.x.shape[1],
            "links": [str(name) for name in self.links],
            "labels": {name: _counts(self.nodes[name]) for name in self.classes()},
            "splits": list(self.splits),
        }
        if len(self.subjects) > 1:
            nodes = np.bincount(self.of, minlength=len(self.subjects))
            told["graphs"] = dict(zip(map(str, self.subjects[LABEL]), map(int, nodes)))
        return told | {"warnings": [*map(str, self.findings()), *self.notes]}

    def findings(self) -> Sequence[Finding]:
        """What a user should know before trusting it."""
        return self._findings

    @cached_property
    def _findings(self) -> Sequence[Finding]:
        count, edges = len(self.nodes), self.edges
        lone = count - len(np.unique(edges))
        again = edges.shape[1] - len(np.unique(_keys(edges, count)))
        unweighed = int((~np.isfinite(self.weights())).sum())
        unknown = int((~np.isfinite(self.x)).any(1).sum())
        reach = (
            f"reach {counted(count - lone, 'node')} of {count:,}, so that nothing comes to the others from neighbours"
        )
        told = {
            ("none", "edges", "are none", "only features tell nodes apart"): not edges.size and count,
            ("lone", "edges", reach, "check the list of edges"): edges.size and lone > LONE * count,
            ("again", "edges", f"come again in {again:,} cases", "their weights add up"): again,
            (
                "weights",
                "weight",
                f"is not known in {counted(unweighed, 'edge')}",
                "it counts as 0",
            ): unweighed,
            ("unknown", "x", f"is not known in {counted(unknown, 'node')}", "models read the mean there"): unknown,
        }
        for name in self.classes()[:1]:
            bare = int((self.nodes[name].isna() | (self.nodes[name] == "")).sum())
            untold = f"is not known in {counted(bare, 'node')}"
            told[("unlabelled", name, untold, "nothing is learned from these, and they are not scored")] = bare
        for name, split in self.splits.items():
            empty = not (split == TRAIN).any() or not (split == TEST).any()
            told[("split", f"split {name}", "has no node to train on or none held out", "choose another")] = empty
        return tuple(
            Finding(code=code, field=about, sentence=sentence, remedy=remedy)
            for (code, about, sentence, remedy), so in told.items()
            if so
        )

    def _table(self) -> pd.DataFrame:
        count = len(self.nodes)
        into, out = (np.bincount(self.edges[k], minlength=count) for k in (1, 0))
        table = self.nodes.assign(label=self.names, session=self.session, into=into, out=out)
        if len(self.subjects) > 1:
            table = table.assign(subject=self.subjects[LABEL].astype(str).to_numpy()[self.of])
        return table

    def _subject_table(self) -> pd.DataFrame:
        nodes = np.bincount(self.of, minlength=len(self.subjects))
        label = [f"{self.session}/{name}" for name in self.subjects[LABEL]]
        return self.subjects.assign(label=label, session=self.session, nodes=nodes)


def take(graph: Graph, nodes: ArrayLike) -> Graph:
    """Some of the nodes, in rising order, with the edges between them; subjects of whom none is left are left out."""
    chosen = np.unique(np.asarray(nodes, np.int64))
    row = np.full(len(graph.nodes), -1)
    row[chosen] = np.arange(len(chosen))
    kept = (row[graph.edges] >= 0).all(0)
    who, of = np.unique(graph.of[chosen], return_inverse=True)
    return replace(
        graph, nodes=graph.nodes.iloc[chosen], edges=row[graph.edges[:, kept]],
        links=graph.links.iloc[np.flatnonzero(kept)].reset_index(drop=True), x=graph.x[chosen],
        splits={name: split[chosen] for name, split in graph.splits.items()},
        subjects=graph.subjects.iloc[who].reset_index(drop=True), of=of,
        things=tuple(np.array(graph.things, object)[chosen]) if graph.things else (),
        boxes=graph.boxes[chosen] if len(graph.boxes) else graph.boxes,
        numbers=graph.numbers[chosen] if len(graph.numbers) else graph.numbers,
    )  # fmt: skip


def apart(graph: Graph) -> list[Graph]:
    """The graph of each subject by itself."""
    return [
        replace(take(graph, np.flatnonzero(graph.of == k)), session=f"{graph.session} {name}", subject=str(name))
        for k, name in enumerate(graph.subjects[LABEL])
    ]


def both_directions(edges: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """(2, edge) each pair of nodes that an edge connects in both directions once, and each loop once."""
    keys = np.unique(np.concatenate([_keys(edges, count), _keys(edges[::-1], count)]))
    return np.stack(np.divmod(keys, max(count, 1)))


def single(edges: NDArray[np.int64], weights: NDArray[Any], count: int) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Edges that each come once, (2, edge), and the sums of the weights (edge, ...) of those that came more often."""
    keys, row = np.unique(_keys(edges, count), return_inverse=True)
    total = np.zeros((len(keys), *weights.shape[1:]), weights.dtype)
    np.add.at(total, row, weights)
    return np.stack(np.divmod(keys, max(count, 1))), total


def collapsed(graph: Graph, column: str) -> Graph:
    """One node for each value of a column of nodes in each subject; links of the same pair of values are summed.

    Raises
    ------
    LookupError
        If there is no such column.
    """
    if column not in graph.nodes:
        raise LookupError(f"nodes of {graph.session} have no column '{column}'; there are {several(graph.nodes)}")
    named = words(graph.nodes[column])
    table = pd.DataFrame({"of": graph.of, LABEL: named.where(named != "", UNKNOWN)})
    groups = table.drop_duplicates().sort_values(["of", LABEL]).reset_index(drop=True)
    row = pd.MultiIndex.from_frame(groups).get_indexer(pd.MultiIndex.from_frame(table)).astype(np.int64)
    numeric = graph.links.select_dtypes("number").drop(columns=list(MEANS), errors="ignore")
    sums = numeric if WEIGHT in numeric else numeric.assign(weight=1.0)
    edges, total = single(row[graph.edges], np.nan_to_num(sums.to_numpy(float)), len(groups))
    size = np.bincount(row, minlength=len(groups))
    there = np.isfinite(graph.x)
    x, count = np.zeros((2, len(groups), graph.x.shape[1]))
    np.add.at(x, row, np.where(there, graph.x, 0.0))
    np.add.at(count, row, there)
    x = np.divide(x, count, out=np.full_like(x, np.nan), where=count > 0)
    return Graph(
        session=f"{graph.session} by {column}", subject=graph.subject, subjects=graph.subjects, notes=graph.notes,
        of=groups["of"].to_numpy(np.int64),
        nodes=pd.DataFrame({LABEL: groups[LABEL], column: groups[LABEL], "nodes": size}),
        edges=edges, links=pd.DataFrame(total, columns=list(sums)), features=graph.features,
        x=x.astype(np.float32), named=graph.named,
    )  # fmt: skip


def words(column: pd.Series) -> pd.Series:
    """A column as text, "" where nothing is known."""
    return column.astype(object).where(column.notna(), "").map(str)


def ranked(column: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    """(row,) rank of each value, and what these are called in order: numbers by size, words by letters, none last."""
    known = column[column.notna()]
    numbers = known.dtype.kind in "biuf"
    values = column.where(column.notna(), np.nan) if numbers else words(column)
    rank, order = pd.factorize(values, sort=True, use_na_sentinel=True)
    names = [f"{value:g}" if isinstance(value, float) else str(value) for value in order]
    return np.where(rank < 0, len(names), rank).astype(np.int64), [*names, *([""] if (rank < 0).any() else [])]


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    return pd.to_numeric(column, errors="coerce").to_numpy(float)


def _keys(edges: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = edges[0] * max(count, 1) + edges[1]
    return keys


def _tells(column: pd.Series) -> bool:
    known = column[column.notna() & (column != "")]
    kinds = known.nunique()
    if known.dtype.kind in "iuf" and ((known % 1 != 0).any() or kinds > KINDS):
        return False
    return 1 < kinds < len(known)


def _counts(column: pd.Series) -> dict[str, int]:
    """How often each value comes, the most frequent first, and all that are not listed together."""
    counts = column[column != ""].value_counts()
    listed = {str(name): int(count) for name, count in counts[:MOST].items()}
    return listed | ({f"{len(counts) - MOST:,} others": int(counts[MOST:].sum())} if len(counts) > MOST else {})
