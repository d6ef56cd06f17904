"""Neurodata Without Borders: spikes, units with their electrodes, trials and behaviour; read with h5py alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import Series, Spikes, clean_series, clean_spikes
from neurofm.errors import DataError
from neurofm.io._hdf5 import array, decoded, text
from neurofm.process import move
from neurofm.specs import ReaderSpec

COLUMNS = "columns: "  # how we name the features in a series' comments
WIDEST = 1024  # features of a behaviour; more is raw data, which is not read
LABELS = ("label", "unit_name", "unit_id", "cluster_id")
SKIPPED = ("ElectricalSeries", "IntervalSeries")


def accepts(path: Path) -> bool:
    """Whether the root says that it is NWB."""
    if not h5py.is_hdf5(path):
        return False
    with h5py.File(path) as file:
        return "nwb_version" in file.attrs


def read(path: Path) -> Recording:
    """Everything in it that is on one clock with the spikes."""
    with h5py.File(path) as file:
        if "nwb_version" not in file.attrs:
            raise DataError(path, "nwb_version", "is missing; it is HDF5 of another kind")
        units, spikes, notes = _units(path, file)
        series, more = _behaviour(path, file)
        tables = {name: _intervals(path, group) for name, group in file.get("intervals", {}).items()}
        domain = (
            tables.pop("domain")[["start", "stop"]].to_numpy(float) if "domain" in tables else _observed(path, file)
        )
        session = _text(file, "general/session_id") or path.stem
        subject = _text(file, "general/subject/subject_id")
    return Recording(
        session=session,
        subject=subject,
        spikes=spikes,
        units=units,
        series=series,
        intervals=tables,
        domain=domain,
        paths=(str(path),),
        notes=(*notes, *more),
    )


def _text(file: Any, name: str) -> str:
    return text(file[name]) if name in file else ""


def _units(path: Path, file: Any) -> tuple[pd.DataFrame, Spikes, list[str]]:
    """The units table and all spikes, sorted by time."""
    empty = pd.DataFrame({"label": pd.Series(dtype=str)})
    if "units" not in file:
        return empty, Spikes(np.zeros(0), np.zeros(0, np.int32)), ["the file has no units"]
    group = file["units"]
    table = _table(path, group)
    spikes, notes = _spikes(path, group, len(table))
    label = next((c for c in LABELS if c in table and table[c].is_unique), None)
    names = (
        table.pop(label).astype(str) if label else pd.Series([f"unit {k}" for k in array(path, group["id"])], dtype=str)
    )
    table.insert(0, "label", names)
    for column, values in _places(path, file, group, len(table)).items():
        if column not in table:
            table[column] = values
    return table, spikes, notes


def _spikes(path: Path, group: Any, count: int) -> tuple[Spikes, list[str]]:
    if not {"spike_times", "spike_times_index"} <= set(group):
        return Spikes(np.zeros(0), np.zeros(0, np.int32)), ["units: there are no spike_times"]
    times, ends = array(path, group["spike_times"]), array(path, group["spike_times_index"]).astype(np.int64)
    counts = np.diff(ends, prepend=0)
    if len(ends) != count or (counts < 0).any() or (ends[-1] if count else 0) != len(times):
        raise DataError(path, "units.spike_times_index", f"does not fit {len(times)} spike times of {count} units")
    return clean_spikes(times, np.repeat(np.arange(count), counts))


def _observed(path: Path, file: Any) -> NDArray[np.float64]:
    """(k, 2) seconds in which any unit was observed, where the file says so."""
    if "units/obs_intervals" not in file:
        return np.zeros((0, 2))
    return array(path, file["units/obs_intervals"]).astype(float).reshape(-1, 2)


def _table(path: Path, group: Any) -> pd.DataFrame:
    """Plain columns of a dynamic table in its order; lists of words become one word with commas."""
    order = [text(name) for name in group.attrs.get("colnames", ())]
    columns: dict[str, Any] = {}
    for name in order:
        dataset = group.get(name)
        if isinstance(dataset, h5py.Dataset) and dataset.ndim == 1 and not h5py.check_ref_dtype(dataset.dtype):
            if f"{name}_index" not in group and dataset.dtype.fields is None and name != "electrodes":
                columns[name] = array(path, dataset)
            elif h5py.check_string_dtype(dataset.dtype):
                ends = array(path, group[f"{name}_index"]).astype(np.int64)
                columns[name] = [",".join(part) for part in np.split(array(path, dataset), ends[:-1])]
    if "id" not in group:
        raise DataError(path, group.name.strip("/"), "has no ids; the file is damaged")
    count = len(group["id"])
    wrong = next((name for name, values in columns.items() if len(values) != count), None)
    if wrong:
        raise DataError(path, f"{group.name.strip('/')}.{wrong}", f"has {len(columns[wrong])} values for {count} rows")
    return pd.DataFrame(columns, index=range(count))


def _places(path: Path, file: Any, group: Any, count: int) -> dict[str, Any]:
    """Where each unit is: region, x, y, z and group of its first electrode, else of its group."""
    sites = file.get("general/extracellular_ephys/electrodes")
    if "electrodes" in group and sites is not None:
        rows = array(path, group["electrodes"]).astype(np.int64)
        ends = array(path, group["electrodes_index"]).astype(np.int64) if "electrodes_index" in group else None
        starts = np.r_[0, ends[:-1]] if ends is not None else np.arange(count)
        has = (ends > starts) if ends is not None else np.ones(count, bool)
        table = _table(path, sites)
        if len(rows) and (rows.min() < 0 or rows.max() >= len(table)):
            raise DataError(path, "units.electrodes", f"names electrode {rows.max()} of {len(table)}")
        table = table.rename(columns={"location": "region", "group_name": "group"})
        kept = [c for c in ("region", "x", "y", "z", "group") if c in table]
        sites_of_units = table[kept].reindex([int(rows[s]) if ok else -1 for s, ok in zip(starts, has)])
        return {name: sites_of_units[name].to_numpy() for name in kept}
    if "electrode_group" in group:
        owners = [file[reference] for reference in group["electrode_group"][()]]
        return {
            "region": decoded([text(o.attrs.get("location", "")) for o in owners]),
            "group": decoded([o.name.rpartition("/")[2] for o in owners]),
        }
    return {}


def _intervals(path: Path, group: Any) -> pd.DataFrame:
    table = _table(path, group).rename(columns={"start_time": "start", "stop_time": "stop"})
    if not {"start", "stop"} <= set(table):
        raise DataError(path, group.name.strip("/"), "needs start_time and stop_time; the file is damaged")
    return table


def _behaviour(path: Path, file: Any) -> tuple[dict[str, Series], list[str]]:
    """Every series in the processing modules and the acquisition that is no raw voltage or movie."""
    series_by_name: dict[str, Series] = {}
    notes: list[str] = []
    for root in ("processing", "acquisition"):
        for group in _timeseries(file.get(root, {})):
            name = group.name.rpartition("/")[2]
            if name in series_by_name:
                name = ".".join(group.name.split("/")[-2:])
            if _is_raw(group):
                notes.append(f"{name}: raw data, not read")
                continue
            series_by_name[name], more = _series(path, group, name)
            notes += more
    return series_by_name, notes


def _timeseries(group: Any) -> Iterator[Any]:
    """Groups with `data` and a clock, at any depth."""
    for child in group.values():
        if isinstance(child, h5py.Group):
            if "data" in child and ("timestamps" in child or "starting_time" in child):
                yield child
            else:
                yield from _timeseries(child)


def _is_raw(group: Any) -> bool:
    data, kind = group["data"], text(group.attrs.get("neurodata_type", ""))
    wide = data.ndim > 2 or (data.ndim == 2 and data.shape[1] > WIDEST)
    return kind in SKIPPED or wide or data.dtype.kind not in "fiub"


def _series(path: Path, group: Any, name: str) -> tuple[Series, list[str]]:
    """Values in their unit, on the file's clock."""
    data = group["data"]
    values = array(path, data, name)
    conversion, offset = float(data.attrs.get("conversion", 1.0)), float(data.attrs.get("offset", 0.0))
    if conversion != 1.0 or offset != 0.0:
        values = values * conversion + offset
    if "timestamps" in group:
        times = array(path, group["timestamps"], f"{name}.timestamps")
    else:
        rate = float(group["starting_time"].attrs.get("rate", 0.0))
        if rate <= 0:
            raise DataError(path, f"{name}.rate", f"is {rate}; a positive number of samples a second is needed")
        times = float(group["starting_time"][()]) + np.arange(len(values)) / rate
    notes = []
    if len(times) != len(values):
        short = min(len(times), len(values))
        notes.append(f"{name}: {len(values)} values for {len(times)} times; the first {short} were kept")
        times, values = times[:short], values[:short]
    series, more = clean_series(times, values, _features(group, values), text(data.attrs.get("unit", "")), name)
    return series, notes + more


