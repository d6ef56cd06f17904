"""Times as people have them, numbers, dates, durations and quantities with a unit, become seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.checks import floats

Floats = NDArray[np.float64]


def seconds(name: str, given: Any, zero: pd.Timestamp | None = None) -> Floats:
    """Seconds of times in any shape; dates are counted from `zero`.

    Raises
    ------
    ValueError
        If they are no times, or numbers where others are dates.
    """
    if is_quantity(given):
        return in_seconds(name, given)
    if isinstance(given, list | tuple) and len(given) and is_quantity(given[0]):
        return np.array([in_seconds(name, one) for one in given], float)
    index = _dated(given)
    if index is None:
        array = given if isinstance(given, np.ndarray) else np.asarray(given)
        if array.dtype.kind == "m" or (array.dtype == object and array.size and isinstance(array.flat[0], timedelta)):
            return np.asarray(pd.to_timedelta(array.ravel()) / pd.Timedelta(1, "s"), float).reshape(array.shape)
        numbers: Floats = floats(name, array).astype(float)
        if zero is not None and len(array):
            raise ValueError(f"{name} are numbers where other times are dates; give all as seconds, or all as dates")
        return numbers
    if zero is None:
        raise ValueError(f"{name} must be seconds as numbers, got dates")
    return np.asarray((index - zero) / pd.Timedelta(1, "s"), float).reshape(np.shape(given))


def first_date(*given: Any) -> pd.Timestamp | None:
    """The first of all dates in what was given, which is second 0; None where there are none.

    Raises
    ------
    ValueError
        If some have a time zone and others none.
    """
    firsts = [index.min() for one in given for index in _dates(one) if len(index)]
    if len({first.tz is None for first in firsts}) > 1:
        raise ValueError("some dates have a time zone and others none; give all with one (tz_localize), or none")
    return min(firsts, default=None)


def is_quantity(given: Any) -> bool:
    """Whether it is a number or array with a unit, of quantities (neo), pint or astropy."""
    return hasattr(given, "unit" if hasattr(given, "to_value") else "units") and (
        hasattr(given, "magnitude") or hasattr(given, "to_value")
    )


def in_seconds(name: str, given: Any) -> Any:
    """A quantity of time in seconds."""
    try:
        if hasattr(given, "rescale"):
            return np.asarray(given.rescale("s").magnitude, float)
        return np.asarray(given.to_value("s") if hasattr(given, "to_value") else given.to("s").magnitude, float)
    except Exception as error:  # each library raises its own
        raise ValueError(f"{name} must be a time, got {unit_of(given)}; give seconds") from error


def unit_of(given: Any) -> str:
    """What a quantity is measured in: "cm/s"; "" of plain numbers."""
    if not is_quantity(given):
        return ""
    unit = given.dimensionality if hasattr(given, "rescale") else getattr(given, "units", getattr(given, "unit", ""))
    return str(unit).replace("dimensionless", "")


def magnitude(given: Any) -> Any:
    """The numbers of a quantity; anything else as it is."""
    if not is_quantity(given):
        return given
    return given.value if hasattr(given, "to_value") else given.magnitude


def _dated(given: Any) -> pd.DatetimeIndex | None:
    """Dates in any shape as a flat index; None of anything else."""
    if isinstance(given, pd.DatetimeIndex):
        return given
    if isinstance(given, pd.Series) and isinstance(given.dtype, pd.DatetimeTZDtype):
        return pd.DatetimeIndex(given)
    if isinstance(given, str | bytes):
        return None
    array = given.to_numpy() if isinstance(given, pd.Series | pd.Index) else given
    if not isinstance(array, np.ndarray):
        few = isinstance(array, list | tuple) and len(array) and isinstance(array[0], date | np.datetime64)
        array = np.asarray(array, object) if few or isinstance(array, date) else np.zeros(0)
    if array.dtype.kind == "M":
        return pd.DatetimeIndex(array.ravel())
    if array.dtype == object and array.size and isinstance(array.flat[0], date | np.datetime64):
        return pd.DatetimeIndex(array.ravel())
    return None


def _dates(given: Any) -> Iterator[pd.DatetimeIndex]:
    """All dates in tables, dicts, tuples and lists of arrays."""
    index = None if isinstance(given, pd.DataFrame) else _dated(given)
    if index is not None:
        yield index
    elif isinstance(given, pd.DataFrame):
        yield from _inside((given.index, *(given.iloc[:, k] for k in range(given.shape[1]))))
    elif isinstance(given, Mapping):
        yield from _inside(given.values())
    elif isinstance(given, pd.Series):
        yield from _inside((given.index, *(given if given.dtype == object else ())))
    elif isinstance(given, list | tuple) and not (given and isinstance(given[0], int | float)):
        yield from _inside(given)


def _inside(several: Iterable[Any]) -> Iterator[pd.DatetimeIndex]:
    for one in several:
        yield from _dates(one)
