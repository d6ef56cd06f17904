"""Attention with rotary time, over batches and over sequences of different lengths without padding."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neurofm.nn.dropout import Dropout, coins, drop
from neurofm.nn.rotary import rotate

LONG, MANY = 2**15, 2**21  # weights of a head, and of all, beyond which they are not kept
CHUNK = 2**18  # of them at a time


def attend(query: Tensor, key: Tensor, value: Tensor, dropout: float = 0.0, mask: Tensor | None = None) -> Tensor:
    """Softmax attention with heads behind time: (batch, query, head, dim), (batch, token, head, dim) twice."""
    q, k, v = (x.transpose(-3, -2) for x in (query, key, value))
    return look(q, k, v, dropout, mask).transpose(-3, -2)


def look(query: Tensor, key: Tensor, value: Tensor, dropout: float = 0.0, mask: Tensor | None = None) -> Tensor:
    """Softmax attention with heads before time: (batch, head, query, dim), (batch, head, token, dim) twice.

    With dropout torch has no fused kernel for a CPU. Short sequences take plain products; of long ones weights are
    computed some at a time and once more on the way back, so that memory grows with tokens and not with their square.
    `mask` is True where a query may look; one that may look nowhere finds zeros.
    """
    if not dropout or query.device.type != "cpu":
        return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout)
    each = query.shape[-2] * key.shape[-2]
    if each > LONG and each * query.shape[:-2].numel() > MANY:
        return _long(query, key, value, dropout, mask)
    return drop(_weights(query * query.shape[-1] ** -0.5, key, mask), dropout) @ value


def _weights(query: Tensor, key: Tensor, mask: Tensor | None) -> Tensor:
    score = query @ key.transpose(-2, -1)
    if mask is None:
        return score.softmax(-1)
    blind = ~mask.any(-1, keepdim=True)  # of nothing there is no softmax
    if not bool(blind.any()):
        return score.masked_fill_(~mask, -math.inf).softmax(-1)
    return score.masked_fill_(~(mask | blind), -math.inf).softmax(-1).masked_fill(blind, 0.0)


def _long(query: Tensor, key: Tensor, value: Tensor, dropout: float, mask: Tensor | None) -> Tensor:
    """In one precision both ways: what autocast would take does not hold on the way back."""
    if torch.is_autocast_enabled("cpu"):
        query, key, value = (x.to(torch.get_autocast_dtype("cpu")) for x in (query, key, value))
    if mask is not None:
        mask = mask.expand(*query.shape[:-2], *mask.shape[-2:])
    with torch.autocast("cpu", enabled=False):
        mixed: Tensor = _Long.apply(query, key, value, mask, dropout)
    return mixed


class _Long(torch.autograd.Function):
    """Keeps no weights; what falls is drawn again from its seed."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, dropout: float) -> Tensor:
        ctx.dropout, ctx.seed = dropout, int(torch.randint(2**62, ()))
        ctx.save_for_backward(query, key, value, mask)
        mixed = query.new_empty(*query.shape[:-1], value.shape[-1])
        for part, scale, weight, kept in _parts(query, key, mask, dropout, ctx.seed):
            mixed[part] = weight.mul_(kept) @ (value[part] * scale)
        return mixed

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, mask = ctx.saved_tensors
        by_query, by_key, by_value = (torch.empty_like(x) for x in (query, key, value))
        turn = query.shape[-1] ** -0.5
        for part, scale, weight, kept in _parts(query, key, mask, ctx.dropout, ctx.seed):
            grad = grads[0][part] * scale
            by_value[part] = (weight * kept).transpose(-2, -1) @ grad
            by_weight = (grad @ value[part].transpose(-2, -1)).mul_(kept)
            by_score = torch.ops.aten._softmax_backward_data(by_weight, weight, -1, weight.dtype)
            by_query[part] = by_score @ (key[part] * turn)
            by_key[part] = by_score.transpose(-2, -1) @ (query[part] * turn)
        return by_query, by_key, by_value, None, None


def _parts(
    query: Tensor, key: Tensor, mask: Tensor | None, dropout: float, seed: int
) -> Iterator[tuple[slice, float, Tensor, Tensor]]:
    """Sequences some at a time: which, how much what is kept grows, their weights, and which of those are kept."""
    generator = torch.Generator().manual_seed(seed)
    size = max(CHUNK // (query[0, ..., 0].numel() * key.shape[-2]), 1)
    for k in range(0, len(query), size):
        part = slice(k, k + size)
        weight = _weights(query[part] * query.shape[-1] ** -0.5, key[part], None if mask is None else mask[part])
        kept, scale = coins(weight.shape, dropout, generator)
        yield part, scale, weight, kept


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
