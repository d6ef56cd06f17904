"""A short training whose memory is watched."""

from __future__ import annotations

import json

import numpy as np

from neurofm.bench import _peak


def test_memory_is_seen_at_its_peak():
    with _peak.Peak() as peak:
        held = np.ones(30_000_000)
        del held
    assert peak.most > 240


def test_a_recording_of_any_length_holds_out_the_same_seconds(tmp_path):
    written = [_peak.write(tmp_path / f"{seconds}.h5", seconds, 0) for seconds in (200, 400)]
    assert json.dumps(written)
    assert written[1]["spikes"] > 1.5 * written[0]["spikes"]
