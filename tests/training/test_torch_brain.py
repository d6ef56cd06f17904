import os
from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest
import torch

import neurofm as nf
from neurofm import registry
from neurofm.errors import DataError
from neurofm.models.poyo import Config, Poyo
from neurofm.synthetic import reaching
from neurofm.training.torch_brain import convert

SIZES = Config(dim=16, depth=2, latents=2, head_dim=8, self_heads=2, cross_heads=1)


def theirs(name):
    """Our name of a weight as torch_brain spells it."""
    for ours, other in (
        ("units.", "unit_emb."), ("sessions.", "session_emb."), ("kinds.", "token_type_emb."),
        ("latents.", "latent_emb."),
        ("look.", "0."), ("think.norm", "1.0"), ("think.wide", "1.1.net.0"), ("think.out", "1.1.net.3"),
        ("blocks.", "proc_layers."), ("read.", "enc_atn."), ("ask.", "dec_atn."), ("digest.norm", "enc_ffn.0"),
        ("digest.wide", "enc_ffn.1.net.0"), ("digest.out", "enc_ffn.1.net.3"), ("reflect.norm", "dec_ffn.0"),
        ("reflect.wide", "dec_ffn.1.net.0"), ("reflect.out", "dec_ffn.1.net.3"), (".qkv.", ".to_qkv."),
        (".q.", ".to_q."),
        (".kv.", ".to_kv."), ("atn.out.", "atn.to_out."), (".0.out.", ".0.to_out."),
    ):  # fmt: skip
        name = name.replace(ours, other)
    return name


class Trap:
    """Makes a folder when it is unpickled by a reader that trusts it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.fixture
def checkpoint(tmp_path):
    net = Poyo(SIZES, ["s/a", "s/b"], ["s"], 2)
    for p in net.parameters():
        torch.nn.init.normal_(p)
    state = OrderedDict((theirs(k), v) for k, v in net.state_dict().items() if k != "scale")
    state["rotary_emb.omega"] = torch.cat([2 * torch.pi * torch.tensor(net.rotary.rates), torch.zeros(2)])
    state["unit_emb.vocab"] = OrderedDict({"NA": 0, "s/a": 1, "s/b": 2})
    state["session_emb.vocab"] = OrderedDict({"NA": 0, "s": 1})
    state = OrderedDict((f"model.{k}", v) for k, v in state.items())
    torch.save({"state_dict": state, "hyper_parameters": Trap(tmp_path / "sprung")}, tmp_path / "poyo.ckpt")
    return net, tmp_path / "poyo.ckpt"


def test_the_converted_run_has_their_weights_and_sizes(tmp_path, checkpoint):
    net, path = checkpoint
    run = convert(path, tmp_path / "run")
    got = run.model.config
    assert [got.dim, got.depth, got.latents, got.head_dim, got.self_heads, got.cross_heads] == [16, 2, 2, 8, 2, 1]
    np.testing.assert_allclose([got.t_min, got.t_max], [SIZES.t_min, SIZES.t_max], rtol=1e-5)
    for name, value in net.state_dict().items():
        assert torch.equal(value, run.model.state_dict()[name]), name
    assert run.model.units.names == ["NA", "s/a", "s/b"]


def test_nothing_pickled_is_run(tmp_path, checkpoint):
    convert(checkpoint[1], tmp_path / "run")
    assert not (tmp_path / "sprung").exists()


def test_a_converted_run_adapts_to_a_recording(tmp_path, checkpoint):
    run = convert(checkpoint[1], tmp_path / "run")
    recording = reaching.sessions(1, units=5, duration=30.0)[0]
    settings = {"target": "velocity", "steps": 3, "batch": 2}
    adapted = nf.finetune(run, recording, tmp_path / "b", units_only=True, settings=settings)
    assert adapted.predict(recording).values.shape == (3000, 2)


def test_a_checkpoint_of_something_else_is_told(tmp_path):
    torch.save({"state_dict": {"a": torch.zeros(2)}}, tmp_path / "x.ckpt")
    with pytest.raises(DataError, match="does not hold a torch_brain POYO"):
        convert(tmp_path / "x.ckpt", tmp_path / "run")


def test_any_model_that_can_takes_weights_over(tmp_path, checkpoint, monkeypatch):
    specs = registry.specs("neurofm.models")
    other = replace(specs["eit"], adopt=lambda state, **_: state["nothing of theirs"])
    monkeypatch.setattr(registry, "specs", lambda package: {"eit": other, "poyo": specs["poyo"]})
    assert convert(checkpoint[1], tmp_path / "run").config["model"] == "poyo"
