"""Waves whose wind can be told from their heights."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planted.waves import Wave


def wave(session="sea", *, clock="", start=100.0, frames=200, seed=0):
    """20 s of three gauges at 10 Hz, in four bouts of weather."""
    rng = np.random.default_rng([seed, frames])
    heights = rng.normal(size=(frames, 3))
    begin = start + np.arange(4) * frames / 40
    bouts = pd.DataFrame({"start": begin, "stop": begin + frames / 50, "weather": ["calm", "storm"] * 2})
    return Wave(
        session=session, clock=clock or session, subject="the Baltic", times=start + np.arange(frames) / 10,
        heights=heights, wind=heights @ [1.0, -2.0, 0.5] + 0.1 * rng.normal(size=frames), bouts=bouts,
    )  # fmt: skip
