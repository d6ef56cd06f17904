"""The simple decoders that a model must beat: ridge regression and a small network, on smoothed spike counts."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data import Recording, spans
from neurofm.metrics import r2

SIGMAS = (0.025, 0.05, 0.1, 0.2, 0.4)  # seconds
LAGS: tuple[tuple[int, ...], ...] = ((0,), (-2, 0, 2))  # sigmas: at the time itself, or before and after it, too
WIDE = tuple((sigma, tuple(range(-8, 9, 2))) for sigma in SIGMAS[:2])  # narrow ones, at many times around it
MOST_SEEN = 3_000  # counts, of all units and lags, up to which that is tried: of 333 units
PENALTIES = np.logspace(-5, 3, 17)  # of standardised counts, a time learned from
MOST = 10_000  # times learned from or judged on; more are thinned out evenly
MOST_CHOSEN_BY = 1_500  # times by which smoothing and penalty are chosen
MOST_SHOWN = 4_000  # times that the network learns from
STRETCHES = 5
LEAST_SPREAD = 0.1  # of the mean standard deviation
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ridge:
    """A fitted ridge regression.

    Parameters
    ----------
    sigma : seconds of the Gaussian that smooths the counts
    lags : seconds from the time itself at which they are seen
    mean, sd : (lag and unit,) of what is seen, while it was fitted
    weight : (lag and unit, feature)
    bias : (feature,)
    """

    sigma: float
    lags: tuple[float, ...]
    mean: Floats
    sd: Floats
    weight: Floats
    bias: Floats

    def __call__(self, recording: Recording, times: Floats) -> Floats:
        """(time, feature) its answer at some times of a recording with the same units."""
        return ((self.seen(recording, times) - self.mean) / self.sd) @ self.weight + self.bias

    def seen(self, recording: Recording, times: Floats) -> Floats:
        """(time, lag and unit) smoothed counts."""
        return _lagged(recording, times, self.sigma, self.lags)


def smoothed_counts(recording: Recording, times: Floats, sigma: float = 0.05) -> Floats:
    """(time, unit) spikes a second around each of `times`, weighed by a Gaussian of `sigma` seconds cut at 4 sigma."""
    spikes, units = recording.spikes, len(recording.units)
    first, last = np.searchsorted(spikes.times, times - 4 * sigma), np.searchsorted(spikes.times, times + 4 * sigma)
    counts = np.empty((len(times), units))
    for k, (t, a, b) in enumerate(zip(times, first, last)):
        weight = np.exp(-0.5 * ((spikes.times[a:b] - t) / sigma) ** 2)
        counts[k] = np.bincount(spikes.unit[a:b], weight, units)
    return counts / (sigma * np.sqrt(2 * np.pi))


def ridge(recording: Recording, target: str, train: ArrayLike, test: ArrayLike) -> Floats:
    """R² of each feature on the `test` spans, of ridge regression fitted on `train`."""
    learn, judge = measured(recording, target, train), measured(recording, target, test)
    _check(target, learn, judge)
    series = recording.series[target]
    return r2(series.values[judge].astype(float), fit(recording, target, learn)(recording, series.times[judge]))


def answers(
    recording: Recording, target: str, train: ArrayLike, test: ArrayLike, *, classes: bool = False
) -> tuple[Floats, dict[str, Floats]]:
    """Truth (time, feature) on the `test` spans, and the answers there of "ridge" and of "mlp", fitted on `train`.

    Parameters
    ----------
    target : name of the behaviour series
    train, test : (k, 2) seconds
    classes : whether features are classes, of which one is 1

    Raises
    ------
    ValueError
        If either holds fewer than two measured times.
    """
    learn, judge = measured(recording, target, train), measured(recording, target, test)
    _check(target, learn, judge)
    series = recording.series[target]
    times, linear = series.times[judge], fit(recording, target, learn)
    network = _network(linear, recording, target, _thin(learn, MOST_SHOWN), times, classes=classes)
    return series.values[judge].astype(float), {"ridge": linear(recording, times), "mlp": network}


def measured(recording: Recording, target: str, within: ArrayLike) -> NDArray[np.intp]:
    """Rows of a series that were measured in some spans, thinned out where there are very many."""
    series = recording.series[target]
    return _thin(np.flatnonzero(np.isfinite(series.values).all(1) & spans.inside(series.times, within)), MOST)


def fit(recording: Recording, target: str, learn: NDArray[np.intp]) -> Ridge:
    """Ridge regression of a series on smoothed counts; smoothing, lags and penalty are the best on stretches left out.

    Times next to each other are alike, and to leave single ones out would choose no penalty at all; so they are left
    out in five stretches. Lags are tried at the best smoothing, and narrow smoothing at many times around each.

    Parameters
    ----------
    learn : rows of the series that are learned from
    """
    series, few = recording.series[target], _thin(learn, MOST_CHOSEN_BY)
    wanted = series.values[few].astype(float)

    def errors(sigma: float, lags: tuple[int, ...]) -> Floats:
        seen = _lagged(recording, series.times[few], sigma, np.multiply(lags, sigma))
        return left_out(seen / spreads(seen), wanted)

    tried = {(sigma, LAGS[0]): errors(sigma, LAGS[0]) for sigma in SIGMAS}
    best = min(tried, key=lambda design: tried[design].min())[0]
    tried |= {(best, lags): errors(best, lags) for lags in LAGS[1:]}
    many = [(sigma, lags) for sigma, lags in WIDE if len(lags) * len(recording.units) <= MOST_SEEN]
    tried |= {design: errors(*design) for design in many}
    sigma, lags = min(tried, key=lambda design: tried[design].min())
    seconds = tuple(float(lag * sigma) for lag in lags)
    x, y = _lagged(recording, series.times[learn], sigma, seconds), series.values[learn].astype(float)
    mean, sd, bias = x.mean(0), spreads(x), y.mean(0)
    path = ridge_path((x - mean) / sd, y - bias, np.eye(x.shape[1]), PENALTIES[[tried[sigma, lags].argmin()]])
    return Ridge(sigma=sigma, lags=seconds, mean=mean, sd=sd, weight=next(path), bias=bias)


def spreads(x: NDArray[np.floating]) -> Floats:
    """(column,) by what columns are divided: half way, as a ratio, from the usual standard deviation to their own.

    A unit that varies more tells more, so that equal spreads ask too little of it; and one that was silent may fire
    later, so that its own is not taken to be much below the usual one.
    """
    sd = x.std(0)
    least = 1e-9 + 1e-6 * np.abs(x).mean()  # of what never varies, but for how its digits are rounded
    usual = np.sqrt((sd**2).mean()) + least
    return np.asarray(np.sqrt(np.maximum(sd, LEAST_SPREAD * sd.mean() + least) * usual))


def _check(target: str, learn: NDArray[np.intp], judge: NDArray[np.intp]) -> None:
    if min(len(learn), len(judge)) < 2:
        raise ValueError(f"{target} is measured {len(learn)} times in the training and {len(judge)} in the test spans")


def _lagged(recording: Recording, times: Floats, sigma: float, lags: ArrayLike) -> Floats:
    return np.hstack([smoothed_counts(recording, times + lag, sigma) for lag in np.atleast_1d(lags)])


def left_out(x: Floats, y: Floats) -> Floats:
    """(penalty,) squared error on stretches that are left out in turn, each feature in its standard deviations.

    Parameters
    ----------
    x : (time, column) in their `spreads`
    """
    from sklearn.model_selection import KFold

    total, spread = np.zeros(len(PENALTIES)), y.std(0) + 1e-9
    for learn, judge in KFold(min(STRETCHES, len(x))).split(x):
        mean, bias = x[learn].mean(0), y[learn].mean(0)
        answered = ridge_path(x[learn] - mean, y[learn] - bias, x[judge] - mean, PENALTIES)
        total += [(((answer + bias - y[judge]) / spread) ** 2).sum() for answer in answered]
    return total


def ridge_path(x: Floats, y: Floats, asked: Floats, penalties: Floats) -> Iterator[Floats]:
    """Answers (asked, feature) of ridge regression, one for each penalty a row of `x`; the smaller square is solved."""
    wide = x.shape[1] > len(x)
    value, vector = np.linalg.eigh(x @ x.T if wide else x.T @ x)
    turned, left = vector.T @ (y if wide else x.T @ y), (asked @ x.T if wide else asked) @ vector
    for penalty in penalties:
        yield left @ (turned / (value.clip(0) + penalty * len(x))[:, None])


def _network(
    linear: Ridge, recording: Recording, target: str, learn: NDArray[np.intp], times: Floats, *, classes: bool
) -> Floats:
    """Answers of a network of 128 hidden units with a strong penalty, which sees square roots of what ridge sees."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    series = recording.series[target]
    x, asked = (np.sqrt(linear.seen(recording, t)) for t in (series.times[learn], times))
    y = series.values[learn].astype(float)
    mean, sd = x.mean(0), spreads(x)
    how: dict[str, Any] = {"hidden_layer_sizes": (128,), "alpha": 10.0, "random_state": 0}
    net = (MLPClassifier if classes else MLPRegressor)(**how)
    middle, spread = y.mean(0), y.std(0) + 1e-9
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops after 200 passes, converged or not
        net.fit((x - mean) / sd, y.argmax(1) if classes else ((y - middle) / spread).squeeze())
    if not classes:
        return np.asarray(net.predict((asked - mean) / sd).reshape(len(asked), -1) * spread + middle)
    shares = np.zeros((len(asked), y.shape[1]))
    shares[:, net.classes_] = net.predict_proba((asked - mean) / sd)
    return shares


def _thin(rows: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    return rows[:: max(-(-len(rows) // most), 1)]
