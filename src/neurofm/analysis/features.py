"""What can be said of each unit in a number: how fast, how regular, and how much it is tuned to what."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.analysis import tuning
from neurofm.data import Recording

Floats = NDArray[np.floating]
FEWEST = 10  # intervals or spikes below which regularity and tuning are not told


def unit_features(recording: Recording) -> pd.DataFrame:
    """A row per unit, in the order of the units table, with the columns that the data allow.

    Returns
    -------
    pd.DataFrame
        `rate` (Hz), `isi_cv` (spread of the intervals between spikes over their mean: 1 for a Poisson process);
        where there is a position, `spatial_information` (bits per spike without the bias of few spikes) and
        `place_peak` (Hz); where there is a velocity, `preferred_direction` (radians) and `movement_tuning` (0 to 1,
        length of the mean vector of the curve); where there are trials, `trial_response` (highest less lowest rate
        around their start, over their sum). NaN where a unit fired too seldom.

    References
    ----------
    Skaggs et al. 1993; Panzeri and Treves 1996 (spatial information and its bias).
    """
    rows = np.arange(len(recording.units))
    counts = np.bincount(recording.spikes.unit, minlength=len(rows))
    columns: dict[str, Floats] = {"rate": recording.rates(), "isi_cv": isi_cv(recording)}
    if len(rows) and len(recording.spikes):
        for kind, on in tuning.kind(recording).items():
            columns |= {name: np.where(counts >= FEWEST, values, np.nan) for name, values in _of(recording, kind, on)}
    return pd.DataFrame(columns)


def isi_cv(recording: Recording) -> Floats:
    """(unit,) spread of the intervals between spikes over their mean, without intervals over gaps of the domain."""
    order = np.argsort(recording.spikes.unit, kind="stable")
    times, unit = np.asarray(recording.spikes.times)[order], np.asarray(recording.spikes.unit)[order]
    span = np.searchsorted(recording.domain[:, 0], times, "right")
    step = np.diff(times)
    good = (np.diff(unit) == 0) & (np.diff(span) == 0)
    step, owner, size = step[good], unit[1:][good], len(recording.units)
    count = np.bincount(owner, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(owner, step, size) / count
        spread = np.sqrt(np.bincount(owner, np.square(step - mean[owner]), size) / (count - 1))
        return np.where(count >= FEWEST, spread / mean, np.nan)


def _of(recording: Recording, kind: str, on: str) -> list[tuple[str, Floats]]:
    rows = np.arange(len(recording.units))
    if kind == "place":
        rates = tuning.place_field(recording, rows, on)[0].reshape(len(rows), -1)
        return [("spatial_information", tuning.information(recording, rows, kind, on)), ("place_peak", _highest(rates))]
    if kind == "direction":
        rates, centres = tuning.direction_curve(recording, rows, on)
        seen = np.nan_to_num(rates)
        with np.errstate(invalid="ignore", divide="ignore"):
            vector = (seen * np.exp(1j * centres)).sum(1) / seen.sum(1)
        return [("preferred_direction", np.angle(vector)), ("movement_tuning", np.abs(vector))]
    if kind == "psth":
        starts = recording.intervals[on]["start"].to_numpy(float)
        return [("trial_response", _depth(tuning.psth(recording, rows, starts, bin=0.1)[0]))]
    return [("curve_depth", _depth(tuning.curve_1d(recording, rows, on, bins=8)[0]))]


def _highest(rates: Floats) -> Floats:
    return np.where(np.isfinite(rates).any(1), np.where(np.isfinite(rates), rates, -np.inf).max(1), np.nan)


def _depth(rates: Floats) -> Floats:
    """(unit,) highest less lowest rate over their sum; NaN for units that do not fire here."""
    high, low = _highest(rates), -_highest(-rates)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (high - low) / (high + low)
