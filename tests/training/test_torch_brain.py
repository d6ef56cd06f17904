"""Checkpoints of torch_brain's POYO become runs, however they were written, or are refused for what is wrong."""

import os
from argparse import Namespace
from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

import neurofm as nf
from neurofm import registry
from neurofm.app.session import Session
from neurofm.errors import DataError, RunError, UnknownUnits
from neurofm.models.poyo import Config, Poyo
from neurofm.runs import claim
from neurofm.synthetic import reaching
from neurofm.training import load
from neurofm.training.torch_brain import convert
from neurofm.words import outcome

SIZES = Config(
    dim=16, depth=2, latents=2, head_dim=8, self_heads=2, cross_heads=1, window=2.0, step=0.25, t_min=1e-3, t_max=4.0
)
STATED = {
    "_target_": "torch_brain.models.POYO", "sequence_length": 2.0, "latent_step": 0.25, "num_latents_per_step": 2,
    "dim": 16, "depth": 2, "dim_head": 8, "cross_heads": 1, "self_heads": 2, "t_min": 1e-3, "t_max": 4.0,
    "lin_dropout": 0.3,
}  # fmt: skip


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


@pytest.fixture(scope="module")
def recording():
    return reaching.sessions(1, units=5, duration=30.0)[0]


@pytest.fixture(scope="module")
def net(recording):
    torch.manual_seed(0)
    net = Poyo(SIZES, recording.unit_names, [recording.session], 2)
    for p in net.parameters():
        torch.nn.init.normal_(p)
    return net


def weights(net, before="model.", **changes):
    """The state_dict of torch_brain's network that is equal to ours."""
    state = OrderedDict((theirs(k), v) for k, v in net.state_dict().items() if k != "scale")
    omega = 2 * torch.pi * torch.tensor(net.rotary.rates)
    state["rotary_emb.omega"] = torch.cat([omega, torch.zeros(len(omega))])
    for name, table in (("unit_emb", net.units), ("session_emb", net.sessions)):
        state[f"{name}.vocab"] = OrderedDict((word, row) for row, word in enumerate(table.names))
    return OrderedDict((f"{before}{k}", v) for k, v in (state | changes).items())


def save(path, state, stated=STATED, **more):
    content = {"state_dict": state, "hyper_parameters": {"model": stated, "seed": 1}, "global_step": 7}
    torch.save(content | more, path)
    return path


def cast(state, dtype):
    return {k: v.to(dtype) if isinstance(v, torch.Tensor) else v for k, v in state.items()}


def inside(state, word):
    return {k.replace("_emb.", f"_emb.{word}."): v for k, v in state.items()}


HOW = {
    "Lightning": lambda path, net: save(path, weights(net)),
    "compiled": lambda path, net: save(path, weights(net, "model._orig_mod.")),
    "in parallel": lambda path, net: save(path, weights(net, "module.")),
    "compiled parts": lambda path, net: save(path, inside(weights(net), "_orig_mod")),
    "another wrapper": lambda path, net: save(path, {"loss.weight": torch.ones(2), **weights(net, "module.net.")}),
    "beside its average": lambda path, net: save(path, {**cast(weights(net, "ema."), torch.half), **weights(net)}),
    "before torch 1.6": lambda path, net: torch.save(
        {"state_dict": weights(net), "hyper_parameters": {"model": STATED}}, path, _use_new_zipfile_serialization=False
    ),
    "settings flat": lambda path, net: save(path, weights(net), hyper_parameters=STATED),
    "settings in a namespace": lambda path, net: save(path, weights(net), hyper_parameters=Namespace(cfg=STATED)),
    "in 64 bits": lambda path, net: save(path, cast(weights(net), torch.float64)),
    "periods not stated": lambda path, net: save(
        path, weights(net), {k: v for k, v in STATED.items() if k not in ("t_min", "t_max")}
    ),
}


