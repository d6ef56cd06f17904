import numpy as np
import pytest
import torch
from torch.testing import assert_close

from neurofm.batch import collate
from neurofm.data.windows import Window
from neurofm.models.poyo import PAPER, Config, Poyo, from_torch_brain
from neurofm.synthetic import reaching

SMALL = Config(dim=16, depth=1, latents=2, head_dim=8, self_heads=2)


@pytest.fixture(scope="module")
def recordings():
    return reaching.sessions(2, units=6, duration=10.0, seed=3)


@pytest.fixture
def model(recordings):
    torch.manual_seed(0)
    units = [u for r in recordings for u in r.unit_names]
    net = Poyo(SMALL, units, [r.session for r in recordings], 2).double().eval()
    for table in net.tables:  # the usual start is so small that units would hardly differ
        torch.nn.init.normal_(table)
    return net


def answers(model, *windows, times=(0.2, 0.5)):
    batch = collate([model.tokenize(w, times=np.array(times)) for w in windows])
    return model(batch).prediction


def test_batching_changes_no_answer(model, recordings):
    windows = [Window(r, start, start + 1.0) for r, start in zip(recordings, (2.0, 5.0))]
    assert_close(answers(model, *windows), torch.cat([answers(model, w) for w in windows]))


def test_windows_may_ask_different_numbers_of_questions(model, recordings):
    windows = [Window(r, 2.0, 3.0) for r in recordings]
    asked = [np.array([0.1, 0.4, 0.9]), np.array([0.4])]
    batch = collate([model.tokenize(w, times=t) for w, t in zip(windows, asked)])
    alone = [answers(model, w, times=t) for w, t in zip(windows, asked)]
    assert_close(model(batch).prediction, torch.cat(alone))


def test_order_of_tokens_does_not_matter(model, recordings):
    sample = dict(model.tokenize(Window(recordings[0], 2.0, 3.0), times=np.array([0.3])))
    order = np.random.default_rng(0).permutation(len(sample["unit"]))
    mixed = sample | {name: sample[name][order] for name in ("unit", "time", "kind")}
    assert_close(model(collate([mixed])).prediction, model(collate([sample])).prediction)


def test_only_time_differences_matter(model, recordings):
    batch = collate([model.tokenize(Window(recordings[0], 2.0, 3.0), times=np.array([0.3]))])
    before = model(batch).prediction
    batch.arrays["time"] += 0.3
    batch.arrays["query"] += 0.3
    model.latent_times = model.latent_times + 0.3
    assert_close(model(batch).prediction, before, atol=1e-6, rtol=1e-6)


def test_jittered_spikes_change_the_answer(model, recordings):
    batch = collate([model.tokenize(Window(recordings[0], 2.0, 3.0), times=np.array([0.3]))])
    before = model(batch).prediction
    batch.arrays["time"] += 0.05 * torch.rand_like(batch["time"])
    assert (model(batch).prediction - before).abs().max() > 1e-4


def test_a_silent_unit_is_seen(model, recordings):
    full = Window(recordings[0], 2.0, 2.0)  # no time, no spikes: only the tokens that say who is there
    fewer = Window(recordings[0], 2.0, 2.0, units=np.arange(5))
    assert not torch.allclose(answers(model, full), answers(model, fewer))


def test_absent_units_get_no_gradient(model, recordings):
    answers(model, Window(recordings[0], 2.0, 3.0)).sum().backward()
    here = model.units.rows(recordings[0].unit_names)
    there = model.units.rows(recordings[1].unit_names)
    assert (model.units.weight.grad[here] != 0).any(1).all()
    assert not model.units.weight.grad[there].any()


def test_targets_are_in_standard_deviations_and_nan_is_skipped(model, recordings):
    r = recordings[0]
    values = r.series["velocity"].values
    model.set_scale(r.session, values.mean(0), values.std(0))
    values[250] = np.nan
    sample = model.tokenize(Window(r, 2.0, 3.0), "velocity")
    assert len(sample["target"]) == 99
    wanted = (np.delete(values[200:300], 50, 0) - np.nanmean(values, 0)) / np.nanstd(values, 0)
    np.testing.assert_allclose(sample["target"], wanted, atol=1e-2)


def test_sizes_are_those_of_the_paper():
    sizes = {}
    for name, config in PAPER.items():
        net = Poyo(config, [], [], 2)
        tables = sum(t.numel() for t in net.tables)
        sizes[name] = sum(p.numel() for p in net.parameters()) - tables
    assert sizes == {"single": 1_254_018, "multi": 11_717_378}


def test_names_of_torch_brain_become_ours():
    theirs = {
        "enc_atn.to_kv.weight": "read.kv.weight", "enc_ffn.0.bias": "digest.norm.bias",
        "enc_ffn.1.net.0.weight": "digest.wide.weight", "proc_layers.3.0.to_qkv.weight": "blocks.3.look.qkv.weight",
        "proc_layers.3.0.norm.bias": "blocks.3.look.norm.bias",
        "proc_layers.3.1.0.weight": "blocks.3.think.norm.weight",
        "proc_layers.3.1.1.net.3.bias": "blocks.3.think.out.bias",
        "dec_atn.norm_context.bias": "ask.norm_context.bias",
        "unit_emb.weight": "units.weight", "latent_emb.weight": "latents.weight", "readout.bias": "readout.bias",
    }  # fmt: skip
    ours = from_torch_brain({name: torch.zeros(1) for name in theirs})
    assert list(ours) == list(theirs.values())
    assert set(ours) <= set(Poyo(PAPER["single"], [], [], 2).state_dict())


@pytest.mark.parametrize("sessions", [["a", "a"], ["NA", "b"], ["NA", "NA"]])
def test_every_session_has_a_scale_of_its_own(sessions):
    net = Poyo(Config(dim=8, depth=0, latents=1, head_dim=8), ["u"], sessions, 2)
    assert len(net.scale) == len(net.sessions.weight) == len(set(sessions)) + 1
    net.set_scale(sessions[0], np.ones(2), np.ones(2))
    assert net.scale[0].tolist() == [[0.0, 1.0], [0.0, 1.0]]
