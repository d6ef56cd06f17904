"""How quickly, and in how much memory, Half-Hop is done: a million edges, 100,000 nodes, 64 features.

Beside it stand a plain fill of an output of the same size, which nothing can beat, and the form that indexes and
concatenates. All take turns in one process on one thread, and are compared in processor time, since other programs may
be at work. Memory is the most that was held beyond what is returned.

And how much of a step's nodes GraphFM leaves empty when graphs of 50 to 1,000 nodes lie behind each other in it, and
how long such a step takes where each of them is filled up to the largest instead, with nodes that no edge reaches.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.bench._table import Row, ratio, row
from neurofm.specs import BenchSpec
from neurofm.transforms.half_hop import HalfHop, half_hop

SIZES = {False: (100_000, 1_000_000, 7), True: (1_000, 10_000, 2)}  # nodes, edges, blocks
FEATURES = 64
GRAPHS, UNLIKE, AT_ONCE, STEPS = 40, (50, 1000), 4, 100  # graphs, nodes of each, graphs and steps that are drawn
WAYS: dict[str, dict[str, Any]] = {
    "alpha 0": {"alpha": 0.0},
    "alpha 0.5": {"alpha": 0.5},
    "alpha 0.5, p 0.5": {"alpha": 0.5, "p": 0.5},
}

Array = NDArray[Any]


def run(paths: Sequence[Any], quick: bool, seed: int, peer: str | Path | None) -> list[Row]:
    """Processor time of each way, what it is beside a fill and the usual form, how it grows, and memory."""
    nodes, count, blocks = SIZES[quick]
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(nodes, FEATURES)).astype(np.float32)
    edges = rng.integers(0, nodes, (2, count))
    case = f"Half-Hop, {count:,} edges, {nodes:,} nodes, {FEATURES} features"
    lines = [line for name, way in WAYS.items() for line in _way(f"{case}, {name}", x, edges, way, blocks)]
    return [*lines, *_growth(case, x, edges, blocks), *_packing(blocks, seed, quick=quick)]


def _way(case: str, x: Array, edges: Array, way: dict[str, Any], blocks: int) -> list[Row]:
    ours, usual = (partial(form, x, edges, **way) for form in (_ours, indexed))
    fill = partial(_fill, [(part.shape, part.dtype) for part in vars(ours()).values() if isinstance(part, np.ndarray)])
    took = _turns({"ours": ours, "index and concatenate": usual, "fill of the output": fill}, blocks)
    lines = [row(case, name, "time", seconds, "CPU s") for name, seconds in took.items()]
    for name in ("fill of the output", "index and concatenate"):
        lines.append(ratio(case, "ours", f"times {name}", took["ours"], took[name]))
    for name, form in (("ours", ours), ("index and concatenate", usual)):
        lines.append(row(case, name, "memory beyond the output", 100 * beyond(form), "%"))
    return lines


def _growth(case: str, x: Array, edges: Array, blocks: int) -> list[Row]:
    """Time of all edges beside that of half of them."""
    half = edges[:, : edges.shape[1] // 2]
    took = _turns({"all": partial(_ours, x, edges, alpha=0.5), "half": partial(_ours, x, half, alpha=0.5)}, blocks)
    return [ratio(case, "ours", "times half of the edges", took["all"], took["half"])]


def indexed(x: Array, edges: Array, *, alpha: float, p: float = 1.0) -> HalfHop:
    """The usual form, which holds each part by itself before all are joined."""
    source, target = edges
    hopped = (np.random.default_rng(0).random(len(x)) < p)[target] & (source != target)
    stay, source, target = edges[:, ~hopped], source[hopped], target[hopped]
    middle = np.arange(len(x), len(x) + len(source))
    slow = alpha * x[source] + (1 - alpha) * x[target]
    woven = [stay, np.stack([source, middle]), np.stack([middle, target]), np.stack([target, middle])]
    mask = np.concatenate([np.zeros(len(x), bool), np.ones(len(source), bool)])
    return HalfHop(x=np.concatenate([x, slow]), edges=np.concatenate(woven, 1), slow=mask, labels=None, masks={})


def beyond(form: Callable[[], HalfHop]) -> float:
    """Most memory held at once beyond what is returned, as a share of that."""
    tracemalloc.start()
    try:
        hop = form()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = hop.x.nbytes + hop.edges.nbytes + hop.slow.nbytes
    return max(most - size, 0) / size


def _packing(blocks: int, seed: int, *, quick: bool) -> list[Row]:
    """Share of nodes that steps leave empty, and their time beside that of graphs filled up to the largest."""
    import torch

    from neurofm.models.graphfm import Config, GraphFM
    from neurofm.synthetic.graphs import Ranges, communities
    from neurofm.training import graphs

    data = communities(4 if quick else GRAPHS, seed=seed, ranges=Ranges(nodes=UNLIKE))
    kinds = [{"width": g.x.shape[1], "target": "class", "classes": sorted(set(g.nodes["class"]))} for g in data]
    kinds = [kind | graphs.scale([graph]) for kind, graph in zip(kinds, data)]
    every = [graphs.pieces(graph, kinds, k, both=True, place=True)[0] for k, graph in enumerate(data)]
    tokens = round(AT_ONCE * np.mean([len(piece.rows) for piece in every]))
    rngs = [np.random.default_rng([seed, k]) for k in range(STEPS)]
    steps = [graphs.draw(every, tokens, Config().nodes, rng) for rng in rngs]
    empty = [1 - sum(len(piece.rows) for piece in step) / tokens for step in steps]
    torch.manual_seed(seed)
    net, threads = GraphFM(Config(), {"kinds": kinds}), torch.get_num_threads()
    behind = [graphs.together(step) for step in steps[:blocks]]
    full = [
        graphs.together([_filled(piece, max(len(p.rows) for p in step)) for piece in step]) for step in steps[:blocks]
    ]

    def learn(batches: Sequence[Any]) -> None:
        for batch in batches:
            net.loss(net(batch), batch).backward()

    torch.set_num_threads(1)
    try:
        took = _turns({"behind each other": partial(learn, behind), "filled up": partial(learn, full)}, blocks)
    finally:
        torch.set_num_threads(threads)
    case = f"GraphFM, {AT_ONCE} of {len(data)} graphs a step"
    rows = [row(case, "behind each other", "nodes of a step left empty", 100 * np.array(empty), "%")]
    rows += [row(case, name, "time of a step", np.array(seconds) / blocks, "CPU s") for name, seconds in took.items()]
    return [*rows, ratio(case, "filled up", "times behind each other", took["filled up"], took["behind each other"])]


def _filled(piece: Any, count: int) -> Any:
    """A graph with nodes that nothing reaches up to a count, of which nothing is learned."""
    more = count - len(piece.rows)
    arrays = {name: getattr(piece, name) for name in ("rows", "x", "place")}
    arrays = {name: np.concatenate([a, np.zeros((more, *a.shape[1:]), a.dtype)]) for name, a in arrays.items()}
    return replace(piece, label=np.concatenate([piece.label, np.full(more, -1)]), **arrays)


def _ours(x: Array, edges: Array, **way: Any) -> HalfHop:
    return half_hop(x, edges, generator=np.random.default_rng(0), **way)


def _fill(parts: Sequence[tuple[tuple[int, ...], Any]]) -> list[Array]:
    return [np.full(shape, 1, kind) for shape, kind in parts]


def _turns(forms: dict[str, Callable[[], Any]], blocks: int) -> dict[str, list[float]]:
    """Processor time of each in every block, each first in its turn."""
    took: dict[str, list[float]] = {name: [] for name in forms}
    names = list(forms)
    for k in range(blocks):
        for name in (*names[k % len(names) :], *names[: k % len(names)]):
            began = time.process_time()
            result = forms[name]()
            took[name].append(time.process_time() - began)
            del result  # so that no two outputs are held
    return took


SPEC = BenchSpec(title="Half-Hop of large graphs", run=run, timed=True)
