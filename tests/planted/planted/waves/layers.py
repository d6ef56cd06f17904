"""A wave on napari's canvas: its gauges in a row, from the first frame to the last."""

from __future__ import annotations

import numpy as np

from planted.waves import Wave


def layers(wave: Wave):
    gauges = wave.heights.shape[1]
    frame, gauge = np.indices(wave.heights.shape).reshape(2, -1)
    points = np.stack([frame, np.zeros(len(gauge)), gauge], 1)
    step = float(np.diff(wave.times).mean())
    options = {
        "name": f"{wave.session} gauges", "scale": (step, 1.0, 1.0), "translate": (float(wave.times[0]), 0.0, 0.0),
        "size": 0.1 * gauges, "features": {"height": wave.heights.ravel()},
    }  # fmt: skip
    return [(points, options, "points")]


SPEC = layers