@pytest.mark.parametrize("write", HOW.values(), ids=HOW)
def test_a_checkpoint_is_read_however_it_was_written(tmp_path, net, write):
    write(tmp_path / "x.ckpt", net)
    run = convert(tmp_path / "x.ckpt", tmp_path / "run", target="velocity", scale=1)
    assert run.model.config == replace(SIZES, block_dropout=run.model.config.block_dropout)
    assert run.model.config.block_dropout == 0.3
    for name, value in net.state_dict().items():
        assert torch.equal(value, run.model.state_dict()[name]), name
    assert run.model.units.names == net.units.names


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("periods", [(1e-3, 4.0), (1e-4, 2.0627), (1e-5, 10.0)])
def test_half_precision_moves_no_period(tmp_path, net, dtype, periods):
    other = Poyo(replace(SIZES, t_min=periods[0], t_max=periods[1]), net.units.names[1:], net.sessions.names[1:], 2)
    stated = STATED | dict(zip(("t_min", "t_max"), periods))
    path = save(tmp_path / "x.ckpt", cast(weights(other), dtype), stated)
    config = convert(path, tmp_path / "run", target="velocity", scale=1).model.config
    assert (config.t_min, config.t_max) == periods


def test_a_state_dict_alone_needs_to_be_told_the_window(tmp_path, net):
    torch.save(weights(net, ""), tmp_path / "x.pt")
    with pytest.raises(DataError, match=r"does not say the sequence_length .* --window"):
        convert(tmp_path / "x.pt", tmp_path / "run", target="velocity", scale=1)
    with pytest.raises(DataError, match=r"does not say the latent_step .* --step"):
        convert(tmp_path / "x.pt", tmp_path / "run", target="velocity", scale=1, window=2.0)
    run = convert(tmp_path / "x.pt", tmp_path / "run", target="velocity", scale=1, window=2.0, step=0.25)
    assert (run.model.config.window, run.model.config.step) == (2.0, 0.25)


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ({"dim": 32}, "says dim 32, but the weights are those of 16"),
        ({"depth": 3}, "says depth 3, but the weights are those of 2"),
        ({"dim_head": 16}, "says dim_head 16, but the weights are those of 8"),
        ({"num_latents_per_step": 4}, "says num_latents_per_step 4, but"),
        ({"cross_heads": 2}, "says cross_heads 2, but"),
        ({"self_heads": 8}, "says self_heads 8, but"),
        ({"t_max": 2.0627}, "says t_min 0.001 and t_max 2.0627, but the frequencies .* 0.001 and 4"),
        ({"t_min": 1e-4}, "says t_min 0.0001 and t_max 4, but"),
        ({"latent_step": 0.6}, "lays out 4 latent steps of 0.6 s in 2 s, where here there would be 3"),
        ({"sequence_length": "two"}, "does not say the sequence_length"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path, net, stated, problem):
    path = save(tmp_path / "x.ckpt", weights(net), STATED | stated)
    with pytest.raises(DataError, match=f"hyper_parameters: {problem}"):
        convert(path, tmp_path / "run", target="velocity", scale=1)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("given", "said"), [({"window": 1.0}, "sequence_length 2"), ({"step": 0.5}, "latent_step 0.25")]
)
def test_what_is_given_must_be_what_the_file_says(tmp_path, net, given, said):
    with pytest.raises(DataError, match=f"says {said} and not"):
        convert(save(tmp_path / "x.ckpt", weights(net)), tmp_path / "run", target="velocity", scale=1, **given)


@pytest.mark.parametrize(
    ("state", "stated", "problem"),
    [
        (lambda net: weights(net, **{"readout.projections.a.weight": torch.ones(2)}), {"_target_": "a.POYOPlus"},
         "is of a POYOPlus and does not hold a torch_brain POYO .has readout.projections.a.weight"),
        (lambda net: {"a": torch.zeros(2)}, {}, "does not hold a torch_brain POYO"),
        (lambda net: weights(net, "a.") | weights(net, "b."), {}, r"holds several networks \(a\., b\.\)"),
        (lambda net: weights(net, **{"unit_emb.vocab": None}), {}, "has no names in unit_emb"),
        (lambda net: weights(net, **{"latent_emb.weight": torch.zeros(2, 8)}), {}, "latents.weight is .2, 8. where"),
        (lambda net: weights(net, **{"rotary_emb.omega": torch.arange(4.0) + 1}), {}, "turns 4 of the 4 pairs"),
        (lambda net: cast(weights(net), torch.half), {"t_min": None, "t_max": None}, "save it with its hyper_param"),
    ],
    ids=["another model", "anything", "two networks", "no vocabulary", "shapes", "rotations", "rounded"],
)  # fmt: skip
def test_what_is_no_poyo_is_refused_for_what_it_is(tmp_path, net, state, stated, problem):
    path = save(tmp_path / "x.ckpt", state(net), STATED | stated)
    with pytest.raises(DataError, match=problem):
        convert(path, tmp_path / "run", target="velocity", scale=1)


