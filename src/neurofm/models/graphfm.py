"""GraphFM: one model for many graphs (Lachi et al. 2024).

A part of its own for each kind of graph makes features of any width into a token a node; where the node stands in its
graph is added. A few latents read all tokens of a graph by cross-attention and think. Each node then asks them, with
its token and those around it, and a linear map of its kind of graph names the class. Graphs of all sizes lie behind
each other in a batch, and latents read the tokens of their own: nothing is padded.
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


@dataclass(frozen=True, kw_only=True)
class Config(Seen):
    """A small one, that learns in minutes on one core; the paper's have 512 latents and up to 75 million weights."""

    nodes: Annotated[int, {"min": 16, "max": 10_000_000}] = 2_000  # of a graph in a step at most; larger: a part
    dim: Annotated[int, {"min": 8, "max": 4096}] = 64  # width of every token
    latents: Annotated[int, {"min": 1, "max": 4096}] = 32  # that read a graph
    depth: Annotated[int, {"min": 0, "max": 64}] = 2  # blocks in which they think
    heads: Annotated[int, {"min": 1, "max": 64}] = 4  # of attention; dim is a multiple of them
    mixes: Annotated[int, {"min": 0, "max": 8}] = 2  # steps along edges that a node's question holds
    dropout: Annotated[float, {"min": 0.0, "max": 0.9}] = 0.2  # share silenced while it learns


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
        dim = self.config.dim
        return nn.Sequential(
            nn.Linear(width, dim, bias=False), nn.LayerNorm(dim), nn.GELU(), Dropout(self.config.dropout),
            nn.Linear(dim, dim),
        )  # fmt: skip

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
        token = self.tokens(batch) + self.stand(batch["place"])
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


def build(config: Config, vocab: Mapping[str, Any], *targets: Target) -> GraphFM:
    """A network for the kinds of graphs that the course wrote down."""
    return GraphFM(config, vocab)


SPEC = ModelSpec(
    title="GraphFM",
    paper="Lachi et al. 2024",
    config=Config,
    schedule=Schedule(steps=600, batch=4, lr=1e-3, weight_decay=1e-2, clip=1.0, rise=0.05, hold=0.3),
    build=build,
    takes=Graph,
    spaces=("node",),
    course="nodes",
    decodes="class",
    effort=Effort(passes=60, item="graph", each=3e-5, million=1.0),
)
