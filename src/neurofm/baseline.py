"""The simple decoder that a model must beat: ridge regression on smoothed spike counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data import Recording, Series, spans
from neurofm.metrics import r2

SIGMA = 0.05  # seconds
PENALTIES = np.logspace(-1, 6, 15)
MOST = 10_000  # times learned from or judged on; more are thinned out evenly


def smoothed_counts(recording: Recording, times: NDArray[np.float64], sigma: float = SIGMA) -> NDArray[np.float64]:
    """(time, unit) spikes a second around each of `times`, weighed by a Gaussian of `sigma` seconds cut at 4 sigma."""
    spikes, units = recording.spikes, len(recording.units)
    first, last = np.searchsorted(spikes.times, times - 4 * sigma), np.searchsorted(spikes.times, times + 4 * sigma)
    counts = np.empty((len(times), units))
    for k, (t, a, b) in enumerate(zip(times, first, last)):
        weight = np.exp(-0.5 * ((spikes.times[a:b] - t) / sigma) ** 2)
        counts[k] = np.bincount(spikes.unit[a:b], weight, units)
    return counts / (sigma * np.sqrt(2 * np.pi))


def ridge(recording: Recording, target: str, train: ArrayLike, test: ArrayLike) -> NDArray[np.float64]:
    """R² of each feature on the `test` spans, as `ridge_answer` has it."""
    return r2(*ridge_answer(recording, target, train, test))


def ridge_answer(
    recording: Recording, target: str, train: ArrayLike, test: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Truth and answer (time, feature) on the `test` spans, of ridge regression fitted, penalty and all, on `train`.

    Times next to each other are alike, and to leave single ones out would choose no penalty at all; so it is chosen on
    five stretches of the training times in turn.

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
    from sklearn.model_selection import KFold

    series = recording.series[target]
    learn, judge = (rows(series, s) for s in (train, test))
    if min(len(learn), len(judge)) < 2:
        raise ValueError(f"{target} is measured {len(learn)} times in the training and {len(judge)} in the test spans")
    x, y = smoothed_counts(recording, series.times[learn]), series.values[learn].astype(float)
    mean, sd = x.mean(0), x.std(0) + 1e-9
    stretches = KFold(min(5, len(x)))
    model = RidgeCV(PENALTIES, cv=stretches, scoring="neg_mean_squared_error").fit((x - mean) / sd, y)
    answer = model.predict((smoothed_counts(recording, series.times[judge]) - mean) / sd)
    return series.values[judge].astype(float), answer.reshape(len(judge), -1)


def rows(series: Series, places: ArrayLike) -> NDArray[np.intp]:
    """Samples that are learned from, or judged, in some spans."""
    measured = np.flatnonzero(np.isfinite(series.values).all(1) & spans.inside(series.times, places))
    return measured[:: max(-(-len(measured) // MOST), 1)]
