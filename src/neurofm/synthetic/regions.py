"""Populations in several regions that share some of what drives them: what filling in hidden activity is tested on."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data import Recording, Series
from neurofm.synthetic.process import draw_spikes

BIN = 0.02  # seconds
BINS = 100  # a trial
PAUSE = 1.0  # seconds between trials
SHARED, PRIVATE = 2, 2  # latents of all regions, and of each one
SCALE = 12.0  # bins, length scale of the latents
LOADING, BASELINE = 0.6, 10.0  # sd of what a unit takes of a latent; Hz


def sessions(count: int = 1, *, regions: int = 3, units: int = 30, trials: int = 400, seed: int = 0) -> list[Recording]:
    """Recordings "mouse 0", "mouse 1", ... of `units` units in each of `regions` regions.

    Each trial of two seconds draws smooth latents anew: two that drive all regions, and two of each region's own. The
    log rate of a unit is its baseline plus what it takes of the four. Series hold the truth, at the bins' centres:
    `rates` (Hz, one a unit), `latents` (the shared ones first), and `whisker`, the second shared latent with noise. A
    trial's `choice` is the sign of its first shared latent over its second half. Session k is the same whatever
    `count` is.

    Parameters
    ----------
    trials : of each session
    """
    return [_session(f"mouse {k}", regions, units, trials, np.random.default_rng([seed, k])) for k in range(count)]


def _session(name: str, regions: int, count: int, trials: int, rng: np.random.Generator) -> Recording:
    latents = _smooth(rng, trials, SHARED + regions * PRIVATE)  # (trial, bin, latent)
    loading = np.zeros((SHARED + regions * PRIVATE, regions * count))
    loading[:SHARED] = LOADING * rng.standard_normal((SHARED, regions * count))
    for k in range(regions):
        own = slice(SHARED + k * PRIVATE, SHARED + (k + 1) * PRIVATE)
        loading[own, k * count : (k + 1) * count] = LOADING * rng.standard_normal((PRIVATE, count))
    rates = BASELINE * np.exp(latents @ loading)  # (trial, bin, unit) Hz
    start = np.arange(trials) * (BINS * BIN + PAUSE)
    drawn = [draw_spikes(rng, r, BIN, s) for r, s in zip(rates, start)]
    times = (start[:, None] + (np.arange(BINS) + 0.5) * BIN).ravel()
    whisker = latents[..., 1] + 0.3 * rng.standard_normal(latents.shape[:2])
    stop = start + BINS * BIN
    choice = np.where(latents[:, BINS // 2 :, 0].mean(1) > 0, 1, -1)
    return Recording(
        session=name,
        subject=name,
        spikes=type(drawn[0])(np.concatenate([s.times for s in drawn]), np.concatenate([s.unit for s in drawn])),
        units=pd.DataFrame(
            {
                "label": [f"unit {k}" for k in range(regions * count)],
                "region": np.repeat([f"region {'ABCDEFGHIJ'[k]}" for k in range(regions)], count),
            }
        ),
        series={
            "whisker": Series(times, whisker.reshape(-1, 1), ("whisker",)),
            "latents": _series(times, latents, "latent"),
            "rates": _series(times, rates, "unit", "Hz"),
        },
        intervals={"trials": pd.DataFrame({"start": start, "stop": stop, "choice": choice})},
        domain=np.stack([start, stop], 1),
        notes=("simulated: the series rates and latents hold the truth",),
    )


def _smooth(rng: np.random.Generator, trials: int, count: int) -> NDArray[np.float64]:
    """(trial, bin, latent) Gaussian processes with mean 0, variance 1 and a squared exponential kernel."""
    bins = np.arange(BINS)
    kernel = np.exp(-0.5 * ((bins[:, None] - bins) / SCALE) ** 2) + 1e-6 * np.eye(BINS)
    return np.einsum("ij,tjl->til", np.linalg.cholesky(kernel), rng.standard_normal((trials, BINS, count)))


def _series(times: NDArray[np.float64], values: NDArray[np.float64], name: str, unit: str = "") -> Series:
    flat = values.reshape(len(times), -1).astype(np.float32)
    return Series(times, flat, tuple(f"{name} {k}" for k in range(flat.shape[1])), unit)
