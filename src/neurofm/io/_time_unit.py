"""In which unit times are, as they and their steps show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.clock import UNITS

SCALES = {unit: lasts for unit, (lasts, _) in UNITS.items()}
SHORT = 0.3  # the shortest intervals of a unit's spikes, in seconds, are below
RARE, BUSY, QUICK = 0.02, 0.2, 50.0  # spikes a second: fewer are none in seconds, more can be, few units fire more
FEW, EVEN = 5, 0.1  # rows and share of a step by which most rows of behaviour come at even times, and no spikes
FIRST, SOME = 1_000_000, 200  # spikes and units that are looked at to tell the unit of times

Numbers = NDArray[Any]


def steady(times: Numbers) -> bool:
    """Whether most are as far from the one before as the others, as samples are and spikes are not."""
    steps = np.diff(times[:FIRST].astype(float)) if times.dtype.kind in "fiu" else np.zeros(0)
    middle = float(np.median(steps)) if len(steps) + 1 >= FEW else 0.0
    return middle > 0 and float(np.mean(np.abs(steps - middle) <= EVEN * middle)) > 1 - EVEN


def rising(times: Numbers) -> bool:
    """Whether none comes before the one above it."""
    return times.dtype.kind in "fiu" and bool((np.diff(times) >= 0).all()) and bool(times[-1:] > times[:1])


def ragged(columns: Mapping[str, Numbers]) -> bool:
    """Whether every column ascends, and ends where it likes."""
    floats = [values.astype(float) for values in columns.values()]
    filled = [values[np.isfinite(values)] for values in floats]
    from_the_top = all(np.isfinite(values[: len(first)]).all() for first, values in zip(filled, floats))
    return len({*map(len, filled)}) > 1 and from_the_top and ascend(filled)


def ascend(vectors: Iterable[Numbers]) -> bool:
    """Whether there are any, and none comes back."""
    vectors = list(vectors)
    return bool(vectors) and all(rising(values) for values in vectors)


def goes_on(times: Numbers) -> bool:
    """Whether all steps are equal."""
    steps = np.diff(times.astype(float))
    return len(steps) > 1 and bool(np.ptp(steps) < 1e-6 < steps[0])


def likeliest(trains: Sequence[Numbers], rate: float, *, spikes: bool) -> tuple[Any, str, bool]:
    """The likeliest unit of times, in words why, and whether it can hardly be another."""
    trains = [np.sort(train.astype(float)) for train in trains]  # NaN last
    flat = np.concatenate(trains)
    flat, steps = flat[np.isfinite(flat)], np.concatenate([np.diff(train) for train in trains])
    steps = steps[steps > 0]
    if not len(steps):
        return "s", "s or ms", False
    short, integer = float(np.quantile(steps, 0.05)), bool((flat % 1 == 0).all())
    if not spikes:
        step = float(np.median(steps))
        return ("s", f"rows are {step:g} apart", True) if step < 1 and not integer else (
            "ms", f"s or ms (rows are {step:g} apart)", False
        )  # fmt: skip
    busy = float(np.median([len(train) for train in trains])) / max(float(np.ptp(flat)), 1e-9)
    if integer:
        guess = "samples" if rate or short > 200 else "ms"
        if rate and busy * rate > QUICK:
            words = f"ms or samples (units would fire {busy * rate:,.0f} times a second at {rate:g} samples a second)"
            return "ms", words, False
        if rate:
            return guess, f"they are whole numbers, and the file says that there are {rate:g} a second", True
        return guess, f"ms, us or samples (whole numbers up to {flat.max():,.0f})", False
    if short < SHORT and busy > BUSY:
        return "s", f"so units fire {busy:.3g} times a second, and spikes of one come {short:.3g} apart", True
    if short >= SHORT and busy < RARE:
        unit = "ms" if busy * 1e3 > RARE else "us"
        words = f"in seconds units would fire {busy:.2g} times a second, spikes {short:.3g} s apart"
        return unit, words, True
    return "s" if short < SHORT else "ms", f"s or ms (spikes of a unit come {short:.3g} apart)", False
