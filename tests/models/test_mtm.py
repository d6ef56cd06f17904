from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from neurofm.batch import Batch
from neurofm.data.trials import cut
from neurofm.metrics import bits_per_spike
from neurofm.models.mtm import PAPER, PROMPTS, Config, Mtm
from neurofm.synthetic import regions

SMALL = Config(dim=16, depth=2, heads=2, stitch=16, bins=100)


@pytest.fixture(scope="module")
def recordings():
    return regions.sessions(2, regions=2, units=5, trials=12)


@pytest.fixture(scope="module")
def trials(recordings):
    return [cut(r, SMALL.bin) for r in recordings]


def build(trials, config=SMALL, seed=0):
    torch.manual_seed(seed)
    net = Mtm(config, [t.recording.session for t in trials], [t.counts.shape[2] for t in trials])
    for t in trials:
        net.prepare(t)
    for parameter in net.parameters():  # what starts at zero must count, too
        parameter.data += 0.05 * torch.randn_like(parameter)
    return net.eval()


def changed(trials, where):
    counts = trials.counts.copy()
    counts[:, where] += 3
    return replace(trials, counts=counts)


@pytest.mark.parametrize("position", ["rotary", "learned"])
def test_in_causal_mode_later_bins_tell_nothing_of_earlier_ones(trials, position):
    net = build(trials[:1], replace(SMALL, position=position))
    nothing = np.zeros((1, 1, 1), bool)
    with torch.no_grad():
        one = net.fill(trials[0], nothing, "causal")
        other = net.fill(changed(trials[0], slice(60, None)), nothing, "causal")
        seen = net.fill(changed(trials[0], slice(60, None)), nothing, "neuron")
    torch.testing.assert_close(one[:, :60], other[:, :60], atol=1e-6, rtol=0)
    assert (one[:, 60:] - other[:, 60:]).abs().max() > 1e-3
    assert (one[:, :60] - seen[:, :60]).abs().max() > 1e-3  # the other prompts do look ahead


def test_causal_and_other_trials_of_a_batch_do_not_mix(trials):
    net = build(trials[:1])
    counts = torch.as_tensor(trials[0].counts[:2].astype(np.float32))
    seen = torch.ones(2, 100, dtype=torch.bool)
    causal, neuron = PROMPTS.index("causal"), PROMPTS.index("neuron")
    with torch.no_grad():
        both = net.think(counts, seen, 0, torch.tensor([causal, neuron]))
        alone = [net.think(counts[[k]], seen[[k]], 0, torch.tensor([p])) for k, p in enumerate((causal, neuron))]
    torch.testing.assert_close(both, torch.cat(alone), atol=1e-5, rtol=1e-5)


def test_what_is_hidden_is_not_seen(trials):
    net = build(trials[:1])
    hidden = np.zeros((1, 1, 10), bool)
    hidden[..., 3] = True
    counts = trials[0].counts.copy()
    counts[..., 3] = 9
    with torch.no_grad():
        one, other = net.fill(trials[0], hidden), net.fill(replace(trials[0], counts=counts), hidden)
    torch.testing.assert_close(one, other, atol=0, rtol=0)


@pytest.mark.parametrize("masks", ["neuron", "causal", "inter", "intra", "temporal"])
def test_each_way_of_hiding_hides_and_asks_for_what_it_says(trials, masks):
    net = build(trials[:1], replace(SMALL, masks=masks))
    made = net.draw(trials[0], 12, np.random.default_rng(0))
    hidden, asked = made["hidden"], made["asked"]
    region = np.repeat([0, 1], 5)
    assert (hidden | ~asked).all()  # nothing is asked for that was seen
    if masks in ("causal", "temporal"):
        assert (hidden == hidden[..., :1]).all()
        assert abs(hidden.mean() - {"causal": 0.6, "temporal": 0.3}[masks]) < 0.1
        return
    assert (hidden == hidden[:, :1]).all()  # all of a trial or none
    per_trial = hidden[:, 0], asked[:, 0]
    if masks == "neuron":
        assert abs(hidden.mean() - 0.3) < 0.1
    for h, a in zip(*per_trial):
        if masks == "inter":
            assert {tuple(h), tuple(a)} <= {tuple(region == 0), tuple(region == 1)}
            assert (h == a).all()
        if masks == "intra":
            here = set(region[a])
            assert len(here) <= 1
            assert h[~np.isin(region, list(here))].all() or not here


def test_a_batch_holds_every_way_of_hiding(trials):
    made = build(trials[:1]).draw(trials[0], 12, np.random.default_rng(1))
    assert set(made["prompt"]) == {0, 1, 2, 3}
    one = build(trials[:1], replace(SMALL, mixed=False)).draw(trials[0], 12, np.random.default_rng(1))
    assert len(set(one["prompt"])) == 1


def test_without_regions_only_units_and_time_are_hidden(trials):
    units = trials[0].recording.units.assign(region=None)
    bare = replace(trials[0], recording=replace(trials[0].recording, units=units))
    made = build(trials[:1]).draw(bare, 12, np.random.default_rng(1))
    assert set(made["prompt"]) <= {0, 1}
    assert set(build(trials[:1]).bits(bare)) == {"co_smoothing", "forward"}


