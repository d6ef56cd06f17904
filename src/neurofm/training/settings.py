"""From what a user typed to a Config and a Schedule, and from recordings to what is decoded."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data import Recording, spans
from neurofm.errors import DataError
from neurofm.settings import typed
from neurofm.specs import ModelSpec, Schedule

SHORTEST = 0.1  # seconds; in less, too few spikes fall


def settle(spec: ModelSpec, settings: Mapping[str, Any]) -> tuple[Any, Schedule]:
    """Config and Schedule with `settings` in place of defaults; text is turned into the field's type.

    Raises
    ------
    LookupError
        For a setting that does not exist; it lists those that do.
    ValueError
        For a value of the wrong type or out of range.
    """
    given = typed(settings, spec.config, Schedule)
    sizes = {f.name for f in fields(spec.config)}
    config = spec.config(**{name: value for name, value in given.items() if name in sizes})
    return config, replace(spec.schedule, **{name: value for name, value in given.items() if name not in sizes})


def check_trainable(
    recording: Recording, target: str, labels: NDArray[np.float64], features: int, *, classes: bool = False
) -> None:
    """Refuse, before training starts, what could only end in nonsense."""
    if not len(recording.units) or not len(recording.spikes):
        raise DataError(recording.origin, "spikes", "has no spikes to learn from; open it together with its spike file")
    series = recording.series[target]
    if len(series.names) != features:
        problem = f"has {len(series.names)} features, the other recordings have {features}"
        raise DataError(recording.origin, target, f"{problem}; train them apart")
    known = spans.inside(series.times, labels) & np.isfinite(series.values).all(1)
    if known.sum() < 2:
        raise DataError(recording.origin, target, "has no values in the training time; choose another series or split")
    constant = series.values[known].std(0) == 0
    if constant.all() if classes else constant.any():
        name = series.names[int(np.flatnonzero(constant)[0])]
        raise DataError(
            recording.origin, target, f"never changes in '{name}', so there is nothing to decode; choose another"
        )


def fit_window(
    recordings: Sequence[Recording], window: float, places: Mapping[str, NDArray[np.float64]], *, shorten: bool
) -> float:
    """`window` (s), or the longest in which half of each recording's training time can be seen, if that is less.

    Parameters
    ----------
    places : by session name, (k, 2) seconds in which windows may lie
    shorten : False where a user or a trained model has set the window

    Raises
    ------
    DataError
        If a recording has no stretch as long as a window.
    """
    for r in recordings:
        lengths = np.sort(np.diff(spans.tidy(places[r.session]), axis=1).ravel())
        if shorten and len(lengths):
            half = lengths[np.searchsorted(lengths.cumsum(), lengths.sum() / 2)]
            window = min(window, max(float(np.floor(half * 100) / 100), SHORTEST))
    for r in recordings:
        if not (np.diff(spans.tidy(places[r.session]), axis=1) >= window).any():
            raise DataError(
                r.origin, "domain", f"no stretch of training time lasts {window:g} s; choose a shorter window"
            )
    return window


def scale_of(recording: Recording, target: str, labels: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Mean and standard deviation (feature,) of the behaviour in the training time."""
    series = recording.series[target]
    known = series.values[spans.inside(series.times, labels) & np.isfinite(series.values).all(1)].astype(float)
    return known.mean(0), known.std(0)


def fingerprint(recording: Recording) -> dict[str, Any]:
    """What tells later whether a run's data are still the same."""
    files = [Path(p) for p in recording.paths if Path(p).is_file()]
    return {
        "session": recording.session, "paths": list(recording.paths), "size": sum(p.stat().st_size for p in files),
        "sha256": [_digest(p) for p in files],
    }  # fmt: skip


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
