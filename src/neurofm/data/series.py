"""Values over time: behaviour (`Series`) and spikes (`Spikes`), and how ugly ones are mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from neurofm.checks import check_shape
from neurofm.data import clock, sentinels
from neurofm.data.libraries import TIME, data_array, tsd_frame
from neurofm.data.shown import Shown, several


@dataclass(frozen=True, eq=False, repr=False)
class Series(Shown):
    """Something measured over time.

    Parameters
    ----------
    times : (time,) seconds, ascending without repeats, spacing may vary
    values : (time, feature); NaN where nothing was measured
    names : one per feature ("x", "y")
    unit : of the values ("px", "cm/s"); "" if unknown
    """

    times: NDArray[np.float64]
    values: NDArray[np.floating]
    names: tuple[str, ...]
    unit: str = ""

    def __post_init__(self) -> None:
        check_shape("series values", self.values, "time feature")
        if self.times.shape != (len(self.values),):
            raise ValueError(f"series has {self.times.shape} times for {len(self.values)} values")
        if len(self.names) != self.values.shape[1]:
            raise ValueError(f"series has {len(self.names)} names for {self.values.shape[1]} features")

    def facts(self) -> dict[str, Any]:
        """What was measured, and when."""
        when = f"{self.times[0]:.1f} to {self.times[-1]:.1f} s" if len(self.times) else ""
        return {"of": several(self.names), "unit": self.unit, "samples": f"{len(self.times):,}", "from": when}

    def between(self, start: float, stop: float) -> Series:
        """The part in [start, stop) seconds, a view."""
        a, b = np.searchsorted(self.times, [start, stop])
        return Series(self.times[a:b], self.values[a:b], self.names, self.unit)

    def at(self, times: ArrayLike) -> NDArray[np.float64]:
        """(query, feature) values interpolated linearly; NaN outside the measured time."""
        if not len(self.times):
            return np.full((np.size(times), len(self.names)), np.nan)
        return np.stack([np.interp(np.asarray(times, float), self.times, v, np.nan, np.nan) for v in self.values.T], 1)

    def to_frame(self) -> pd.DataFrame:
        """A column for each feature, indexed by seconds."""
        return pd.DataFrame(self.values, pd.Index(self.times, name=TIME), list(self.names))

    def to_xarray(self) -> Any:
        """A DataArray (time, feature); its attribute `unit` is that of the values."""
        return data_array(self.times, self.values, self.names, self.unit)

    def to_pynapple(self) -> Any:
        """A TsdFrame, a column for each feature."""
        return tsd_frame(self.times, self.values, self.names)


@dataclass(frozen=True, eq=False, repr=False)
class Spikes(Shown):
    """Every spike of a recording.

    Parameters
    ----------
    times : (spike,) float64 seconds, ascending; may be a memory map
    unit : (spike,) int32 row in the units table
    """

    times: NDArray[np.float64]
    unit: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.times)

    def facts(self) -> dict[str, Any]:
        """How many, and when."""
        when = f"{self.times[0]:.1f} to {self.times[-1]:.1f} s" if len(self) else ""
        return {"number": f"{len(self):,}", "from": when}

    def between(self, start: float, stop: float) -> Spikes:
        """The part in [start, stop) seconds, a view."""
        a, b = np.searchsorted(self.times, [start, stop])
        return Spikes(self.times[a:b], self.unit[a:b])

    def to_frame(self) -> pd.DataFrame:
        """A row for each spike: `time` in seconds and `unit`, its row in the units table."""
        return pd.DataFrame({TIME: self.times, "unit": self.unit})


def clean_series(
    times: Any, values: Any, names: tuple[str, ...] = (), unit: str = "", label: str = "series"
) -> tuple[Series, list[str]]:
    """A Series from times that repeat, go back or are NaN (of equal times the first is kept), and what was mended.

    Raises
    ------
    ValueError
        If there is not one sample for each time, or samples are complex.
    """
    times, values = np.asarray(times, float), np.asarray(values)
    if times.ndim != 1 or values.shape[:1] != times.shape:
        raise ValueError(f"{label} must have a sample for each time, got {values.shape} for {times.shape} times")
    if values.dtype.kind == "c":
        raise ValueError(f"{label} holds complex numbers; give their parts as features")
    values = values.reshape(len(values), int(np.prod(values.shape[1:])))
    short = values.dtype.kind == "f" and values.itemsize <= 4  # sums of half precision overflow
    values = values.astype(np.float32 if short else float, copy=False)
    notes = []
    good = np.isfinite(times)
    if not good.all():
        notes.append(f"{label}: {(~good).sum()} of {len(times)} times are NaN and were left out")
        times, values = times[good], values[good]
    edges = clock.restarts(times)
    if len(edges):
        rows = clock.longest(times, edges)
        after = f"after {times[edges[0] - 1]:,.2f} s the clock starts again at {times[edges[0]]:,.2f} s"
        left = f"{len(times) - (rows.stop - rows.start):,} of {len(times):,} samples were left out"
        notes.append(f"{label}: {after}; only the longest stretch was kept, and {left}: save each as a file of its own")
        times, values = times[rows], values[rows]
    if (np.diff(times) < 0).any():
        notes.append(f"{label}: {(np.diff(times) < 0).sum()} times go back; sorted")
        order = np.argsort(times, kind="stable")
        times, values = times[order], values[order]
    first = np.r_[True, np.diff(times) > 0][: len(times)]
    if not first.all():
        notes.append(f"{label}: {(~first).sum()} of {len(times)} times repeat; the first of each was kept")
        times, values = times[first], values[first]
    missing = int(np.isnan(values).any(1).sum())
    if missing:
        notes.append(f"{label}: {missing} of {len(times)} values are NaN and are skipped in training")
    values, unseen = sentinels.without(values)
    notes += [f"{label}: {words}" for words in unseen]
    names = names or tuple(f"{label}_{k}" if values.shape[1] > 1 else label for k in range(values.shape[1]))
    return Series(times, values, names, unit), notes


def clean_spikes(times: Any, unit: Any) -> tuple[Spikes, list[str]]:
    """Spikes sorted by time without NaN times, and what was mended.

    Raises
    ------
    ValueError
        If there is not one unit for each time, or a unit is no whole number.
    """
    times, unit = np.asarray(times, np.float64), np.asarray(unit)
    if times.ndim != 1 or unit.shape != times.shape:
        raise ValueError(f"spikes must have a unit each, got {times.shape} times and {unit.shape} units")
    if unit.dtype.kind not in "iub" and (unit % 1 != 0).any():
        raise ValueError("units of spikes must be whole numbers, the rows of the units table")
    unit = unit.astype(np.int32, copy=False)
    notes = []
    good = np.isfinite(times)
    if not good.all():
        notes.append(f"spikes: {(~good).sum()} of {len(times)} times are NaN and were left out")
        times, unit = times[good], unit[good]
    kept = clock.one_stretch(times, unit)
    if not kept.all():
        left = f"{(~kept).sum():,} of {len(times):,} were left out"
        notes.append(f"spikes: their clock starts again; only the longest stretch was kept, and {left}")
        times, unit = times[kept], unit[kept]
    if len(times) and (np.diff(times) < 0).any():
        order = np.argsort(times, kind="stable")
        times, unit = times[order], unit[order]
    return Spikes(times, unit), notes


def gaps(times: NDArray[np.float64], factor: float = 5.0) -> NDArray[np.float64]:
    """(gap, 2) stretches longer than `factor` times the usual spacing (and 0.1 s) without a sample."""
    if len(times) < 3:
        return np.zeros((0, 2))
    step = np.diff(times)
    wide = np.flatnonzero(step > max(factor * float(np.median(step)), 0.1))
    return np.stack([times[wide], times[wide + 1]], 1)
