"""What is known of a recording at any moment: its trial, how the animal moves, and every small series."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.behaviour import VELOCITY, measured, place_of, velocity_of
from neurofm.data.classes import class_names, words
from neurofm.data.series import Series, gaps

MOST = 12  # a series with more features is no behaviour but an image or LFP
TIME, IN_TRIAL, SPEED, DIRECTION = "time", "trial", "speed", "direction"  # columns beside the series' own

Named = Mapping[str, Series]


def columns(series: Named, trials: pd.DataFrame | None) -> tuple[str, ...]:
    """What moments can be coloured by: "time", "trial", "speed", "direction" and "series.feature".

    Of trials, "trial.target" for each column of a few classes. A series of many features, as counts of units, is last.
    """
    features = sorted(f"{name}.{feature}" for name, one in series.items() for feature in one.names if _few(one))
    many = [f"{name}.{feature}" for name, one in series.items() for feature in one.names if not _few(one)]
    moving = (SPEED, DIRECTION) if _in_plane(series) else ()
    told = [] if trials is None else [f"{IN_TRIAL}.{name}" for name in class_names(trials)]
    in_trial = (IN_TRIAL, *told) if trials is not None and len(trials) else ()
    return (TIME, *in_trial, *moving, *features, *many)


def _few(series: Series) -> bool:
    return len(series.names) <= MOST


def at(column: str, times: NDArray[np.float64], series: Named, trials: pd.DataFrame | None) -> NDArray[Any]:
    """(moment,) values of a column at `times` (s), NaN where there is none; classes of trials as words.

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
    if column in _classes(trials):
        row = trial_at(trials, times)  # type: ignore[arg-type]
        told = np.append(words(trials[_classes(trials)[column]]), "")  # type: ignore[index]
        return np.asarray(told[np.where(np.isfinite(row), row, -1).astype(int)], object)
    name, _, feature = column.rpartition(".")
    if name not in series or feature not in series[name].names:
        raise LookupError(f"moments have no '{column}'; they have {', '.join(columns(series, trials))}")
    one = series[name].names.index(feature)  # of many, as of units, only this is looked up
    return _measured(replace(series[name], values=series[name].values[:, one : one + 1], names=(feature,)), times)[:, 0]


def _classes(trials: pd.DataFrame | None) -> dict[str, Hashable]:
    """Columns of trials that say one of a few classes, by what moments call them."""
    names = set() if trials is None or not len(trials) else set(class_names(trials))
    return {f"{IN_TRIAL}.{name}": name for name in (() if trials is None else trials) if str(name) in names}


def _measured(series: Series, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at moments, which stand for times only to the microsecond, so that the first and last sample count.

    In a gap, as between trials, nothing was measured; up to a sample from its edges that edge's value holds.
    """
    if not len(series.times):
        return np.full((len(times), len(series.names)), np.nan)
    near = np.clip(times, series.times[0], series.times[-1])
    lost, holes = np.abs(near - times) >= 1e-6, gaps(series.times)
    if len(holes):
        begin, end = holes[np.searchsorted(holes[:, 0], near).clip(1) - 1].T
        inside, step = (begin < near) & (near < end), float(np.median(np.diff(series.times)))
        near = np.where(inside, np.where(near - begin < end - near, begin, end), near)
        lost |= inside & (np.abs(near - times) > step)
    return np.where(lost[:, None], np.nan, series.at(near))


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
    velocity = path.values[:, :2] if measured(name, path) == VELOCITY else _steps(path)
    vx, vy = _measured(Series(path.times, velocity, ("x", "y")), times).T
    return np.hypot(vx, vy) if column == SPEED else np.arctan2(vy, vx)


def _steps(path: Series) -> NDArray[np.float64]:
    """(time, 2) how quickly a place changes, in each stretch by itself; NaN of one alone."""
    times, values = path.times, path.values[:, :2].astype(float)
    edges = np.searchsorted(times, gaps(times)[:, 1])
    parts = np.split(np.arange(len(times)), edges)
    told = [np.gradient(values[k], times[k], axis=0) if len(k) > 1 else np.full((1, 2), np.nan) for k in parts]
    return np.concatenate(told)


def _in_plane(series: Named) -> tuple[str, Series] | None:
    """What moves in two dimensions, velocity before position."""
    flat = {name: one for name, one in series.items() if len(one.names) >= 2 and len(one.times) >= 2}
    name = velocity_of(flat) or place_of(flat)
    return (name, flat[name]) if name else None
