"""A recording from arrays and tables that somebody has already: `neurofm.recording`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.checks import check_text, floats
from neurofm.data import spans
from neurofm.data.recording import TRIALS, Recording
from neurofm.data.series import Series, Spikes, clean_series, clean_spikes
from neurofm.io import _objects
from neurofm.io._binned import UNEQUAL, UNITS, Bins
from neurofm.io._by_trial import by_trials, joined
from neurofm.io._foreign import TIME, UNIT, Values, is_tsd, is_xarray, table_of, values_of, with_times
from neurofm.io._neo_objects import label_of
from neurofm.io._seconds import first_date, is_quantity, magnitude, seconds
from neurofm.io._unit_tables import described, labels_of, names_in, numbered

LONGEST = 1e6  # seconds of a recording; what lasts longer is in other units
ROUNDED = 1e-5  # seconds; what is less is no time before or after
EDGES = {"start", "stop", "start_time", "stop_time", "begin", "end"}  # columns of trials that say when they were
TRAINS = ("spike_times", "times")  # columns whose every cell holds all times of a unit
BEHAVIOUR = "behaviour"  # the name of one that was given none
NAME = "recording"  # of a session that was given none

Floats = NDArray[np.float64]
Zero = pd.Timestamp | None  # the date that is second 0


def recording(
    spikes: Any = None,
    *,
    counts: Any = None,
    dt: Any = None,
    start: Any = None,
    units: Any = None,
    behaviour: Any = None,
    trials: Any = None,
    intervals: Mapping[str, Any] | None = None,
    session: str | None = None,
    subject: str | None = None,
) -> Recording:
    """A recording from arrays and tables; all times are in seconds, on one clock.

    Dates count from the first of them, durations and quantities with a unit (quantities, pint) become seconds.

    Parameters
    ----------
    spikes : {unit: times}; a list of times, unit after unit, or of SpikeTrains of neo; a pair (times, unit of each); a
        table with columns `time` and `unit`, or with a row for each unit and its `spike_times`; a pynapple TsGroup. Or
        what holds more than spikes: an NWBFile, a Block or Segment of neo, a Dataset as `to_xarray` makes it
    counts : (bin, unit) spikes in equal bins, in place of spikes: an array, a table or a DataArray with times of the
        bins and names of the units, a pynapple TsdFrame, or an AnnData whose rows are bins. Or trial by trial: an array
        (trial, bin, unit), or a list of (bin, unit), which become trials with time between them
    dt, start : seconds a bin, and the second at which the first begins (0), where the counts do not tell. An index says
        when bins begin; pynapple gives their middles
    units : a table with a row per unit, `region` and what else is known. A row is that of the unit named in its column
        `cluster_id`, `unit_id`, `unit`, `label` or its index; where there are none, rows are in the order of the units
    behaviour : {name: what was measured}, or one alone: a pair (times, values), a table or series with a column
        `time`, or indexed by time, a pynapple Tsd, a DataArray, a signal of neo, or an array with a row for each bin,
        trial by trial if the counts are
    trials : a table with `start` and `stop`, and whatever else is known of each; (trial, 2) seconds; an IntervalSet. Of
        counts trial by trial a table with a row for each, without `start` and `stop`
    intervals : {name: a table like that of trials}, such as epochs of sleep
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
    _check_given((spikes, counts, behaviour, trials), session, subject)
    if counts is None and (dt is not None or start):
        raise ValueError("dt and start say how long bins are and where they begin; give counts with them")
    parts = counts if isinstance(counts, list | tuple) else [counts]
    units, zero = table_of(units), first_date([start], spikes, *parts, behaviour, trials)
    bins = None if counts is None else Bins(counts, dt, start, zero, _rows(units, behaviour))
    base = _spikes(spikes, zero) if bins is None else _of_bins(bins)
    if units is not None:
        base = _described(base, units, named=_named_units(spikes) if bins is None else bins.named)
    series, notes = _behaviours(behaviour, bins, zero)
    own = bins is not None and bins.lengths is not None  # they tell trials themselves, in seconds
    tables = {**(intervals or {}), **({} if trials is None or own else {TRIALS: trials})}
    tables = {name: _intervals(name, table, zero) for name, table in tables.items()}
    tables |= {TRIALS: _trials(bins, trials)} if own and bins is not None else {}
    notes += [note for name, table in tables.items() for note in _endless(name, table)]
    told = replace(
        base,
        session=base.session if session is None else session,
        subject=base.subject if subject is None else subject,
        series={**base.series, **series},
        intervals={**base.intervals, **tables},
        domain=np.zeros((0, 2)) if bins is None else bins.domain,
        notes=(*base.notes, *notes, *([] if zero is None else [f"second 0 is {zero}"])),
    )
    if bins is None and _holds_more(spikes):
        told = replace(told, domain=_longer(base.domain, told))
    if told.stop - told.start > LONGEST:
        long = told.stop - told.start
        raise ValueError(f"this would last {long:.3g} s ({long / 86400:,.0f} days); give all times in seconds")
    return told


