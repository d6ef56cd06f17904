"""BAMS learns what comes next, and tells its own latents at other moments."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neurofm.batch import Batch
from neurofm.data import Tracks
from neurofm.data.stretches import cut
from neurofm.data.target import Target
from neurofm.models.bams import Bams, Config
from neurofm.nn import histogram
from neurofm.synthetic import quadrupeds


@pytest.fixture(scope="module")
def walkers():
    return cut(quadrupeds.session(6, seed=0, frames=200))


def build(stretches, **sizes):
    torch.manual_seed(0)
    vocab = {"features": stretches.names, "actions": stretches.does, "rate": 1 / stretches.tracks.step}
    net = Bams(Config(**sizes), vocab, Target(names=stretches.does))
    net.prepare([stretches])
    return net


def batch(net, stretches, size=4, seed=0):
    arrays = net.draw([stretches], size, np.random.default_rng(seed))
    return Batch({name: torch.as_tensor(x) for name, x in arrays.items()}, {})


@pytest.mark.parametrize(
    ("sizes", "rate", "frames"), [({}, 30, 341), ({"long": 45.0}, 30, 1365), ({"long": 2.0}, 60, 341)]
)
def test_it_sees_as_many_seconds_as_its_sizes_say(sizes, rate, frames):
    net = Bams(Config(**sizes), {"features": ["x"], "actions": ["x"], "rate": rate}, Target(names=("x",)))
    assert net.past == frames


def test_futures_are_of_the_frames_that_are_asked_for(walkers):
    net = build(walkers, sequence=4.0)
    arrays = net.draw([walkers], 3, np.random.default_rng(5))
    again = net.sequences([walkers], 3, np.random.default_rng(5))
    edges = net.edges.numpy()
    for k in range(3):
        bins = histogram.bin_of(again.done[k], edges)
        for a in (0, 17):
            ahead = bins[arrays["asked"][k, a] + 1 :][:30]
            counts = np.stack([np.bincount(column, minlength=32) for column in ahead.T])
            np.testing.assert_allclose(arrays["future"][k, a], counts / counts.sum(1, keepdims=True), atol=1e-6)
            np.testing.assert_allclose(arrays["share"][k, a], len(ahead) / 30, atol=1e-6)


def test_missing_frames_teach_nothing(walkers):
    net = build(walkers, act=1.0, soon=0.0, whole=0.0)
    given = batch(net, walkers)
    given.arrays["share"][:, 10:] = 0.0
    one = net.eval().loss(net(given), given)
    given.arrays["future"][:, 10:] = 0.0
    assert torch.equal(one, net.loss(net(given), given))


def test_weights_of_the_loss_are_those_of_its_sizes(walkers):
    parts = [{"act": 1.0}, {"soon": 1.0}, {"whole": 1.0}]
    nothing = {"act": 0.0, "soon": 0.0, "whole": 0.0}
    losses = []
    for sizes in (*parts, {"act": 2.0, "soon": 3.0, "whole": 4.0}):
        net = build(walkers, **nothing | sizes).eval()
        given = batch(net, walkers)
        losses.append(net.loss(net(given), given).item())
    assert losses[3] == pytest.approx(2 * losses[0] + 3 * losses[1] + 4 * losses[2], rel=1e-5)


def square(seconds=40, seed=0):
    """An animal whose one action is a square wave of 2, 3 or 4 s with a little noise, at 30 Hz."""
    rng = np.random.default_rng(seed)
    waves = []
    for _ in range(12):
        frames, period = seconds * 30, rng.choice([60, 90, 120])
        phase = rng.integers(period)
        waves.append(np.sign((np.arange(frames) + phase) % period - period / 2 + 0.5) + rng.normal(0, 0.15, frames))
    start = np.arange(12) * (seconds + 1.0)
    times = (start[:, None] + np.arange(seconds * 30) / 30).ravel()
    values = np.concatenate(waves).astype(np.float32)[:, None, None]
    return cut(Tracks(session="w", times=times, individuals=("a",), features=values, feature_names=("velocity",)))


def taught(target, monkeypatch, steps=40):
    """How far below that of the marginal the distance to the true future is, on unseen waves."""
    waves = square()
    monkeypatch.setattr(histogram, "ahead", target)
    net = build(waves, width=16, long=4.0, sequence=10.0, asked=24)
    optimizer = torch.optim.AdamW(net.parameters(), 4e-3)
    for k in range(steps):
        given = batch(net, waves.take(slice(8)), 8, k)
        optimizer.zero_grad()
        net.loss(net(given), given).backward()
        optimizer.step()
    monkeypatch.undo()
    return gain(net.eval(), waves.take(slice(8, 12)))


def gain(net, stretches):
    truth, said = [], []
    for first, last in stretches.rows:
        given, done = stretches.seen(first, last)
        frames = np.arange(150, last - first - 31, 5)
        bins = histogram.bin_of(done[:, 0], net.edges.numpy())
        truth.append(histogram.ahead(bins, frames, 30, 32)[0])
        with torch.inference_mode():
            said.append(net.futures(torch.as_tensor(given).transpose(0, 1))[0, frames].numpy())
    truth, said = np.concatenate(truth), np.concatenate(said)
    return 1 - histogram.mover(said, truth).mean() / histogram.mover(truth.mean(0, keepdims=True), truth).mean()


def test_it_learns_a_square_wave_and_not_from_the_target_of_the_released_code(monkeypatch):
    def released(bins, frames, horizon, count):
        return np.eye(count, dtype=np.float32)[bins[frames]], np.ones((len(frames), bins.shape[1]), np.float32)

    ours, theirs = taught(histogram.ahead, monkeypatch), taught(released, monkeypatch)
    assert ours > 0.3
    assert theirs < 0
