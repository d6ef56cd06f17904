import numpy as np
import pytest
import torch
from torch.testing import assert_close

from neurofm.specs import Schedule
from neurofm.training.optim import Lamb, optimizer, rate, thaw


def test_the_rate_rises_holds_and_falls():
    schedule = Schedule(steps=100, lr=1.0, rise=0.1, hold=0.5)
    rates = [rate(schedule, k) for k in range(100)]
    assert rates[4] == pytest.approx(0.5)
    assert rates[9:50] == [1.0] * 41
    assert (np.diff(rates[49:]) < 0).all()
    assert rates[-1] == pytest.approx(1e-4)


def test_vectors_with_a_rate_of_their_own_rise_and_fall_for_themselves():
    schedule = Schedule(steps=100, lr=0.1, rise=0.1, hold=0.5, freeze=0.6, vector_lr=1.0)
    rates = [rate(schedule, k) for k in range(100)]
    alone, after = Schedule(steps=60, lr=1.0, rise=0.1, hold=0.5), Schedule(steps=40, lr=0.1, rise=0.1, hold=0.5)
    assert rates == [rate(alone, k) for k in range(60)] + [rate(after, k) for k in range(40)]
    assert thaw(schedule) == 60


def test_without_one_they_share_one_course():
    plain, frozen = Schedule(steps=100, lr=1.0), Schedule(steps=100, lr=1.0, freeze=0.2)
    assert [rate(frozen, k) for k in range(100)] == [rate(plain, k) for k in range(100)]


def test_lamb_equals_its_equation():
    p = torch.nn.Parameter(torch.tensor([[3.0, 4.0]]))
    p.grad = torch.tensor([[1.0, -2.0]])
    Lamb([p], lr=0.1, eps=0.0).step()
    move = torch.tensor([[0.1, -0.2]]) / (torch.tensor([[1.0, 4.0]]) * 0.001).sqrt()
    assert_close(p.data, torch.tensor([[3.0, 4.0]]) - 0.1 * (5.0 / move.norm()) * move)


def test_lamb_leaves_absent_rows_and_their_moments_alone():
    p = torch.nn.Parameter(torch.randn(3, 4))
    lamb = Lamb([{"params": [p], "rows": True}], lr=0.1)
    p.grad = torch.randn(3, 4)
    lamb.step()
    kept, moment = p.data[2].clone(), lamb.state[p]["exp_avg"][2].clone()
    p.grad = torch.randn(3, 4)
    p.grad[2] = 0
    lamb.step()
    assert torch.equal(p.data[2], kept)
    assert torch.equal(lamb.state[p]["exp_avg"][2], moment)


def test_lamb_does_not_collapse_a_table_whose_rows_come_and_go():
    torch.manual_seed(0)
    truth, table = torch.randn(50, 8), torch.nn.Parameter(torch.randn(50, 8) * 0.02)
    lamb = Lamb([{"params": [table], "rows": True}], lr=0.05)
    for k in range(2000):
        rows = torch.arange(50) % 5 == k % 5
        lamb.zero_grad()
        (table[rows] - truth[rows]).square().mean().backward()
        lamb.step()
    assert (table - truth).square().mean() < 0.1 * truth.square().mean()


def test_tables_norms_and_biases_are_not_decayed():
    model = torch.nn.Sequential(torch.nn.Embedding(3, 4), torch.nn.Linear(4, 4))
    groups = optimizer(model, [model[0].weight], Schedule(weight_decay=0.1)).param_groups
    decayed = [p.shape for g in groups for p in g["params"] if g["weight_decay"]]
    assert decayed == [model[1].weight.shape]
