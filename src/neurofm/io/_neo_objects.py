"""Blocks and segments of neo, known by what they can do: spike trains, signals, epochs and events on one clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import TRIALS, Recording
from neurofm.data.series import Series, clean_series, clean_spikes
from neurofm.errors import DataError
from neurofm.io._foreign import table_of, values_of
from neurofm.io._rows import events, row_table, with_region
from neurofm.io._seconds import in_seconds

UNKNOWN = ("nix_name", "neo_name")  # annotations that a file's format adds


def recording_of(thing: Any, edges: NDArray[np.float64] | None = None) -> Recording | None:
    """A recording of a Block, whose segments follow each other in time, or of one Segment; None of anything else.

    Parameters
    ----------
    edges : (segment, 2) s of what was recorded, where more was than is in the segments

    Raises
    ------
    DataError
        If segments lie over each other.
    """
    segments = getattr(thing, "segments", None) or ([thing] if hasattr(thing, "spiketrains") else [])
    if not segments or not all(hasattr(segment, "spiketrains") for segment in segments):
        return None
    edges = edges_of(segments) if edges is None else edges
    if (edges[1:, 0] < edges[:-1, 1]).any():
        problem = "lie over each other in time; give one of them, neurofm.recording(block.segments[0])"
        raise DataError(thing.name or "Block", "segments", problem)
    trains = [train for segment in segments for train in segment.spiketrains]
    labels, units, spikes, notes = _trains(trains)
    series, more = _signals([s for g in segments for s in (*g.analogsignals, *g.irregularlysampledsignals)])
    tables = _tables([*(e for segment in segments for e in (*segment.epochs, *segment.events))])
    if len(segments) > 1 and TRIALS not in tables:
        tables[TRIALS] = pd.DataFrame(edges, columns=["start", "stop"])
    return Recording(
        session=thing.name or "recording", spikes=spikes, units=with_region(units.assign(label=labels)), series=series,
        intervals=tables, domain=edges, notes=(*notes, *more),
    )  # fmt: skip


def edges_of(segments: Sequence[Any]) -> NDArray[np.float64]:
    """(segment, 2) s at which each starts and stops."""
    return np.array([[float(in_seconds("segments", t)) for t in (s.t_start, s.t_stop)] for s in segments])


def label_of(train: Any) -> str:
    """What a spike train is called; "" if nothing."""
    return str(getattr(train, "name", "") or "")


def _trains(trains: Sequence[Any]) -> tuple[list[str], pd.DataFrame, Any, list[str]]:
    """Labels, table and spikes; trains of one name are one unit."""
    named: dict[str, list[Any]] = {}
    for k, train in enumerate(trains):
        named.setdefault(label_of(train) or f"unit {k}", []).append(train)
    times = [np.concatenate([in_seconds(label, train) for train in same]) for label, same in named.items()]
    row = np.repeat(np.arange(len(times)), [len(t) for t in times])
    spikes, notes = clean_spikes(np.concatenate([*times, np.zeros(0)]), row)
    told = [{k: v for k, v in same[0].annotations.items() if k not in UNKNOWN} for same in named.values()]
    columns = {str(k): [one.get(k) for one in told] for k in dict.fromkeys(k for one in told for k in one)}
    table, more = row_table({k: np.array(v) for k, v in columns.items() if k != "label"}, len(named), "units")
    return list(named), table, spikes, [*notes, *more]


def _signals(signals: Iterable[Any]) -> tuple[dict[str, Series], list[str]]:
    """By name; those of one name follow each other."""
    named: dict[str, list[Any]] = {}
    for signal in signals:
        named.setdefault(label_of(signal) or "signal", []).append(values_of("signal", signal))
    series, notes = {}, []
    for name, parts in named.items():
        times = np.concatenate([in_seconds(name, part.times) for part in parts])
        values = np.concatenate([part.values for part in parts])
        series[name], more = clean_series(times, values, parts[0].names, parts[0].unit, name)
        notes += more
    return series, notes


def _tables(epochs: Iterable[Any]) -> dict[str, pd.DataFrame]:
    """Intervals by name: epochs, and events, which start and stop at once."""
    named: dict[str, list[pd.DataFrame]] = {}
    for epoch in (epoch for epoch in epochs if len(epoch)):
        if hasattr(epoch, "durations"):
            name, table = label_of(epoch) or "epochs", table_of(epoch)
        else:
            name = label_of(epoch) or "events"
            table, _ = events(in_seconds(name, epoch), name, {"label": np.array(epoch.labels)})
        named.setdefault(name, []).append(table)
    return {name: pd.concat(parts, ignore_index=True) for name, parts in named.items()}
