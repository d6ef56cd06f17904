"""A simulated film shows bodies where the points are, on the frame that they are of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurofm.data import Tracks
from neurofm.io import read, write
from neurofm.synthetic.filmed import BODY, filmed
from neurofm.synthetic.triplets import triplets


@pytest.fixture(scope="module")
def mice() -> Tracks:
    return triplets(1, np.random.default_rng(0), frames=60)


def under(frames, tracks, off=0):
    """Mean grey under the points, by a film so many frames later."""
    greys = []
    for k in range(5, 55):
        x, y = tracks.points[k].reshape(-1, 2).round().astype(int).clip(0, 511).T
        greys.append(frames[k + off][y, x].mean())
    return np.mean(greys)


def test_film_shows_the_points_of_its_frame(mice):
    film = filmed(mice)
    assert (len(film.times), film.size, film.clock) == (60, (512, 512), mice.clock)
    assert under(film.frames, mice) == BODY
    assert under(film.frames, mice, 1) < BODY > under(film.frames, mice, -1)


def test_film_in_a_file_does_so_too(mice, tmp_path):
    film = read(write(filmed(mice), tmp_path / "mice.mp4"))
    assert under(film.frames, mice) > max(under(film.frames, mice, off) for off in (-1, 1))
    np.testing.assert_allclose(film.times, mice.times, atol=1e-4)


def test_points_outside_and_those_not_seen_are_not_painted(mice):
    away = replace(mice, points=mice.points + np.float32(2000))
    gone = replace(mice, points=np.full_like(mice.points, np.nan))
    assert filmed(away).frames[0].max() == filmed(gone).frames[0].max() < BODY
