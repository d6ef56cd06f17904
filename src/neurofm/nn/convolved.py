"""What models have in common that pass on what neighbours say: layers one behind the other, and slow nodes between.

With `half_hop` above 0 some edges are taken through a slow node (Azabou et al. 2023). While it learns, which ones is
drawn anew in each step; afterwards every edge is (p = 1), so that the answer is always the same. Slow nodes know no
weights of edges: all edges are alike then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neurofm.batch import Batch, Output
from neurofm.nn.kinds import Kinds, Seen
from neurofm.transforms.half_hop import half_hop


@dataclass(frozen=True, kw_only=True)
class Layers(Seen):
    """Two layers, as most use them."""

    dim: Annotated[int, {"min": 1, "max": 4096}] = 64  # width of what is passed on
    depth: Annotated[int, {"min": 1, "max": 64}] = 2  # layers, a step along edges each
    dropout: Annotated[float, {"min": 0.0, "max": 0.95}] = 0.5  # share silenced between layers while it learns
    penalty: Annotated[float, {"min": 0.0, "max": 1.0}] = 2.5e-4  # of the sum of squares of all weights, in the loss
    half_hop: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.0  # chance that a node's edges get slow nodes; 0: none
    alpha: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.0  # how much a slow node begins as its source


def geometric() -> Any:
    """The layers of torch_geometric.

    Raises
    ------
    ImportError
        If it is not installed; says how to.
    """
    try:
        from torch_geometric import nn as layers
    except ImportError as error:
        raise ImportError('this model needs torch_geometric: pip install "napari-neurofm[graph]"') from error
    return layers


class Convolved(Kinds):
    """Nodes in, log odds of their classes out; a model says what a layer is.

    Parameters
    ----------
    config : sizes
    vocab : the kinds of graphs, as the course wrote them
    """

    reads_place = False  # where a node stands is read only where it has no features

    def __init__(self, config: Any, vocab: Mapping[str, Any]) -> None:
        super().__init__(config)
        self.layers = nn.ModuleList(self.layer() for _ in range(config.depth))
        self.adapt(vocab)

    @property
    def hops(self) -> int:
        """Edges along which what a node is told can have come; one more, since a layer asks for degrees."""
        return self.config.depth + 1

    def layer(self) -> nn.Module:
        """Tokens (node, dim) and edges in, tokens out."""
        raise NotImplementedError

    def step(self, layer: nn.Module, x: Tensor, edges: Tensor, weights: Tensor) -> Tensor:
        """What a layer makes of it."""
        out: Tensor = layer(x, edges, weights)
        return out

    def latents(self, batch: Batch) -> Tensor:
        """(node, dim) of the last layer."""
        x, edges, weights, count = self._slowed(self.tokens(batch), batch)
        for k, layer in enumerate(self.layers):
            x = F.dropout(F.relu(x), self.config.dropout, self.training) if k else x
            x = self.step(layer, x, edges, weights)
        return x[:count]

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """As of all, and a penalty for large weights: what decays apart from the gradient does less for few labels."""
        squares = torch.stack([p.square().sum() for p in self.parameters()]).sum()
        return super().loss(output, batch) + self.config.penalty * squares

    def _slowed(self, x: Tensor, batch: Batch) -> tuple[Tensor, Tensor, Tensor, int]:
        edges, weights, count = batch["edges"], batch["weight"], len(x)
        share = self.config.half_hop
        if not share:
            return x, edges, weights, count
        rng = np.random.default_rng(int(torch.randint(2**62, ()))) if self.training and share < 1 else None
        hopped = half_hop(x, edges, alpha=self.config.alpha, p=share if self.training else 1.0, generator=rng)
        return hopped.x, hopped.edges, weights.new_ones(hopped.edges.shape[1]), count
