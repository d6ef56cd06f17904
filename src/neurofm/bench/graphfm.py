"""What GraphFM takes from many graphs to one that it has never seen, beside models of one graph.

Simulated graphs of communities: some to learn from, with all labels, and twelve that are held out, of which a tenth of
the nodes is told and a tenth is there to choose by; rates and steps were chosen on others. The core comes from so many
graphs, from one (scratch, at two rates) or from nowhere (random); the part for the graph's own features and classes
always begins afresh. `dim` is the width of the core, 64 unless said.

Of files, each graph of each animal is left out in turn: the core has learned from all others and from forty simulated
ones, then a tenth or six tenths of the nodes of the one are told. Where others are of its kind, as worms are, it is
named before any label is told, too.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm import io, progress
from neurofm.analysis import node_baselines as nodes
from neurofm.bench._table import Row, row, tell
from neurofm.data.graph import TEST, TRAIN, VALID, Graph, apart
from neurofm.data.split import Split
from neurofm.errors import DataError, UnknownUnits
from neurofm.specs import BenchSpec
from neurofm.synthetic.graphs import Ranges, communities

MODEL = "graphfm"
MANY, SEEDS, HELD_OUT = (160, 40, 5, 20), 3, 12
QUICK_MANY, QUICK_HELD_OUT = (2, 4), 2
STEPS, ADAPTED, BRIEF = 2400, 300, 4  # to learn from many, to adapt, and if quick
LEARN = {"lr": 2e-3}
FROZEN = {"lr": 2e-2, "freeze": 1.0}  # as `finetune` has it where the core stays
TUNED = {"lr": 5e-4, "freeze": 0.7, "vector_lr": 2e-2}
RATES = (1e-3, 3e-3)
SPECIALISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "GCN": ("gcn", {}),
    "GraphSAGE": ("graph_sage", {}),
    "Half-Hop GCN": ("gcn", {"half_hop": 1.0}),
}
SIMPLE = {"majority": "most frequent class", "features": "logistic on x", "propagated": "logistic on x, Rx, R2x"}
FIRST_HELD_OUT = 3000  # seed of the graphs that are held out: no training holds one, and no rate was chosen on them
WIDTHS = (32, 128)  # of the core, beside its own
SHARES, SIMULATED, FEWER = (0.1, 0.6), 40, 600  # labels of a real graph; graphs and steps beside the other real ones
ACCURACY = "accuracy"

Scores = dict[str, float]
Learn = Callable[[Graph, Path], Any]
Stage = Callable[[Sequence[Graph], int], Iterator[tuple[str, float]]]


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Three seeds (one, and few brief steps, if quick)."""
    if paths:
        return _real([graph for path in paths for graph in _graphs(path)], seed, quick=quick)
    seeds = range(seed, seed + (1 if quick else SEEDS))
    each: dict[str, list[float]] = {}
    for stage in _stages(quick=quick):
        for s in progress.each(seeds, "seed"):
            for name, score in stage(_held_out(quick=quick), s):
                each.setdefault(name, []).append(score)
                tell(f"seed {s}, {name}: {score:.3f}")
    return [row("held-out communities, a tenth of the labels", name, ACCURACY, told) for name, told in each.items()]


def _stages(*, quick: bool) -> Iterator[Stage]:
    """What is measured at all seeds before what comes next: the core of most graphs, then what stands beside it."""
    most, *fewer = QUICK_MANY if quick else MANY
    yield partial(_cores, most, {}, quick=quick)
    yield partial(_scores, quick=quick)
    for many in (0, *fewer):
        yield partial(_cores, many, {}, quick=quick)
    for width in WIDTHS:
        yield partial(_cores, fewer[0], {"dim": width}, quick=quick)


def _held_out(*, quick: bool) -> list[Graph]:
    return communities(QUICK_HELD_OUT if quick else HELD_OUT, seed=FIRST_HELD_OUT, ranges=_ranges(quick=quick))


