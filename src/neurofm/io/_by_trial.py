"""Counts and behaviour that lie trial by trial: an array (trial, bin, ...), or a list of arrays (bin, ...)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

APART = 1.0  # seconds, at least, between trials: when each was is not known, but no window is to see two of them

Lengths = NDArray[np.int64]


def by_trial(given: Any) -> tuple[Any, Lengths | None]:
    """Counts (bin, unit) of all trials behind each other, and how many bins each has; None where there are no trials.

    Parameters
    ----------
    given : (trial, bin, unit), or a list of arrays or tables (bin, unit), in which trials may differ in length

    Raises
    ------
    ValueError
        If there are no trials in it, or not all have the same units.
    """
    listed = isinstance(given, list | tuple) or (isinstance(given, np.ndarray) and given.dtype == object)
    if listed and len(given) and all(np.ndim(one) == 2 for one in given):
        units = sorted({np.shape(one)[1] for one in given})
        if len(units) > 1:
            raise ValueError(f"trials must have the same units, got some of {units[0]} and some of {units[-1]}")
        tables = all(isinstance(one, pd.DataFrame) for one in given)
        whole = pd.concat(list(given)) if tables else np.concatenate([np.asarray(one) for one in given])
        return whole, np.array([len(one) for one in given])
    if not listed and getattr(given, "ndim", 0) == 3:
        trials, bins, units = np.shape(given)
        if not trials * bins:
            raise ValueError(f"counts (trial, bin, unit) must hold trials with bins, got shape {np.shape(given)}")
        return np.asarray(given).reshape(-1, units), np.full(trials, bins)
    return given, None


def by_trials(given: Any, bins: int) -> bool:
    """Whether behaviour lies trial by trial, not row by row beside so many bins, and has no times of its own."""
    return isinstance(given, list | np.ndarray) and len(given) != bins


def joined(name: str, given: Any, lengths: Lengths) -> Any:
    """What was measured in each bin of all trials, behind each other as `by_trial` has them.

    Parameters
    ----------
    given : (trial, bin) or (trial, bin, feature), or a list of arrays (bin,) or (bin, feature)

    Raises
    ------
    ValueError
        If it has other trials, or other bins.
    """
    want = f"{name} must have a value for each bin of {len(lengths)} trials, as the counts"
    if not hasattr(given, "__len__") or len(given) != len(lengths):
        raise ValueError(f"{want}, got {f'{len(given)} rows' if hasattr(given, '__len__') else given}")
    parts = [np.asarray(one) for one in given]
    for trial, (part, bins) in enumerate(zip(parts, lengths)):
        if not part.ndim or len(part) != bins:
            own = f"{len(part)} for the {bins} bins of trial {trial}" if part.ndim else "one for each trial"
            raise ValueError(f"{want}, got {own}")
    return np.concatenate(parts)


def parted(values: NDArray[Any], lengths: Lengths, like: Any) -> Any:
    """Rows of all trials as the trials `like` which they were asked for: an array, or a list of arrays."""
    if isinstance(like, np.ndarray) and like.dtype != object:
        return values.reshape(len(lengths), -1, *values.shape[1:])
    return np.split(values, np.cumsum(lengths)[:-1])