def _longer(domain: Floats, told: Recording) -> Floats:
    """A domain with what was measured before and after it."""
    if not len(domain) or not len(told.domain):
        return told.domain
    ends = [[min(told.start, domain[0, 0]), domain[0, 0]], [domain[-1, 1], max(told.stop, domain[-1, 1])]]
    return spans.union(domain, np.array([end for end in ends if end[1] - end[0] > ROUNDED]).reshape(-1, 2))


def _check_given(given: tuple[Any, ...], session: str | None, subject: str | None) -> None:
    check_text("session", NAME if session is None else session)
    check_text("subject", "" if subject is None else subject)
    if session is not None and not session.strip():
        raise ValueError("session must be a name, got an empty one")
    if all(one is None for one in given):
        raise ValueError("give spikes, counts, behaviour or trials: nf.recording(spikes={'a': times}, behaviour=...)")
    spikes, counts, *_ = given
    if spikes is not None and counts is not None:
        raise ValueError("give spikes or counts, not both: counts are made of spikes where a model wants them")


def _rows(units: Any, behaviour: Any) -> dict[str, int]:
    """How many rows what lies beside the counts has: they tell which axis of these is which."""
    arrays = behaviour if isinstance(behaviour, Mapping) else {BEHAVIOUR: behaviour}
    of = {name: len(one) for name, one in arrays.items() if isinstance(one, np.ndarray | pd.DataFrame) and one.ndim}
    return of | ({UNITS: len(units)} if isinstance(units, pd.DataFrame) else {})


def _of_bins(bins: Bins) -> Recording:
    units = pd.DataFrame({"label": pd.Series(bins.labels, dtype=str)})
    if bins.units is not None:
        units = units.join(bins.units.rename(columns=str).drop(columns="label", errors="ignore"))
    series, notes = _behaviours(bins.behaviour or None, bins, None)
    return Recording(
        session=NAME, spikes=bins.spikes(), units=units, series=series | {"counts": bins.series()}, domain=bins.domain,
        notes=(*bins.notes, *notes),
    )  # fmt: skip


def _described(base: Recording, given: Any, *, named: bool) -> Recording:
    """With what a table says of the units."""
    table, rows = described(given, base.units["label"].tolist(), named=named)
    return replace(base, units=table, spikes=Spikes(base.spikes.times, rows[base.spikes.unit]))


# ---- spikes


def _spikes(given: Any, zero: Zero) -> Recording:
    """Units and their spikes, and whatever else an object of another library holds."""
    if given is None:
        return Recording(session=NAME)
    if _holds_more(given):
        return _objects.read_object(given)  # type: ignore[return-value]
    if isinstance(given, pd.DataFrame):
        return _of_table(given, zero)
    if isinstance(given, tuple):
        return _pair(given, zero)
    if is_xarray(given) or is_tsd(given) or hasattr(given, "obs_names"):
        raise ValueError("spikes must be {unit: times} or a list of times; counts of bins are given as counts=")
    if isinstance(given, np.ndarray) and given.dtype != object:
        problem = "counts of bins are given as counts=, with dt=" if given.ndim > 1 else "say whose they are"
        raise ValueError(f"spikes must be {{unit: times}} or a list of times, got one array; {problem}")
    if not isinstance(given, Iterable) or isinstance(given, str):
        kind = type(given).__name__
        file = "; a file is opened by neurofm.read" if isinstance(given, str) else ""
        raise ValueError(f"spikes must be {{unit: times}}, a list of times or (times, unit of each), got {kind}{file}")
    trains = given.items() if isinstance(given, Mapping | pd.Series) else enumerate(given)
    return _of_trains(_named(dict(trains)), zero)


def _holds_more(given: Any) -> bool:
    """Whether it is no plain spikes but an object of another library that `_objects` reads as a recording."""
    group = hasattr(given, "time_support") and hasattr(given, "keys")
    nwb = hasattr(given, "session_start_time") and hasattr(given, "container_source")
    others = any(hasattr(given, name) for name in ("segments", "spiketrains", "data_vars"))
    return isinstance(given, Recording) or group or nwb or others


def _named(trains: dict[Any, Any]) -> dict[Any, Any]:
    """Trains by the names that they bear themselves, where each bears one."""
    own = [label_of(train) if is_quantity(train) else "" for train in trains.values()]
    kept = all(own) and len({*own}) == len(own) and all(isinstance(name, int) for name in trains)
    return dict(zip(own, trains.values())) if kept else trains


