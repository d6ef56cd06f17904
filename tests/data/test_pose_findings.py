"""What is told of tracks that are not as they should be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np


def codes(tracks):
    return [one.code for one in tracks.findings()]


def test_key_points_that_were_never_seen_are_named(tracks):
    gone = tracks.points.copy()
    gone[:, :, 1] = np.nan
    (one,) = replace(tracks, points=gone).findings()
    assert str(one) == "points hold no place of back; leave these key points out"
    (one,) = replace(tracks, points=np.full_like(gone, np.nan)).findings()
    assert one.sentence == "hold no place at all"
    assert codes(tracks) == []
