from functools import partial

import pytest
import torch
from torch.testing import assert_close

from neurofm.nn.attention import SelfAttention, _attend_padded, attend_ragged
from neurofm.nn.rotary import Rotary


def by_hand(q, k, v):
    """(query, head, dim) attention, head by head."""
    return torch.stack(
        [torch.softmax(q[:, h] @ k[:, h].T / q.shape[-1] ** 0.5, -1) @ v[:, h] for h in range(q.shape[1])], 1
    )


@pytest.mark.parametrize("attend", [attend_ragged, partial(_attend_padded, dropout=0.0)], ids=["ragged", "padded"])
@pytest.mark.parametrize("lengths", [[3, 7, 1], [11], [1, 10]])
def test_attention_over_many_sequences_equals_each_alone(attend, lengths):
    q, k, v = (torch.randn(n, 2, 8) for n in (4, 11, 11))
    together = attend(q, k, v, lengths)
    for got, key, value in zip(together, k.split(lengths), v.split(lengths), strict=True):
        assert_close(got, by_hand(q, key, value))


def test_self_attention_sees_only_time_differences():
    layer = SelfAttention(16, 2, 8, 0.0).double()
    x, times, rotary = (
        torch.randn(1, 5, 16, dtype=torch.float64),
        torch.linspace(0, 1, 5, dtype=torch.float64),
        Rotary(4, 1e-2, 2.0),
    )
    assert_close(layer(x, rotary(times, torch.float64)), layer(x, rotary(times + 0.3, torch.float64)))