def _of_trains(trains: dict[Any, Any], zero: Zero) -> Recording:
    labels = labels_of(trains)
    times = [_times(f"spikes of {label}", _moments(train), zero) for label, train in zip(labels, trains.values())]
    if _counted(times):
        raise ValueError("spikes look like counts of bins; give them as counts=, (bin, unit), with dt=")
    row = np.repeat(np.arange(len(times)), [len(train) for train in times])
    return _made(labels, np.concatenate([*times, np.zeros(0)]), row)


def _counted(trains: list[Floats]) -> bool:
    """Whether they are as long as each other, and each of whole numbers that repeat, as no times of spikes do."""
    alike = len({len(train) for train in trains}) == 1
    return alike and all((train % 1 == 0).all() and len(np.unique(train)) < len(train) for train in trains)


def _moments(train: Any) -> Any:
    """The times of a train of pynapple; any other as it is."""
    return np.asarray(train.t) if hasattr(train, "time_support") and hasattr(train, "t") else train


def _made(labels: list[str], times: Floats, row: Any) -> Recording:
    spikes, notes = clean_spikes(times, row)
    units = pd.DataFrame({"label": pd.Series(labels, dtype=str)})
    return Recording(session=NAME, spikes=spikes, units=units, notes=tuple(notes))


def _of_table(table: pd.DataFrame, zero: Zero) -> Recording:
    """A row for each spike, or one for each unit with all its times in a cell."""
    cells = _cells(table)
    if cells is None:
        return _pair((_time_column(table), table[_column("spikes", table, UNIT)]), zero)
    names = labels_of(next(iter(names_in(table).values()), table.index))
    if len({*names}) < len(names):
        raise ValueError("a table of spikes must have one row for each unit, but names of units repeat")
    told = _of_trains(dict(zip(names, table[cells])), zero)
    others = table.drop(columns=[cells, "label"], errors="ignore").rename(columns=str).reset_index(drop=True)
    return replace(told, units=told.units.join(others))


def _cells(table: pd.DataFrame) -> Any:
    """The column whose every cell holds all times of a unit; None if there is none."""
    return next((c for c in table if str(c).lower() in TRAINS and table[c].map(np.ndim).gt(0).any()), None)


def _pair(given: tuple[Any, ...], zero: Zero) -> Recording:
    if len(given) != 2:
        raise ValueError(f"a tuple of spikes is (times, unit of each), got {len(given)}; give times by unit as a list")
    times, whose = _times("spikes", given[0], zero), np.asarray(given[1])
    if whose.shape != times.shape:
        raise ValueError(f"spikes need a unit for each of {len(times)} times, got {whose.shape}; trains are a list")
    if whose.dtype.kind == "f":
        raise ValueError("units of spikes must be whole numbers or names, got fractions; give times by unit as a list")
    names, row = np.unique(whose.astype(str) if whose.dtype == object else whose, return_inverse=True)
    return _made(labels_of(names.tolist()), times, row)


def _times(name: str, given: Any, zero: Zero) -> Floats:
    times = seconds(name, given, zero)
    if times.ndim != 1:
        raise ValueError(f"{name} must be (time,) seconds, got shape {times.shape}")
    return times


def _time_column(table: pd.DataFrame) -> Any:
    times, _ = with_times(table)
    return table[_column("spikes", table, TIME)] if times is None else times


def _column(what: str, table: pd.DataFrame, names: Iterable[str]) -> Any:
    for column in table:
        if str(column).lower() in names:
            return column
    raise ValueError(f"a table of {what} needs a column '{next(iter(names))}', got {', '.join(map(str, table))}")


# ---- trials


def _named_units(spikes: Any) -> bool:
    """Whether spikes say which unit is which, by more than its place."""
    if isinstance(spikes, pd.DataFrame):
        return _cells(spikes) is None or bool(names_in(spikes))
    if isinstance(spikes, pd.Series):
        return not numbered(spikes.index)
    return isinstance(spikes, Mapping | tuple) or _holds_more(spikes)


def _trials(bins: Bins, given: Any) -> Any:
    """Those of counts that are given trial by trial, with what else is known of each."""
    known, table = table_of(given), bins.trials
    if known is None:
        return table
    if not isinstance(known, pd.DataFrame) or EDGES & {*map(str, known)} or len(known) != len(table):
        raise ValueError(
            f"trials of counts that are given trial by trial must be a table with a row for each of {len(table)},"
            " without start and stop, which the counts tell"
        )
    return table.join(known.rename(columns=str).reset_index(drop=True))


