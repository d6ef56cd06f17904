"""Random processes that the generators share: smooth noise, and spikes from rates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Spikes


def smooth_noise(
    rng: np.random.Generator, count: int, features: int, *, dt: float, tau: float, sigma: float
) -> NDArray[np.float64]:
    """(count, features) Ornstein-Uhlenbeck noise, smoothed, with mean 0 and variance 1.

    Parameters
    ----------
    dt : seconds between samples
    tau : seconds over which it forgets
    sigma : seconds, width of the Gaussian that smooths it
    """
    decay = np.exp(-np.arange(0, 8 * tau, dt) / tau)
    lags = np.arange(-np.ceil(4 * sigma / dt), np.ceil(4 * sigma / dt) + 1) * dt
    kernel = np.convolve(decay, np.exp(-0.5 * (lags / sigma) ** 2))
    white = rng.standard_normal((features, count + len(kernel) - 1))
    noise = np.stack([np.convolve(w, kernel, "valid") for w in white], 1)
    return (noise - noise.mean(0)) / noise.std(0)


def draw_spikes(rng: np.random.Generator, rates: NDArray[np.floating], dt: float, start: float = 0.0) -> Spikes:
    """Poisson spikes of (time, unit) rates in Hz, each anywhere in its bin of `dt` seconds."""
    counts = rng.poisson(rates * dt)
    bins, unit = (np.repeat(index, counts[counts > 0]) for index in np.nonzero(counts))
    times = start + (bins + rng.random(len(bins))) * dt
    order = np.argsort(times, kind="stable")
    return Spikes(times[order], unit[order].astype(np.int32))
