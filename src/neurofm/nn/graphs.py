"""Layers that pass along edges, many sets of weights at once: each set sees the same graph and learns by itself.

States are (node, set, dim). Ten public splits of one graph are thus one training, and a step costs little more than
that of one. What passes is a mean weighted by degrees (Kipf & Welling 2017), a plain mean (Hamilton et al. 2017), what
attention weighs (Velickovic et al. 2018), or nothing.
"""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import nn

HEADS = 8  # of attention in hidden layers
SLOPE = 0.2  # of its leaky rectifier below 0


class Sparse:
    """A sparse matrix, by which dense ones are multiplied from the left; gradients reach these.

    Parameters
    ----------
    after : one that is multiplied first: together they are their product, which may be far less sparse
    """

    def __init__(self, matrix: sp.csr_array, after: Sparse | torch.Tensor | None = None) -> None:
        self.forward, self.backward, self.after = _csr(matrix), _csr(sp.csr_array(matrix.T)), after

    def __matmul__(self, dense: torch.Tensor) -> torch.Tensor:
        product: torch.Tensor = _Product.apply(dense if self.after is None else self.after @ dense, self)
        return product


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, dense: torch.Tensor, matrix: Sparse) -> torch.Tensor:
        ctx.matrix = matrix
        return matrix.forward @ dense

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        return ctx.matrix.backward @ gradients[0].contiguous(), None


class Ways(NamedTuple):
    """What a kind of layer needs of the edges."""

    matrix: Sparse | None = None
    source: torch.Tensor | None = None
    target: torch.Tensor | None = None
    nodes: int = 0


def ways(kind: str, edges: NDArray[np.int64], count: int) -> Ways:
    """What a layer of this kind passes along (2, edge): each reads from the first row, and is read in the second.

    Parameters
    ----------
    kind : "degrees" and "attention", for which each node has a loop, "mean", or "none"
    """
    loops = np.arange(count)
    if kind == "degrees":
        one = _adjacency(edges, count)
        one = sp.csr_array(one + sp.diags_array((one.diagonal() == 0).astype(np.float32)))
        scale = sp.diags_array(1 / np.sqrt(one.sum(1)))
        return Ways(Sparse(sp.csr_array(scale @ one @ scale)))
    if kind == "mean":
        one = _adjacency(edges, count)
        return Ways(Sparse(sp.csr_array(sp.diags_array(1 / np.maximum(one.sum(1), 1)) @ one)))
    if kind == "attention":
        apart = edges[:, edges[0] != edges[1]]
        source, target = (torch.from_numpy(np.concatenate([end, loops])) for end in apart)
        return Ways(None, source, target, count)
    return Ways()


class Layer(nn.Module):
    """One linear map of each state, of which neighbours' are taken together.

    Parameters
    ----------
    kind : as of `ways`
    heads : of attention; `size` is divided among them
    """

    def __init__(self, kind: str, sets: int, into: int, size: int, *, heads: int = 1) -> None:
        super().__init__()
        self.kind, self.heads = kind, heads
        self.weight = _weights(into, sets, size)
        self.own = _weights(into, sets, size) if kind == "mean" else None
        self.bias = nn.Parameter(torch.zeros(sets, size))
        if kind == "attention":
            self.sender, self.listener = (_weights(heads, sets, size // heads) for _ in range(2))

    def forward(self, x: torch.Tensor | Sparse, along: Ways) -> torch.Tensor:
        """States (node, set, size) of x (node, set, into), or of features (node, into) that are equal for all."""
        mapped = _times(x, self.weight)
        if along.matrix is not None:
            passed = (along.matrix @ mapped.flatten(1)).view_as(mapped)
        else:
            passed = self._attended(mapped, along) if self.kind == "attention" else mapped
        own = _times(x, self.own) if self.own is not None else 0
        return passed + own + self.bias

    def _attended(self, mapped: torch.Tensor, along: Ways) -> torch.Tensor:
        states = mapped.unflatten(2, (self.heads, -1))  # (node, set, head, dim)
        sent, heard = ((states * weight.transpose(0, 1)).sum(-1) for weight in (self.sender, self.listener))
        scores = nn.functional.leaky_relu(sent[along.source] + heard[along.target], SLOPE)
        shape = (along.nodes, *scores.shape[1:])
        rows = along.target.view(-1, 1, 1).expand_as(scores)  # type: ignore[union-attr]
        most = scores.detach().new_full(shape, -torch.inf).scatter_reduce(0, rows, scores.detach(), "amax")
        strength = (scores - most[along.target]).exp()
        total = strength.new_zeros(shape).index_add(0, along.target, strength)  # type: ignore[arg-type]
        sums = torch.zeros_like(states).index_add(0, along.target, strength[..., None] * states[along.source])  # type: ignore[arg-type]
        return (sums / total[..., None]).flatten(2)


class Network(nn.Module):
    """Layers of one kind with rectifiers and dropout between.

    Parameters
    ----------
    into, hidden, classes : features, width of hidden states, and numbers it says of each node
    """

    def __init__(self, kind: str, sets: int, into: int, hidden: int, classes: int, depth: int, dropout: float) -> None:
        super().__init__()
        heads = HEADS if kind == "attention" and hidden % HEADS == 0 else 1
        sizes = [into, *[hidden] * (depth - 1), classes]
        last = len(sizes) - 2
        self.layers = nn.ModuleList(
            Layer(kind, sets, a, b, heads=heads if k < last else 1) for k, (a, b) in enumerate(pairwise(sizes))
        )
        self.drop = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor | Sparse, along: Ways) -> tuple[torch.Tensor, torch.Tensor | Sparse]:
        """What it says (node, set, class) and the states it says it from (node, set, hidden)."""
        *first, last = self.layers
        state = x
        for layer in first:
            state = torch.relu(layer(state if state is x else self.drop(state), along))
        return last(self.drop(state) if first else state, along), state


def _times(x: torch.Tensor | Sparse, weight: torch.Tensor) -> torch.Tensor:
    """(node, set, size) of (node, set, into), or (node, into), and weights (into, set, size)."""
    if isinstance(x, Sparse) or x.ndim == 2:
        return (x @ weight.flatten(1)).unflatten(1, weight.shape[1:])
    return torch.bmm(x.transpose(0, 1), weight.transpose(0, 1)).transpose(0, 1)


def _weights(into: int, sets: int, size: int) -> nn.Parameter:
    bound = (6 / (into + size)) ** 0.5  # Glorot & Bengio 2010
    return nn.Parameter(torch.empty(into, sets, size).uniform_(-bound, bound))


def _adjacency(edges: NDArray[np.int64], count: int) -> sp.csr_array:
    """(node, node) how often each reads from each."""
    ones = np.ones(edges.shape[1], np.float32)
    return sp.csr_array(sp.coo_array((ones, (edges[1], edges[0])), (count, count)))


def _csr(matrix: sp.csr_array) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta", UserWarning)
        ends, columns = (torch.from_numpy(part.astype(np.int64)) for part in (matrix.indptr, matrix.indices))
        values = torch.from_numpy(matrix.data.astype(np.float32))
        return torch.sparse_csr_tensor(ends, columns, values, matrix.shape, check_invariants=False)
