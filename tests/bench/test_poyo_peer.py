"""Windows as torch_brain wants them; its network itself is only in the peers' environment."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from neurofm.batch import pad


@pytest.fixture
def peer(monkeypatch):
    """The module, with a network in place of torch_brain's."""
    models = ModuleType("torch_brain.models")
    models.POYO = nn.Module
    monkeypatch.setitem(sys.modules, "torch_brain", ModuleType("torch_brain"))
    monkeypatch.setitem(sys.modules, "torch_brain.models", models)
    monkeypatch.delitem(sys.modules, "neurofm.bench._poyo_peer", raising=False)
    yield importlib.import_module("neurofm.bench._poyo_peer")
    sys.modules.pop("neurofm.bench._poyo_peer", None)


@pytest.mark.parametrize("ragged", [True, False])
def test_windows_hold_the_units_and_spikes_they_say(peer, ragged):
    batch = peer.windows(3, ragged, 0)
    lengths = list(batch.lengths["unit"])
    assert (len(set(lengths)) > 1) == ragged
    assert ragged or lengths == [2 * 100 + 1000] * 3
    for unit, kind, time in zip(*(batch[name].split(lengths) for name in ("unit", "kind", "time"))):
        begins, ends = unit[kind == 1], unit[kind == 2]
        assert torch.equal(begins, ends)
        assert set(unit[kind == 0].tolist()) <= set(begins.tolist())
        assert (time.min() >= 0) & (time.max() <= 1)
        assert (np.diff(time[kind == 0]) >= 0).all()


@pytest.mark.parametrize("count", [1, 3])
def test_padded_windows_are_the_same_with_a_mask_to_a_multiple_of_eight(peer, count):
    batch = peer.windows(count, True, 1)
    inputs, lengths = peer.padded(batch), list(batch.lengths["unit"])
    assert inputs["input_unit_index"].shape[1] % 8 == 0
    assert inputs["input_unit_index"].shape[1] - max(lengths) < 8
    assert inputs["input_mask"].sum(1).tolist() == lengths
    for ours, theirs in (("unit", "input_unit_index"), ("kind", "input_token_type")):
        assert torch.equal(inputs[theirs][inputs["input_mask"]], batch[ours])
    assert torch.equal(inputs["output_timestamps"], pad(batch["query"], batch.lengths["query"]).float())


@pytest.mark.parametrize(("a", "b", "apart"), [([2.0, 4.0], [2.0, 4.0], 0.0), ([2.0, -4.0], [2.0, -3.0], 0.25)])
def test_differences_are_relative_to_the_largest_value(peer, a, b, apart):
    assert peer._apart(torch.tensor(a), torch.tensor(b)) == apart
