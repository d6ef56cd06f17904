"""What ridge regression says of what is done next: asked and judged as networks are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.data import Tracks
from neurofm.data.stretches import cut
from neurofm.training import foreseen


def wandering(frames, animals=2, noise=1.0):
    """Animals that all drift together, and jerk in opposite ways for as long as one looks ahead."""
    rng = np.random.default_rng(0)
    drift = np.sin(np.arange(frames) / 40)[:, None, None]
    jerk = (
        np.repeat(rng.normal(0, noise, (frames // 5 + 1, 1, 1)), 5, 0)[:frames] * np.array([1, -1, 0])[:animals, None]
    )
    names = tuple("abc"[:animals])
    values = np.concatenate(
        [drift + jerk, np.broadcast_to(np.cos(drift * 0 + np.arange(frames)[:, None, None] / 40), jerk.shape)], -1
    )
    return Tracks(
        session="a", times=np.arange(frames) / 10, individuals=names, features=values.astype(np.float32),
        feature_names=("velocity", "phase"),
    )  # fmt: skip


def score(tracks, ahead=5):
    every, last = cut(tracks), float(tracks.times[-1])
    return foreseen.ridge(every.within([[0, last / 2]]), every.within([[last / 2, last]]), ahead, every.does).get(
        "ridge_r2"
    )


def test_ridge_is_asked_for_the_mean_of_all_animals_as_a_network_is():
    assert score(wandering(2000)) > 0.9  # opposite jerks make no difference to the mean


@pytest.mark.parametrize("share", [0.15, 0.5])
def test_ridge_answers_where_each_frame_lacks_something(share):
    tracks = wandering(2000, 1, 0.01)
    blind = tracks.features.copy()
    blind[..., 1][np.random.default_rng(0).random(blind.shape[:2]) < share] = np.nan
    blind[:, :, 1] = np.where(np.arange(2000)[:, None] < 1990, blind[:, :, 1], np.nan)
    assert score(replace(tracks, features=blind)) > 0.5
    blind[..., 1] = np.nan
    assert score(replace(tracks, features=blind)) > 0.3


def test_ridge_learns_from_all_of_a_long_recording(monkeypatch):
    monkeypatch.setattr(foreseen, "SHOWN", 2000)
    tracks = wandering(12_000, 1, 0.01)
    rested = tracks.features.copy()
    rested[:2000] = 0
    times = np.r_[np.arange(2000), np.arange(2000, 12_000) + 100] / 10  # two stretches, the first at rest
    assert score(replace(tracks, times=times, features=rested)) > 0.9
