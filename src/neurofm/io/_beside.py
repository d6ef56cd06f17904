"""Behaviour that lies in the file of spikes: which arrays have a value for each of which times, in which unit."""

from __future__ import annotations

from collections.abc import Collection
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.io._called import RATES, TIME, named, says_rows, unit_of_time
from neurofm.io._contents import Contents
from neurofm.io._time_unit import SCALES, likeliest, rising

LIKE = 2.0  # behaviour and spikes of one session differ less than so many times in how long they last

Beside = dict[str, tuple[float, list[str]]]


def beside(held: Contents, taken: Collection[str], lasts: float) -> Beside:
    """By the name of times how many seconds one step of them is, and which arrays have a value for each.

    Parameters
    ----------
    taken : names of what spikes are read from
    lasts : seconds that the spikes last
    """
    if held.table:
        return {}
    free = {name: values for name, values in held.numeric().items() if name not in taken}
    scales = {name: _scale(held, name, v, lasts) for name, v in free.items() if named([name], TIME) and rising(v)}
    others = {n: v for n, v in {**free, **held.matrices}.items() if n not in (*taken, *scales) and not says_rows(n)}
    told: Beside = {}
    for name, values in others.items():
        times = [time for time, scale in scales.items() if scale and len(free[time]) == len(values)]
        if times:
            nearest = max(times, key=lambda time: _alike(time, name))
            told.setdefault(nearest, (scales[nearest], []))[1].append(name)
    return told


def _scale(held: Contents, name: str, times: NDArray[Any], lasts: float) -> float:
    """Seconds of one step of times: as they are called, as they seem, or so that they last as the spikes do; or 0."""
    rate = held.numbers.get(named(held.numbers, RATES), 0.0)
    scales = SCALES | ({"samples": 1 / rate} if rate else {})
    called = scales.get(unit_of_time(name))
    unit, _, sure = likeliest([times], 0.0, spikes=False)
    if called or sure:
        return called or scales[unit]
    long = float(np.ptp(times))
    return next((scale for scale in scales.values() if lasts / LIKE < long * scale < lasts * LIKE), 0.0)


def _alike(one: str, other: str) -> int:
    """How many letters two names begin with in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other)))
