"""Two networks of equal weights, measured in turns."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from neurofm.bench import _population_peer as peer
from neurofm.bench._population_pairs import Pair, Side
from neurofm.specs import Schedule


class Net(nn.Module):
    """A linear layer under one name or another."""

    def __init__(self, name):
        super().__init__()
        self.add_module(name, nn.Linear(3, 2))
        self.tables = []


def say(net, arrays):
    (layer,) = net.children()
    output = layer(arrays["x"])
    return output, output.square().mean()


@pytest.fixture
def pair():
    torch.manual_seed(0)
    arrays = {"x": torch.randn(5, 3), "views": torch.zeros(2, 5, 3)}
    return Pair(
        Side(Net("layer"), arrays, say),
        Side(Net("own"), arrays, say),
        lambda weights: {name.replace("layer", "own"): value for name, value in weights.items()},
        lambda parameters: torch.optim.Adam(parameters, 1e-3),
        Schedule(steps=10),
    )


def test_equal_weights_give_equal_outputs_losses_and_gradients(pair):
    assert min(peer.differences(pair, 0).values()) > 1e-3
    peer.equal(pair)
    assert max(peer.differences(pair, 0).values()) < 1e-12


@pytest.mark.parametrize("name", ["other", "layer"])
def test_weights_without_a_partner_are_named(pair, name):
    lonely = replace(pair, weights=lambda weights: {n.replace("layer", name): x for n, x in weights.items()})
    with pytest.raises(SystemExit, match=rf"weights that have no partner: .*{name}\.weight"):
        peer.equal(lonely)


@pytest.mark.parametrize(
    ("a", "b", "apart"), [([1.0, -4.0], [1.0, -4.0], 0.0), ([1.0, -4.0], [1.0, -3.0], 0.25), ([0.0], [1e-13], 0.1)]
)
def test_differences_are_relative_to_the_largest_value(a, b, apart):
    assert peer._apart(torch.tensor(a, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)) == pytest.approx(
        apart
    )


@pytest.mark.parametrize(("blocks", "repeats"), [(1, 1), (3, 2)])
def test_each_part_of_a_step_has_a_time_for_each_block(pair, blocks, repeats):
    times = peer.speeds(pair, blocks, repeats)
    assert tuple(times) == peer.PARTS
    assert all(len(mine) == blocks and min(mine) >= 0 for both in times.values() for mine in both)
    for ours, theirs in (times["training step"],):
        assert min(*ours, *theirs) > 0


def test_only_numbers_with_a_point_are_made_exact():
    cast = peer._cast({"x": torch.ones(2), "k": torch.ones(2, dtype=torch.int64)})
    assert (cast["x"].dtype, cast["k"].dtype) == (torch.float64, torch.int64)
