"""Attention with rotary time, over batches and over sequences of different lengths without padding."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neurofm.nn.dropout import Dropout, drop
from neurofm.nn.rotary import rotate


def attend(query: Tensor, key: Tensor, value: Tensor, dropout: float = 0.0, mask: Tensor | None = None) -> Tensor:
    """Softmax attention with heads behind time: (batch, query, head, dim), (batch, token, head, dim) twice."""
    q, k, v = (x.transpose(-3, -2) for x in (query, key, value))
    return look(q, k, v, dropout, mask).transpose(-3, -2)


def look(query: Tensor, key: Tensor, value: Tensor, dropout: float = 0.0, mask: Tensor | None = None) -> Tensor:
    """Softmax attention with heads before time: (batch, head, query, dim), (batch, head, token, dim) twice."""
    if not dropout or query.device.type != "cpu":
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout)
    score = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)  # with dropout torch has no fused kernel here
    if mask is not None:
        score = score.masked_fill(~mask, -math.inf)
    return drop(score.softmax(-1), dropout) @ value


def attend_ragged(query: Tensor, key: Tensor, value: Tensor, lengths: Sequence[int], dropout: float = 0.0) -> Tensor:
    """The same queries into each of several sequences that lie behind each other.

    Parameters
    ----------
    query : (query, head, dim), shared by all
    key, value : (token, head, dim), `lengths` of them a sequence
    lengths : tokens of each sequence, each at least 1

    Returns
    -------
    Tensor
        (batch, query, head, dim)
    """
    if query.device.type == "cpu":  # one call a sequence wastes nothing on padding
        parts = zip(key.split(list(lengths)), value.split(list(lengths)))
        return torch.stack([attend(query[None], k[None], v[None], dropout)[0] for k, v in parts])
    return _attend_padded(query, key, value, lengths, dropout)  # a GPU prefers one large call


def _attend_padded(query: Tensor, key: Tensor, value: Tensor, lengths: Sequence[int], dropout: float) -> Tensor:
    k, v = (nn.utils.rnn.pad_sequence(list(x.split(list(lengths))), batch_first=True) for x in (key, value))
    real = torch.arange(k.shape[1], device=k.device) < torch.tensor(lengths, device=k.device)[:, None]
    return attend(query.expand(len(lengths), *query.shape), k, v, dropout, real[:, None, None])


class SelfAttention(nn.Module):
    """x (batch, token, dim) looks at itself; queries, keys and values turn with time, the answer turns back."""

    def __init__(self, dim: int, heads: int, head_dim: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * heads * head_dim, bias=False)
        self.out = nn.Linear(heads * head_dim, dim)

    def forward(self, x: Tensor, turns: Tensor) -> Tensor:
        qkv = self.qkv(self.norm(x)).unflatten(-1, (3 * self.heads, -1))  # (batch, token, 3 head, dim)
        q, k, v = rotate(qkv, turns).chunk(3, -2)
        seen = attend(q, k, v, self.dropout if self.training else 0.0)
        return self.out(rotate(seen, turns.conj()).flatten(-2))


class CrossAttention(nn.Module):
    """Projections of queries and of the context they look at; the caller joins them, since each reuses other parts."""

    def __init__(self, dim: int, heads: int, head_dim: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.norm, self.norm_context = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.q = nn.Linear(dim, heads * head_dim, bias=False)
        self.kv = nn.Linear(dim, 2 * heads * head_dim, bias=False)
        self.out = nn.Linear(heads * head_dim, dim)

    @property
    def rate(self) -> float:
        """Dropout in force now."""
        return self.dropout if self.training else 0.0

    def query(self, x: Tensor) -> Tensor:
        """(..., dim) to (..., head, head dim)."""
        return self.q(self.norm(x)).unflatten(-1, (self.heads, -1))

    def context(self, x: Tensor) -> Tensor:
        """(..., dim) to keys, then values: (..., 2 head, head dim)."""
        return self.kv(self.norm_context(x)).unflatten(-1, (2 * self.heads, -1))


class FeedForward(nn.Module):
    """Gated feed-forward block (GEGLU), four times as wide inside, normalised before."""

    def __init__(self, dim: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.wide = nn.Linear(dim, 8 * dim)
        self.drop = Dropout(dropout)
        self.out = nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.wide(self.norm(x)).chunk(2, -1)
        return self.out(self.drop(value * F.gelu(gate)))