def _graphs(path: str) -> list[Graph]:
    """Of each animal in a file."""
    graph = io.read(path)
    if not isinstance(graph, Graph):
        raise DataError(path, "", f"is of the kind '{graph.kind}', where graphs are needed")
    return apart(graph) if len(graph.subjects) > 1 else [graph]


def _ranges(*, quick: bool) -> Ranges:
    return Ranges(nodes=(60, 90), features=(8, 12)) if quick else Ranges()


def _scores(held_out: Sequence[Graph], seed: int, *, quick: bool) -> Iterator[tuple[str, float]]:
    """Mean accuracy over the held-out graphs by each system, as soon as it is known."""
    brief = {"steps": BRIEF if quick else ADAPTED}
    for name, (model, settings) in SPECIALISTS.items():
        score, simple = _mean(held_out, _alone(model, settings | (brief if quick else {}), seed))
        yield name, score
    yield from simple.items()
    for rate in RATES:
        yield f"scratch, rate {rate:g}", _mean(held_out, _alone(MODEL, {**brief, "lr": rate}, seed))[0]


def _cores(
    many: int, sizes: Mapping[str, Any], held_out: Sequence[Graph], seed: int, *, quick: bool
) -> Iterator[tuple[str, float]]:
    """Mean accuracy with a core of so many graphs, frozen and fine-tuned; of no graph as it was drawn."""
    brief = {"steps": BRIEF if quick else ADAPTED}
    graphs = communities(many or 2, seed=seed, ranges=_ranges(quick=quick))
    asked = {"steps": BRIEF if quick else STEPS, **LEARN} if many else {"steps": 1, "lr": 1e-7}
    name = ", ".join([f"core of {many} graphs" if many else "random core", *(f"{k} {v}" for k, v in sizes.items())])
    with tempfile.TemporaryDirectory() as folder:
        base = _learned(graphs, {**asked, **sizes}, Path(folder) / "base", seed)
        yield f"{name}, frozen", _mean(held_out, _adapted(base, {**brief, **FROZEN}, seed))[0]
        if many and not sizes:
            yield f"{name}, fine-tuned", _mean(held_out, _adapted(base, {**brief, **TUNED}, seed))[0]


def _real(graphs: Sequence[Graph], seed: int, *, quick: bool) -> list[Row]:
    """Each graph left out in turn, at two shares of labels; one seed."""
    each: dict[tuple[str, str], list[float]] = {}
    for k, graph in enumerate(progress.each(graphs, "graph")):
        for share, name, score in _left_out(graph, [*graphs[:k], *graphs[k + 1 :]], seed, quick=quick):
            each.setdefault((f"{share:.0%} of the labels, each left out in turn", name), []).append(score)
            tell(f"{graph.session}, {share:.0%}, {name}: {score:.3f}")
    return [row(*name, ACCURACY, told) for name, told in sorted(each.items(), key=lambda one: one[0][0])]


def _left_out(graph: Graph, others: Sequence[Graph], seed: int, *, quick: bool) -> Iterator[tuple[float, str, float]]:
    """Accuracy at each share of labels of what has learned from the others, and of what has not."""
    brief = {"steps": BRIEF if quick else ADAPTED}
    simulated = communities(QUICK_MANY[0] if quick else SIMULATED, seed=seed, ranges=_ranges(quick=quick))
    asked = {"steps": BRIEF if quick else FEWER, **LEARN}
    with tempfile.TemporaryDirectory() as folder:
        base = _learned([*others, *simulated], asked, Path(folder) / "base", seed)
        for share in SHARES:
            told = replace(graph, splits={"share": _share(graph, share, seed)})
            for name, (model, settings) in SPECIALISTS.items():
                score, simple = _mean([told], _alone(model, settings | (brief if quick else {}), seed))
                yield share, name, score
            yield from ((share, name, score) for name, score in simple.items())
            yield share, "forest of degrees and spectral vectors", _by_wiring(told)
            yield share, "scratch", _mean([told], _alone(MODEL, brief, seed))[0]
            yield from ((share, "core of the others, no label told", score) for score in _untold(base, told))
            for name, settings in (("frozen", FROZEN), ("fine-tuned", TUNED)):
                score, _ = _mean([told], _adapted(base, {**brief, **settings}, seed))
                yield share, f"core of the others, {name}", score


