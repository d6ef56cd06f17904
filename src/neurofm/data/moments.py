"""What is known of a recording at any moment: its trial, how the animal moves, and every small series."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.series import Series

MOST = 12  # a series with more features is no behaviour but an image or LFP
TIME, IN_TRIAL, SPEED, DIRECTION = "time", "trial", "speed", "direction"  # columns beside the series' own

Named = Mapping[str, Series]


def columns(series: Named, trials: pd.DataFrame | None) -> tuple[str, ...]:
    """What moments can be coloured by: "time", "trial", "speed", "direction" and "series.feature"."""
    features = sorted(f"{name}.{feature}" for name, one in series.items() for feature in one.names)
    moving = (SPEED, DIRECTION) if _in_plane(series) else ()
    in_trial = (IN_TRIAL,) if trials is not None and len(trials) else ()
    return (TIME, *in_trial, *moving, *features)


def at(column: str, times: NDArray[np.float64], series: Named, trials: pd.DataFrame | None) -> NDArray[np.float64]:
    """(moment,) values of a column at `times` (s), NaN where there is none.

    Raises
    ------
    LookupError
        If there is no such column.
    """
    if column == TIME:
        return times
    if column == IN_TRIAL and trials is not None and len(trials):
        return trial_at(trials, times)
    if column in (SPEED, DIRECTION):
        return _motion(column, times, series)
    name, _, feature = column.rpartition(".")
    if name not in series or feature not in series[name].names:
        raise LookupError(f"moments have no '{column}'; they have {', '.join(columns(series, trials))}")
    return _measured(series[name], times)[:, series[name].names.index(feature)]


def _measured(series: Series, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at moments, which stand for times only to the microsecond, so that the first and last sample count."""
    if not len(series.times):
        return np.full((len(times), len(series.names)), np.nan)
    near = np.clip(times, series.times[0], series.times[-1])
    return np.where(np.abs(near - times)[:, None] < 1e-6, series.at(near), np.nan)


def trial_at(trials: pd.DataFrame, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """(moment,) row of the trial that each is in."""
    order = np.argsort(trials["start"].to_numpy(), kind="stable")
    place = np.searchsorted(trials["start"].to_numpy()[order], times, "right") - 1
    row = order[np.maximum(place, 0)]
    return np.where((place >= 0) & (times < trials["stop"].to_numpy()[row]), row, np.nan)


def _motion(column: str, times: NDArray[np.float64], series: Named) -> NDArray[np.float64]:
    plane = _in_plane(series)
    if plane is None:
        raise LookupError(f"moments have no '{column}', since nothing that moves in a plane was measured")
    name, path = plane
    velocity = path.values[:, :2] if "vel" in name else np.gradient(path.values[:, :2], path.times, axis=0)
    vx, vy = _measured(Series(path.times, velocity, ("x", "y")), times).T
    return np.hypot(vx, vy) if column == SPEED else np.arctan2(vy, vx)


def _in_plane(series: Named) -> tuple[str, Series] | None:
    """The first series that moves in two dimensions, velocity before position."""
    flat = [(name, one) for name, one in series.items() if len(one.names) >= 2 and len(one.times) >= 2]
    return min(flat, key=lambda item: "vel" not in item[0], default=None)
