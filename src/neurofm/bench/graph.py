"""What tells the classes of nodes of a graph: GCN, GraphSAGE and GAT with and without Half-Hop beside what is simpler.

A graph's splits are used where it has any, and ten are drawn if not (48 % to learn from, 32 % to choose by, each class
by itself). Networks are two layers of 64 with dropout 0.5, Adam 0.01, 200 epochs, of which the best on the nodes to
choose by. So are, for each split, edges (directed or both ways), alpha, p and weight decay: only what the nodes to
choose by say. Rows are means over seeds, then mean and sd over splits. Where a graph has no features, edges in and out
and the smoothest vectors of the wiring stand for them. At the end, deeper networks: accuracy, and how unlike the hidden
states of neighbours are after the last epoch (Dirichlet energy over squares, 0 if all are alike).

Not every setting is tried with every other: p and weight decay are varied on edges both ways, and not for GAT. Graphs
of more than a thousand nodes have one seed, the first three splits, and neither p nor weight decay varied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm import io
from neurofm.analysis import node_baselines as nodes
from neurofm.analysis.node_baselines import Plan, Told
from neurofm.bench._table import Row, row, shown, tell
from neurofm.data.graph import TEST, Graph, both_directions
from neurofm.errors import DataError
from neurofm.specs import BenchSpec
from neurofm.words import a_kind, counted

KINDS = {"GCN": "degrees", "GraphSAGE": "mean", "GAT": "attention"}
ALPHAS, DECAYS = (0.0, 0.5, 1.0), (5e-4, 5e-3)
DIRECTED, BOTH = "directed", "both ways"
WIRING = "degree and spectral"
DEPTHS = (2, 4, 8, 16)
SEEDS, SPLITS = 3, 10
LARGE, FEW = 1000, 3  # nodes above which fewer settings, one seed and so many splits are tried
BRIEF = 5  # epochs if quick

Setting = tuple[str, Plan]  # edges, and how it is trained


def run(paths: Sequence[Any], quick: bool, seed: int, peer: str | Path | None) -> list[Row]:
    """One table a graph."""
    if not paths:
        raise DataError("bench graph", "PATH", "needs a graph: neurofm bench graph PATH with classes of nodes")
    return [line for path in paths for line in rows(read_graph(path), quick=quick, seed=seed)]


def rows(graph: Graph, *, quick: bool = False, seed: int = 0) -> list[Row]:
    """All rows of one graph."""
    task = Task(graph, seed, 1 if quick or len(graph.nodes) > LARGE else SEEDS)
    lines = task.simple()
    epochs = BRIEF if quick else 200
    lines += task.row("MLP", task.say(task.tried([(BOTH, Plan(kind="none", epochs=epochs, decay=d)) for d in DECAYS])))
    for name in KINDS:
        lines += _beside(task, name, epochs)
    return lines + _deep(task, epochs, DEPTHS[:2] if quick else DEPTHS)


class Task:
    """A graph, its splits, and what is asked of each node."""

    def __init__(self, graph: Graph, seed: int, seeds: int) -> None:
        column = next(iter(graph.classes()), "")
        if not column:
            raise DataError(graph.origin, "nodes", "have no column of classes; join one that says the type of each")
        named = graph.nodes[column]
        codes, kinds = pd.factorize(named.where(named.astype(str) != ""), sort=True)  # -1 where nothing is said
        self.labels, self.seed, self.seeds = codes.astype(np.int64), seed, seeds
        count = len(graph.nodes)
        self.edges = {DIRECTED: graph.edges, BOTH: both_directions(graph.edges, count)}
        self.ways = (BOTH,) if graph.both_ways else (DIRECTED, BOTH)
        self.wiring = nodes.wiring(graph.edges, count, graph.weights())
        self.featured = bool(graph.x.shape[1])
        self.x = nodes.features(graph.x) if self.featured else self.wiring
        given = family(graph.splits)
        drawn = nodes.stratified(self.labels, SPLITS, np.random.default_rng(seed))
        every = np.stack(given) if given else drawn
        self.splits = every[:FEW] if count > LARGE else every
        few = f"{len(self.splits)} of " if len(self.splits) < len(every) else ""
        what = f"{few}{counted(len(every), 'split')} {'of its own' if given else 'drawn here'}"
        self.case = f"{graph.session}: {len(kinds)} of {column}, {what}"

    def accuracy(self, said: NDArray[np.int64]) -> NDArray[np.float64]:
        """(seed, split) of classes that were said (seed x split, node)."""
        splits = np.tile(self.splits, (len(said) // len(self.splits), 1))
        return nodes.accuracy(said, self.labels, splits).reshape(-1, len(self.splits))

    def row(self, system: str, scores: NDArray[np.float64], metric: str = "accuracy", note: str = "") -> list[Row]:
        """Mean and sd over splits of the means over seeds (seed, split)."""
        line = row(self.case, system, metric, scores.mean(0), note=note)
        tell(f"{self.case}, {system}, {metric}: {shown(line)} {note}")
        return [line]

    def simple(self) -> list[Row]:
        """What is not a network."""
        with_neighbours = nodes.propagated(self.x, self.edges[BOTH])
        named = "features" if self.featured else WIRING
        said = {
            "majority": nodes.majority(self.labels, self.splits),
            f"logistic, {named}": nodes.logistic(self.x, self.labels, self.splits),
            f"logistic, {named} and neighbours'": nodes.logistic(with_neighbours, self.labels, self.splits),
            f"closed form, {named}": nodes.closed_form(self.x, self.labels, self.splits),
            f"closed form, {named} and neighbours'": nodes.closed_form(with_neighbours, self.labels, self.splits),
        }
        if self.featured:
            said[f"logistic, {WIRING}"] = nodes.logistic(self.wiring, self.labels, self.splits)
        said[f"forest, {WIRING}"] = nodes.forest(self.wiring, self.labels, self.splits)
        return [line for name, answer in said.items() for line in self.row(name, self.accuracy(answer))]

    def train(self, setting: Setting) -> Told:
        """All seeds and splits of one setting at once."""
        way, plan = setting
        splits = np.tile(self.splits, (self.seeds, 1))
        return nodes.network(self.x, self.edges[way], self.labels, splits, plan, self.seed)

    def tried(self, settings: Sequence[Setting]) -> dict[Setting, Told]:
        """What came of each setting."""
        told = {}
        for setting in settings:
            told[setting] = self.train(setting)
            tell(f"{self.case}, {setting[1].kind}, {words(setting)}: {self.accuracy(told[setting].said).mean():.3f}")
        return told

    def say(self, told: Mapping[Setting, Told]) -> NDArray[np.float64]:
        """(seed, split) accuracy of the setting that is best on the nodes to choose by, for each."""
        best, answers = nodes.best_of(list(told.values())), np.stack([one.said for one in told.values()])
        return self.accuracy(answers[best, np.arange(len(best))])


def family(splits: Mapping[str, NDArray[np.int8]]) -> list[NDArray[np.int8]]:
    """Those of splits with nodes held out that differ in their number alone; the most, where there are several such."""
    families: dict[str, list[NDArray[np.int8]]] = {}
    for name, split in splits.items():
        if (split == TEST).any():
            families.setdefault(name.rstrip("0123456789"), []).append(split)
    return max(families.values(), key=len, default=[])


def settings(kind: str, ways: Sequence[str], epochs: int, *, few: bool) -> list[Setting]:
    """Those that are tried, without Half-Hop first."""
    plans: list[dict[str, Any]] = [{"alpha": alpha} for alpha in (None, *ALPHAS)]
    grid = [(way, plan) for way in ways for plan in plans]
    if not few:
        grid += [(BOTH, plan | {"decay": DECAYS[1]}) for plan in plans]
        grid += [(BOTH, plan | {"p": 0.5}) for plan in plans if plan["alpha"] is not None]
    return [(way, Plan(kind=kind, epochs=epochs, **plan)) for way, plan in grid]


def words(setting: Setting) -> str:
    """Edges, alpha, p and weight decay."""
    way, plan = setting
    hop = "as it is" if plan.alpha is None else f"alpha {plan.alpha:g}, p {plan.p:g}"
    return f"{way}, {hop}, decay {plan.decay:g}"


def _beside(task: Task, name: str, epochs: int) -> list[Row]:
    """One kind of network with and without Half-Hop, chosen, and each setting by itself."""
    few = name == "GAT" or len(task.labels) > LARGE
    told = task.tried(settings(KINDS[name], task.ways, epochs, few=few))
    plain = {s: one for s, one in told.items() if s[1].alpha is None}
    hopped = {s: one for s, one in told.items() if s[1].alpha is not None}
    half = {s: one for s, one in hopped.items() if (s[1].alpha, s[1].p) == (0.5, 1)}
    without, with_ = task.say(plain), task.say(hopped)
    lines = task.row(name, without) + task.row(f"Half-Hop {name}", with_, note=_favourite(hopped))
    lines += task.row(f"Half-Hop {name}, alpha 0.5, p 1", task.say(half))
    better = 100 * (with_ - without)
    wins = ", ".join(f"{(one > 0).sum()}/{(one == 0).sum()}/{(one < 0).sum()}" for one in better)
    error = better.mean(0).std(ddof=1) / np.sqrt(better.shape[1]) if better.shape[1] > 1 else np.nan
    note = f"standard error {error:.2g}; splits won/tied/lost by seed {wins}"
    lines += task.row(f"Half-Hop {name}", better, f"points above {name}", note)
    fixed = [task.row(name, task.accuracy(one.said), f"accuracy, {words(s)}") for s, one in told.items()]
    return [*lines, *(line for each in fixed for line in each)]


def _favourite(told: Mapping[Setting, Told]) -> str:
    """The setting that was chosen most often, and how often."""
    best = np.bincount(nodes.best_of(list(told.values())), minlength=len(told))
    return f"{words(list(told)[int(best.argmax())])} in {best.max()} of {best.sum()}"


def _deep(task: Task, epochs: int, depths: Sequence[int]) -> list[Row]:
    """Deeper networks of one kind, edges both ways."""
    lines = []
    for system, alpha in (("GCN", None), ("Half-Hop GCN", 0.0)):
        for depth in depths:
            told = task.train((BOTH, Plan(kind=KINDS["GCN"], alpha=alpha, depth=depth, epochs=epochs)))
            lines += task.row(system, task.accuracy(told.said), f"accuracy, depth {depth}")
            energy = told.energy.reshape(task.seeds, -1)
            lines += task.row(system, energy, f"energy, depth {depth}")
    return lines


def read_graph(path: Any) -> Graph:
    """What a file or folder holds, if it is a graph."""
    source = io.read(path)
    if not isinstance(source, Graph):
        raise DataError(path, "", f"holds {a_kind(source.kind)}, where a graph is needed")
    return source


SPEC = BenchSpec(title="Classes of nodes: networks with and without Half-Hop", run=run)