def normalized(*pairs):
    return [{"config": {"readout": {"normalize_mean": mean, "normalize_std": sd}}} for mean, sd in pairs]


@pytest.mark.parametrize(
    ("said", "given", "wanted"),
    [
        ((), {"scale": 20}, [[0, 0], [20, 20]]),
        ((), {"scale": [20, 22], "mean": [1, 2]}, [[1, 2], [20, 22]]),
        ([(1.5, 20.0)], {}, [[1.5, 1.5], [20, 20]]),
        ([([1.0, 2.0], [3.0, 4.0]), ([1.0, 2.0], [3.0, 4.0])], {}, [[1, 2], [3, 4]]),
        ([(1.5, 20.0), (0.0, 5.0)], {"scale": 5}, [[0, 0], [5, 5]]),
    ],
    ids=["one given", "one a feature", "stated", "stated twice", "chosen among several"],
)
def test_predictions_have_the_scale_of_the_behaviour(tmp_path, net, recording, said, given, wanted):
    path = save(tmp_path / "x.ckpt", weights(net), hyper_parameters={"model": STATED, "data": normalized(*said)})
    run = convert(path, tmp_path / "run", target="velocity", **given)
    plain = convert(path, tmp_path / "plain", target="velocity", scale=1)
    np.testing.assert_allclose(run.model.scale[1].T, wanted)
    expected = plain.predict(recording).values * wanted[1] + wanted[0]
    np.testing.assert_allclose(run.predict(recording).values, expected, rtol=1e-4, atol=0.1)


@pytest.mark.parametrize(
    ("said", "given", "problem"),
    [
        ((), {}, "does not say it; .* --scale"),
        ([(0.0, 1.0), (0.0, 2.0)], {}, "says 2 different ones"),
        ((), {"scale": 0}, "scale: must be a positive number"),
        ((), {"scale": [1, 2, 3]}, "scale: must be a positive number, or 2 of them"),
        ((), {"scale": 1, "mean": float("nan")}, "mean: must be a number"),
    ],
)
def test_a_scale_that_is_not_known_is_asked_for(tmp_path, net, said, given, problem):
    path = save(tmp_path / "x.ckpt", weights(net), hyper_parameters={"model": STATED, "data": normalized(*said)})
    with pytest.raises(DataError, match=problem):
        convert(path, tmp_path / "run", target="velocity", **given)


NAMES = {
    "as here": (lambda name: name, ["s"]),
    "with the data set": (lambda name: f"perich/{name}", ["perich/s"]),
    "without the session": (lambda name: name.split("/")[1], ["s"]),
}


@pytest.mark.parametrize(("name", "sessions"), NAMES.values(), ids=NAMES)
def test_names_are_those_of_the_recording(tmp_path, net, recording, name, sessions):
    other = replace(recording, session="s")
    vocab = OrderedDict((u if u == "NA" else name(u), k) for k, u in enumerate(["NA", *other.unit_names]))
    known = OrderedDict((s, k) for k, s in enumerate(["NA", *sessions]))
    path = save(tmp_path / "x.ckpt", weights(net, **{"unit_emb.vocab": vocab, "session_emb.vocab": known}))
    run = convert(path, tmp_path / "run", target="velocity", scale=1, recordings=[other])
    assert run.vocab["units"] == other.unit_names
    assert run.sessions == ["s"]