def test_sessions_of_equal_size_share_no_stitcher(trials):
    net = build(trials)
    before = {n: p.clone() for n, p in net.named_parameters()}
    made = net.train().draw(trials[0], 4, np.random.default_rng(0))
    batch = Batch({k: torch.as_tensor(v) for k, v in made.items()}, {})
    net.loss(net(batch), batch).backward()
    with torch.no_grad():
        for p in net.parameters():
            if p.grad is not None:
                p -= p.grad
    moved = {n for n, p in net.named_parameters() if not torch.equal(p, before[n])}
    assert any(n.startswith("read.0") for n in moved)
    assert not any(n.startswith(("read.1", "write.1", "names.1")) for n in moved)


def test_a_session_that_is_new_gets_weights_of_its_own_and_the_others_keep_theirs(trials):
    net = build(trials[:1])
    before = net.answer(trials[0])
    net.adapt({"sessions": ["mouse 0", "mouse 1"], "sizes": [10, 10]})
    torch.testing.assert_close(net.answer(trials[0]), before, atol=0, rtol=0)
    assert net.answer(trials[1]).shape == trials[1].counts.shape


def test_a_fresh_model_says_the_mean_rates_which_are_no_bits(trials):
    torch.manual_seed(0)
    net = Mtm(SMALL, ["mouse 0"], [10])
    net.prepare(trials[0])
    for parameter in [*net.write.parameters()][:1]:
        parameter.data.zero_()
    bits = net.bits(trials[0])
    assert {name: abs(np.nanmean(b)) < 1e-3 for name, b in bits.items() if name != "forward"} == {
        "co_smoothing": True, "intra_region": True, "inter_region": True,
    }  # fmt: skip


def test_true_rates_are_above_the_mean_and_the_mean_is_zero(trials):
    counts, rates = trials[0].counts.astype(float), trials[0].values("rates") * SMALL.bin
    mean = np.broadcast_to(counts.mean((0, 1)), counts.shape)
    np.testing.assert_allclose(bits_per_spike(mean, counts), 0, atol=1e-12)
    assert np.nanmean(bits_per_spike(rates, counts)) > 0.5


def test_the_papers_sizes_can_be_built():
    assert sum(p.numel() for p in Mtm(PAPER, ["a"], [676]).parameters()) > 10e6
    assert asdict(PAPER)["bins"] == 100


@pytest.mark.parametrize("units", [6, 40])
def test_two_linear_maps_are_the_same_in_one(units):
    torch.manual_seed(0)
    net = Mtm(Config(bins=20, dim=16, heads=2, depth=1, stitch=24), ["s"], [units])
    few, many = torch.rand(1, 1, units), torch.rand(8, 20, units)
    for counts in (few, many):
        torch.testing.assert_close(
            net._embedded(net.read[0], counts), net.embed(net.read[0](counts)), rtol=1e-4, atol=1e-5
        )


@pytest.mark.parametrize("spikes", [0, 1, 3], ids=["silent", "one spike", "three spikes"])
def test_a_quiet_unit_is_not_learned_by_heart(trials, spikes):
    """What it fired while the model learned is no reason to foresee more of it: it stays near its mean rate."""
    counts = trials[0].counts.copy()
    counts[..., 0] = 0
    counts[np.arange(spikes), 10 * np.arange(spikes), 0] = 1
    quiet = replace(trials[0], counts=counts)
    torch.manual_seed(0)
    net = Mtm(replace(SMALL, masks="neuron"), ["mouse 0"], [10])
    net.prepare(quiet)
    net.train()
    optimizer = torch.optim.AdamW(net.parameters(), 1e-2)
    for step in range(60):
        batch = Batch({k: torch.as_tensor(v) for k, v in net.draw(quiet, 12, np.random.default_rng(step)).items()}, {})
        loss = net.loss(net(batch), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        rates = net.eval().fill(quiet, np.arange(10) == 0)[..., 0]
    mean = (spikes + 0.5) / counts[..., 0].size
    assert mean / 4 < rates.mean() < 4 * mean
    assert rates.max() < 10 * rates.mean()


def test_runs_from_before_there_was_a_spread_are_as_they_were(trials):
    old = {name: value for name, value in asdict(SMALL).items() if name != "spread"}
    torch.manual_seed(0)
    before, now = build(trials), Mtm(Config(**old), ["mouse 0", "mouse 1"], [10, 10])
    now.load_state_dict(before.state_dict())
    torch.testing.assert_close(now.eval().answer(trials[0]), before.answer(trials[0]), atol=0, rtol=0)


def test_where_there_is_much_to_learn_from_what_is_thought_beforehand_is_nothing(trials):
    net = build(trials[:1])
    drawn = {k: torch.as_tensor(v) for k, v in net.draw(trials[0], 8, np.random.default_rng(0)).items()}
    losses = {}
    for bins in (drawn["bins"], torch.tensor(torch.inf)):
        batch = Batch(drawn | {"bins": bins}, {})
        losses[float(bins)] = float(net.loss(net(batch), batch).detach())
    log_rate = net(batch).prediction[drawn["asked"]].detach()
    plain = (log_rate.exp() - drawn["counts"][drawn["asked"]] * log_rate).mean()
    assert losses[torch.inf] == pytest.approx(float(plain), rel=1e-6)
    assert losses[float(drawn["bins"])] > losses[torch.inf]
