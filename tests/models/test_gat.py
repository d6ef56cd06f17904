"""GAT listens to neighbours by attention, which reads weights."""

from __future__ import annotations

import pytest
import torch

from neurofm.models.gat import Config, Gat


def test_what_an_edge_weighs_makes_a_difference():
    torch.manual_seed(0)
    net = Gat(Config(dim=8, heads=2, depth=1), {"kinds": []}).eval()
    x, edges = torch.randn(3, 8), torch.tensor([[0, 1], [2, 2]])
    one, other = (net.step(net.layers[0], x, edges, torch.tensor(w)) for w in ([1.0, 1.0], [1.0, 9.0]))
    assert not torch.allclose(one[2], other[2])
    assert torch.allclose(one[0], other[0])


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ValueError, match="dim must be a multiple of heads, got 9 and 2"):
        Gat(Config(dim=9, heads=2), {"kinds": []})
