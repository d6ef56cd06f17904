"""Swap-VAE pairs the right bins, swaps the right halves, and reads out what it was never told."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import poisson
from sklearn.linear_model import RidgeCV

from neurofm.batch import Batch
from neurofm.data import Recording
from neurofm.data.target import CLASSES, RATES, Target
from neurofm.data.trials import Trials, cut
from neurofm.errors import Stopped
from neurofm.models.swap_vae import LEAST_RATE, PLAIN_VAE, Config, build, half_deviance, pairs
from neurofm.synthetic import directions
from neurofm.training import finetune, train
from neurofm.training.run import load

NAMES = ("0", "1", "2", "3")
SMALL = Config(content=6, style=5, hidden=12, dropout=0.0)


@pytest.fixture(scope="module")
def recording() -> Recording:
    return directions.session(20, 120)


@pytest.fixture(scope="module")
def trials(recording) -> Trials:
    pieces = cut(recording, 0.1)
    chosen = np.eye(4, dtype=np.float32)[recording.intervals["trials"]["direction"]]
    return replace(pieces, answer=np.repeat(chosen[:, None], 4, 1))


def network(trials, config=SMALL, target=None):
    torch.manual_seed(0)
    vocab = {"sessions": [trials.recording.session], "units": [], "sizes": [trials.counts.shape[2]]}
    return build(config, vocab, target or Target(series="direction", names=NAMES, kind=CLASSES))


def warm(model, trials):
    """The network with the scales of its batch norms found, in eval mode."""
    for _ in range(40):
        model(batch(model, trials))
    return model.eval()


def batch(model, trials, size=32):
    arrays = model.draw(trials, size, np.random.default_rng(0))
    return Batch({name: torch.as_tensor(x) for name, x in arrays.items()}, {})


# ---- pairs


@pytest.mark.parametrize("lag", [0, 1, 2, 9])
def test_every_ordered_pair_within_the_lag_is_as_likely(lag):
    seen = np.array([[1, 1, 0, 1, 1], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]], bool)
    wanted = {
        (r, a, b) for r in range(3) for a in range(5) for b in range(5)
        if seen[r, a] and seen[r, b] and abs(a - b) <= lag
    }  # fmt: skip
    row, pair = pairs(seen, 20_000, lag, np.random.default_rng(0))
    assert np.array_equal(row[0], row[1])
    count_of = Counter(zip(row[0].tolist(), *pair.tolist()))
    assert set(count_of) == wanted
    share = 20_000 / len(wanted)
    assert np.allclose(list(count_of.values()), share, atol=5 * np.sqrt(share))


def test_views_are_the_counts_of_the_pair(trials):
    noted = replace(trials, counts=np.broadcast_to(np.arange(120)[:, None, None], trials.counts.shape))
    views = batch(network(trials), noted, 500)["views"]
    assert views.shape == (2, 500, 20)
    assert torch.equal(views[0], views[1])  # both of one trial
    assert len(views[0, :, 0].unique()) > 100


def test_silenced_units_follow_a_share_of_each_view(trials):
    full = replace(trials, counts=np.full((120, 4, 1000), 3, np.uint16))
    model = network(full, replace(SMALL, dropout=0.6))
    views = batch(model, full, 1000)["views"]
    assert set(views.unique().tolist()) == {0.0, 3.0}
    audible = (views > 0).float().mean(-1)
    assert audible.mean() == pytest.approx(0.7, abs=0.01)
    assert audible.std() == pytest.approx(0.6 / np.sqrt(12), abs=0.01)  # uniform, not the same share for all
    assert np.corrcoef(audible)[0, 1] == pytest.approx(0, abs=0.1)
    assert (batch(network(full), full, 10)["views"] == 3).all()


# ---- what it minimises


def test_half_deviance_is_the_likelihood_up_to_its_best():
    counts = torch.tensor([0.0, 1.0, 2.0, 7.0]).double()
    for rate in (0.1, 1.0, 6.5):
        rates = torch.full((4,), rate).double()
        best = poisson.logpmf(counts, counts)
        assert np.allclose(half_deviance(rates, counts), best - poisson.logpmf(counts, rates), atol=1e-12)


def test_a_rate_of_zero_costs_much_but_not_without_end():
    rates = torch.zeros(2, requires_grad=True)
    loss = half_deviance(rates, torch.tensor([3.0, 0.0]))
    assert loss[0] > 30
    assert loss[1].item() == pytest.approx(0, abs=1e-6)
    loss.sum().backward()
    assert rates.grad.isfinite().all()


def test_each_view_is_rebuilt_from_its_own_style_and_the_content_of_the_other(trials):
    model = network(trials).eval()
    given = batch(model, trials)
    own, code = model.own[0], model(given).latent
    content, style = code[..., :6], code[..., 6:11]
    with torch.no_grad():
        for way, from_other in ((0, False), (1, True)):
            for view in (0, 1):
                told = torch.cat([content[1 - view if from_other else view], style[view]], -1)
                assert torch.allclose(model(given).prediction[way, view], own.decode(told), atol=1e-5)


@pytest.mark.parametrize(("swap", "align", "kl"), [(True, 0.5, 2.0), (False, 0.0, 1.0), (True, 0.0, 0.0)])
def test_loss_is_that_of_the_paper(trials, swap, align, kl):
    model = warm(network(trials, replace(SMALL, swap=swap, align=align, kl=kl)), trials)
    given = batch(model, trials)
    output = model(given)
    x, r, code = (v.detach().double().numpy() for v in (given["views"], output.prediction, output.latent))
    r = np.maximum(r, 1e-7)
    c, m, v = code[..., :6], code[..., 6:11], code[..., 11:]
    ways = (r[0], r[1] if swap else r[0])
    rebuilt = sum(np.mean([(poisson.logpmf(x[k], x[k]) - poisson.logpmf(x[k], w[k])).sum(-1) for k in (0, 1)])
                  for w in ways)  # fmt: skip
    normal = np.mean([0.5 * (m[k] ** 2 + np.exp(v[k]) - 1 - v[k]).sum(-1) for k in (0, 1)])
    cosine = (c[0] * c[1]).sum(-1) / np.linalg.norm(c[0], axis=-1) / np.linalg.norm(c[1], axis=-1)
    wanted = rebuilt + kl * normal + align * np.mean(2 - 2 * cosine)
    assert model.loss(output, given).item() == pytest.approx(wanted, rel=1e-5)


def test_style_is_drawn_while_it_learns_and_its_mean_is_taken_after(trials):
    model = network(trials)
    given = batch(model, trials)
    assert not torch.equal(model(given).prediction, model(given).prediction)
    model.eval()
    assert torch.equal(model(given).prediction, model(given).prediction)


# ---- what it says


def test_parts_are_content_and_style(trials):
    model = network(trials).eval()
    content, style, both = (model.latents(trials, part) for part in ("content", "style", ""))
    assert (content.shape, style.shape) == ((120, 4, 6), (120, 4, 5))
    assert torch.equal(both, torch.cat([content, style], -1))


def test_readout_of_classes_knows_what_the_network_was_never_told(trials):
    model = network(trials)
    model.prepare(trials)
    model.eval()
    said = model.answer(trials)
    assert torch.allclose(said.sum(-1), torch.ones(120, 4), atol=1e-5)
    assert (said.argmax(-1).numpy() == trials.answer.argmax(-1)).mean() > 0.8  # four classes, far apart
    blank = network(trials).eval().answer(trials)
    assert torch.allclose(blank, torch.full_like(blank, 0.25))


@pytest.mark.parametrize("present", [(1, 3), (2,)])
def test_readout_of_few_classes_never_names_another(trials, present):
    few = trials.take(np.isin(trials.answer[:, 0].argmax(-1), present))
    model = network(few)
    model.prepare(few)
    said = model.eval().answer(few)
    assert set(said.argmax(-1).unique().tolist()) == set(present)
    assert (said.argmax(-1).numpy() == few.answer.argmax(-1)).mean() > 0.9


def test_readout_of_values_is_ridge_on_latents_and_skips_what_is_unknown(trials):
    answer = trials.values("latent")
    answer[::5] = np.nan
    model = network(trials, target=Target(series="latent", names=("z1", "z2")))
    model.finish(replace(trials, answer=answer))
    model.eval()
    x, told = model.latents(trials).detach().double().numpy().reshape(-1, 11), np.isfinite(answer[..., 0]).ravel()
    mean, sd = x[told].mean(0), x[told].std(0)
    z = (x - mean) / sd
    wanted = RidgeCV(np.logspace(-2, 5, 8)).fit(z[told], answer.reshape(-1, 2)[told]).predict(z)
    assert np.allclose(model.answer(trials).detach().reshape(-1, 2), wanted, atol=1e-2)


def test_without_a_target_it_says_the_rates(trials):
    model = network(trials, target=Target(unit="Hz", kind=RATES))
    model.prepare(trials)
    warm(model, trials)
    wanted = model.own[0].decode(model.latents(trials).flatten(0, 1)) / 0.1
    assert torch.allclose(model.answer(trials), wanted.view(120, 4, 20), rtol=1e-4)
    assert set(model.scores(trials)) == {"bits_per_spike"}


def test_finish_leaves_the_network_as_it_was(trials):
    model = network(trials)
    before = {n: x.clone() for n, x in model.state_dict().items()}
    model.finish(trials)
    changed = {n for n, x in model.state_dict().items() if not torch.equal(x, before[n])}
    assert changed == {"own.0.weight", "own.0.bias"}
    assert model.training


# ---- sessions


def test_adapting_adds_a_session_and_leaves_the_others(trials):
    model = network(trials).eval()
    before = model.latents(trials)
    model.adapt({"sessions": ["directions", "another"], "units": [], "sizes": [20, 7]})
    assert torch.equal(model.latents(trials), before)
    other = replace(
        trials, counts=trials.counts[..., :7], recording=replace(trials.recording, session="another")
    )  # fmt: skip
    assert model.latents(other).shape == (120, 4, 11)
    assert len(model.tables) == len(list(model.parameters()))


# ---- runs

FEW = {"content": 8, "style": 8, "hidden": 16, "dropout": 0.0, "batch": 64, "lr": 2e-3}


def test_a_run_decodes_the_class_and_gives_its_parts(recording, tmp_path):
    run = train("swap_vae", recording, tmp_path / "run", settings=FEW | {"steps": 60}, device="cpu")
    assert run.target.names == NAMES
    assert run.metrics["accuracy"] > 0.6
    assert [run.embed(recording, of="time", part=p).values.shape for p in ("content", "style", "")] == [
        (480, 8), (480, 8), (480, 16)
    ]  # fmt: skip
    assert len(run.embed(recording, of="trial", part="content").ids) == 120


def test_a_run_that_was_stopped_has_a_readout_of_the_latents_it_ended_with(recording, tmp_path):
    def stop(fraction, text, **more):
        if fraction > 0.5:
            raise Stopped

    with pytest.raises(Stopped):
        train("swap_vae", recording, tmp_path / "run", settings=FEW | {"steps": 60}, device="cpu", step=stop)
    run = load(tmp_path / "run", "cpu")
    before = run.model.own[0].weight.clone()
    run.course.finish(run, run.model, [recording])
    assert torch.allclose(run.model.own[0].weight, before, atol=1e-4)
    assert run.predict(recording).metrics["accuracy"] > 0.7


def test_a_run_adapts_to_a_session_with_other_units(recording, tmp_path):
    other = replace(directions.session(14, 120, seed=5), session="another")
    base = train("swap_vae", recording, tmp_path / "base", settings=FEW | {"steps": 40}, device="cpu")
    before = base.embed(recording, of="time").values
    run = finetune(base, other, tmp_path / "adapted", settings={"steps": 100, "batch": 64}, device="cpu", seed=2)
    assert run.metrics["accuracy"] > 0.5
    assert np.array_equal(run.embed(recording, of="time").values, before)


def test_sessions_learn_together(recording, tmp_path):
    other = replace(directions.session(14, 120, seed=5), session="another")
    run = train("swap_vae", [recording, other], tmp_path / "run", settings=FEW | {"steps": 80}, device="cpu")
    assert all(scores["accuracy"] > 0.5 for scores in run.metrics["sessions"].values())


def test_a_run_without_any_target_says_how_well_it_rebuilds(recording, tmp_path):
    bare = Recording(session="bare", spikes=recording.spikes, units=recording.units, domain=recording.domain)
    told = []
    run = train(
        "swap_vae", bare, tmp_path / "run", settings=FEW | {"steps": 40}, device="cpu",
        step=lambda fraction, text, **more: told.append(text),
    )  # fmt: skip
    assert run.target.kind == RATES
    assert any("no class or behaviour" in text for text in told)
    assert run.metrics["bits_per_spike"] > 0.1
    assert run.predict(bare).values.shape[1] == 20


def test_plain_vae_has_neither_swap_nor_alignment(trials):
    model = network(trials, replace(PLAIN_VAE, content=6, style=5))
    assert model(batch(model, trials)).prediction.shape == (1, 2, 32, 20)


def test_the_gradient_of_the_deviance_is_that_of_its_formula():
    counts = torch.tensor([0.0, 0.0, 1.0, 3.0, 2.0, 0.0]).double()
    rates = torch.tensor([1e-9, 0.3, 1e-9, 0.7, 2.0, LEAST_RATE]).double().requires_grad_()
    r = rates.clamp(min=LEAST_RATE)
    plain = r - counts + torch.xlogy(counts, counts) - counts * r.log()
    deviance = half_deviance(rates, counts)
    torch.testing.assert_close(deviance, plain)
    upstream = torch.randn(6).double()
    grads = [torch.autograd.grad(x, rates, upstream)[0] for x in (deviance, plain)]
    torch.testing.assert_close(*grads)
