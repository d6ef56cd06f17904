"""What EIT must hold to: units in any order, windows, folded attention, transfer to other units."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from neurofm.batch import Batch
from neurofm.data.target import CLASSES, Target
from neurofm.data.trials import Trials, cut
from neurofm.models import eit
from neurofm.nn.transformer import Block
from neurofm.synthetic import reaching

SMALL: dict[str, Any] = {
    "dim": 8, "individual_depth": 1, "individual_heads": 2, "interaction_depth": 1, "interaction_heads": 2,
}  # fmt: skip
TARGET = Target(series="way", names=("left", "right", "up"), kind=CLASSES)


def trials(units: int = 5, seed: int = 0, **more: Any) -> Trials:
    """Twelve trials of up to six bins of 100 ms, whose class every unit tells by its rate."""
    recording = reaching.sessions(1, units=units, duration=12.0, seed=seed)[0]
    pieces = cut(recording, 0.1, before=0.0, after=1.0, bins=6)
    rng = np.random.default_rng(seed)
    way = np.arange(len(pieces)) % 3
    rates = rng.uniform(0, 4, (3, units))
    counts = rng.poisson(rates[way][:, None].repeat(6, 1)).astype(np.uint16)
    answer = np.repeat(np.eye(3, dtype=np.float32)[way][:, None], 6, 1)
    return replace(pieces, counts=counts, seen=np.ones_like(pieces.seen), answer=answer, **more)


def model(given: Trials, seed: int = 0, target: Target = TARGET, **sizes: Any) -> eit.Eit:
    torch.manual_seed(seed)
    config = eit.Config(**{**SMALL, "bins": 6, **sizes})
    net = eit.build(config, {"sessions": [given.recording.session], "sizes": [given.counts.shape[2]]}, target)
    net.prepare(given)
    return net.eval()


def batch(net: eit.Eit, given: Trials, size: int = 8) -> Batch:
    arrays = net.draw(given, size, np.random.default_rng(0))
    return Batch({name: torch.as_tensor(x) for name, x in arrays.items()}, {})


def test_windows_cover_every_seen_bin_and_no_other() -> None:
    seen = np.array([[1, 1, 1, 0, 1, 0], [0, 1, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]], bool)
    windows = list(zip(*(x.tolist() for x in eit._windows(seen, 2))))
    assert windows == [(0, 0, 2), (0, 1, 2), (0, 4, 1), (1, 1, 2)]
    assert list(zip(*(x.tolist() for x in eit._windows(seen, 5)))) == [(0, 0, 3), (0, 4, 1), (1, 1, 2)]


def test_equal_sequences_are_looked_at_once() -> None:
    counts = np.array([[[0, 0], [0, 0]], [[0, 0], [0, 3]], [[-1, 0], [0, 3]]])  # (window, unit, bin)
    first, which = eit._distinct(counts)
    assert len(first) == 4
    assert np.array_equal(counts.reshape(6, 2)[first][which], counts)
    assert np.array_equal(first[which] % 2, np.tile([0, 1], (3, 1)))  # of the same unit


@pytest.mark.parametrize("length", [1, 2, 4, 9])
def test_an_answer_is_the_mean_over_the_windows_of_a_bin(length: int) -> None:
    given = trials()
    given.seen[0, 1:] = False  # shorter than a window
    given.counts[~given.seen] = 0
    net = model(given, length=length)
    own = net.own[0]
    total, count = np.zeros((12, 6, 3)), np.zeros((12, 6, 1))
    for k in range(12):
        bins = int(given.seen[k].sum())
        for a in range(max(bins - length + 1, 1)):
            part = slice(a, min(a + length, bins))
            x = torch.as_tensor(given.counts[k, part].T - own.mean.numpy()[:, None], dtype=torch.float32)
            z = net.embed(x[..., None])
            for block in net.individual:
                z = block(z)
            z = z.transpose(0, 1) + own.unit
            for block in net.interaction:
                z = block(z)
            total[k, part] += own.together(own.norm(net.narrow(z).squeeze(-1))).detach().numpy()
            count[k, part] += 1
    expected = torch.as_tensor(total / np.maximum(count, 1)).softmax(-1).float()
    with torch.no_grad():
        assert_close(net.answer(given)[given.seen], expected[given.seen], atol=1e-5, rtol=1e-5)


def test_order_of_units_changes_nothing() -> None:
    given, order = trials(), np.array([3, 0, 4, 1, 2])
    net, other = model(given), model(given, seed=1)
    state = net.state_dict()
    for name in ("unit", "mean", "norm.weight", "norm.bias"):
        state[f"own.0.{name}"] = state[f"own.0.{name}"][order]
    for name in ("alone.weight", "together.weight"):
        state[f"own.0.{name}"] = state[f"own.0.{name}"][:, order]
    other.load_state_dict(state)
    moved = replace(given, counts=given.counts[..., order])
    with torch.no_grad():
        assert_close(other.answer(moved), net.answer(given), atol=1e-5, rtol=1e-5)
        assert torch.equal(other.alone(moved), net.alone(given)[:, :, order])


def test_a_unit_alone_knows_neither_its_number_nor_the_others() -> None:
    given = trials()
    same = given.counts.copy()
    same[..., 1] = same[..., 0]
    twins = replace(given, counts=same)
    changed = replace(twins, counts=np.where(np.arange(5) < 2, same, 0).astype(np.uint16))
    net = model(twins)
    with torch.no_grad():
        alone = net.alone(twins)
        assert torch.equal(alone[:, :, 0], alone[:, :, 1])
        assert torch.equal(net.alone(changed)[:, :, :2], alone[:, :, :2])
        assert not torch.allclose(net.answer(changed), net.answer(twins), atol=1e-4)


@pytest.mark.parametrize("tokens", [2, 30])  # by plain products, and by the fused kernel
@pytest.mark.parametrize("asking", [0, 1, -1])  # tokens with a mask of their own: no mask, one for all, each
def test_folded_attention_is_attention(tokens: int, asking: int) -> None:
    torch.manual_seed(0)
    block = Block(8, 3, 16, head_dim=64)
    assert block.folds
    x, mask = torch.randn(2, 3, tokens, 8), None
    if asking:
        mask = torch.rand(2, 3, 1, tokens if asking < 0 else 1, tokens) < 0.5
        mask[..., 0] = True
    grads = []
    for folds in (True, False):
        block.folds = folds
        block.zero_grad()
        out = block(x, mask)
        out.square().sum().backward()
        grads.append([out, *(p.grad.clone() for p in block.parameters() if p.grad is not None)])
    for one, other in zip(*grads, strict=True):
        assert_close(one, other, atol=1e-4, rtol=1e-4)


def test_weights_are_those_of_attention() -> None:
    torch.manual_seed(0)
    block, x = Block(8, 2, 0, head_dim=16, residual=False), torch.randn(4, 5, 8)
    weight = block.weights(x)
    assert_close(weight.sum(-1), torch.ones(4, 2, 5))
    value = block.qkv(block.norm(x))[..., 64:].unflatten(-1, (2, 16)).transpose(1, 2)
    assert_close(block.out((weight @ value).transpose(1, 2).flatten(-2)), block(x), atol=1e-5, rtol=1e-5)


def test_dropout_spares_who_looks_at_whom() -> None:
    net = model(trials())
    assert [b.rate for b in net.interaction] == [0.0]
    assert [b.drop.p for b in net.interaction] == [0.5]


def test_rollout_multiplies_the_blocks() -> None:
    given = trials()
    net = model(given, interaction_depth=2)
    some = batch(net, given, 1)
    with torch.no_grad():
        x = net.look(some) + net.own[0].unit
        first = (net.interaction[0].weights(x).mean(-3) + torch.eye(5)) / 2
        second = (net.interaction[1].weights(net.interaction[0](x)).mean(-3) + torch.eye(5)) / 2
        rollout = net.rollout(some, looks=True)
    assert_close(rollout, (second @ first).mean((0, 1)))
    assert_close(rollout.sum(-1), torch.ones(5))
    assert_close(net.rollout(some).sum(-1), torch.ones(5))


def test_a_head_that_brings_nothing_back_does_not_count_in_the_rollout() -> None:
    given = trials()
    net = model(given, interaction_depth=1, interaction_heads=2)
    some, block = batch(net, given, 1), net.interaction[0]
    with torch.no_grad():
        before = net.rollout(some)
        block.out.weight[:, block.out.in_features // 2 :] = 0  # the second head
        x = net.look(some) + net.own[0].unit
        alone = block.weights(x)[..., 0, :, :]
        value = block._split(block.norm(x))[2][..., 0, :, :] @ block.out.weight[:, : block.out.in_features // 2].T
        gifts = alone * value.norm(dim=-1).unsqueeze(-2)
        expected = (gifts / gifts.sum(-1, keepdim=True) + torch.eye(5)) / 2
        rollout = net.rollout(some)
    assert_close(rollout, expected.mean((0, 1)))
    assert not torch.allclose(rollout, before, atol=1e-3)


def test_loss_adds_the_share_of_units_alone_and_leaves_out_what_is_unknown() -> None:
    given = trials()
    net = model(given)
    some = batch(net, given)
    some["truth"][0, 1] = np.nan
    out = net(some)
    told, true = some["truth"].isfinite().all(-1), some["truth"].argmax(-1)
    alone = net.own[0].alone(net.narrow_alone(out.latent).squeeze(-1))  # type: ignore[misc,operator]
    expected = F.cross_entropy(out.prediction[told], true[told]) + 0.5 * F.cross_entropy(alone[told], true[told])
    assert told.sum() == 15
    assert_close(net.loss(out, some), expected)


def test_windows_without_a_known_answer_are_not_learned_from() -> None:
    given = trials()
    given.answer[2:] = np.nan  # type: ignore[index]
    some = batch(model(given), given, 100)
    assert len(some["truth"]) == 2 * 5
    assert some["truth"].isfinite().all()


def test_behaviour_comes_in_its_own_unit() -> None:
    given = trials()
    answer = np.random.default_rng(0).normal([100.0, -3.0], [10.0, 0.1], (12, 6, 2)).astype(np.float32)
    given = replace(given, answer=answer)
    net = model(given, target=Target(series="hand", names=("x", "y")))
    with torch.no_grad():
        net.own[0].together.weight.zero_()
        net.own[0].together.bias.zero_()
        said = net.answer(given)
    assert_close(said[0, 0].numpy(), answer.mean((0, 1)), rtol=1e-4, atol=1e-4)
    some = batch(net, given)
    with torch.no_grad():
        out = net(some)._replace(latent=torch.zeros(8, 2, 5, 8))
        unit = net.loss(out, some) - 0.5 * F.mse_loss(
            net.own[0].alone(net.narrow_alone(out.latent).squeeze(-1)),  # type: ignore[misc,operator]
            (some["truth"] - net.own[0].middle) / net.own[0].spread,
        )
    assert 0.5 < float(unit) < 2  # in standard deviations


def test_a_new_session_keeps_the_core_and_gets_fresh_read_outs() -> None:
    given, other = trials(), trials(units=9, seed=1)
    other = replace(other, recording=replace(other.recording, session="another"))
    net = model(given)
    before = {n: p.clone() for n, p in net.state_dict().items()}
    net.adapt({"sessions": [given.recording.session, "another"], "sizes": [5, 9]})
    net.prepare(other)
    assert net.answer(other).shape == (12, 6, 3)
    assert all(torch.equal(net.state_dict()[n], p) for n, p in before.items())
    core = {n for n, p in net.named_parameters() if not any(p is t for t in net.tables)}
    assert all(not n.startswith("own.") for n in core)
    assert {n for n in net.state_dict() if n.startswith("own.1.")} == {
        n.replace("own.0.", "own.1.") for n in before if n.startswith("own.0.")
    }


def test_means_are_those_of_training_and_stay() -> None:
    given = trials()
    given.seen[:6, 2:] = False
    given.counts[~given.seen] = 0
    net = model(given)
    mean = given.counts[given.seen].mean(0, dtype=np.float32)
    assert_close(net.own[0].mean.numpy(), mean)
    net.prepare(given.take(slice(1)))
    assert_close(net.own[0].mean.numpy(), mean)


def test_it_learns_which_way() -> None:
    given = trials(units=8)
    net = model(given).train()
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    rng = np.random.default_rng(0)
    for _ in range(80):
        some = Batch({n: torch.as_tensor(x) for n, x in net.draw(given, 32, rng).items()}, {})
        optimizer.zero_grad()
        net.loss(net(some), some).backward()
        optimizer.step()
    with torch.no_grad():
        said = net.eval().answer(given).argmax(-1).numpy()
        assert net.latents(given).shape == (12, 6, 3 * 8)
        assert net.unit_vectors(given.recording.session).shape == (8, 3)
    assert (said == given.answer.argmax(-1)).mean() > 0.9  # type: ignore[union-attr]


@pytest.mark.parametrize("place", [False, True])
def test_bins_of_a_window_are_told_apart_only_if_asked(place: bool) -> None:
    given = trials().take(slice(1))
    one, other = given.counts.copy()[:, :2], given.counts.copy()[:, 1::-1]
    short = replace(given, counts=one, seen=given.seen[:, :2])
    swapped = replace(short, counts=other)
    net = model(short, place=place)
    with torch.no_grad():
        same = torch.allclose(net.answer(short), net.answer(swapped).flip(1), atol=1e-6)
    assert same == (not place)