def test_a_converted_run_opens_and_says_how_well_it_does(tmp_path, net, recording):
    path = save(tmp_path / "x.ckpt", weights(net))
    run = convert(path, tmp_path / "run", target="velocity", scale=1, recordings=[recording])
    assert (run.target.series, run.target.names, run.metrics["steps"]) == ("velocity", ("vx", "vy"), 7)
    said = run.predict(recording)
    assert run.metrics["whole"][recording.session]["r2"] == pytest.approx(said.metrics["r2"])
    assert outcome(run.metrics) == ""  # nothing is known to be held out
    assert load(run.path).config["notes"] == run.config["notes"]
    assert f"R² {said.metrics['r2']:.2f} over all of it" in run.config["notes"][0]
    session = Session([recording])
    session.load(run.path)
    assert session.runs["run"].spaces == ("unit", "session", "time", "trial")
    with pytest.raises(RunError, match="holds a run already"):
        convert(path, tmp_path / "run", target="velocity", scale=1)
    with claim(tmp_path / "other"), pytest.raises(RunError, match=r"is being written by .*; wait"):
        convert(path, tmp_path / "other", target="velocity", scale=1)


def test_a_recording_that_is_split_is_scored_where_it_was_held_out(tmp_path, net, recording):
    named = {"train_domain": (0.0, 20.0), "valid_domain": (20.0, 22.0), "test_domain": (22.0, 30.0)}
    spans = {name: pd.DataFrame({"start": [a], "stop": [b]}) for name, (a, b) in named.items()}
    own = replace(recording, intervals=recording.intervals | spans)
    path = save(tmp_path / "x.ckpt", weights(net))
    run = convert(path, tmp_path / "run", target="velocity", scale=1, recordings=[own])
    assert (run.config["notes"], run.metrics["whole"]) == ([], {})
    assert outcome(run.metrics) == f"R² {run.metrics['r2']:.2f} held out"
    np.testing.assert_array_equal(run.spans(own.session, "test"), [[22.0, 30.0]])
    said = run.predict(own)
    np.testing.assert_array_equal(said.held_out, (said.times >= 22.0) & (said.times < 30.0))


@pytest.mark.parametrize(
    ("changed", "error", "problem"),
    [
        (lambda r: replace(r, session="other"), UnknownUnits, "never seen 'other/"),
        (lambda r: replace(r, units=r.units.assign(label=list("abcde"))), UnknownUnits, "never seen '.*/a'"),
        (lambda r: replace(r, series={}), DataError, "velocity: is no series of 2 features.*there are none"),
        (lambda r: replace(r, series={"velocity": one(r)}), DataError, "velocity: .*there are velocity .1."),
    ],
    ids=["session", "units", "no behaviour", "another behaviour"],
)
def test_recordings_that_do_not_fit_are_told_before_anything_is_written(
    tmp_path, net, recording, changed, error, problem
):
    path = save(tmp_path / "x.ckpt", weights(net))
    with pytest.raises(error, match=problem):
        convert(path, tmp_path / "run", target="velocity", scale=1, recordings=[changed(recording)])
    assert not (tmp_path / "run").exists()


def one(recording):
    series = recording.series["velocity"]
    return replace(series, values=series.values[:, :1], names=("speed",))


def test_nothing_pickled_is_run(tmp_path, net):
    path = save(tmp_path / "x.ckpt", weights(net), callbacks=Trap(tmp_path / "sprung"))
    convert(path, tmp_path / "run", target="velocity", scale=1)
    assert not (tmp_path / "sprung").exists()


def test_a_converted_run_adapts_to_a_recording(tmp_path, net):
    run = convert(save(tmp_path / "x.ckpt", weights(net)), tmp_path / "run", target="velocity", scale=1)
    recording = replace(reaching.sessions(1, units=5, duration=30.0, seed=2)[0], session="tomorrow")
    settings = {"target": "velocity", "steps": 3, "batch": 2}
    adapted = nf.finetune(run, recording, tmp_path / "b", units_only=True, settings=settings)
    assert adapted.predict(recording).values.shape == (3000, 2)


def test_any_model_that_can_takes_weights_over(tmp_path, net, monkeypatch):
    specs = registry.specs("neurofm.models")
    other = replace(specs["eit"], adopt=lambda state, stated, **_: state["nothing of theirs"])
    monkeypatch.setattr(registry, "specs", lambda package: {"eit": other, "poyo": specs["poyo"]})
    path = save(tmp_path / "x.ckpt", weights(net))
    assert convert(path, tmp_path / "run", target="velocity", scale=1).config["model"] == "poyo"