def _intervals(what: str, given: Any, zero: Zero) -> pd.DataFrame:
    """Trials, or other intervals, with start before stop."""
    given = table_of(given)
    if not isinstance(given, pd.DataFrame):
        edges = seconds(what, given, zero)
        if edges.ndim != 2 or edges.shape[1] != 2:
            raise ValueError(f"{what} must be a table with start and stop, or (trial, 2) seconds, got {edges.shape}")
        given = pd.DataFrame(edges, columns=["start", "stop"])
    rows = given.rename(columns=str).rename(columns={"start_time": "start", "stop_time": "stop"}).reset_index(drop=True)
    own = ", ".join(rows)
    for name, other in (("start", "begin"), ("stop", "end")):
        rows = rows if name in rows else rows.rename(columns={other: name})
        if name not in rows:
            raise ValueError(f"{what} need a column '{name}' in seconds, got {own}")
        rows[name] = _times(f"{what}' {name}", rows[name], zero)
    _check_order(what, rows["start"].to_numpy(float), rows["stop"].to_numpy(float))
    return rows


def _check_order(what: str, start: Floats, stop: Floats) -> None:
    """Refuse what stops before it starts, and trials that last no time, as events may."""
    for row in np.flatnonzero((stop < start) | ((what == TRIALS) & (stop == start)))[:1]:
        when = f"stops at {stop[row]:g} s, before its start at {start[row]:g} s"
        when = when if stop[row] < start[row] else f"starts and stops at {stop[row]:g} s; give events as intervals="
        raise ValueError(f"{'trial' if what == TRIALS else what} {row} {when}")


def _endless(name: str, table: pd.DataFrame) -> list[str]:
    """What is told of intervals that are not whole."""
    missing = int(table[["start", "stop"]].isna().any(axis=1).sum())
    return [f"{name}: {missing} of {len(table)} rows have no start or no stop (NaN)"] if missing else []


# ---- behaviour


def _behaviours(given: Any, bins: Bins | None, zero: Zero) -> tuple[dict[str, Series], list[str]]:
    if given is None:
        return {}, []
    own = getattr(given, "name", None)
    several = given if isinstance(given, Mapping) else {own if isinstance(own, str) and own else BEHAVIOUR: given}
    series: dict[str, Series] = {}
    notes: list[str] = []
    for name, one in several.items():
        check_text("a name of behaviour", name)
        series[name], more = _behaviour(name, one, bins, zero)
        notes += more
    return series, notes


def _behaviour(name: str, given: Any, bins: Bins | None, zero: Zero) -> tuple[Series, list[str]]:
    if isinstance(given, Series):
        return given, []
    if bins is not None and bins.lengths is not None and by_trials(given, len(bins)):
        given = joined(f"behaviour '{name}'", given, bins.lengths)
    held, table, notes = values_of(name, given), None, list[str]()
    if held is None:
        table = given.to_frame(name) if isinstance(given, pd.Series) else table_of(given)
        held = _of_frame(name, table) if isinstance(table, pd.DataFrame) else Values(None, magnitude(given))
    values = floats(f"behaviour '{name}'", held.values)
    rows = len(values) if values.ndim else 0
    times = _bin_times(name, rows, bins) if held.times is None else _times(f"times of '{name}'", held.times, zero)
    if values.ndim not in (1, 2) or len(values) != len(times):
        raise ValueError(
            f"behaviour '{name}' has {len(times)} times for values of shape {values.shape}; (time, feature)"
        )
    indexed = isinstance(table, pd.DataFrame) or (bins is not None and bins.dim in getattr(given, "dims", ()))
    if indexed and bins is not None and _begin_as(times, bins):
        times = bins.times  # an index says when bins begin, here as of the counts
        notes = [f"{name}: its times are when bins of the counts begin; what is measured in a bin lies in its middle"]
    series, more = clean_series(times, values, held.names, held.unit, name)
    return series, notes + more


def _begin_as(times: Floats, bins: Bins) -> bool:
    """Whether times are those at which bins begin."""
    return len(times) == len(bins) > 0 and bool(np.abs(times - bins.begin).max() <= UNEQUAL * bins.width)


def _of_frame(name: str, table: pd.DataFrame) -> Values:
    """A column of times, or the index, and the other columns."""
    times, rest = with_times(table)
    for other in rest:
        if not pd.api.types.is_numeric_dtype(rest[other]):
            raise ValueError(f"behaviour '{name}' must be numbers, but column '{other}' holds {rest[other].dtype}")
    return Values(times, rest.to_numpy(float), tuple(map(str, rest)))


def _bin_times(name: str, rows: int, bins: Bins | None) -> Floats:
    """Seconds of rows that have none of their own: those of the bins."""
    if bins is None:
        raise ValueError(f"behaviour '{name}' has no times; give (times, values), or a table with a column 'time'")
    if rows != len(bins):
        raise ValueError(f"behaviour '{name}' has {rows} rows for {len(bins)} bins of counts; give (times, values)")
    return bins.times
