"""Numbers that stand for "not seen" in what was measured, and angles that wrap."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FEW = 32  # values; what has no more names a state and moves by steps
NAMED = (-1.0, -99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0, 65535.0)  # that programs write
MOST_FEATURES = 12  # what has more is an image or LFP
MOST_LOOKED = 100_000  # values from which that is told
LEAST = 3  # times that such a number comes
JUMP = 5.0  # times a usual large step: so far away it lies
PERIODS = (2 * np.pi, 360.0)  # of angles
NEAR, WIDE = 0.9, 0.7  # of a period: what an angle covers at least, and how far it jumps where it wraps


def is_discrete(values: NDArray[np.floating]) -> bool:
    """Whether few values come again and again, as those of states, levels and events do."""
    some = values[:: max(len(values) // MOST_LOOKED, 1)]
    return len(some) > 0 and all(len(np.unique(column)) <= FEW for column in some.T)


def sentinel(values: NDArray[np.floating]) -> float | None:
    """The number that stands for "not seen" in what was measured (time, feature); None if none surely does.

    It comes several times, in all features at once, lies beyond all that was measured, and is reached and left by
    jumps alone. Of one feature it must be one of `NAMED`, or a hundred times as large as all else.
    """
    known = np.isfinite(values).all(1)
    if not 0 < values.shape[1] <= MOST_FEATURES or known.sum() <= LEAST:
        return None
    measured: NDArray[np.float64] = values[known].astype(np.float64)
    equal = measured[(measured == measured[:, :1]).all(1), 0]
    for number in (equal.min(initial=np.inf), equal.max(initial=-np.inf)):
        if (equal == number).sum() >= LEAST and _is_apart(measured, float(number)):
            return float(number)
    return None


def _is_apart(values: NDArray[np.float64], number: float) -> bool:
    """Whether a number lies beyond all others, and nothing but jumps lead to it."""
    marked = (values == number).all(1)
    others = values[~marked]
    if len(others) <= LEAST or is_discrete(others):
        return False
    beyond = ((number < others.min(0)) | (number > others.max(0))).all()
    one = values.shape[1] == 1
    if not beyond or (one and number not in NAMED and abs(number) < 100 * np.abs(others).max()):
        return False
    steps, crossing = np.abs(np.diff(values, axis=0)), marked[1:] != marked[:-1]
    within = steps[~marked[1:] & ~marked[:-1]]
    if not crossing.any() or not len(within):
        return False
    return bool((steps[crossing].max(1) > JUMP * np.quantile(within.max(1), 0.99)).all())


def wraps(values: NDArray[np.floating]) -> float:
    """The period of an angle (time,) that jumps from one end of a turn to the other; 0 of all else."""
    known = values[np.isfinite(values)].astype(float)
    if len(known) <= LEAST:
        return 0.0
    steps, width = np.abs(np.diff(known)), float(np.ptp(known))
    for period in PERIODS:
        jumps = steps > WIDE * period
        between = (steps > (1 - WIDE) * period) & ~jumps
        if NEAR * period <= width <= 1.01 * period and jumps.sum() >= LEAST > between.sum():
            return period
    return 0.0


def without(values: NDArray[Any]) -> tuple[NDArray[Any], list[str]]:
    """What was measured (time, feature), NaN where a number stood for "not seen", and words on it if any did."""
    number = sentinel(values)
    if number is None:
        return values, []
    marked = (values == number).all(1)
    values = values.astype(float) if values.dtype.kind in "iub" else values.copy()
    values[marked] = np.nan
    return values, [f"{marked.sum():,} of {len(values):,} samples are {number:g}, which stands for not seen; left out"]
