"""Neurodata Without Borders: spikes, units with their electrodes, trials and behaviour; read with h5py alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import Spikes, clean_spikes
from neurofm.errors import DataError
from neurofm.io._hdf5 import array, decoded, text
from neurofm.io._nwb_ophys import regions
from neurofm.io._nwb_parts import COLUMNS, intervals, read_parts, table
from neurofm.io._rows import left_out, rows, vector, with_region
from neurofm.process import move
from neurofm.specs import ReaderSpec

LABELS = ("label", "unit_name", "unit_id", "cluster_id")
APART = ("spike_times", "electrodes", "electrode_group", "obs_intervals")  # columns of the units that are no column


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
        cells, told = regions(path, file)
        if len(cells) and not len(units):
            units, notes = cells, told
        elif len(cells):
            notes.append(f"{len(cells)} regions of imaging are no rows, since the file has units")
        parts = read_parts(path, file)
        tables = {name: intervals(path, group) for name, group in file.get("intervals", {}).items()}
        notes += [*parts.notes, *(note for _, told in tables.values() for note in told), *left_out(parts.unread)]
        by_name = {name: table for name, (table, _) in tables.items() if table is not None}
        if "domain" in by_name:
            domain = by_name.pop("domain")[["start", "stop"]].to_numpy(float)
        else:
            domain, more = _observed(path, file)
            notes += more
        session = _text(file, "general/session_id") or path.stem
        subject = _text(file, "general/subject/subject_id")
    return Recording(
        session=session,
        subject=subject,
        spikes=spikes,
        units=units,
        series=parts.series,
        intervals=by_name | {name: table for name, table in parts.intervals.items() if name not in by_name},
        domain=domain,
        paths=(str(path),),
        notes=tuple(notes),
    )


def _text(file: Any, name: str) -> str:
    return text(file[name]) if name in file else ""


def _units(path: Path, file: Any) -> tuple[pd.DataFrame, Spikes, list[str]]:
    """The units table and all spikes, sorted by time."""
    empty = pd.DataFrame({"label": pd.Series(dtype=str)})
    if "units" not in file:
        return empty, Spikes(np.zeros(0), np.zeros(0, np.int32)), ["the file has no units"]
    group = file["units"]
    units, notes = table(path, group, APART)
    spikes, more = _spikes(path, group, len(units))
    label = next((c for c in LABELS if c in units and units[c].is_unique), None)
    ids = array(path, group["id"]).ravel()
    names = units.pop(label).astype(str) if label else pd.Series([f"unit {k}" for k in ids], dtype=str)
    units.insert(0, "label", names)
    units = with_region(units)
    places, told = _places(path, file, group, len(units))
    for column, values in places.items():
        if column not in units:
            units[column] = values
    return units, spikes, [*notes, *more, *told]


def _spikes(path: Path, group: Any, count: int) -> tuple[Spikes, list[str]]:
    keys = ("spike_times", "spike_times_index")
    if not set(keys) <= set(group):
        return Spikes(np.zeros(0), np.zeros(0, np.int32)), ["units: there are no spike_times"]
    times, ends = (vector(path, f"units.{key}", array(path, group[key])) for key in keys)
    ends = ends.astype(np.int64)
    counts = np.diff(ends, prepend=0)
    if len(ends) != count or (counts < 0).any() or (ends[-1] if count else 0) != len(times):
        raise DataError(path, "units.spike_times_index", f"does not fit {len(times)} spike times of {count} units")
    return clean_spikes(times, np.repeat(np.arange(count), counts))


def _observed(path: Path, file: Any) -> tuple[NDArray[np.float64], list[str]]:
    """(k, 2) seconds in which any unit was observed, where the file says so."""
    name = "units/obs_intervals"
    if name not in file:
        return np.zeros((0, 2)), []
    spans = array(path, file[name]).astype(float)
    spans = spans[None] if spans.shape == (2,) else spans
    if spans.ndim == 2 and spans.shape[1] == 2:
        return spans, []
    if spans.ndim == 2 and spans.shape[0] == 2:
        return spans.T, [f"units.obs_intervals: is {spans.shape}, where each row is a start and a stop; turned"]
    return np.zeros((0, 2)), [f"units.obs_intervals: is {spans.shape}, no starts and stops, left out"]


def _places(path: Path, file: Any, group: Any, count: int) -> tuple[dict[str, Any], list[str]]:
    """Where each unit is: region, x, y, z and group of its first electrode, else of its group."""
    sites = file.get("general/extracellular_ephys/electrodes")
    if "electrodes" in group and sites is not None:
        return _sites(path, group, sites, count)
    if "electrode_group" in group:
        references, notes = rows(np.atleast_1d(group["electrode_group"][()]), count, "units.electrode_group")
        owners = [] if references is None else [file[reference] for reference in references.ravel()]
        if len(owners) == count:
            regions = decoded([text(o.attrs.get("location", "")) for o in owners])
            return {"region": regions, "group": decoded([o.name.rpartition("/")[2] for o in owners])}, notes
        return {}, notes
    return {}, []


def _sites(path: Path, group: Any, sites: Any, count: int) -> tuple[dict[str, Any], list[str]]:
    """What the table of electrodes says of each unit's first."""
    keys = ("electrodes", "electrodes_index")
    site, *ends = (
        vector(path, f"units.{key}", array(path, group[key])).astype(np.int64) for key in keys if key in group
    )
    first = np.r_[0, ends[0][:-1]] if ends else np.arange(count)
    has = ends[0] > first if ends and len(ends[0]) == count else np.ones(count, bool)
    if len(ends[0] if ends else site) != count or (ends and (ends[0] > len(site)).any()):
        return {}, ["units.electrodes: does not fit the units, left out"]
    known, notes = table(path, sites)
    if len(site) and (site.min() < 0 or site.max() >= len(known)):
        raise DataError(path, "units.electrodes", f"names electrode {site.max()} of {len(known)}")
    known = with_region(known).rename(columns={"group_name": "group"})
    kept = [c for c in ("region", "x", "y", "z", "group") if c in known]
    of_units = known[kept].reindex([int(site[f]) if ok else -1 for f, ok in zip(first, has)])
    return {name: of_units[name].to_numpy() for name in kept}, [n for n in notes if "not read" not in n]


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
    for name, spans in (*recording.intervals.items(), ("domain", _domain(recording))):
        if len(spans):
            file.add_time_intervals(_interval_table(name, spans))
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
