"""What other libraries hold of behaviour, trials and counts, as numpy and pandas have it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from neurofm.data.clock import unit_seconds
from neurofm.io._seconds import is_quantity, magnitude, unit_of

TIME = ("time", "times", "t", "timestamps", "spike_time", "spike_times")  # what people call seconds
UNIT = ("unit", "units", "unit_id", "cluster", "cluster_id", "neuron", "cell")
ROWS = ("frame", "frames", "bin", "bins", "index", "row", "sample", "samples", "trial", "trial_id", "unnamed: 0")
WITH_UNIT = re.compile(r"(.*?)[ _]*[_ (\[]([a-zµμ]+)[)\]]?")  # "time_ms", "time (ms)"


class Values(NamedTuple):
    """Something over time.

    Parameters
    ----------
    times : (time,) numbers, dates, durations or a quantity; None where there are none
    values : (time, ...)
    names : of the features; none if they have none
    unit : of the values
    """

    times: Any
    values: Any
    names: tuple[str, ...] = ()
    unit: str = ""


class Counts(NamedTuple):
    """Spikes in bins.

    Parameters
    ----------
    values : (bin, unit)
    labels : of the units; None where they have none
    times : (bin,) when each begins, or where `middles` its middle; None where that is not known
    units : a row per unit of what is known of it
    behaviour : by name, what was measured in each bin
    """

    values: Any
    labels: list[Any] | None = None
    times: Any = None
    middles: bool = False
    units: pd.DataFrame | None = None
    behaviour: Mapping[str, Any] = {}


def is_tsd(given: Any) -> bool:
    """Whether it is values over time of pynapple."""
    return hasattr(given, "time_support") and hasattr(given, "values") and hasattr(given, "t")


def is_xarray(given: Any) -> bool:
    """Whether it is a DataArray of xarray."""
    return hasattr(given, "dims") and hasattr(given, "coords") and hasattr(given, "transpose")


def values_of(name: str, given: Any) -> Values | None:
    """Values over time of pynapple, xarray or neo, or a pair of arrays; None of anything else.

    Raises
    ------
    ValueError
        If a pair is none.
    """
    if is_tsd(given):
        values = np.asarray(given.values)
        wide = values.reshape(len(values), -1) if values.ndim > 2 else values
        return Values(np.asarray(given.t), wide, tuple(map(str, getattr(given, "columns", ()))))
    if is_xarray(given):
        return _of_xarray(given)
    if is_quantity(given) and hasattr(given, "times"):  # a signal of neo
        return Values(given.times, magnitude(given), channels(given), unit_of(given))
    if isinstance(given, tuple):
        if len(given) != 2:
            raise ValueError(f"behaviour '{name}' must be (times, values), got {len(given)} arrays")
        return Values(given[0], magnitude(given[1]), unit=unit_of(given[1]))
    return None


def table_of(given: Any) -> Any:
    """A table of pandas from one of pynapple, pynwb, polars or neo, or columns by name; anything else as it is."""
    for way in ("as_dataframe", "to_dataframe", "to_pandas"):
        if hasattr(given, way):
            return getattr(given, way)()
    if hasattr(given, "durations") and hasattr(given, "labels"):  # an Epoch of neo
        start, lasts = (np.asarray(times.rescale("s").magnitude, float) for times in (given.times, given.durations))
        return pd.DataFrame({"start": start, "stop": start + lasts, "label": list(given.labels)})
    return pd.DataFrame(dict(given)) if isinstance(given, Mapping) else given


def counts_of(given: Any) -> Counts:
    """Spikes in bins, from an array or a table, or of pynapple, xarray or AnnData."""
    if is_tsd(given):
        told = getattr(given, "metadata", None)
        labels = list(getattr(given, "columns", ())) or None
        units = told.reset_index(drop=True) if isinstance(told, pd.DataFrame) and len(told.columns) else None
        if units is not None and "label" in units:
            labels = units.pop("label").tolist()
        return Counts(np.asarray(given.values), labels, np.asarray(given.t), True, units)
    if is_xarray(given):
        return _counts_of_xarray(given)
    if hasattr(given, "obs_names") and hasattr(given, "X"):
        return _of_anndata(given)
    if isinstance(given, pd.DataFrame):
        times, table = with_times(given)
        _check_units(table)
        labels = None if isinstance(table.columns, pd.RangeIndex) else list(table.columns)
        return Counts(table.to_numpy(), labels, times)
    if hasattr(given, "toarray"):  # a sparse one
        return Counts(given.toarray())
    return Counts(magnitude(given))


def with_times(table: pd.DataFrame) -> tuple[Any, pd.DataFrame]:
    """The times of the rows of a table, from a column or the index, None where it has none; and its other columns.

    An index is of times where it is called so, or holds numbers with a fraction, dates or durations.
    """
    column = time_name(table)
    if column is not None:
        return _scaled(str(column), table[column]), table.drop(columns=column)
    index = table.index
    if isinstance(index, pd.DatetimeIndex) or index.dtype.kind in "fmM" or time_name([index.name]) is not None:
        return _scaled(str(index.name or ""), index), table
    return None, table


def time_name(names: Iterable[Any]) -> Any:
    """The first of the names that is one of times, such as "time" or "time_ms"; None if none is."""
    return next((name for name in names if _lasts(str(name)) is not None), None)


def _lasts(name: str) -> float | None:
    """Seconds that one of what is called so lasts; None if that is no time."""
    if name.lower() in TIME:
        return 1.0
    parts = WITH_UNIT.fullmatch(name.lower())
    return unit_seconds(parts[2]) if parts and parts[1] in TIME else None


def _scaled(name: str, times: Any, unit: str = "") -> Any:
    """Numbers in the unit that is given, or else in that of their name, as seconds; dates and durations as they are."""
    if getattr(times, "dtype", np.dtype(object)).kind not in "fiu":
        return times
    lasts = unit_seconds(unit) if unit else _lasts(name) or 1.0
    if lasts is None:
        raise ValueError(f"times '{name}' are in '{unit}', which is no unit of time; give seconds, or units='s'")
    return times if lasts == 1 else times * lasts


def _check_units(table: pd.DataFrame) -> None:
    """Refuse columns of counts that number the rows."""
    numbering = [str(name) for name in table if str(name).lower() in ROWS]
    if numbering:
        raise ValueError(
            f"counts have a column '{numbering[0]}', which is no unit; drop it, or give seconds in a column 'time'"
        )


def _of_xarray(given: Any) -> Values:
    time = time_name(given.dims) or next(iter(given.dims), None)
    if time is None:
        return Values(None, np.asarray(given.values))
    given = given.transpose(time, ...)
    names = [str(v) for v in given.coords[given.dims[1]].values] if len(given.dims) == 2 and _has(given, 1) else []
    unit = str(given.attrs.get("units", given.attrs.get("unit", "")))
    values = np.asarray(given.values)
    wide = values.reshape(len(values), -1) if values.ndim > 2 else values
    return Values(_coordinate(given, time), wide, tuple(names), unit)


def _coordinate(given: Any, dim: Any) -> Any:
    """Times along an axis, in seconds; None where it has none."""
    if dim not in given.coords:
        return None
    held = given.coords[dim]
    return _scaled(str(dim), held.values, str(held.attrs.get("units", held.attrs.get("unit", ""))))


def _counts_of_xarray(given: Any) -> Counts:
    unit = next((d for d in given.dims if str(d).lower() in UNIT), None)
    time = time_name(given.dims)
    if len(given.dims) == 2 and (unit or time):
        time = time or next(d for d in given.dims if d != unit)
        given = given.transpose(time, ...)
    if len(given.dims) != 2:
        return Counts(np.asarray(given.values))
    told = {str(name).removeprefix("unit_"): c.values for name, c in given.coords.items() if c.dims == (given.dims[1],)}
    told.pop(str(given.dims[1]), None)
    labels = given.coords[given.dims[1]].values.tolist() if _has(given, 1) else None
    times = _coordinate(given, given.dims[0])
    return Counts(np.asarray(given.values), labels, times, units=pd.DataFrame(told) if told else None)


def _of_anndata(given: Any) -> Counts:
    """Rows are bins and columns units; other numbers of each row are behaviour."""
    values = given.X.toarray() if hasattr(given.X, "toarray") else np.asarray(given.X)
    told = given.obs
    column = time_name(told)
    numbers = {str(c): told[c].to_numpy(float) for c in told if c != column and pd.api.types.is_numeric_dtype(told[c])}
    units = given.var.reset_index(drop=True) if len(given.var.columns) else None
    times = None if column is None else _scaled(str(column), told[column])
    return Counts(values, list(given.var_names), times, units=units, behaviour=numbers)


def _has(given: Any, axis: int) -> bool:
    return given.dims[axis] in given.coords


def channels(given: Any) -> tuple[str, ...]:
    """The names of the channels of a signal of neo; none if it has none."""
    names = getattr(given, "array_annotations", {}).get("channel_names")
    return () if names is None else tuple(map(str, names))
