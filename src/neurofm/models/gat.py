"""GAT: a node chooses by attention to which neighbours it listens (Velickovic et al. 2018).

What an edge weighs is one of the things that attention reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from torch import Tensor, nn

from neurofm.data.graph import Graph
from neurofm.data.target import Target
from neurofm.nn.convolved import Convolved, Layers, geometric
from neurofm.specs import Effort, ModelSpec, Schedule


@dataclass(frozen=True, kw_only=True)
class Config(Layers):
    """The published sizes: eight heads, eight wide each."""

    heads: Annotated[int, {"min": 1, "max": 64}] = 8  # ways of attending, each as wide as dim / heads


class Gat(Convolved):
    def layer(self) -> nn.Module:
        dim, heads = self.config.dim, self.config.heads
        if dim % heads:
            raise ValueError(f"dim must be a multiple of heads, got {dim} and {heads}")
        dropout = self.config.dropout / 2
        layer: nn.Module = geometric().GATConv(dim, dim // heads, heads, edge_dim=1, dropout=dropout)
        return layer

    def step(self, layer: nn.Module, x: Tensor, edges: Tensor, weights: Tensor) -> Tensor:
        told: Tensor = layer(x, edges, weights[:, None])
        return told


def build(config: Config, vocab: Mapping[str, Any], *targets: Target) -> Gat:
    """A network for the kinds of graphs that the course wrote down."""
    return Gat(config, vocab)


SPEC = ModelSpec(
    title="GAT",
    paper="Velickovic et al. 2018",
    config=Config,
    schedule=Schedule(steps=200, batch=4, lr=1e-2, weight_decay=0.0, clip=0.0, rise=0.05, hold=0.3),
    build=build,
    takes=Graph,
    spaces=("node",),
    course="nodes",
    decodes="class",
    effort=Effort(passes=200, item="graph", each=4e-6, million=2.0),
    slow=("torch_geometric.nn",),
)
