"""Parts for kinds of graphs: each reads and answers its own, and none of the others'."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch.testing import assert_close

from neurofm.batch import Batch
from neurofm.nn.kinds import Kinds, neighbours

KINDS = [{"width": 3, "classes": ["a", "b"]}, {"width": 5, "classes": ["a", "b", "c"]}]


class Reader(Kinds):
    def latents(self, batch):
        return self.tokens(batch)


@pytest.fixture
def net():
    torch.manual_seed(0)
    reader = Reader(SimpleNamespace(dim=4))
    reader.adapt({"kinds": KINDS})
    return reader


def batch(label):
    arrays = {"x 0": torch.randn(3, 3), "x 1": torch.randn(4, 5), "label": torch.tensor(label)}
    return Batch(arrays, {"graph": (2, 1, 4), "kind": (0, 0, 1)})


def test_each_kind_has_as_many_answers_as_classes(net):
    said = net(batch([0] * 7)).prediction
    assert said.shape == (7, 3)
    assert torch.isneginf(said[:3, 2]).all()
    assert torch.isfinite(said[3:]).all()
    assert_close(said.softmax(-1).sum(-1), torch.ones(7))


def test_graphs_count_alike_whatever_their_size_and_what_is_not_told_does_not(net):
    given = batch([0, -1, -1, 2, 1, 1, 0])
    output = net(given)
    logs = -output.prediction.log_softmax(-1)
    wanted = (logs[0, 0] + torch.stack([logs[3, 2], logs[4, 1], logs[5, 1], logs[6, 0]]).mean()) / 2
    loss = net.loss(output, given)
    assert_close(loss, wanted)
    loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in net.parameters())


def test_what_is_known_stays_as_it_was_where_kinds_are_added(net):
    before = {name: value.clone() for name, value in net.state_dict().items()}
    net.adapt({"kinds": [*KINDS, {"width": 2, "classes": ["a"]}]})
    assert net.kinds == [(3, 2), (5, 3), (2, 1)]
    for name, value in before.items():
        assert torch.equal(net.state_dict()[name], value)


def test_means_of_neighbours_are_weighted_and_zero_where_there_are_none():
    edges, weights = torch.tensor([[0, 1, 1], [2, 2, 0]]), torch.tensor([1.0, 3.0, 0.0])
    x = torch.tensor([[1.0], [5.0], [7.0]])
    assert_close(neighbours(x, edges, weights), torch.tensor([[0.0], [0.0], [4.0]]))
    assert neighbours(x, edges[:, :0], weights[:0]).eq(0).all()
