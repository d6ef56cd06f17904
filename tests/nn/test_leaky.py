"""Leaky integrators: the states and gradients of a plain loop."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from neurofm.nn.leaky import integrate


def looped(rate, value):
    states, now = [], torch.zeros_like(value[..., 0, :])
    for t in range(value.shape[-2]):
        now = now + rate[..., t, :] * (value[..., t, :] - now)
        states.append(now)
    return torch.stack(states, -2)


@pytest.mark.parametrize("shape", [(2, 3, 7, 4), (5, 2), (1, 1, 1)])
def test_states_and_gradients_are_those_of_a_loop(shape):
    torch.manual_seed(0)
    rate, value, weight = torch.rand(shape).double(), torch.randn(shape).double(), torch.randn(shape).double()
    ours, theirs = (
        [x.clone().requires_grad_() for x in (rate, value)],
        [x.clone().requires_grad_() for x in (rate, value)],
    )
    one, other = integrate(*ours), looped(*theirs)
    assert_close(one, other)
    (one * weight).sum().backward()
    (other * weight).sum().backward()
    for a, b in zip(ours, theirs):
        assert_close(a.grad, b.grad)


def test_a_rate_of_nothing_keeps_and_a_rate_of_one_takes():
    value = torch.tensor([[1.0], [2.0], [3.0]])
    assert integrate(torch.tensor([[1.0], [0.0], [0.5]]), value).tolist() == [[1.0], [1.0], [2.0]]
