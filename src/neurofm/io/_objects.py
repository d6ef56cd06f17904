"""Recordings that another library has already opened, known by what they can do."""

from __future__ import annotations

import copy
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurofm.data.libraries import library
from neurofm.data.outward import RATE
from neurofm.data.recording import Recording
from neurofm.data.series import clean_spikes
from neurofm.data.source import Source
from neurofm.io import _readers
from neurofm.io._dataset_object import of_dataset
from neurofm.io._graph_objects import graph_of
from neurofm.io._neo_objects import recording_of
from neurofm.io._origin import remember
from neurofm.io._pose_objects import tracks_of
from neurofm.io._rows import events, row_table, timed, with_region
from neurofm.io._sorted_objects import sorted_of


def read_object(thing: Any) -> Source:
    """A recording of an object of pynapple, an NWBFile, a Block of neo or a sorting of SpikeInterface, tracks of poses
    of movement or sleap-io, and graphs of networkx, torch_geometric or AnnData; a source as it is.

    Raises
    ------
    TypeError
        If it is none of them.
    """
    if isinstance(thing, Source):
        return thing
    if hasattr(thing, "session_start_time") and hasattr(thing, "container_source"):
        return _nwb(thing)
    recording = recording_of(thing) or sorted_of(thing) or of_dataset(thing)
    if recording is not None:
        return recording
    tracks = tracks_of(thing)
    if tracks is not None:
        return tracks
    graph = graph_of(thing)
    if graph is not None:
        return graph
    if hasattr(thing, "time_support") and hasattr(thing, "keys"):
        return _group(thing)
    if hasattr(thing, "time_support") and hasattr(thing, "t"):
        return _series(thing) if hasattr(thing, "values") else _events(thing)
    kind = f"{type(thing).__module__}.{type(thing).__qualname__}".removeprefix("builtins.")
    raise TypeError(
        f"cannot read a {kind}; give a path, a pynapple TsGroup or Tsd, an NWBFile, a neo Block, a SpikeInterface "
        "sorting, a movement Dataset, sleap-io Labels, or a graph of networkx, torch_geometric or AnnData; arrays "
        "become one by neurofm.recording(spikes=...) or neurofm.recording(counts=..., dt=...)"
    )


def _nwb(thing: Any) -> Source:
    """What its file holds, or of one that is in memory, or was changed since, what a file of it would hold."""
    source = thing.container_source
    if source and not thing.modified:
        return remember(_readers.parse("nwb", Path(source).absolute()), source, "")
    pynwb = library("pynwb")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.nwb"
        with pynwb.NWBHDF5IO(str(path), "w") as file:
            if source:
                file.export(src_io=thing.read_io, nwbfile=thing, write_args={"link_data": False})
            else:
                file.write(copy.deepcopy(thing))  # so that it can still be written anywhere
        return replace(_readers.parse("nwb", path), paths=())  # type: ignore[type-var]


def _group(thing: Any) -> Recording:
    """Spike trains by name, with their metadata as columns; a column `label` is their names."""
    names = list(thing.keys())
    trains = [np.asarray(thing[name].t, float) for name in names]
    spikes, notes = clean_spikes(np.concatenate([*trains, []]), np.repeat(range(len(names)), [len(t) for t in trains]))
    units = pd.DataFrame({"label": [name if isinstance(name, str) else f"unit {name}" for name in names]})
    metadata = getattr(thing, "metadata", None)
    if isinstance(metadata, pd.DataFrame):
        chosen = metadata.loc[names]
        if "label" in chosen and chosen["label"].is_unique:
            units["label"] = chosen["label"].astype(str).to_numpy()
        kept = {str(key): chosen[key].to_numpy() for key in chosen if key not in ("label", "rate")}
        columns = {"rate" if key == RATE else key: values for key, values in kept.items()}
        told, more = row_table(columns, len(names), "units")
        units, notes = with_region(units.join(told)), [*notes, *more]
    return Recording(session="recording", spikes=spikes, units=units, domain=_domain(thing), notes=tuple(notes))


def _events(thing: Any) -> Recording:
    """Moments without values."""
    table, notes = events(thing.t, "events")
    return Recording(session="recording", intervals={"events": table}, domain=_domain(thing), notes=tuple(notes))


def _series(thing: Any) -> Recording:
    names = tuple(str(name) for name in getattr(thing, "columns", ()))
    series, notes = timed(thing.t, np.asarray(thing.values), names, label="series")
    by_name = {} if series is None else {"series": series}
    return Recording(session="recording", series=by_name, domain=_domain(thing), notes=tuple(notes))


def _domain(thing: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    support = thing.time_support
    return np.stack([np.asarray(support.start, float), np.asarray(support.end, float)], 1)
