"""Short reaches in four directions: two latents known to the last digit, seen through a tangle of a hundred units.

After Zhou & Wei 2020 (pi-VAE), as Liu et al. 2021 use it: an angle moves through an eighth of a circle while a sequence
lasts, two latents scatter around the circle there, and a random invertible network turns them into rates.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data import Recording, Series
from neurofm.synthetic.process import draw_spikes

DIRECTIONS = 4  # each an eighth of a circle, with an eighth between them
DT = 0.1  # seconds a bin
BLOCKS = 4  # of the network
STEEP = 2.2  # log rates lie between -STEEP and STEEP


def session(units: int = 100, trials: int = 4000, *, length: int = 4, seed: int = 0) -> Recording:
    """A recording "directions" of sequences of `length` bins of 100 ms, as many in each direction, in random order.

    The trials have a column `direction` (0 to 3); the series `latent` holds the two latents at the bins' centres. The
    network from latents to rates is another for another seed.

    Parameters
    ----------
    units : even
    """
    rng = np.random.default_rng([seed, 0])
    direction = rng.permutation(np.arange(trials) % DIRECTIONS)
    latent = latents(direction, length, rng)
    flat = latent.reshape(-1, 2)
    rates = tangle(np.pad(flat, ((0, 0), (0, units - 2))), np.random.default_rng([seed, 1]))
    room = np.zeros((trials, length + 1, units))  # an empty bin after each
    room[:, :length] = rates.reshape(trials, length, units) / DT
    start = np.arange(trials) * (length + 1) * DT
    table = pd.DataFrame({"start": start, "stop": start + length * DT, "direction": direction})
    times = (start[:, None] + (np.arange(length) + 0.5) * DT).ravel()
    return Recording(
        session="directions",
        spikes=draw_spikes(rng, room.reshape(-1, units), DT),
        units=pd.DataFrame({"label": [f"unit {k}" for k in range(units)]}),
        series={"latent": Series(times, flat, ("z1", "z2"))},
        intervals={"trials": table},
        domain=np.array([[0.0, trials * (length + 1) * DT]]),
    )


def latents(direction: NDArray[np.int64], length: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """(trial, bin, 2) positions near the circle of radius 5, each bin in its part of the direction's eighth."""
    eighth = 2 * np.pi / 8
    place = (np.arange(length) + rng.random((len(direction), length))) / length
    angle = eighth * (2 * direction[:, None] + place)
    mean = 5 * np.stack([np.sin(angle), np.cos(angle)], -1)
    spread = 0.1 * np.abs(mean[..., 1])
    variance = np.stack([0.6 - spread, spread], -1)
    return mean + rng.standard_normal(mean.shape) * np.sqrt(variance)


def tangle(x: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Rates (sample, unit) in spikes a bin of inputs of the same shape: affine couplings, shuffled between blocks."""
    for block in range(BLOCKS):
        if block:
            x = x[:, rng.permutation(x.shape[1])]
        x = _couple(_couple(x, rng), rng)
    return np.exp(STEEP * np.tanh(x))


def _couple(x: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """One half scaled and shifted by what a small random network makes of the other; the halves change places."""
    half = x.shape[1] // 2
    left, right = x[:, :half], x[:, half:]
    hidden = max(half // 2, 1)
    a = np.maximum(left @ _random(rng, half, hidden), 0)
    b = np.maximum(a @ _random(rng, hidden, hidden), 0)
    scale, shift = np.split(b @ _random(rng, hidden, 2 * half), 2, axis=1)
    return np.concatenate([right * np.exp(0.1 * np.tanh(scale)) + shift, left], 1)


def _random(rng: np.random.Generator, before: int, after: int) -> NDArray[np.float64]:
    limit = np.sqrt(6 / (before + after))
    return rng.uniform(-limit, limit, (before, after))