def _features(group: Any, values: NDArray[Any]) -> tuple[str, ...]:
    """Names from our comment, else x, y, z for places and velocities."""
    width, comments = values.shape[1] if values.ndim > 1 else 1, text(group.attrs.get("comments", ""))
    names = tuple(comments.removeprefix(COLUMNS).split(", ")) if comments.startswith(COLUMNS) else ()
    if len(names) == width:
        return names
    return ("x", "y", "z")[:width] if width in (2, 3) else ()


def write(recording: Recording, path: str | os.PathLike[str]) -> Path:
    """Write a recording with pynwb; `read` gives it back equal."""
    path = Path(path)
    try:
        import pynwb
    except ImportError as error:
        raise DataError(path, "", "writing NWB needs pynwb; pip install 'napari-neurofm[nwb]'") from error
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}.{os.getpid()}.part.nwb")
    try:
        with pynwb.NWBHDF5IO(str(unfinished), mode="w") as io:
            io.write(_nwb(recording))
        move(unfinished, path)
    except (OSError, ValueError) as error:
        raise DataError(path, "", f"cannot be written ({error})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _nwb(recording: Recording) -> Any:
    from datetime import UTC, datetime

    from pynwb import NWBFile, TimeSeries
    from pynwb.file import Subject

    file = NWBFile(
        session_description=f"recording {recording.session}",
        identifier=recording.session,
        session_id=recording.session,
        session_start_time=datetime.fromtimestamp(0, UTC),  # times are seconds on the recording's own clock
    )
    if recording.subject:
        file.subject = Subject(subject_id=recording.subject)
    if len(recording.units):
        file.units = _unit_table(recording)
    for name, table in (*recording.intervals.items(), ("domain", _domain(recording))):
        if len(table):
            file.add_time_intervals(_interval_table(name, table))
    module = file.create_processing_module("behavior", "behaviour on the clock of the spikes")
    for name, one in recording.series.items():
        comments = COLUMNS + ", ".join(one.names)
        module.add(TimeSeries(name=name, data=one.values, timestamps=one.times, unit=one.unit, comments=comments))
    return file


def _domain(recording: Recording) -> pd.DataFrame:
    return pd.DataFrame(recording.domain, columns=["start", "stop"])


def _unit_table(recording: Recording) -> Any:
    from pynwb.core import VectorData, VectorIndex
    from pynwb.misc import Units

    order = np.argsort(recording.spikes.unit, kind="stable")
    ends = np.cumsum(np.bincount(recording.spikes.unit, minlength=len(recording.units)))
    times = VectorData(name="spike_times", description="seconds", data=recording.spikes.times[order])
    index = VectorIndex(name="spike_times_index", target=times, data=ends)
    return Units(name="units", description="sorted units", columns=[*_vectors(recording.units), times, index])


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
        values = table[name].to_numpy()
        plain = values if values.dtype.kind in "fiub" else ["" if pd.isna(v) else str(v) for v in values]
        if name == "tags":  # the standard wants a list for each row
            lists = [word.split(",") if word else [] for word in map(str, plain)]
            plain = [word for words in lists for word in words]
        columns.append(VectorData(name=str(name), description=str(name), data=plain))
        if name == "tags":
            ends = np.cumsum([len(words) for words in lists])
            columns.append(VectorIndex(name="tags_index", target=columns[-1], data=ends))
    return columns


SPEC = ReaderSpec(title="NWB", patterns=("*.nwb",), accepts=accepts, read=read, write=write)
