"""Square waves with a little noise: what comes next is known from where in its period a wave is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neurofm.data.tracks import Tracks

RATE, PERIODS, NOISE = 30.0, (60, 90, 120), 0.15  # frames a second, frames of a period, sd


def session(count: int = 60, seconds: float = 20.0, seed: int = 0) -> Tracks:
    """Waves of one animal's velocity, each of one period and phase, laid out one after the other as trials."""
    rng, frames = np.random.default_rng(seed), round(seconds * RATE)
    period = rng.choice(PERIODS, count)
    place = (np.arange(frames) + rng.integers(0, period)[:, None]) % period[:, None]
    waves = np.where(place < period[:, None] / 2, 1.0, -1.0) + rng.normal(0, NOISE, (count, frames))
    start = np.arange(count) * (seconds + 1.0)
    return Tracks(
        session="square waves",
        times=(start[:, None] + np.arange(frames) / RATE).ravel(),
        individuals=("wave",),
        features=waves.astype(np.float32).reshape(-1, 1, 1),
        feature_names=("velocity",),
        trials=pd.DataFrame({"start": start, "stop": start + seconds, "period": period / RATE}),
    )
