"""Sessions of units tuned to the velocity of a hand, each with other units: what unit identification is tested on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from neurofm.data import Recording, Series
from neurofm.synthetic.process import draw_spikes, smooth_noise

DT = 0.01  # seconds a sample
Range = tuple[float, float]
ARRAY: dict[str, Any] = {"units": 70, "baseline": (1.3, 30.0), "gain": (0.05, 0.8)}
"""What `sessions` takes for units above 1 Hz as two arrays in monkeys' M1 have them: few, slow and hardly tuned."""


def sessions(
    count: int = 6,
    units: int = 40,
    duration: float = 200.0,
    *,
    lag: float = 0.0,
    baseline: Range = (5.0, 20.0),
    gain: Range = (0.5, 1.2),
    seed: int = 0,
) -> list[Recording]:
    """Recordings "reach 0", "reach 1", ... of `units` velocity-tuned units, 100 Hz velocity, `duration` seconds.

    The log rate of a unit is its baseline plus gain times the velocity along its preferred direction; the units table
    holds this truth (`preferred` in radians, `gain`, `baseline` in Hz). Session k is the same whatever `count` is.

    Parameters
    ----------
    lag : seconds by which spikes lead the velocity
    baseline : lowest and highest rate (Hz) at rest; uniform in the logarithm
    gain : lowest and highest change of the log rate with one standard deviation of velocity
    """
    rngs = [np.random.default_rng([seed, k]) for k in range(count)]
    return [_session(f"reach {k}", duration, lag, rng, units, baseline, gain) for k, rng in enumerate(rngs)]


def _session(name: str, duration: float, lag: float, rng: np.random.Generator, *units_as: Any) -> Recording:
    samples, ahead = round(duration / DT), round(lag / DT)
    drive = smooth_noise(rng, samples + abs(ahead), 2, dt=DT, tau=0.25, sigma=0.05)
    velocity, felt = drive[max(-ahead, 0) :][:samples], drive[max(ahead, 0) :][:samples]
    units = _units(rng, *units_as)
    direction = np.stack([np.cos(units["preferred"]), np.sin(units["preferred"])])
    rates = units["baseline"].to_numpy() * np.exp(felt @ direction * units["gain"].to_numpy())
    times = np.arange(0.5, samples) * DT
    return Recording(
        session=name,
        subject=f"animal {name.split()[-1]}",
        spikes=draw_spikes(rng, rates, DT),
        units=units,
        series={"velocity": Series(times, velocity, ("vx", "vy"))},
        domain=np.array([[0.0, samples * DT]]),
    )


def _units(rng: np.random.Generator, count: int, baseline: Range, gain: Range) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": [f"unit {k}" for k in range(count)],
            "region": "M1",
            "preferred": rng.uniform(-np.pi, np.pi, count),
            "gain": rng.uniform(*gain, count),
            "baseline": np.exp(rng.uniform(np.log(baseline[0]), np.log(baseline[1]), count)),
        }
    )
