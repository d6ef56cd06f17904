"""What GraphFM takes from many graphs to one that it has never seen, beside models of one graph.

Simulated graphs of communities: some to learn from, with all labels, and eight that are held out, of which a tenth of
the nodes is told and a tenth is there to choose by. The core comes from so many graphs, from one (scratch, at two
rates) or from nowhere (random); the part for the graph's own features and classes always begins afresh. Files of graphs
are used in place of the eight.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neurofm import io, progress
from neurofm.bench._table import Row, row, tell
from neurofm.data.graph import Graph
from neurofm.data.split import Split
from neurofm.errors import DataError
from neurofm.specs import BenchSpec
from neurofm.synthetic.graphs import Ranges, communities

MODEL = "graphfm"
MANY, SEEDS, HELD_OUT = (160, 40, 5, 20), 3, 8
QUICK_MANY, QUICK_HELD_OUT = (2, 4), 2
STEPS, ADAPTED, BRIEF = 2400, 150, 4  # to learn from many, to adapt, and if quick
LEARN = {"lr": 2e-3}
FROZEN = {"lr": 5e-3, "freeze": 1.0}
TUNED = {"lr": 1e-3, "freeze": 0.6, "vector_lr": 5e-3}
RATES = (1e-3, 3e-3)
SPECIALISTS: dict[str, tuple[str, dict[str, Any]]] = {
    "GCN": ("gcn", {}),
    "GraphSAGE": ("graph_sage", {}),
    "Half-Hop GCN": ("gcn", {"half_hop": 1.0}),
}
SIMPLE = {"majority": "most frequent class", "features": "logistic on x", "propagated": "logistic on x, Rx, R2x"}
FIRST_HELD_OUT = 1000  # seed of the graphs that are held out, so that no training holds one of them
ACCURACY = "accuracy"

Scores = dict[str, float]


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Three seeds (one, and few brief steps, if quick)."""
    each: list[Scores] = []
    for s in progress.each(range(seed, seed + (1 if quick else SEEDS)), "seed"):
        each.append({})
        for name, score in _scores(_held_out(paths, quick=quick), s, quick=quick):
            each[-1][name] = score
            tell(f"seed {s}, {name}: {score:.3f}")
    case = "graphs in files" if paths else "held-out communities, a tenth of the labels"
    return [row(case, name, ACCURACY, [one[name] for one in each if name in one]) for name in each[0]]


def _held_out(paths: Sequence[str], *, quick: bool) -> list[Graph]:
    if not paths:
        return communities(QUICK_HELD_OUT if quick else HELD_OUT, seed=FIRST_HELD_OUT, ranges=_ranges(quick=quick))
    graphs = [io.read(path) for path in paths]
    for graph in graphs:
        if not isinstance(graph, Graph):
            raise DataError(graph.paths[0], "", f"is of the kind '{graph.kind}', where graphs are needed")
    return [graph for graph in graphs if isinstance(graph, Graph)]


def _ranges(*, quick: bool) -> Ranges:
    return Ranges(nodes=(60, 90), features=(8, 12)) if quick else Ranges()


def _scores(held_out: Sequence[Graph], seed: int, *, quick: bool) -> Iterator[tuple[str, float]]:
    """Mean accuracy over the held-out graphs by each system, as soon as it is known."""
    from neurofm.training import train
    from neurofm.training.fit import finetune

    steps, brief = (BRIEF, {"steps": BRIEF}) if quick else (STEPS, {"steps": ADAPTED})

    def alone(model: str, settings: Mapping[str, Any]) -> Callable[[Graph, Path], Any]:
        return lambda graph, out: train(model, graph, out, seed=seed, settings=settings, device="cpu")

    def adapted(base: Any, settings: Mapping[str, Any]) -> Callable[[Graph, Path], Any]:
        return lambda graph, out: finetune(base, graph, out, seed=seed, settings={**brief, **settings}, device="cpu")

    for name, (model, settings) in SPECIALISTS.items():
        score, simple = _mean(held_out, alone(model, {**settings, **(brief if quick else {})}))
        yield name, score
    yield from simple.items()
    for rate in RATES:
        yield f"scratch, rate {rate:g}", _mean(held_out, alone(MODEL, {**brief, "lr": rate}))[0]
    with tempfile.TemporaryDirectory() as folder:
        base = _learned(2, 1, {"lr": 1e-7}, Path(folder), seed, quick=quick)
        yield "random core, frozen", _mean(held_out, adapted(base, FROZEN))[0]
        for many in QUICK_MANY if quick else MANY:
            base = _learned(many, steps, LEARN, Path(folder), seed, quick=quick)
            yield f"core of {many} graphs, frozen", _mean(held_out, adapted(base, FROZEN))[0]
            yield f"core of {many} graphs, fine-tuned", _mean(held_out, adapted(base, TUNED))[0]


def _learned(many: int, steps: int, settings: Mapping[str, Any], folder: Path, seed: int, *, quick: bool) -> Any:
    """A run that has learned all labels of so many graphs."""
    from neurofm.training import train

    graphs = communities(many, seed=seed, ranges=_ranges(quick=quick))
    splits = {graph.session: Split(_rows(len(graph.nodes)), _rows(0), _rows(0)) for graph in graphs}
    out = folder / f"{many} {steps}"
    asked = {"steps": steps, **settings}
    learned = train(MODEL, graphs, out, seed=seed, settings=asked, splits=splits, device="cpu")
    tell(f"seed {seed}, {many} graphs: loss {_loss(out):.3f} at the end, {learned.metrics['seconds']:.0f} s")
    return learned


def _rows(count: int) -> Any:
    return np.arange(count)[:, None] + np.array([0.0, 1.0])


def _loss(folder: Path) -> float:
    """Mean of the last hundred steps."""
    import json

    lines = (folder / "log.jsonl").read_text("utf8").splitlines()[-100:]
    return float(np.mean([json.loads(line)["loss"] for line in lines]))


def _mean(graphs: Sequence[Graph], learn: Callable[[Graph, Path], Any]) -> tuple[float, Scores]:
    """Mean accuracy of what is learned of each graph, and that of simple ways beside it."""
    with tempfile.TemporaryDirectory() as folder:
        told = [learn(graph, Path(folder) / str(k)).metrics for k, graph in enumerate(graphs)]
    simple = {title: float(np.mean([one[f"{name}_{ACCURACY}"] for one in told])) for name, title in SIMPLE.items()}
    return float(np.mean([one[ACCURACY] for one in told])), simple


SPEC = BenchSpec(title="One model for many graphs, and what it takes to one that it has never seen", run=run)
