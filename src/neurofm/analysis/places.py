"""Places as conditions: recordings without trials in short pieces of time, each of the place in which it was spent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.tuning import kind
from neurofm.data.recording import Recording
from neurofm.data.trials import Trials, cut
from neurofm.errors import DataError

PIECE = 0.5  # seconds in which an animal is at one place
SIDE = 8  # places along each side of where the animals were


def named(recordings: Sequence[Recording]) -> list[str]:
    """The series of each that says where the animal was; none unless all have one and no trials."""
    names = [kind(recording).get("place", "") for recording in recordings]
    without = all(recording.trials is None or not len(recording.trials) for recording in recordings)
    return names if all(names) and without else []


def by_place(recording: Recording, series: str, width: float = PIECE) -> tuple[Trials, NDArray[np.int64]]:
    """Pieces of one bin, and (piece,) the place of each, row by row, -1 where it is unknown.

    Places are told within the range of each animal's own positions, without the outermost 0.1 %, so that neither the
    size of a room nor the unit counts.

    Raises
    ------
    DataError
        If the animal is never known to be anywhere.
    """
    trials = cut(recording, width, after=width, bins=1)
    where = trials.values(series)[:, 0, :2].astype(float)
    known = np.isfinite(where).all(1)
    if not known.any():
        raise DataError(recording.origin, series, "is known in no piece of time; match by transport, which needs none")
    low, high = np.quantile(where[known], [0.001, 0.999], axis=0)
    share = (where[known] - low) / np.where(high > low, high - low, 1)
    column, row = np.clip((share * SIDE).astype(np.int64), 0, SIDE - 1).T
    place = np.full(len(trials), -1)
    place[known] = row * SIDE + column
    return trials, place


NAMES = [f"place {column + 1}, {row + 1}" for row in range(SIDE) for column in range(SIDE)]
