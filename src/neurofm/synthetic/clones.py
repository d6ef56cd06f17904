"""Two animals some of whose units are tuned alike: what tells which matches across animals are true."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data import Recording
from neurofm.synthetic.process import draw_spikes

TARGETS, BINS, BIN = 8, 10, 0.1  # directions; bins a trial, and seconds of each
NARROW = (0.5, 2.5)  # concentration of the tuning to direction: half its height 44 to 113 degrees off the preferred
LASTING = (0.15, 0.35)  # s, standard deviation of the time course
PEAK = (0.1, 0.9)  # s into the trial
REST = (0.1, 0.4)  # of the peak, fired at any time in any direction
MEDIAN, SPREAD = 8.0, 0.6  # Hz, mean rates of units; standard deviation of their logarithm
GAIN = 0.15  # standard deviation of the logarithm of what all units of an animal share in a trial
NONE = -1  # of whom the other animal has no clone


def pair(units: int = 100, clones: int = 60, trials: int = 300, *, seed: int = 0) -> list[Recording]:
    """Recordings "clones a" and "clones b" of as many units, `clones` of which fire as one of the other does.

    A unit fires at (rest + exp(k (cos(direction - preferred) - 1)) exp(-(t - peak)^2 / (2 lasting^2))) times a gain
    that sets its mean rate, where k is uniform from 0.5 to 2.5, peak from 0.1 to 0.9 s, lasting from 0.15 to 0.35 s,
    rest from 0.1 to 0.4, and the mean rate is log-normal about 8 Hz. In each trial of 1 s all units of an animal share
    a gain; spikes are Poisson in 10 bins of 100 ms, independent in all else. Column `target` of the trials has one of 8
    directions, each as often. The order of units is drawn.

    Returns
    -------
    Two recordings. Their units tables hold the truth: `clone`, a number that a unit shares with its clone in the other
    animal, -1 for none; `preferred` (rad), `narrow`, `peak`, `lasting` (s), `rest` and `rate` (Hz).

    Raises
    ------
    ValueError
        If there are more clones than units.
    """
    if not 0 <= clones <= units:
        raise ValueError(f"clones must be 0 to {units}, as many as there are units, got {clones}")
    rng = np.random.default_rng(seed)
    own, others = _units(rng, units), _units(rng, units - clones)
    other = pd.concat([own[:clones], others], ignore_index=True)
    number = np.where(np.arange(units) < clones, np.arange(units), NONE)
    return [
        _animal(f"clones {name}", table.assign(clone=number), trials, rng) for name, table in zip("ab", (own, other))
    ]


def _units(rng: np.random.Generator, count: int) -> pd.DataFrame:
    ranges = {"preferred": (-np.pi, np.pi), "narrow": NARROW, "peak": PEAK, "lasting": LASTING, "rest": REST}
    table = pd.DataFrame({name: rng.uniform(*ends, count) for name, ends in ranges.items()})
    return table.assign(rate=np.exp(rng.normal(np.log(MEDIAN), SPREAD, count)))


def rates(units: pd.DataFrame) -> NDArray[np.float64]:
    """(target, bin, unit) Hz of units as their table says."""
    direction = np.arange(TARGETS)[:, None] * 2 * np.pi / TARGETS
    time = (np.arange(BINS)[:, None] + 0.5) * BIN
    own = {name: units[name].to_numpy(float) for name in units if name != "label"}
    tuned = np.exp(own["narrow"] * (np.cos(direction - own["preferred"]) - 1))
    course = np.exp(-((time - own["peak"]) ** 2) / (2 * own["lasting"] ** 2))
    shape = own["rest"] + tuned[:, None] * course
    return own["rate"] * shape / shape.mean((0, 1))


def _animal(name: str, units: pd.DataFrame, trials: int, rng: np.random.Generator) -> Recording:
    """Units in an order of its own, and trials one after the other."""
    units = units.iloc[rng.permutation(len(units))].reset_index(drop=True)
    target = rng.permutation(np.arange(trials) % TARGETS)
    gain = np.exp(rng.normal(0, GAIN, trials))
    each = rates(units)[target] * gain[:, None, None]
    start = np.arange(trials) * BINS * BIN
    return Recording(
        session=name,
        subject=name[-1],
        spikes=draw_spikes(rng, each.reshape(trials * BINS, len(units)), BIN),
        units=units.assign(label=[f"unit {k}" for k in range(len(units))]),
        intervals={"trials": pd.DataFrame({"start": start, "stop": start + BINS * BIN, "target": target})},
        domain=np.array([[0.0, trials * BINS * BIN]]),
    )
