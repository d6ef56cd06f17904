"""Temporal convolutions that never look ahead, and how two moments of one sequence are made to tell of each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

KERNEL, CONVS = 3, 2  # frames seen by a convolution, and convolutions in a block


class Tcn(nn.Module):
    """Causal convolutions, further apart from block to block (Bai et al. 2018).

    Parameters
    ----------
    features : of a frame
    widths : of each block
    base : by which the frames that a convolution sees are further apart from block to block
    dropout : share of features silenced while it learns
    """

    def __init__(self, features: int, widths: Sequence[int], base: int, dropout: float = 0.0) -> None:
        super().__init__()
        inputs = (features, *widths)
        blocks = [_Block(a, b, base**k, dropout) for k, (a, b) in enumerate(zip(inputs, widths))]
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time, feature) to (batch, time, width of the last block)."""
        read: Tensor = self.blocks(x.transpose(1, 2)[:, :, None])  # (batch, width, 1, time): features lie together
        return read[:, :, 0].transpose(1, 2)


class _Block(nn.Module):
    def __init__(self, before: int, after: int, apart: int, dropout: float) -> None:
        super().__init__()
        self.past = (KERNEL - 1) * apart
        self.first = nn.Conv2d(before, after, (1, KERNEL), dilation=(1, apart))  # twice as fast as in one dimension
        self.second = weight_norm(nn.Conv2d(after, after, (1, KERNEL), dilation=(1, apart)))
        self.across = nn.Conv2d(before, after, 1) if before != after else nn.Identity()
        self.bend = nn.ModuleList(nn.PReLU(init=0.1) for _ in range(3))
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.drop(self.bend[0](self.first(F.pad(x, (self.past, 0)))))
        inner = self.drop(self.bend[1](self.second(F.pad(inner, (self.past, 0)))))
        bent: Tensor = self.bend[2](inner + self.across(x))
        return bent


class Predictor(nn.Sequential):
    """Says a latent from another one of its space."""

    def __init__(self, dim: int) -> None:
        super().__init__(nn.Linear(dim, 4 * dim), nn.BatchNorm1d(4 * dim), nn.ReLU(), nn.Linear(4 * dim, dim))


def field(blocks: int, base: int) -> int:
    """Frames that the last block sees, its own among them."""
    return 1 + (KERNEL - 1) * CONVS * sum(base**k for k in range(blocks))


def blocks_for(seconds: float, rate: float, base: int) -> int:
    """Fewest blocks that see so many seconds."""
    return next(n for n in range(1, 64) if field(n, base) >= math.floor(seconds * rate))


def apart(predictor: nn.Module, latent: Tensor, pairs: Tensor) -> Tensor:
    """How far what is said of the second moment of each pair is from it: 1 - cosine, in the mean.

    Parameters
    ----------
    latent : (batch, time, dim)
    pairs : (batch, pair, 2) frames
    """
    one, other = (latent.gather(1, frames[..., None].expand(-1, -1, latent.shape[2])) for frames in pairs.unbind(-1))
    said = predictor(one.flatten(0, 1))
    return 1 - F.cosine_similarity(said, other.detach().flatten(0, 1), dim=-1).mean()
