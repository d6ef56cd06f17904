"""GraphSAGE: what a node is, and apart from it what its neighbours are in the mean (Hamilton et al. 2017).

The mean is weighted by the edges. Neighbours of another class do less harm here, since a node keeps its own part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from neurofm.data.graph import Graph
from neurofm.data.target import Target
from neurofm.nn.convolved import Convolved, Layers
from neurofm.nn.kinds import neighbours
from neurofm.specs import Effort, ModelSpec, Schedule


@dataclass(frozen=True, kw_only=True)
class Config(Layers):
    """Two layers, that read all neighbours."""


class Layer(nn.Module):
    """A map of each node, and another of the mean of those from which edges lead to it."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.own, self.around = nn.Linear(dim, dim), nn.Linear(dim, dim, bias=False)

    def forward(self, x: Tensor, edges: Tensor, weights: Tensor) -> Tensor:
        told: Tensor = self.own(x) + self.around(neighbours(x, edges, weights))
        return told


class GraphSage(Convolved):
    def layer(self) -> nn.Module:
        return Layer(self.config.dim)


def build(config: Config, vocab: Mapping[str, Any], *targets: Target) -> GraphSage:
    """A network for the kinds of graphs that the course wrote down."""
    return GraphSage(config, vocab)


SPEC = ModelSpec(
    title="GraphSAGE",
    paper="Hamilton et al. 2017",
    config=Config,
    schedule=Schedule(steps=200, batch=4, lr=1e-2, weight_decay=0.0, clip=0.0, rise=0.05, hold=0.3),
    build=build,
    takes=Graph,
    spaces=("node",),
    course="nodes",
    decodes="class",
    effort=Effort(passes=200, item="graph", each=2e-6, million=1.0),
)
