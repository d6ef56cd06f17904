"""Heat maps: each unit from its own low to its own high, in its row, where it was measured."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neurofm.app.views._heat import heat
from neurofm.data import Recording, Series

TIMES = np.arange(400) / 10


def recording(values, labels=("a", "b")):
    series = {"dff": Series(TIMES[: len(values)], values, labels)}
    return Recording(session="r", units=pd.DataFrame({"label": ["a", "b"]}), series=series)


def test_every_row_is_scaled_by_itself():
    wave = np.stack([np.sin(TIMES), 1000 + 50 * np.cos(TIMES)], 1)
    drawn = heat(recording(wave), ["dff"], np.array([1, 0]), (0.0, 40.0), (10, 400))
    assert drawn.shape == (2, 400)
    np.testing.assert_allclose(drawn[1], (np.sin(TIMES) + 1) / 2, atol=0.06)
    np.testing.assert_allclose(drawn[0], (np.cos(TIMES) + 1) / 2, atol=0.06)


def test_pixels_are_means_and_empty_where_nothing_was_measured():
    values = np.tile([[0.0, 0.0], [1.0, 1.0]], (200, 1))
    drawn = heat(recording(values), ["dff"], np.arange(2), (-40.0, 80.0), (1, 30))
    assert drawn.shape == (1, 30)
    assert np.isnan(drawn[0, :10]).all()
    assert np.isnan(drawn[0, 20:]).all()
    np.testing.assert_allclose(drawn[0, 11:19], 0.5, atol=0.05)
    closer = heat(recording(values), ["dff"], np.arange(2), (10.0, 10.2), (2, 8))
    assert set(np.unique(closer)) == {0.0, 1.0}  # a sample is held until the next


def test_rare_events_keep_their_size_wherever_they_lie(monkeypatch):
    values = np.zeros((400, 2))
    values[[101, 301], 0] = 1.0, 4.0  # at odd samples, in fewer than 1 %
    for most in (1 << 22, 200):
        monkeypatch.setattr("neurofm.app.views._heat.MOST", most)
        drawn = heat(recording(values), ["dff"], np.arange(2), (0.0, 40.0), (2, 40))
        first, second = drawn[0, 8:12].max(), drawn[0, 28:32].max()  # blocks of samples may begin in the pixel before
        assert 0 < first < second
        assert np.count_nonzero(drawn[0]) <= 4
        assert not drawn[1].any()


def test_what_is_not_known_neither_counts_nor_shows(monkeypatch):
    wave = 500 + np.stack([np.sin(TIMES), np.cos(TIMES)], 1)
    wave[100:200, 0] = np.nan
    for most in (1 << 22, 200):
        monkeypatch.setattr("neurofm.app.views._heat.MOST", most)
        drawn = heat(recording(wave), ["dff"], np.arange(2), (0.0, 40.0), (2, 40))
        assert np.isnan(drawn[0, 10:20]).all()
        assert np.nanmin(drawn[0]) < 0.1
        assert np.nanmax(drawn[0]) > 0.9
