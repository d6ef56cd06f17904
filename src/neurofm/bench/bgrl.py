"""What nodes tell of their classes when nobody told a network: BGRL on a graph, with and without Half-Hop in its views.

Bootstrapped graph latents (Thakoor et al. 2022): two views of the graph, each without some edges and features; from one
view a GCN of two layers foresees what a slower copy says of the other. With Half-Hop each view has slow nodes, too, at
nodes that are drawn anew each step with p of 0.75; they are left out before views are compared. Then the network is
frozen and asked for latents of the graph as it is, or with slow nodes in all edges, and classes are read out linearly
on the graph's splits. Beside it stand weights as they were drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from neurofm import progress
from neurofm.analysis import node_baselines as nodes
from neurofm.bench._table import Row, tell
from neurofm.bench.graph import BOTH, Task, read_graph
from neurofm.errors import DataError
from neurofm.nn.graphs import Layer, Ways, ways
from neurofm.nn.momentum import apart, follow, head, slow
from neurofm.specs import BenchSpec
from neurofm.transforms.half_hop import half_hop

WIDTH, HIDDEN = 128, 256
STEPS, BRIEF, SEEDS = 300, 2, 3
LR, DECAY, MOMENTUM = 1e-3, 1e-5, 0.99
LEFT_OUT = ((0.2, 0.3), (0.4, 0.4))  # shares of edges and of features that each view is without
P = 0.75  # of Half-Hop
SYSTEMS: dict[str, float | None] = {"BGRL": None, "BGRL, Half-Hop alpha 0.5": 0.5, "BGRL, Half-Hop alpha 0": 0.0}
AS_IT_IS, HOPPED = "accuracy", "accuracy, read with slow nodes"

Scores = dict[tuple[str, str], NDArray[np.float64]]


class Encoder(nn.Module):
    """Latents (node, dim) of features (node, feature), which may be held sparse, along edges."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.first, self.second = Layer("degrees", 1, features, HIDDEN), Layer("degrees", 1, HIDDEN, WIDTH)
        self.norms = nn.ModuleList([nn.BatchNorm1d(HIDDEN), nn.BatchNorm1d(WIDTH)])
        self.bends = nn.ModuleList([nn.PReLU(), nn.PReLU()])

    def forward(self, x: Any, along: Ways) -> torch.Tensor:
        for layer, norm, bend in zip((self.first, self.second), self.norms, self.bends):
            x = bend(norm(layer(x, along)[:, 0]))
        return torch.as_tensor(x)


def run(paths: Sequence[Any], quick: bool, seed: int, peer: str | Path | None) -> list[Row]:
    """Three seeds (one, and few steps, if quick) of each graph."""
    if not paths:
        raise DataError(
            "bench bgrl", "PATH", "needs a graph: neurofm bench bgrl PATH with features and classes of nodes"
        )
    lines = []
    for path in paths:
        task = Task(read_graph(path), seed, 1)
        seeds = range(seed, seed + (1 if quick else SEEDS))
        each = [scores(task, one, BRIEF if quick else STEPS) for one in progress.each(seeds, "seed")]
        for system, metric in each[0]:
            values = np.concatenate([told[system, metric] for told in each])  # (seed, split)
            lines += task.row(system, values, metric)
            if system != "BGRL" and ("BGRL", metric) in each[0]:
                base = np.concatenate([told["BGRL", metric] for told in each])
                lines += task.row(system, 100 * (values - base), "points above BGRL")
    return lines


def scores(task: Task, seed: int, steps: int) -> Scores:
    """(1, split) accuracy of linear read-outs by system and by how latents were asked for."""
    torch.manual_seed(seed)
    told = {("random weights", AS_IT_IS): _read_out(task, Encoder(task.x.shape[1]), None)}
    for system, alpha in SYSTEMS.items():
        encoder = learned(task.x, task.edges[BOTH], alpha, steps, seed)
        told[system, AS_IT_IS] = _read_out(task, encoder, None)
        if alpha is not None:
            told[system, HOPPED] = _read_out(task, encoder, alpha)
        tell(f"seed {seed}, {system}: {told[system, AS_IT_IS].mean():.3f}")
    return told


def learned(x: NDArray[np.float32], edges: NDArray[np.int64], alpha: float | None, steps: int, seed: int) -> Encoder:
    """An encoder that learned from x (node, feature) and edges (2, edge) alone."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    encoder, foresee = Encoder(x.shape[1]), head(WIDTH, HIDDEN, WIDTH)
    slower = slow(encoder)
    optimizer = torch.optim.AdamW([*encoder.parameters(), *foresee.parameters()], LR, weight_decay=DECAY)
    for _ in range(steps):
        views = [view(x, edges, *shares, alpha, rng) for shares in LEFT_OUT]
        said = [foresee(encoder(*one)[: len(x)]) for one in views]
        with torch.no_grad():
            targets = [slower(*one)[: len(x)] for one in views]
        optimizer.zero_grad()
        (apart(said[0], targets[1]) + apart(said[1], targets[0])).backward()
        optimizer.step()
        follow(slower, encoder, MOMENTUM)
    return encoder.eval()


def view(
    x: NDArray[np.float32], edges: NDArray[np.int64], edge: float, feature: float, alpha: float | None,
    rng: np.random.Generator,
) -> tuple[Any, Ways]:  # fmt: skip
    """What an encoder takes where shares of edges and features are left out, with slow nodes unless alpha is None."""
    edges = edges[:, rng.random(edges.shape[1]) >= edge]
    x = np.where(rng.random(x.shape[1]) < feature, np.float32(0), x)
    if alpha is not None:
        hop = half_hop(x, edges, alpha=alpha, p=P, generator=rng)
        x, edges = hop.x, hop.edges
    return nodes.held(x), ways("degrees", edges, len(x))


def _read_out(task: Task, encoder: Encoder, alpha: float | None) -> NDArray[np.float64]:
    x, edges = task.x, task.edges[BOTH]
    if alpha is not None:
        hop = half_hop(x, edges, alpha=alpha)
        x, edges = hop.x, hop.edges
    encoder.eval()
    with torch.inference_mode():
        latents = encoder(nodes.held(x), ways("degrees", edges, len(x)))[: len(task.x)].numpy()
    scaled = (latents - latents.mean(0)) / np.maximum(latents.std(0), 1e-6)
    return task.accuracy(nodes.logistic(scaled, task.labels, task.splits))


SPEC = BenchSpec(title="Latents of nodes that learn without labels, with and without Half-Hop", run=run)
