"""Weights of reference repositories under our names."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from neurofm.bench import _population_pairs as pairs
from neurofm.data.target import CLASSES, Target
from neurofm.models import eit, mtm


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("MT.single_embed.weight", "embed.weight"),
        ("MT.T_transformer.layers.1.0.norm.bias", "individual.1.norm.bias"),
        ("S_transformer.layers.0.0.fn.to_qkv.weight", "interaction.0.qkv.weight"),
        ("S_transformer.layers.0.0.fn.to_out.0.weight", "interaction.0.out.weight"),
        ("MT.T_transformer.layers.0.1.fn.net.3.bias", "individual.0.think.4.bias"),
        ("MT.mlp_head_bottolneck.0.weight", "narrow_alone.weight"),
        ("mlp_head.2.weight", "own.0.together.weight"),
    ],
)
def test_names_of_eit_lead_to_weights_of_ours(theirs, ours):
    net = eit.Eit(eit.Config(), ["s"], [6], Target(series="way", names=("a", "b"), kind=CLASSES))
    weights = pairs._eit_weights({theirs: torch.ones(2), "neuron_embed": torch.ones(1, 3)})
    assert weights.keys() == {ours, "own.0.unit"}
    assert ours in net.state_dict()
    assert weights["own.0.unit"].shape == (3,)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("encoder.stitcher.stitcher_dict.300.weight", "read.0.weight"),
        ("stitch_decoder.stitch_decoder_dict.300.bias", "write.0.bias"),
        ("encoder.embedder.embed_spikes.weight", "embed.0.weight"),
        ("encoder.embedder.embed_pos.weight", "place"),
        ("encoder.layers.2.ln1.weight", "blocks.2.norm.weight"),
        ("encoder.layers.2.attn.out_proj.bias", "blocks.2.out.bias"),
        ("encoder.layers.0.mlp.down_proj.weight", "blocks.0.think.4.weight"),
        ("encoder.out_norm.weight", "norm.weight"),
    ],
)
def test_names_of_mtm_lead_to_weights_of_ours(theirs, ours):
    net = mtm.Mtm(mtm.PAPER, ["s"], [6]) if "place" not in ours else None
    session = {"encoder.embedder.embed_session.weight": torch.ones(1, 3)}
    weights = pairs._mtm_weights({theirs: torch.ones(2), "decoder.0.weight": torch.ones(1), **session})
    assert weights.keys() == {ours, "names.0"}
    assert net is None or ours in net.state_dict()


def test_queries_keys_and_values_of_mtm_are_stacked_in_our_order():
    parts = {
        f"encoder.layers.1.attn.{name}.weight": torch.full((2, 2), k)
        for k, name in enumerate(("query", "key", "value"))
    }
    session = {"encoder.embedder.embed_session.weight": torch.ones(1, 3)}
    weights = pairs._mtm_weights(parts | session)
    assert weights["blocks.1.qkv.weight"][:, 0].tolist() == [0, 0, 1, 1, 2, 2]


def test_their_masker_hides_what_ours_hides():
    hidden = torch.tensor([[True, False], [False, True]])
    spikes, told = pairs._Hides(hidden)(torch.tensor([[5.0, 6.0], [7.0, 8.0]]), None)
    assert spikes.tolist() == [[0, 6], [7, 0]]
    assert told.tolist() == [[1, 0], [0, 1]]


def test_activations_are_objects_each_time_anew():
    named = pairs._Fresh(gelu=nn.GELU)
    assert isinstance(named["gelu"], nn.GELU)
    assert named["gelu"] is not named["gelu"]


@pytest.mark.parametrize("units", [100, 5000])
def test_rates_are_unequal_and_have_a_bound(units):
    rates = pairs.rates(units, np.random.default_rng(0))
    assert rates.shape == (units,)
    assert 0.02 < np.median(rates) < 0.12
    assert rates.max() <= 5


def test_a_module_that_prints_prints_on_stderr(tmp_path, capsys, monkeypatch):
    import sys

    (tmp_path / "chatty_reference.py").write_text("print('hello')\nanswer = 42\n")
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert pairs._module(tmp_path, "chatty_reference").answer == 42
    out, err = capsys.readouterr()
    assert (out, err) == ("", "hello\n")
