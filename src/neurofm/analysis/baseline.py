"""The simple decoder that a model must beat: ridge regression on smoothed spike counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data import Recording, spans


def smoothed_counts(recording: Recording, times: NDArray[np.float64], sigma: float = 0.05) -> NDArray[np.float64]:
    """(time, unit) spikes a second around `times`, through a Gaussian of `sigma` seconds.

    Spikes are counted in bins of a fifth of `sigma`, smoothed, and read off at `times`.
    """
    from scipy.ndimage import gaussian_filter1d

    width = sigma / 5
    first, count = recording.start, int(np.ceil((recording.stop - recording.start) / width)) + 1
    place = ((recording.spikes.times - first) / width).astype(int).clip(0, count - 1)
    units = len(recording.units)
    counts = np.bincount(place * units + recording.spikes.unit, minlength=count * units).reshape(count, units)
    rates = gaussian_filter1d(counts.astype(np.float32) / width, sigma / width, axis=0, mode="nearest")
    return rates[((times - first) / width).astype(int).clip(0, count - 1)]


def ridge(
    recording: Recording, target: str, train: ArrayLike, test: ArrayLike, sigma: float = 0.05
) -> NDArray[np.float64]:
    """R² of each feature on the `test` spans, of ridge regression fitted, penalty and all, on the `train` spans.

    Parameters
    ----------
    target : name of the behaviour series
    train, test : (k, 2) seconds

    Raises
    ------
    ValueError
        If either holds fewer than two measured times.
    """
    from sklearn.linear_model import RidgeCV

    from neurofm.metrics import r2

    series = recording.series[target]
    known = np.isfinite(series.values).all(1)
    learn, judge = (known & spans.inside(series.times, s) for s in (train, test))
    if min(learn.sum(), judge.sum()) < 2:
        raise ValueError(
            f"{target} is measured {learn.sum()} times in the training and {judge.sum()} in the test spans"
        )
    x, y = smoothed_counts(recording, series.times, sigma), series.values.astype(float)
    mean, sd = x[learn].mean(0), x[learn].std(0) + 1e-9
    x = (x - mean) / sd
    model = RidgeCV(np.logspace(-1, 5, 13)).fit(x[learn], y[learn])
    return r2(y[judge], model.predict(x[judge]))
