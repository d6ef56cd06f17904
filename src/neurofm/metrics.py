"""How good a prediction is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def r2(truth: NDArray[np.floating], predicted: NDArray[np.floating]) -> NDArray[np.float64]:
    """Coefficient of determination of each feature: 1 - squared error / variance about the mean.

    Parameters
    ----------
    truth, predicted : (time, feature); times with a NaN in either are left out

    Returns
    -------
    (feature,) at most 1; 0 for the mean; NaN where fewer than two times are left or the truth is constant

    Raises
    ------
    ValueError
        If shapes differ.
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"truth is {truth.shape} but predicted is {predicted.shape}")
    good = np.isfinite(truth).all(1) & np.isfinite(predicted).all(1)
    y, p = truth[good].astype(float), predicted[good].astype(float)
    if len(y) < 2:
        return np.full(truth.shape[1], np.nan)
    total = ((y - y.mean(0)) ** 2).sum(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, 1 - ((y - p) ** 2).sum(0) / total, np.nan)
