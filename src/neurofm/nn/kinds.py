"""What a network keeps for each kind of graph: what reads its features, and what names its classes.

Graphs are of one kind if their features bear the same names and the same column is told of their nodes, so that worms
share what two recordings do not. A batch is several graphs behind each other, nothing padded, those of a kind together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neurofm.batch import Batch, Output

NOT_TOLD = -1  # label of a node that is read and not learned from


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a model sees of a graph."""

    both: bool = True  # follow each edge in both directions
    nodes: Annotated[int, {"min": 16, "max": 10_000_000}] = 20_000  # of a graph in a step at most; larger: a part


class Kinds(nn.Module):
    """A network that reads nodes of several kinds of graphs, and names their classes.

    Attributes
    ----------
    kinds : sizes of each, how many features it reads and classes it names
    read, say : a part for each kind
    """

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config
        self.kinds: list[tuple[int, int]] = []
        self.read, self.say = nn.ModuleList(), nn.ModuleList()

    def reader(self, width: int) -> nn.Module:
        """What reads so many features."""
        return nn.Linear(width, self.config.dim, bias=False)

    def begin(self, kind: int, x: Tensor) -> None:
        """Take from features (node, feature) of a kind that is new what a part may begin with; nothing here."""

    def adapt(self, vocab: Mapping[str, Any]) -> None:
        """Begin parts for the kinds that are new, which stand behind the others."""
        for kind in vocab["kinds"][len(self.kinds) :]:
            self.kinds.append((kind["width"], len(kind["classes"])))
            self.read.append(self.reader(kind["width"]))
            self.say.append(nn.Linear(self.config.dim, len(kind["classes"])))

    @property
    def tables(self) -> list[nn.Parameter]:
        """What belongs to kinds of graphs."""
        return [*self.read.parameters(), *self.say.parameters()]

    def tokens(self, batch: Batch) -> Tensor:
        """(node, dim) features as the part of their kind reads them."""
        return torch.cat([self.read[kind](batch[f"x {kind}"]) for kind in dict.fromkeys(batch.lengths["kind"])])

    def answer(self, latent: Tensor, batch: Batch) -> Tensor:
        """(node, class) log odds, as many as the kind with most has; -inf where a kind has no such class."""
        widest = max(self.kinds[kind][1] for kind in batch.lengths["kind"])
        said = [self.say[kind](latent[rows]) for kind, rows in graphs(batch)]
        return torch.cat([F.pad(one, (0, widest - one.shape[1]), value=-torch.inf) for one in said])

    def latents(self, batch: Batch) -> Tensor:
        """(node, dim) what it thinks of each node."""
        raise NotImplementedError

    def forward(self, batch: Batch) -> Output:
        """Log odds (node, class) and latents (node, dim)."""
        latent = self.latents(batch)
        return Output(self.answer(latent, batch), latent)

    def loss(self, output: Output, batch: Batch) -> Tensor:
        """How unlikely it takes the classes that are told to be, in the mean of each graph, then of all graphs."""
        label, each = batch["label"], []
        for kind, rows in graphs(batch):
            if bool((label[rows] != NOT_TOLD).any()):
                said = output.prediction[rows, : self.kinds[kind][1]]
                each.append(F.cross_entropy(said, label[rows], ignore_index=NOT_TOLD))
        return torch.stack(each).mean()


def graphs(batch: Batch) -> Iterator[tuple[int, slice]]:
    """Kind and nodes of each graph of a batch."""
    first = 0
    for kind, count in zip(batch.lengths["kind"], batch.lengths["graph"]):
        yield kind, slice(first, first + count)
        first += count


def neighbours(x: Tensor, edges: Tensor, weights: Tensor) -> Tensor:
    """(node, dim) weighted means over those from which edges (2, edge) lead to each; zeros where none do."""
    total = x.new_zeros(len(x)).index_add(0, edges[1], weights)
    share = weights / total.clamp(min=1e-12)[edges[1]]
    return torch.zeros_like(x).index_add(0, edges[1], x[edges[0]] * share[:, None])
