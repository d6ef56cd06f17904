"""GraphFM: one model for many graphs (Lachi et al. 2024).

What belongs to a kind of graph squeezes features of any width into a few; it begins as their principal axes, so that an
unseen graph is read before a label is told. One map for all graphs makes these a token a node; where the node stands in
its graph is added. A few latents read all tokens of a graph by cross-attention and think. Each node then asks them,
with its token and those around it, and a linear map of its kind of graph names the class. Graphs of all sizes lie
behind each other in a batch, and latents read the tokens of their own: nothing is padded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from neurofm.batch import Batch
from neurofm.data.graph import Graph
from neurofm.data.target import Target
from neurofm.nn.attention import CrossAttention, FeedForward, attend, attend_ragged
from neurofm.nn.dropout import Dropout
from neurofm.nn.kinds import Kinds, Seen, graphs, neighbours
from neurofm.nn.transformer import Block
from neurofm.specs import Effort, ModelSpec, Schedule
from neurofm.transforms.structure import WIDTH

LEADING = 8  # axes by which the scale of features is told


@dataclass(frozen=True, kw_only=True)
class Config(Seen):
    """A small one, that learns in minutes on one core; the paper's have 512 latents and up to 75 million weights."""

    nodes: Annotated[int, {"min": 16, "max": 10_000_000}] = 2_000  # of a graph in a step at most; larger: a part
    squeeze: Annotated[int, {"min": 1, "max": 1024}] = 16  # axes that features are squeezed into
    dim: Annotated[int, {"min": 8, "max": 4096}] = 64  # width of every token
    latents: Annotated[int, {"min": 1, "max": 4096}] = 32  # that read a graph
    depth: Annotated[int, {"min": 0, "max": 64}] = 2  # blocks in which they think
    heads: Annotated[int, {"min": 1, "max": 64}] = 4  # of attention; dim is a multiple of them
    mixes: Annotated[int, {"min": 0, "max": 8}] = 2  # steps along edges that a node's question holds
    dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.2  # share silenced while it learns
    hidden: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.4  # share of the features that it is not shown then


class GraphFM(Kinds):
    """Nodes of several graphs in, log odds of their classes out.

    Parameters
    ----------
    config : sizes
    vocab : the kinds of graphs, as the course wrote them
    """

    reads_place = True

    def __init__(self, config: Config, vocab: Mapping[str, Any]) -> None:
        super().__init__(config)
        dim, heads, dropout = config.dim, config.heads, config.dropout
        if dim % heads:
            raise ValueError(f"dim must be a multiple of heads, got {dim} and {heads}")
        self.token = nn.Sequential(Dropout(dropout), nn.Linear(config.squeeze, dim))
        self.stand = nn.Linear(WIDTH, dim)
        self.around = nn.Linear((config.mixes + 1) * dim, dim)
        self.memory = nn.Parameter(0.3 * torch.randn(config.latents, dim))
        self.look = CrossAttention(dim, heads, dim // heads, 0.0)
        self.first = FeedForward(dim, dropout)
        self.think = nn.ModuleList(Block(dim, heads, 4 * dim, dropout) for _ in range(config.depth))
        self.ask = CrossAttention(dim, heads, dim // heads, 0.0)
        self.last = FeedForward(dim, dropout)
        self.norm = nn.LayerNorm(dim)
        self.adapt(vocab)

    @property
    def hops(self) -> int:
        """Edges along which what a node is told has come, but for what its graph as a whole tells."""
        return self.config.mixes

    def reader(self, width: int) -> nn.Module:
        return nn.Sequential(Dropout(self.config.hidden), nn.Linear(width, self.config.squeeze, bias=False))

    @torch.no_grad()
    def begin(self, kind: int, x: Tensor) -> None:
        """Squeeze features (node, feature) along their principal axes, the first of which have sd 1 in the mean."""
        values, axes = principal(x, self.config.squeeze)
        weight = self.read[kind].get_parameter("1.weight")
        weight.zero_()
        weight[: len(axes)] = axes / values[:LEADING].mean().clamp(min=1e-6)

    def latents(self, batch: Batch) -> Tensor:
        """(node, dim) what each node was answered."""
        nodes = self.question(batch)
        counts = batch.lengths["graph"]
        context = self.read_all(nodes, counts)  # (graph, latent, dim)
        query, (key, value) = self.ask.query(nodes), self.ask.context(context).chunk(2, -2)
        told = [attend(query[rows][None], key[k][None], value[k][None])[0] for k, (_, rows) in enumerate(graphs(batch))]
        nodes = nodes + self.ask.out(torch.cat(told).flatten(-2))
        out: Tensor = self.norm(nodes + self.last(nodes))
        return out

    def question(self, batch: Batch) -> Tensor:
        """(node, dim) tokens joined with the means of their neighbours', and of theirs."""
        token = self.token(self.tokens(batch)) + self.stand(batch["place"])
        around = [token]
        for _ in range(self.config.mixes):
            around.append(neighbours(around[-1], batch["edges"], batch["weight"]))
        joined: Tensor = self.around(torch.cat(around, -1))
        return joined

    def read_all(self, nodes: Tensor, counts: tuple[int, ...]) -> Tensor:
        """(graph, latent, dim) what latents make of the tokens (node, dim) of each graph."""
        key, value = self.look.context(nodes).chunk(2, -2)
        seen = attend_ragged(self.look.query(self.memory), key, value, counts)
        latent = self.memory + self.look.out(seen.flatten(-2))
        latent = latent + self.first(latent)
        for block in self.think:
            latent = block(latent)
        return latent


def principal(x: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Sd (axis,) along the principal axes (axis, feature) of features (node, feature), the longest first."""
    count = min(count, *x.shape)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # of the probes by which axes of many features are sought
        _, values, axes = torch.pca_lowrank(x.float(), q=min(count + 8, *x.shape), niter=4)
    axes = axes.T[:count]
    first = axes.gather(1, axes.abs().argmax(1, keepdim=True))
    return values[:count] / len(x) ** 0.5, axes * torch.where(first < 0, -1.0, 1.0)


def build(config: Config, vocab: Mapping[str, Any], *targets: Target) -> GraphFM:
    """A network for the kinds of graphs that the course wrote down."""
    return GraphFM(config, vocab)


SPEC = ModelSpec(
    title="GraphFM",
    paper="Lachi et al. 2024",
    config=Config,
    schedule=Schedule(steps=600, batch=4, lr=2e-3, weight_decay=1e-2, clip=1.0, rise=0.05, hold=0.3),
    build=build,
    takes=Graph,
    spaces=("node",),
    course="nodes",
    decodes="class",
    adapted={"lr": 5e-4, "freeze": 0.7, "vector_lr": 2e-2},  # what is new first: few labels do not undo the core
    effort=Effort(passes=60, item="graph", each=3e-5, million=1.0),
)
