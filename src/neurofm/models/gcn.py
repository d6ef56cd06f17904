"""GCN: what a node and its neighbours are, in the mean weighted by degrees (Kipf and Welling 2017).

With `half_hop` messages take slow nodes (Azabou et al. 2023), which helps where neighbours are of other classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from neurofm.data.graph import Graph
from neurofm.data.target import Target
from neurofm.nn.convolved import Convolved, Layers, geometric
from neurofm.specs import Effort, ModelSpec, Schedule


@dataclass(frozen=True, kw_only=True)
class Config(Layers):
    """The published sizes, but for 64 in place of 16 wide."""


class Gcn(Convolved):
    def layer(self) -> nn.Module:
        layer: nn.Module = geometric().GCNConv(self.config.dim, self.config.dim)
        return layer


def build(config: Config, vocab: Mapping[str, Any], *targets: Target) -> Gcn:
    """A network for the kinds of graphs that the course wrote down."""
    return Gcn(config, vocab)


SPEC = ModelSpec(
    title="GCN",
    paper="Kipf and Welling 2017",
    config=Config,
    schedule=Schedule(steps=200, batch=4, lr=1e-2, weight_decay=0.0, clip=0.0, rise=0.05, hold=0.3),
    build=build,
    takes=Graph,
    spaces=("node",),
    course="nodes",
    decodes="class",
    effort=Effort(passes=200, item="graph", each=2e-6, million=1.0),
    slow=("torch_geometric.nn",),
)
