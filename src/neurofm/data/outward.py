"""What recordings become for other libraries: xarray, pynapple and pynwb, each loaded once it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm import checks
from neurofm.data import bins, spans
from neurofm.data.ids import unpack
from neurofm.data.libraries import COUNTS, FEATURE, NAME, TIME, data_array, library
from neurofm.data.series import Series, Spikes
from neurofm.data.source import Source, when

RATE = "given_rate"  # a column `rate` of units, beside that which pynapple counts itself
COLUMNS = "columns: "  # how the features of a series are named in its comments in NWB


def counts(spikes: Spikes, labels: Sequence[str], domain: NDArray[np.float64], dt: float) -> pd.DataFrame:
    """(bin, unit) spikes in bins of `dt` seconds, indexed by the second at which each begins; none between spans.

    Raises
    ------
    ValueError
        If `dt` is no number above 0.
    """
    if not checks.number("dt", dt, "the seconds of a bin") > 0:
        raise ValueError(f"dt must be the seconds of a bin, got {dt}")
    first, last = (float(domain[0, 0]), float(domain[-1, 1])) if len(domain) else (0.0, 0.0)
    number = int(np.ceil((last - first - 2 * bins.SLACK) / dt - 1e-6))
    place, unit = bins.placed(spikes, first, dt, number)
    table = np.bincount(place * len(labels) + unit, minlength=number * len(labels)).reshape(number, len(labels))
    begin = bins.edges(first, dt, number)[:-1]
    seen = spans.inside(begin + dt / 2, domain) if len(domain) > 1 else np.ones(number, bool)
    return pd.DataFrame(table[seen], pd.Index(begin[seen], name=TIME), list(labels))


def moments(name: str, space: str, ids: NDArray[np.int64], source: Source) -> NDArray[np.float64]:
    """(row,) seconds of what is of one source.

    Raises
    ------
    ValueError
        If the rows have no time, or are of several sources.
    """
    number, local = unpack(ids)
    if len(np.unique(number)) > 1:
        raise ValueError(f"{name} is of several sources; embed {source.session} by itself")
    times = when(source, space, local)
    if times is None or not np.isfinite(times).all():
        raise ValueError(f"rows of {name} are each a {space}, which has no time; use to_frame() or to_xarray()")
    return np.asarray(times, float)


def ts_group(spikes: Spikes, units: pd.DataFrame, domain: NDArray[np.float64]) -> Any:
    """Spike trains of pynapple, by row; what is known of units is their metadata."""
    nap = library("pynapple")
    support = nap.IntervalSet(*domain.T) if len(domain) else None
    trains = {k: nap.Ts(spikes.times[spikes.unit == k], time_support=support) for k in range(len(units))}
    told = {RATE if name == "rate" else str(name): units[name].to_list() for name in units}
    return nap.TsGroup(trains, time_support=support, metadata=told)


def interval_sets(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Intervals of pynapple by name; those that lie over each other, last no time or do not end stay tables."""
    nap, sets = library("pynapple"), {}
    for name, table in tables.items():
        ordered = table.sort_values("start")
        start, stop = (ordered[edge].to_numpy(float) for edge in ("start", "stop"))
        if (start[1:] < stop[:-1]).any() or not (start < stop).all():
            sets[name] = table
            continue
        told = {str(column): ordered[column].to_list() for column in ordered if column not in ("start", "stop")}
        sets[name] = nap.IntervalSet(start, stop, metadata=told or None)
    return sets


def dataset(
    spikes: Spikes | pd.DataFrame, units: pd.DataFrame, series: Mapping[str, Series],
    tables: Mapping[str, pd.DataFrame], domain: NDArray[np.float64], about: Mapping[str, str],
) -> Any:  # fmt: skip
    """All of a recording for xarray; of spikes their times and units, or the counts that were made of them."""
    coords: dict[str, Any] = {"unit": units["label"].astype(str).to_numpy()}
    coords |= {f"unit_{name}": ("unit", _plain(units[name])) for name in units if name != "label"}
    if isinstance(spikes, pd.DataFrame):
        held: dict[str, Any] = {COUNTS: ((TIME, "unit"), spikes.to_numpy())}
        coords[TIME] = spikes.index.to_numpy()
    else:
        held = {"spike_time": ("spike", spikes.times), "spike_unit": ("spike", spikes.unit)}
    whole = library("xarray").Dataset(held, coords, {**about})
    whole["domain"] = (("span", "edge"), domain)
    for name, table in tables.items():
        for column in table:
            whole[f"{name}.{column}"] = (f"{name}_row", _plain(table[column]))
    for name, one in series.items():
        if name == COUNTS and COUNTS in held:
            continue  # counts of bins, which are counted anew
        key = _free(name, {*whole.variables, *whole.sizes})
        array = data_array(one.times, one.values, one.names, one.unit, f"{key}_")
        whole[key] = array if key == name else array.assign_attrs({NAME: name})
    return whole


