"""Recordings that another library has already opened, known by what they can do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurofm.data.recording import Recording
from neurofm.data.series import clean_spikes
from neurofm.data.source import Source
from neurofm.errors import DataError
from neurofm.io import _readers
from neurofm.io._graph_objects import graph_of
from neurofm.io._origin import remember
from neurofm.io._pose_objects import tracks_of
from neurofm.io._rows import events, row_table, timed, with_region
from neurofm.io._sorted_objects import sorted_of


def read_object(thing: Any) -> Source:
    """A pynapple object, an NWBFile, a neo Block or a SpikeInterface sorting as a recording, poses of movement or
    sleap-io as tracks, graphs of networkx, torch_geometric or AnnData; a source as it is.

    Raises
    ------
    TypeError
        If it is none of them.
    """
    if isinstance(thing, Source):
        return thing
    source = getattr(thing, "container_source", None)
    if hasattr(thing, "session_start_time") and source:
        if thing.modified:
            raise DataError(source, "", "was changed since it was opened; write the NWBFile first, then read the file")
        return remember(_readers.parse("nwb", Path(source).absolute()), source, "")
    tracks = tracks_of(thing)
    if tracks is not None:
        return tracks
    graph = graph_of(thing)
    if graph is not None:
        return graph
    recording = sorted_of(thing)
    if recording is not None:
        return recording
    if hasattr(thing, "time_support") and hasattr(thing, "keys"):
        return _group(thing)
    if hasattr(thing, "time_support") and hasattr(thing, "t"):
        return _series(thing) if hasattr(thing, "values") else _events(thing)
    kind = f"{type(thing).__module__}.{type(thing).__qualname__}"
    raise TypeError(
        f"cannot read a {kind}; give a path, a pynapple TsGroup or Tsd, an NWBFile read from a "
        "file, a neo Block or Segment, a SpikeInterface sorting, a movement Dataset, sleap-io Labels, "
        "or a graph of networkx, torch_geometric or AnnData"
    )


def _group(thing: Any) -> Recording:
    """Spike trains by name, with their metadata as columns."""
    names = list(thing.keys())
    trains = [np.asarray(thing[name].t, float) for name in names]
    spikes, notes = clean_spikes(np.concatenate([*trains, []]), np.repeat(range(len(names)), [len(t) for t in trains]))
    units = pd.DataFrame({"label": [f"unit {name}" for name in names]})
    metadata = getattr(thing, "metadata", None)
    if isinstance(metadata, pd.DataFrame):
        chosen = metadata.loc[names]
        columns = {str(key): chosen[key].to_numpy() for key in chosen if key != "label"}
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
