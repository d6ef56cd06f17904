"""Two planted animals of the same reaches: units of the one are those of the other, in another order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from neurofm.data import Recording
from neurofm.synthetic.process import draw_spikes

TARGETS, BINS, WIDTH = 8, 5, 0.1


class Animals(NamedTuple):
    """Counts (trial, bin, unit) and targets (trial,) of both, and which unit of the one each of the other is."""

    one: np.ndarray
    targets: np.ndarray
    other: np.ndarray
    hidden: np.ndarray
    order: np.ndarray


def rates(units: int, rng: np.random.Generator) -> np.ndarray:
    """(target, bin, unit) spikes a bin: more of all units for some targets, as in the arm's own anisotropy."""
    direction = np.arange(TARGETS)[:, None] * 2 * np.pi / TARGETS
    tuned = np.exp(2 * np.cos(direction - rng.vonmises(0.5, 0.4, units)))
    course = np.exp(-((np.arange(BINS)[:, None] - rng.uniform(0, BINS, units)) ** 2) / 6)
    return rng.uniform(0.3, 1.5, units) * (0.2 + tuned[:, None] * course)


def planted(units: int = 50, trials: int = 160, seed: int = 0) -> Animals:
    """Both animals with as many trials."""
    rng = np.random.default_rng(seed)
    each, order = rates(units, rng), rng.permutation(units)
    targets, hidden = (rng.permutation(np.arange(trials) % TARGETS) for _ in range(2))
    one, other = rng.poisson(each[targets]).astype(float), rng.poisson(each[hidden])[:, :, order].astype(float)
    return Animals(one, targets, other, hidden, order)


def recordings(units: int = 30, trials: int = 80, seed: int = 0) -> list[Recording]:
    """The same as recordings "ada" and "bob"."""
    rng = np.random.default_rng(seed)
    each = rates(units, rng) / WIDTH
    return [_recording(name, each[:, :, rng.permutation(units)], trials, rng) for name in ("ada", "bob")]


def _recording(name: str, each: np.ndarray, trials: int, rng: np.random.Generator) -> Recording:
    target = rng.permutation(np.arange(trials) % TARGETS)
    start = np.arange(trials) * BINS * WIDTH
    table = pd.DataFrame({"start": start, "stop": start + BINS * WIDTH, "target": target})
    return Recording(
        session=name,
        spikes=draw_spikes(rng, each[target].reshape(trials * BINS, -1), WIDTH),
        units=pd.DataFrame({"label": [f"unit {k}" for k in range(each.shape[2])]}),
        intervals={"trials": table},
        domain=np.array([[0.0, trials * BINS * WIDTH]]),
    )
