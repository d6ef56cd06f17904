"""A plain transformer: blocks that normalise first, with a mask of who may look at whom."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Block(nn.Module):
    """Tokens (..., token, dim) look at each other, then each thinks for itself.

    Parameters
    ----------
    heads, head_dim : of the attention; its inner width is their product
    wide : width inside the feed-forward part; 0 leaves that part out
    residual : add what attention gives to the stream; False puts it in its place
    bias : of the projections to queries, keys and values
    """

    def __init__(
        self,
        dim: int,
        heads: int,
        wide: int,
        dropout: float = 0.0,
        *,
        head_dim: int = 0,
        residual: bool = True,
        bias: bool = False,
    ) -> None:
        super().__init__()
        self.heads, self.rate, self.residual = heads, dropout, residual
        inner = heads * (head_dim or dim // heads)
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * inner, bias=bias)
        self.out = nn.Linear(inner, dim)
        self.drop = nn.Dropout(dropout)
        self.think = _feed_forward(dim, wide, dropout) if wide else None

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`mask` (..., 1, token, token) is True where a token may look."""
        qkv = self.qkv(self.norm(x)).unflatten(-1, (3, self.heads, -1))
        q, k, v = (part.transpose(-3, -2) for part in qkv.unbind(-3))  # (..., head, token, head dim)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=self.rate if self.training else 0.0)
        seen = self.drop(self.out(seen.transpose(-3, -2).flatten(-2)))
        x = x + seen if self.residual else seen
        return x + self.think(x) if self.think is not None else x


def _feed_forward(dim: int, wide: int, dropout: float) -> nn.Module:
    return nn.Sequential(
        nn.LayerNorm(dim),
        nn.Linear(dim, wide),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Linear(wide, dim),
        nn.Dropout(dropout),
    )
