"""Blocks of a transformer against attention written out, in all the ways they compute it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from neurofm.nn import transformer
from neurofm.nn.rotary import Rotary, rotate
from neurofm.nn.transformer import Block


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def by_hand(block: Block, x: Tensor, mask: Tensor | None = None, turns: Tensor | None = None) -> Tensor:
    """(token, dim) what a block makes of one sequence, head by head and query by query."""
    q, k, v = (block.qkv(block.norm(x)).unflatten(-1, (3, block.heads, -1))[:, i] for i in range(3))
    if turns is not None:
        q, k = rotate(q, turns), rotate(k, turns)
    seen = torch.zeros_like(v)
    for head in range(block.heads):
        for place in range(len(x)):
            score = k[:, head] @ q[place, head] / q.shape[-1] ** 0.5
            if mask is not None:
                score[~mask[place]] = -torch.inf
            seen[place, head] = score.softmax(0) @ v[:, head]
    out = block.out(seen.flatten(1))
    x = x + out if block.residual else out
    return x + block.think(x) if block.think is not None else x


@pytest.mark.parametrize("tokens", [1, 5, transformer.FEW + 1])
@pytest.mark.parametrize("head_dim", [0, 4, 16])
@pytest.mark.parametrize("masked", [False, True])
def test_a_block_is_attention_written_out(tokens, head_dim, masked):
    block = Block(8, 2, 12, 0.3, head_dim=head_dim).double().eval()
    x = torch.randn(3, tokens, 8, dtype=torch.float64)
    mask = torch.rand(tokens, tokens) < 0.6 if masked else None
    if mask is not None:
        mask |= torch.eye(tokens, dtype=torch.bool)
    given = None if mask is None else mask.expand(3, 1, tokens, tokens)
    assert_close(block(x, given), torch.stack([by_hand(block, each, mask) for each in x]))


@pytest.mark.parametrize(("residual", "wide", "bias"), [(True, 0, False), (False, 0, True), (False, 12, False)])
def test_parts_that_are_left_out_add_nothing(residual, wide, bias):
    block = Block(8, 2, wide, residual=residual, bias=bias).double().eval()
    x = torch.randn(5, 8, dtype=torch.float64)
    assert (block.think is None) == (not wide)
    assert_close(block(x), by_hand(block, x))


def test_turns_rotate_queries_and_keys_by_place():
    block = Block(8, 2, 0).double().eval()
    x, times = torch.randn(5, 8, dtype=torch.float64), torch.linspace(0, 1, 5, dtype=torch.float64)
    turns = Rotary(4, 1e-2, 2.0)(times, torch.float64)
    assert_close(block(x, turns=turns), by_hand(block, x, turns=turns))


@pytest.mark.parametrize("head_dim", [4, 16])
def test_folded_or_not_gradients_are_those_of_attention_written_out(head_dim):
    block = Block(8, 2, 0, head_dim=head_dim).double().eval()
    x = torch.randn(5, 8, dtype=torch.float64)
    upstream, weights = torch.randn(5, 8, dtype=torch.float64), list(block.parameters())
    got = torch.autograd.grad((block(x[None])[0] * upstream).sum(), weights)
    wanted = torch.autograd.grad((by_hand(block, x) * upstream).sum(), weights)
    for one, other in zip(got, wanted):
        assert_close(one, other)


@pytest.mark.parametrize("what", ["weights", "gifts"])
def test_looks_and_gifts_sum_to_one_and_heed_the_mask(what):
    block = Block(8, 2, 0).double().eval()
    mask = torch.tensor([True, True, False, True])
    share = getattr(block, what)(torch.randn(3, 4, 8, dtype=torch.float64), mask.expand(3, 1, 1, 4))
    assert_close(share.sum(-1), torch.ones_like(share.sum(-1)))
    assert not share[..., 2].any()


def test_gifts_are_the_lengths_of_what_all_heads_bring_together():
    block = Block(8, 2, 0).double().eval()
    x = torch.randn(4, 8, dtype=torch.float64)
    value, look = block.qkv(block.norm(x)).unflatten(-1, (3, 2, 4))[:, 2], block.weights(x)
    brought = torch.zeros(4, 4, 8, dtype=torch.float64)  # to, from, dim
    for head in range(2):
        written = value[:, head] @ block.out.weight[:, 4 * head : 4 * head + 4].T
        brought += look[head][..., None] * written
    length = brought.norm(dim=-1)
    assert_close(block.gifts(x), length / length.sum(-1, keepdim=True))
