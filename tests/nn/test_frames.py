"""What models of behaviour share: scales, sequences, and latents that do not depend on how tracks are cut."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from neurofm.data import Tracks
from neurofm.data.stretches import cut
from neurofm.data.target import Target
from neurofm.nn import frames
from neurofm.nn.frames import Frames
from neurofm.nn.tcn import Tcn, field

SIZES = SimpleNamespace(sequence=2.0, burn=0.5)


class Net(Frames):
    def __init__(self, stretches):
        vocab = {"features": stretches.names, "actions": stretches.does, "rate": 20.0}
        super().__init__(SIZES, vocab, Target(names=stretches.does), {"a": 3, "b": 5}, 0.5)
        torch.manual_seed(0)
        self.tcn, self.past = Tcn(len(self.names) + 1, [8, 8], 2), field(2, 2)

    def encode(self, x):
        return list(self.tcn(x).split([3, 5], -1))


@pytest.fixture(scope="module")
def stretches():
    """Two animals at 20 Hz; of one, nothing is seen in frames 50 to 69."""
    rng = np.random.default_rng(0)
    times = np.r_[np.arange(100) / 20, 10 + np.arange(120) / 20]
    features = rng.normal(size=(220, 2, 3)).astype(np.float32).cumsum(0)
    features[50:70, 1] = np.nan
    return cut(
        Tracks(session="a", times=times, individuals=("x", "y"), features=features, feature_names=("p", "q", "r"))
    )


@pytest.fixture
def net(stretches):
    net = Net(stretches)
    net.prepare([stretches])
    return net.eval()


def table(net, stretches):
    latent = np.full((220, 2, 8), np.nan)
    for read in net.follow(stretches):
        latent[read.first : read.last] = read.latent
    return latent


def test_latents_do_not_depend_on_how_stretches_are_cut(net, stretches, monkeypatch):
    whole = table(net, stretches)
    assert np.isfinite(whole).all()
    for name, value in (("CHUNK", 17), ("TOGETHER", 60), ("MOST", 2)):
        monkeypatch.setattr(frames, name, value)
    np.testing.assert_allclose(table(net, stretches), whole, atol=1e-5)


def test_animals_are_read_alone_and_stretches_too(net, stretches):
    whole, tracks = table(net, stretches), stretches.tracks
    swapped = replace(tracks, features=tracks.features[:, ::-1].copy(), individuals=("y", "x"))
    np.testing.assert_allclose(table(net, cut(swapped)), whole[:, ::-1], atol=1e-5)
    second = {read.first: read.latent for read in net.follow(stretches.take([1]))}
    np.testing.assert_allclose(second[100], whole[100:], atol=1e-5)


def test_the_future_changes_nothing(net, stretches):
    tracks = stretches.tracks
    late = tracks.features.copy()
    late[80:] = 99.0
    np.testing.assert_array_equal(table(net, cut(replace(tracks, features=late)))[:80], table(net, stretches)[:80])


def test_what_is_missing_is_zero_and_told(net, stretches):
    seen = net.see(torch.as_tensor(stretches.given(40, 60)).transpose(0, 1))
    assert not seen[1, 10:, :3].any()
    assert seen[..., -1].unique().tolist() == [0.0, 1.0]
    assert [read.seen[50:70, 1].any() for read in net.follow(stretches) if read.first == 0] == [False]


def test_scales_are_taken_once_and_an_odd_frame_hardly_moves_them(net, stretches):
    before = net.scale.clone()
    net.prepare([stretches.take([0])])
    assert torch.equal(net.scale, before)
    far = stretches.tracks.features.copy()
    far[3, 0, 0] = 1e6
    assert net.see(torch.as_tensor(far[None, :, 0])).abs().max() <= frames.CLIP


def test_sequences_are_of_one_animal_with_what_comes_after(net, stretches):
    drawn = net.sequences([stretches], 40, np.random.default_rng(0))
    assert drawn.given.shape == (40, 40, 3)
    assert {len(done) for done in drawn.done} <= set(range(41, 51)) | {40}
    for given, told in zip(drawn.given, drawn.told):
        assert np.isfinite(given[told]).all()
        assert told.min() >= 10  # half a second
    soon = net.pairs(drawn.told, 6, 3, np.random.default_rng(0))
    assert (np.diff(soon, axis=-1) >= 0).all()
    assert (np.diff(soon, axis=-1) <= 3).all()


def test_readout_says_what_is_in_the_latents(stretches):
    net = Net(stretches)
    net.prepare([stretches])
    ahead = net.frames(net.horizon)

    def follow(every, progress=None):
        for first, last in every.rows:
            after = np.nan_to_num(every.next(first, last, ahead))
            yield frames.Read(first, last, np.ones(after.shape[:2], bool), np.pad(after, ((0, 0), (0, 0), (0, 5))))

    net.follow = follow
    net.finish([stretches])
    latent = np.zeros((1, 8), np.float32)
    latent[0, :3] = 1, 2, 3
    np.testing.assert_allclose(net.answer(latent), [[1, 2, 3]], atol=0.02)
