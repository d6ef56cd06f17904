"""The benched raster is as large as it says, and is drawn as often."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from neurofm.app.session import Session
from neurofm.bench import _window, raster


def test_the_benched_raster_has_as_many_spikes_as_it_says():
    recording = raster.many(10_000)
    assert len(recording.spikes) == 10_000
    assert np.allclose(recording.rates().mean(), 20)


def test_a_panned_tenth_moves_over_the_whole_recording():
    recording = raster.many(8000)
    everything, panned = raster._viewports(recording, 5).values()
    assert len(everything) == len(panned) == 5
    starts, ends = np.transpose([v.x for v in panned])
    np.testing.assert_allclose(ends - starts, 0.1 * recording.stop)
    assert (starts[0], ends[-1]) == (0.0, pytest.approx(recording.stop))


def test_every_viewport_is_drawn_once():
    recording = raster.many(8000)
    viewports = raster._viewports(recording, 3)["a tenth, panned"]
    times = raster._times(Session([recording]), viewports)
    assert len(times) == 3
    assert min(times) > 0


def test_a_window_tells_how_long_it_took(monkeypatch):
    code = f"print({json.dumps(json.dumps({'ms': [2.0, 4.0, 9.0], 'width': 30, 'height': 20}))})"
    monkeypatch.setattr(_window, "command", lambda module: [sys.executable, "-c", code])
    (line,) = raster._shown("few spikes", 100, 0, 3)
    assert (line["mean"], line["n"], line["note"]) == (5.0, 3, "median 4.0 ms; 30 x 20 pixels")
    monkeypatch.setattr(_window, "command", lambda module: [])
    assert raster._shown("few spikes", 100, 0, 3)[0]["note"] == _window.NO_DISPLAY
