"""Counts and behaviour that lie trial by trial: an array (trial, bin, ...), or a list of arrays (bin, ...)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.io._foreign import UNIT, Counts, counts_of, is_tsd, is_xarray, time_name

APART = 2.5  # seconds, at least, between trials: no window, and no count however widely smoothed, is to see two of them
FEWEST = 5  # bins, at least, so that what lies between is a gap

Lengths = NDArray[np.int64]


def by_trial(given: Any) -> tuple[Counts, Lengths] | None:
    """Counts of all trials behind each other, and how many bins each has; None of what is no trials.

    Parameters
    ----------
    given : (trial, bin, unit), or a list of (bin, unit) as `neurofm.recording` takes one, which may differ in length

    Raises
    ------
    ValueError
        If a trial has no bins, or not all have the same units.
    """
    listed = isinstance(given, list | tuple) or (isinstance(given, np.ndarray) and given.dtype == object)
    if listed and len(given) and all(np.ndim(one) == 2 for one in given):
        parts = [counts_of(one) for one in given]
    elif not listed and not is_tsd(given) and getattr(given, "ndim", 0) == 3:
        parts = [Counts(one) for one in np.asarray(_turned(given))]
    else:
        return None
    lengths = np.array([len(part.values) for part in parts], np.int64)
    if not len(lengths) or not lengths.all():
        which = f"trial {int(lengths.argmin())}" if len(lengths) else "the array"
        raise ValueError(f"counts of trials must be (bin, unit) with a bin at least, got none in {which}")
    first = parts[0]
    for trial, part in enumerate(parts):
        if part.values.shape[1] != first.values.shape[1] or part.labels != first.labels:
            own, there = (np.shape(one.values)[1] if first.labels is None else one.labels for one in (part, first))
            raise ValueError(f"trials must have the same units, got {own} in trial {trial} and {there} in trial 0")
    timed = all(part.times is not None for part in parts)
    times = pd.Index(np.concatenate([np.asarray(part.times) for part in parts])) if timed else None
    values = np.concatenate([np.asarray(part.values) for part in parts])
    return first._replace(values=values, times=times), lengths


def _turned(given: Any) -> Any:
    """A DataArray as (trial, bin, unit), as far as its dimensions are called so."""
    if not is_xarray(given):
        return given
    unit = next((dim for dim in given.dims if str(dim).lower() in UNIT), given.dims[2])
    time = time_name(given.dims) or next((dim for dim in given.dims if str(dim).lower() in ("bin", "bins")), None)
    rest = [dim for dim in given.dims if dim != unit]
    time = time if time in rest else rest[1]
    return given.transpose(next(dim for dim in rest if dim != time), time, unit)


def by_trials(given: Any, bins: int) -> bool:
    """Whether behaviour lies trial by trial, not row by row beside so many bins, and has no times of its own."""
    if not isinstance(given, list | np.ndarray) or not len(given):
        return False
    return len(given) != bins or np.ndim(given[0]) == 2


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
    given = given.to_numpy() if isinstance(given, pd.DataFrame) else given
    if not hasattr(given, "__len__") or len(given) != len(lengths):
        raise ValueError(f"{want}, got {f'{len(given)} rows' if hasattr(given, '__len__') else given}")
    parts = [np.asarray(one) for one in given]
    for trial, (part, bins) in enumerate(zip(parts, lengths)):
        if not part.ndim or len(part) != bins:
            own = f"{len(part)} for the {bins} bins of trial {trial}" if part.ndim else "one for each trial"
            raise ValueError(f"{want}, got {own}")
    if len({part.shape[1:] for part in parts}) > 1:
        raise ValueError(f"{name} must have the same features in all trials, got {parts[0].shape[1:]} in trial 0")
    return np.concatenate(parts)


def parted(values: NDArray[Any], lengths: Lengths, like: Any) -> Any:
    """Rows of all trials as the trials `like` which they were asked for: an array, or a list of arrays."""
    if isinstance(like, np.ndarray) and like.dtype != object:
        return values.reshape(len(lengths), -1, *values.shape[1:])
    return np.split(values, np.cumsum(lengths)[:-1])
