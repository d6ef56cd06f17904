"""Neurodata Without Borders: spikes, units with their electrodes, trials and behaviour; read with h5py alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording, merge
from neurofm.data.series import Spikes, clean_spikes
from neurofm.errors import DataError
from neurofm.io._hdf5 import array, children, decoded, text
from neurofm.io._nwb_ophys import cells, regions
from neurofm.io._nwb_parts import intervals, read_parts, table
from neurofm.io._optional import LEFT_OUT, optional
from neurofm.io._rows import labels, left_out, rows, vector, with_region
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
        notes: list[str] = []
        parts = read_parts(path, file)
        groups = [group for name, group in children(file, notes) if name == "units"] + parts.units
        sorted_units = _with_cells(path, file, _together(path, file, groups, notes))
        by_name = _intervals(path, file, notes)
        notes = [*sorted_units.notes, *parts.notes, *notes, *left_out(parts.unread)]
        domain = by_name.pop("domain")[["start", "stop"]].to_numpy(float) if "domain" in by_name else None
        domain = _observed(path, groups, notes) if domain is None else domain
        session, subject = (_text(file, name, notes) for name in ("session_id", "subject/subject_id"))
    return replace(
        sorted_units,
        session=session or path.stem,
        subject=subject,
        series=parts.series,
        intervals=by_name | {name: table for name, table in parts.intervals.items() if name not in by_name},
        domain=domain,
        paths=(str(path),),
        notes=tuple(notes),
    )


def _with_cells(path: Path, file: Any, recording: Recording) -> Recording:
    """With the regions of imaging as its units, if it has no others."""
    cells, told = regions(path, file)
    if not len(cells):
        return recording
    if len(recording.units):
        told = [f"{len(cells)} regions of imaging are no rows, since the file has units"]
        return replace(recording, notes=(*recording.notes, *told))
    return replace(recording, units=cells, notes=tuple(told))


def _text(file: Any, name: str, notes: list[str]) -> str:
    said = ""
    with optional(notes, name):
        said = text(file["general"][name]) if name in file.get("general", {}) else ""
    return said


def _intervals(path: Path, file: Any, notes: list[str]) -> dict[str, pd.DataFrame]:
    """Tables of intervals in their usual place."""
    by_name: dict[str, pd.DataFrame] = {}
    for name, group in children(file.get("intervals"), notes):
        with optional(notes, name):
            rows, told = intervals(path, group)
            by_name |= {} if rows is None else {name: rows}
            notes += told
    return by_name


def _together(path: Path, file: Any, groups: Sequence[Any], notes: list[str]) -> Recording:
    """Units of all tables: of one that says the same as another once, those in other places if they can be read."""
    read: dict[str, Recording] = {}
    for group in groups:
        name = _dotted(group)
        with nullcontext() if group is groups[0] else optional(notes, name):
            units, spikes, told = _units(path, file, group)
            same = (one for one, other in read.items() if _equal(other.spikes, spikes))
            if first := next(same, ""):
                notes.append(f"{name}: holds the same spikes as {first}{LEFT_OUT}")
            else:
                read[name] = Recording(session=name, spikes=spikes, units=units, notes=tuple(told))
    if len(read) < 2:
        return next(iter(read.values()), Recording(session="", notes=("the file has no units",)))
    counts = ", ".join(f"{name} ({len(one.units)})" for name, one in read.items())
    notes.append(f"units are of several tables, put together: {counts}; column table says which")
    return merge([replace(one, units=one.units.assign(table=name)) for name, one in read.items()])


def _dotted(group: Any) -> str:
    return str(group.name).strip("/").replace("/", ".")


def _equal(one: Spikes, other: Spikes) -> bool:
    pairs = (one.times, other.times), (one.unit, other.unit)
    return len(one) > 0 and all(np.array_equal(*pair) for pair in pairs)


def _units(path: Path, file: Any, group: Any) -> tuple[pd.DataFrame, Spikes, list[str]]:
    """A table of units and all their spikes, sorted by time."""
    units, notes = table(path, group, APART)
    spikes, more = _spikes(path, group, len(units))
    label = next((c for c in LABELS if c in units and units[c].is_unique and units[c].notna().all()), None)
    named, told = labels(units.pop(label) if label else array(path, group["id"]).ravel(), "units")
    units = units.rename(columns={"label": "quality" if "quality" not in units else "label_units"})
    units.insert(0, "label", named if label else [f"unit {name}" for name in named])
    units = with_region(units)
    with optional(more, "units.electrodes"):
        places, further = _places(path, file, group, len(units))
        units = units.assign(**{column: values for column, values in places.items() if column not in units})
        more += further
    return units, spikes, [*notes, *more, *told]


def _spikes(path: Path, group: Any, count: int) -> tuple[Spikes, list[str]]:
    keys = ("spike_times", "spike_times_index")
    if not set(keys) <= set(group):
        return Spikes(np.zeros(0), np.zeros(0, np.int32)), ["units: there are no spike_times"]
    name = _dotted(group)
    times, ends = (vector(path, f"{name}.{key}", array(path, group[key])) for key in keys)
    ends = ends.astype(np.int64)
    counts = np.diff(ends, prepend=0)
    if len(ends) != count or (counts < 0).any() or (ends[-1] if count else 0) != len(times):
        raise DataError(path, f"{name}.spike_times_index", f"does not fit {len(times)} spike times of {count} units")
    return clean_spikes(times, np.repeat(np.arange(count), counts))


def _observed(path: Path, groups: Iterable[Any], notes: list[str]) -> NDArray[np.float64]:
    """(k, 2) seconds in which any unit was observed, where the file says so."""
    observed = np.zeros((0, 2))
    for group in (group for group in groups if "obs_intervals" in group):
        with optional(notes, "units.obs_intervals"):
            spans = array(path, group["obs_intervals"]).astype(float)
            spans = spans[None] if spans.shape == (2,) else spans
            if spans.ndim == 2 and spans.shape[0] == 2 != spans.shape[1]:
                notes.append(f"units.obs_intervals: is {spans.shape}, where each row is a start and a stop; turned")
                spans = spans.T
            if spans.ndim != 2 or spans.shape[1] != 2:
                raise DataError(path, "units.obs_intervals", f"is {spans.shape}, no starts and stops")
            observed = np.concatenate([observed, spans])
    return observed


def _places(path: Path, file: Any, group: Any, count: int) -> tuple[dict[str, Any], list[str]]:
    """Where each unit is: region, x, y, z and group of its first electrode, else of its group."""
    sites = file.get("general/extracellular_ephys/electrodes")
    if "electrodes" in group and sites is not None:
        return _sites(path, group, sites, count)
    if "electrode_group" in group:
        references, notes = rows(np.atleast_1d(group["electrode_group"][()]), count, "units.electrode_group")
        owners = [] if references is None else [file[r] if r else None for r in references.ravel()]
        nowhere = sum(owner is None for owner in owners)
        if len(owners) == count > nowhere:
            regions = decoded(["" if o is None else text(o.attrs.get("location", "")) for o in owners])
            names = decoded(["" if o is None else o.name.rpartition("/")[2] for o in owners])
            notes += [f"units.electrode_group: {nowhere} of {count} units have none"] if nowhere else []
            return {"region": regions, "group": names}, notes
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
            io.write(recording.to_nwb())
        move(unfinished, path)
    except (OSError, ValueError) as error:
        raise DataError(path, "", f"cannot be written ({error})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return path


SPEC = ReaderSpec(title="NWB", patterns=("*.nwb",), accepts=accepts, read=read, write=write, parts={"cells": cells})