def _free(name: str, taken: set[Any]) -> str:
    """A name for a variable that, with its coordinates, is not taken; "_" is put after one that is."""
    while {name, f"{name}_{TIME}", f"{name}_{FEATURE}"} & taken:
        name += "_"
    return name


def _plain(column: pd.Series) -> NDArray[Any]:
    """Numbers as they are, all else as text."""
    values = column.to_numpy()
    return values if values.dtype.kind in "fiub" else np.array(["" if pd.isna(v) else str(v) for v in values], object)


def nwb_file(
    session: str, *, subject: str = "", units: pd.DataFrame | None = None, spikes: Spikes | None = None,
    series: Mapping[str, Series], intervals: Mapping[str, pd.DataFrame],
) -> Any:  # fmt: skip
    """An NWBFile in memory, whose times are seconds on the clock of the spikes.

    Raises
    ------
    ValueError
        If a column of intervals is called as one of NWB's own.
    """
    from datetime import UTC, datetime

    pynwb = library("pynwb")
    file = pynwb.NWBFile(
        session_description=f"recording {session}", identifier=session, session_id=session,
        session_start_time=datetime.fromtimestamp(0, UTC),  # times are seconds on the recording's own clock
    )  # fmt: skip
    if subject:
        file.subject = pynwb.file.Subject(subject_id=subject)
    if units is not None and spikes is not None and len(units):
        file.units = _unit_table(units, spikes)
    for name, table in intervals.items():
        if len(table):
            file.add_time_intervals(_interval_table(name, table))
    module = file.create_processing_module("behavior", "behaviour on the clock of the spikes")
    for name, one in series.items():
        comments = COLUMNS + ", ".join(one.names)
        about = {"timestamps": one.times, "unit": one.unit, "comments": comments}
        module.add(pynwb.TimeSeries(name=name, data=one.values, **about))
    return file


def _unit_table(units: pd.DataFrame, spikes: Spikes) -> Any:
    from pynwb.core import VectorData, VectorIndex
    from pynwb.misc import Units

    order = np.argsort(spikes.unit, kind="stable")
    ends = np.cumsum(np.bincount(spikes.unit, minlength=len(units)))
    times = VectorData(name="spike_times", description="seconds", data=spikes.times[order])
    index = VectorIndex(name="spike_times_index", target=times, data=ends)
    return Units(name="units", description="sorted units", columns=[*_vectors(units), times, index])


def _interval_table(name: str, table: pd.DataFrame) -> Any:
    from pynwb.epoch import TimeIntervals

    for column in ("start_time", "stop_time", "id"):
        if column in table:
            raise ValueError(f"column '{column}' of {name} is NWB's own; rename it, or write .h5")
    renamed = table.rename(columns={"start": "start_time", "stop": "stop_time"})
    return TimeIntervals(name=name, description=name, columns=_vectors(renamed))


def _vectors(table: pd.DataFrame) -> list[Any]:
    """A column each; what is no number becomes text."""
    from pynwb.core import VectorData, VectorIndex

    columns = []
    for name in table:
        plain = _plain(table[name]).tolist() if table[name].dtype.kind not in "fiub" else table[name].to_numpy()
        if name == "tags":  # the standard wants a list for each row
            lists = [word.split(",") if word else [] for word in map(str, plain)]
            plain = [word for words in lists for word in words]
        columns.append(VectorData(name=str(name), description=str(name), data=plain))
        if name == "tags":
            ends = np.cumsum([len(words) for words in lists])
            columns.append(VectorIndex(name="tags_index", target=columns[-1], data=ends))
    return columns
