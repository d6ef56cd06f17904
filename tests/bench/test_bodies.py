"""Bodies as EIT sees them: their batches, whom attention goes to, and what is moved to another task."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neurofm.bench import _bodies
from neurofm.bench._bodies import PAIRS, Task
from neurofm.synthetic import bodies

PAIR = Task("connection")


def test_bodies_come_with_the_class_of_their_order():
    shown = bodies.paths(5, seed=1)
    batch = PAIR.batch(shown, np.array([3, 3]), np.array([0, 10]), 0)
    x = batch["rates"][batch["which"]]
    order = PAIR.orders[10]
    assert np.array_equal(x[1], x[0][order])
    assert np.array_equal(x[0], shown[3])
    assert batch["truth"][1, 0].argmax() == PAIR.answers[10]


def test_attention_to_partners_is_counted_among_others():
    flow = np.array([[0.7, 0.2, 0.1, 0.0], [0.0, 0.5, 0.0, 0.5], [0.0, 0.0, 0.0, 1.0], [0.25] * 4])
    assert _bodies._share(flow, np.arange(4), PAIR) == pytest.approx((0.2 + 0 + 1 + 0.25) / (0.3 + 0.5 + 1 + 0.75))
    assert _bodies._share(np.ones((4, 4)), np.array([2, 0, 3, 1]), PAIR) == pytest.approx(1 / 3)


def test_groups_of_sequences_share_their_partners():
    orders = PAIR.orders
    for trial, order in _bodies._sequences(PAIR, 0, PAIR.answers):
        assert trial.min() >= _bodies.TRAINED
        true = [bodies.partners(orders[k]) for k in order[:20]]
        assert all(np.array_equal(t, true[0]) for t in true)


def test_what_is_moved_learns_read_outs_alone(monkeypatch):
    monkeypatch.setattr(_bodies, "paths", lambda *_: bodies.paths(_bodies.TRIALS, systems=3))
    torch.manual_seed(0)
    net, more = _bodies.fresh(PAIR, PAIRS, 0), Task("connection", 3, 2)
    before = {n: p.clone() for n, p in net.state_dict().items()}
    moved = _bodies.learn(_bodies.moved(net, more, 0), more, 0, 3)
    after = moved.state_dict()
    assert all(torch.equal(after[n], p) for n, p in before.items())
    fresh = _bodies.moved(_bodies.fresh(PAIR, PAIRS, 0), more, 0).state_dict()
    assert not torch.equal(after["own.1.together.weight"], fresh["own.1.together.weight"])
