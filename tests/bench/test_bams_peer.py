"""The published network learns as it is described, and both race to a score by the CPU time of learning alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from neurofm.bench import _bams_peer
from neurofm.bench._bams_peer import Ours, Published, race
from neurofm.data.stretches import cut
from neurofm.synthetic import quadrupeds

SIZES = {"width": 8, "short": 0.5, "long": 1.0, "sequence": 4.0, "burn": 1.0}


@pytest.fixture(scope="module")
def learned():
    return cut(quadrupeds.session(6, frames=120))


def test_the_published_one_is_as_described(learned):
    racer = Published(learned, 0, **SIZES)
    net, ours = racer.net, Ours(learned, 0, **SIZES).net
    assert [len(layer.bias) for layer in net.act if isinstance(layer, nn.Linear)] == [256, 512, 512, 12 * 32]
    blocks = [tcn.state_dict().keys() for tcn in (net.short, net.long)]
    assert blocks == [tcn.state_dict().keys() for tcn in (ours.short, ours.long)]
    for module in (m for m in net.short.modules() if isinstance(m, nn.Conv2d)):
        assert 0.005 < float(module.weight.detach().std()) < 0.02
    assert net.config.dropout == 0.2
    assert [group["lr"] for group in racer.optimizer.param_groups] == [1e-3, 1e-2]


def test_its_target_is_the_corrected_one_of_every_frame(learned):
    racer = Published(learned, 0, **SIZES)
    assert racer.future.shape == (6, 90, 12, 32)
    assert racer.share[:, 0].min() == 1
    assert racer.share[:, -1].max() == 0  # nothing comes after the last frame
    batches = []
    racer.net.forward = lambda batch, forward=racer.net.forward: (batches.append(batch), forward(batch))[1]
    racer.step(0)
    (batch,) = batches
    assert batch["asked"].shape == (6, 90)
    assert batch["soon"].shape == batch["whole"].shape == (6, 1, 2)
    drawn = int((racer.given - batch["given"][0]).abs().sum((1, 2)).argmin())
    torch.testing.assert_close(racer.future[drawn], batch["future"][0])


def test_a_tenth_of_the_rate_is_left_behind_the_rounds(learned, monkeypatch):
    monkeypatch.setattr(_bams_peer, "FALLS", 2)
    racer = Published(learned, 0, **SIZES)
    rates = []
    for k in range(4):
        racer.step(k)
        rates.append(racer.optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4])


@pytest.mark.parametrize("kind", [Ours, Published])
def test_both_learn(learned, kind):
    racer = kind(learned, 0, **SIZES)
    before = [p.detach().clone() for p in racer.net.parameters()]
    done = race(racer, lambda net: 0.0, 1.0, every=1, most=0.0)
    assert (done.steps, done.reached) == (1, False)
    assert done.seconds > 0
    moved = [not torch.equal(a, b) for a, b in zip(before, racer.net.parameters())]
    assert sum(moved) > len(moved) / 2


def test_a_race_is_over_at_the_goal(learned):
    scores = iter((0.2, 0.6, 0.9))
    done = race(Ours(learned, 0, **SIZES), lambda net: next(scores), 0.5, every=2, most=1e9)
    assert (done.score, done.reached, done.steps) == (0.6, True, 4)


def test_a_race_ends_with_the_last_step(learned):
    done = race(Ours(learned, 0, **SIZES), lambda net: 0.4, 0.5, every=2, last=3)
    assert (done.score, done.reached, done.steps) == (0.4, False, 4)