def _by_wiring(graph: Graph) -> float:
    """Accuracy on what is held out by a forest of how nodes are connected, without any feature of theirs."""
    named = graph.nodes[graph.classes()[0]]
    labels, _ = pd.factorize(named.where(named.astype(str) != ""), sort=True)
    split = graph.splits["share"][None]
    wired = nodes.wiring(graph.edges, len(graph.nodes), graph.weights())
    return float(nodes.accuracy(nodes.forest(wired, labels, split), labels, split)[0])


def _untold(base: Any, graph: Graph) -> list[float]:
    """Accuracy on what is held out before any label is told; none if no other graph is of its kind."""
    try:
        said = base.predict(graph)
    except UnknownUnits:
        return []
    judged = (graph.splits["share"] == TEST) & np.isfinite(said.truth).all(1)
    return [float((said.values[judged].argmax(1) == said.truth[judged].argmax(1)).mean())]


def _share(graph: Graph, share: float, seed: int) -> NDArray[np.int8]:
    """(node,) such a part of the nodes to train on, a tenth to choose by, the others held out."""
    order = np.random.default_rng([seed, 7]).permutation(len(graph.nodes))
    split = np.full(len(order), TEST, np.int8)
    first = round(share * len(order))
    split[order[:first]], split[order[first : first + len(order) // 10]] = TRAIN, VALID
    return split


def _alone(model: str, settings: Mapping[str, Any], seed: int) -> Learn:
    from neurofm.training import train

    return lambda graph, out: train(model, graph, out, seed=seed, settings=settings, device="cpu")


def _adapted(base: Any, settings: Mapping[str, Any], seed: int) -> Learn:
    from neurofm.training.fit import finetune

    return lambda graph, out: finetune(base, graph, out, seed=seed, settings=settings, device="cpu")


def _learned(graphs: Sequence[Graph], settings: Mapping[str, Any], out: Path, seed: int) -> Any:
    """A run that has learned all labels of these graphs."""
    from neurofm.training import train

    splits = {graph.session: Split(_rows(len(graph.nodes)), _rows(0), _rows(0)) for graph in graphs}
    learned = train(MODEL, graphs, out, seed=seed, settings=settings, splits=splits, device="cpu")
    tell(f"seed {seed}, {len(graphs)} graphs: loss {_loss(out):.3f}, {learned.metrics['seconds']:.0f} s")
    return learned


def _rows(count: int) -> Any:
    return np.arange(count)[:, None] + np.array([0.0, 1.0])


def _loss(folder: Path) -> float:
    """Mean of the last hundred steps."""
    lines = (folder / "log.jsonl").read_text("utf8").splitlines()[-100:]
    return float(np.mean([json.loads(line)["loss"] for line in lines]))


def _mean(graphs: Sequence[Graph], learn: Learn) -> tuple[float, Scores]:
    """Mean accuracy of what is learned of each graph, and that of simple ways beside it."""
    with tempfile.TemporaryDirectory() as folder:
        told = [learn(graph, Path(folder) / str(k)).metrics for k, graph in enumerate(graphs)]
    simple = {title: float(np.mean([one[f"{name}_{ACCURACY}"] for one in told])) for name, title in SIMPLE.items()}
    return float(np.mean([one[ACCURACY] for one in told])), simple


SPEC = BenchSpec(title="One model for many graphs, and what it takes to one that it has never seen", run=run)
