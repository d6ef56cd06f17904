import torch
from torch.testing import assert_close

from neurofm.nn.attention import SelfAttention, _attend_padded, attend_ragged
from neurofm.nn.rotary import Rotary


def by_hand(q, k, v):
    """(query, head, dim) attention, head by head."""
    return torch.stack(
        [torch.softmax(q[:, h] @ k[:, h].T / q.shape[-1] ** 0.5, -1) @ v[:, h] for h in range(q.shape[1])], 1
    )


def test_ragged_attention_equals_each_sequence_alone():
    lengths = [3, 7, 1]
    q, k, v = (torch.randn(n, 2, 8) for n in (4, 11, 11))
    together = attend_ragged(q, k, v, lengths)
    for got, key, value in zip(together, k.split(lengths), v.split(lengths)):
        assert_close(got, by_hand(q, key, value))


def test_the_padded_way_of_a_gpu_equals_the_ragged_way():
    q, k, v = (torch.randn(n, 2, 8) for n in (4, 11, 11))
    assert_close(_attend_padded(q, k, v, [3, 7, 1], 0.0), attend_ragged(q, k, v, [3, 7, 1]))


def test_self_attention_sees_only_time_differences():
    layer = SelfAttention(16, 2, 8, 0.0).double()
    x, times, rotary = (
        torch.randn(1, 5, 16, dtype=torch.float64),
        torch.linspace(0, 1, 5, dtype=torch.float64),
        Rotary(4, 1e-2, 2.0),
    )
    assert_close(layer(x, rotary(times, torch.float64)), layer(x, rotary(times + 0.3, torch.float64)))
