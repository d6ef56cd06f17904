"""A recording from arrays and tables that somebody has already: `neurofm.recording`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.checks import check_text, floats, number
from neurofm.data.recording import TRIALS, Recording
from neurofm.data.series import Series, Spikes, clean_series, clean_spikes
from neurofm.io import _objects
from neurofm.io._counts import spread

LONGEST = 1e6  # seconds of a recording; what lasts longer is in other units
TIME = ("time", "times", "t", "timestamps", "spike_time", "spike_times")  # what people call seconds
UNIT = ("unit", "units", "unit_id", "cluster", "cluster_id", "neuron", "cell")
BINS = "spikes per bin"  # the unit of a series of counts
BEHAVIOUR = "behaviour"  # the name of one that was given none

Floats = NDArray[np.float64]


def recording(
    *,
    spikes: Any = None,
    counts: Any = None,
    dt: float | None = None,
    start: float = 0.0,
    units: pd.DataFrame | None = None,
    behaviour: Any = None,
    trials: Any = None,
    session: str = "recording",
    subject: str = "",
) -> Recording:
    """A recording from arrays and tables; all times are in seconds, on one clock.

    Parameters
    ----------
    spikes : {unit: times}; a list of times, unit after unit; a pair (times, unit of each); a table with columns `time`
        and `unit`; or a pynapple TsGroup
    counts : (bin, unit) spikes in equal bins, in place of spikes; a table has a column for each unit
    dt, start : seconds a bin, and the second at which the first begins
    units : a row per unit, in the order of the spikes or indexed by unit: `region` and whatever else is known
    behaviour : {name: what was measured}, or one alone: a pair (times, values), a table or series indexed by seconds, a
        pynapple Tsd, or an array with a row for each bin of the counts
    trials : a table with `start` and `stop`, and whatever else is known of each; or (trial, 2) seconds
    session, subject : names; two recordings of one session need different ones

    Raises
    ------
    ValueError
        If anything has another shape, length or unit; says what was wanted.

    Examples
    --------
    >>> import neurofm as nf
    >>> a = nf.recording(spikes={"a": [0.1, 0.5], "b": [0.3]}, behaviour={"speed": ([0.0, 1.0], [3.0, 4.0])})
    >>> a.units["label"].tolist()
    ['a', 'b']
    """
    _check_given(spikes, counts, behaviour, session, subject)
    if counts is None and (dt is not None or start):
        raise ValueError("dt and start say how long bins are and where they begin; give counts with them")
    bins = None if counts is None else _Bins(counts, dt, start)
    labels, fired, notes = _spikes(spikes) if bins is None else (bins.labels, bins.spikes(), [])
    table, rows = _units(units, labels, some=isinstance(spikes, tuple | pd.DataFrame))
    series, more = _behaviours(behaviour, bins)
    told = Recording(
        session=session,
        subject=subject,
        spikes=Spikes(fired.times, rows[fired.unit]),
        units=table,
        series=series if bins is None else series | {"counts": bins.series()},
        intervals={} if trials is None else {TRIALS: _trials(trials)},
        domain=np.zeros((0, 2)) if bins is None else bins.domain,
        notes=(*notes, *more),
    )
    if told.stop - told.start > LONGEST:
        long = told.stop - told.start
        raise ValueError(f"this would last {long:.3g} s ({long / 86400:,.0f} days); give all times in seconds")
    return told


def _check_given(spikes: Any, counts: Any, behaviour: Any, session: str, subject: str) -> None:
    check_text("session", session)
    check_text("subject", subject)
    if not session.strip():
        raise ValueError("session must be a name, got an empty one")
    if spikes is None and counts is None and behaviour is None:
        raise ValueError("give spikes, counts or behaviour: neurofm.recording(spikes={'a': times}, behaviour=...)")
    if spikes is not None and counts is not None:
        raise ValueError("give spikes or counts, not both: counts are made of spikes where a model wants them")


class _Bins:
    """Counts in equal bins.

    Parameters
    ----------
    counts : (bin, unit), an array or a table
    dt, start : seconds a bin, and at which the first begins
    """

    def __init__(self, counts: Any, dt: float | None, start: float) -> None:
        self.counts: Floats = floats("counts", counts).astype(float)
        if self.counts.ndim != 2:
            raise ValueError(f"counts must be (bin, unit), got shape {self.counts.shape}")
        if dt is None or not number("dt", dt, "seconds a bin") > 0:
            raise ValueError(f"dt must be the seconds of a bin of the counts, got {dt}")
        wrong = ~(np.isfinite(self.counts) & (self.counts >= 0) & (self.counts % 1 == 0))
        if wrong.any():
            raise ValueError(f"counts must be whole numbers of spikes from 0 on, got {self.counts[wrong][0]:g}")
        self.width, self.start = float(dt), number("start", start, "a number of seconds")
        table = isinstance(counts, pd.DataFrame) and not isinstance(counts.columns, pd.RangeIndex)
        self.labels = _labels(counts.columns if table else range(self.counts.shape[1]))

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def times(self) -> Floats:
        """(bin,) seconds of the middle of each."""
        return np.asarray(self.start + (np.arange(len(self)) + 0.5) * self.width, float)

    @property
    def domain(self) -> Floats:
        return np.array([[self.start, self.start + len(self) * self.width]])

    def spikes(self) -> Spikes:
        """Spread evenly inside each bin."""
        return clean_spikes(*spread(self.counts, self.times - self.width / 2, self.width))[0]

    def series(self) -> Series:
        return Series(self.times, self.counts.astype(np.float32), tuple(self.labels), BINS)


# ---- spikes


def _spikes(given: Any) -> tuple[list[str], Spikes, list[str]]:
    """Names of the units, their spikes, and what was mended."""
    if given is None:
        return [], *clean_spikes([], [])
    if hasattr(given, "time_support") and hasattr(given, "keys"):
        group = _objects.read_object(given)
        return group.units["label"].tolist(), group.spikes, list(group.notes)  # type: ignore[attr-defined]
    if isinstance(given, pd.DataFrame):
        given = tuple(given[_column("spikes", given, names)].to_numpy() for names in (TIME, UNIT))
    if isinstance(given, tuple):
        return _pair(given)
    if isinstance(given, np.ndarray) and given.dtype != object:
        problem = "counts of bins are given as counts=, with dt=" if given.ndim > 1 else "say whose they are"
        raise ValueError(f"spikes must be {{unit: times}} or a list of times, got one array; {problem}")
    if not isinstance(given, Iterable) or isinstance(given, str):
        kind = type(given).__name__
        raise ValueError(f"spikes must be {{unit: times}}, a list of times or (times, unit of each), got {kind}")
    trains = dict(given.items() if isinstance(given, Mapping | pd.Series) else enumerate(given))
    labels = _labels(trains)
    times = [_times(f"spikes of {label}", train) for label, train in zip(labels, trains.values())]
    row = np.repeat(np.arange(len(times)), [len(train) for train in times])
    return labels, *clean_spikes(np.concatenate([*times, np.zeros(0)]), row)


def _pair(given: tuple[Any, ...]) -> tuple[list[str], Spikes, list[str]]:
    if len(given) != 2:
        raise ValueError(f"a tuple of spikes is (times, unit of each), got {len(given)}; give times by unit as a list")
    times, whose = _times("spikes", given[0]), np.asarray(given[1])
    if whose.shape != times.shape:
        raise ValueError(f"spikes need a unit for each of {len(times)} times, got {whose.shape}; trains are a list")
    if whose.dtype.kind == "f":
        raise ValueError("units of spikes must be whole numbers or names, got fractions; give times by unit as a list")
    names, row = np.unique(whose.astype(str) if whose.dtype == object else whose, return_inverse=True)
    return _labels(names.tolist()), *clean_spikes(times, row)


def _labels(names: Iterable[Any]) -> list[str]:
    return [name if isinstance(name, str) else f"unit {name}" for name in names]


def _times(name: str, given: Any) -> Floats:
    if getattr(np.asarray(given), "dtype", np.dtype(float)).kind in "mM":
        raise ValueError(f"{name} must be seconds as numbers, got dates; subtract the first and take total_seconds()")
    times: Floats = floats(name, given).astype(float)
    if times.ndim != 1:
        raise ValueError(f"{name} must be (time,) seconds, got shape {times.shape}")
    return times


def _column(what: str, table: pd.DataFrame, names: Iterable[str]) -> Any:
    for column in table:
        if str(column).lower() in names:
            return column
    raise ValueError(f"a table of {what} needs a column '{next(iter(names))}', got {', '.join(map(str, table))}")


# ---- what is known of units and trials


def _units(given: pd.DataFrame | None, labels: list[str], *, some: bool) -> tuple[pd.DataFrame, NDArray[np.int32]]:
    """A row per unit under its label, and the row of each that has spikes; `some` units may have none."""
    if given is None:
        return pd.DataFrame({"label": pd.Series(labels, dtype=str)}), np.arange(len(labels), dtype=np.int32)
    if not isinstance(given, pd.DataFrame):
        raise ValueError(f"units must be a table (pandas.DataFrame), got {type(given).__name__}")
    table = given.rename(columns=str)
    counted = isinstance(table.index, pd.RangeIndex) and not some and len(table) != len(labels)
    ways = [table["label"].astype(str).tolist() if "label" in table else [], [] if counted else _labels(table.index)]
    names = next((way for way in ways if {*labels} <= {*way}), labels)
    if len(table) != len(names):
        raise ValueError(f"units must have a row for each of {len(labels)} units with spikes, got {len(table)} rows")
    rows = np.array([names.index(label) for label in labels], np.int32)
    table = table.drop(columns="label", errors="ignore").reset_index(drop=True)
    table.insert(0, "label", ways[0] or names)
    return table, rows


def _trials(given: Any) -> pd.DataFrame:
    """Trials with start before stop."""
    if not isinstance(given, pd.DataFrame):
        edges = floats("trials", given)
        if edges.ndim != 2 or edges.shape[1] != 2:
            raise ValueError(f"trials must be a table with start and stop, or (trial, 2) seconds, got {edges.shape}")
        given = pd.DataFrame(edges, columns=["start", "stop"])
    rows = given.rename(columns=str).rename(columns={"start_time": "start", "stop_time": "stop"}).reset_index(drop=True)
    if "stop" not in rows and "end" in rows:
        rows = rows.rename(columns={"end": "stop"})
    for name in ("start", "stop"):
        if name not in rows:
            raise ValueError(f"trials need a column '{name}' in seconds, got {', '.join(rows)}")
        rows[name] = _times(f"trials' {name}", rows[name])
    backward = rows.index[rows["stop"] <= rows["start"]]
    if len(backward):
        first = rows.loc[backward[0]]
        raise ValueError(f"trial {backward[0]} stops at {first['stop']:g} s, before its start at {first['start']:g} s")
    return rows


# ---- behaviour


def _behaviours(given: Any, bins: _Bins | None) -> tuple[dict[str, Series], list[str]]:
    if given is None:
        return {}, []
    several = given if isinstance(given, Mapping) else {BEHAVIOUR: given}
    series: dict[str, Series] = {}
    notes: list[str] = []
    for name, one in several.items():
        check_text("a name of behaviour", name)
        series[name], more = _behaviour(name, one, bins)
        notes += more
    return series, notes


def _behaviour(name: str, given: Any, bins: _Bins | None) -> tuple[Series, list[str]]:
    if isinstance(given, Series):
        return given, []
    names: tuple[str, ...] = ()
    if hasattr(given, "time_support") and hasattr(given, "values"):  # of pynapple
        names, given = tuple(map(str, getattr(given, "columns", ()))), (np.asarray(given.t), np.asarray(given.values))
    if isinstance(given, pd.Series):
        given = given.to_frame(name)
    if isinstance(given, pd.DataFrame):
        times, table = _timed(name, given, bins)
        names, given = tuple(map(str, table)), (times, _numeric(name, table))
    if isinstance(given, tuple):
        if len(given) != 2:
            raise ValueError(f"behaviour '{name}' must be (times, values), got {len(given)} arrays")
        times, values = _times(f"times of '{name}'", given[0]), floats(f"behaviour '{name}'", given[1])
    else:
        values = floats(f"behaviour '{name}'", given)
        times = _bin_times(name, len(values) if values.ndim else 0, bins)
    if values.ndim not in (1, 2) or len(values) != len(times):
        raise ValueError(
            f"behaviour '{name}' has {len(times)} times for values of shape {values.shape}; (time, feature)"
        )
    return clean_series(times, values, names, label=name)


def _timed(name: str, table: pd.DataFrame, bins: _Bins | None) -> tuple[Floats, pd.DataFrame]:
    """Seconds of the rows, and the other columns."""
    column = next((c for c in table if str(c).lower() in TIME), None)
    if column is not None:
        return _times(f"times of '{name}'", table[column]), table.drop(columns=column)
    if isinstance(table.index, pd.RangeIndex):
        return _bin_times(name, len(table), bins), table
    return _times(f"times of '{name}'", table.index), table


def _numeric(name: str, table: pd.DataFrame) -> Floats:
    for column in table:
        if not pd.api.types.is_numeric_dtype(table[column]):
            raise ValueError(f"behaviour '{name}' must be numbers, but column '{column}' holds {table[column].dtype}")
    return table.to_numpy(float)


def _bin_times(name: str, rows: int, bins: _Bins | None) -> Floats:
    """Seconds of rows that have none of their own: those of the bins."""
    if bins is None:
        raise ValueError(f"behaviour '{name}' has no times; give (times, values), or a table indexed by seconds")
    if rows != len(bins):
        raise ValueError(f"behaviour '{name}' has {rows} rows for {len(bins)} bins of counts; give (times, values)")
    return bins.times
