"""Blocks and segments of neo, known by what they can do: spike trains, signals, epochs and events on one clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import TRIALS, Recording
from neurofm.data.series import Series, Spikes, clean_series, clean_spikes
from neurofm.errors import DataError
from neurofm.io._foreign import channels, table_of
from neurofm.io._rows import events, labels, row_table, with_region
from neurofm.io._seconds import in_seconds, magnitude, unit_of

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
    given = getattr(thing, "segments", None) or ([thing] if hasattr(thing, "spiketrains") else [])
    if not given or not all(hasattr(segment, "spiketrains") for segment in given):
        return None
    segments = [segment for segment in given if edges is not None or segment.t_start is not None]
    empty = len(given) - len(segments)
    edges = edges_of(segments) if edges is None else edges
    if (edges[1:, 0] < edges[:-1, 1]).any():
        problem = "lie over each other in time; give one of them, neurofm.recording(block.segments[0])"
        raise DataError(thing.name or "Block", "segments", problem)
    units, spikes, notes = _trains([segment.spiketrains for segment in segments])
    series, more = _signals([(*g.analogsignals, *g.irregularlysampledsignals) for g in segments])
    tables = _tables([*(e for segment in segments for e in (*segment.epochs, *segment.events))])
    if len(segments) > 1 and TRIALS not in tables:
        tables[TRIALS] = pd.DataFrame(edges, columns=["start", "stop"])
    told = [f"{empty} of {len(given)} segments hold nothing and were left out"] if empty else []
    return Recording(
        session=thing.name or "recording", spikes=spikes, units=with_region(units), series=series, intervals=tables,
        domain=edges, notes=(*told, *notes, *more),
    )  # fmt: skip


def edges_of(segments: Sequence[Any]) -> NDArray[np.float64]:
    """(segment, 2) s at which each starts and stops."""
    ends = [[float(in_seconds("segments", t)) for t in (s.t_start, s.t_stop)] for s in segments]
    return np.array(ends, float).reshape(-1, 2)


def label_of(train: Any) -> str:
    """What a spike train is called; "" if nothing."""
    return str(getattr(train, "name", "") or "")


def _trains(segments: Sequence[Sequence[Any]]) -> tuple[pd.DataFrame, Spikes, list[str]]:
    """Units and their spikes: trains of one name in several segments are one unit, and those without one by place."""
    same: dict[tuple[str, int], list[Any]] = {}
    for trains in segments:
        names = Counter[str]()
        for k, train in enumerate(trains):
            name = label_of(train)
            same.setdefault((name, names[name] if name else k), []).append(train)
            names[name] += 1
    own, notes = labels([name or f"unit {k}" for name, k in same], "units")
    if len(segments) > 1 and any(not name for name, _ in same):
        notes.append("units: trains without a name were taken for one unit where they have one place in their segments")
    times = [np.concatenate([in_seconds(label, train) for train in one]) for label, one in zip(own, same.values())]
    row = np.repeat(np.arange(len(times)), [len(t) for t in times])
    spikes, mended = clean_spikes(np.concatenate([*times, np.zeros(0)]), row)
    told = [{k: v for k, v in one[0].annotations.items() if k not in UNKNOWN} for one in same.values()]
    columns = {str(k): [one.get(k) for one in told] for k in dict.fromkeys(k for one in told for k in one)}
    table, more = row_table({k: np.array(v) for k, v in columns.items() if k != "label"}, len(same), "units")
    return table.assign(label=pd.Series(own, dtype=str)), spikes, [*notes, *mended, *more]


def _signals(segments: Sequence[Sequence[Any]]) -> tuple[dict[str, Series], list[str]]:
    """By name; those of one name, width and kind of unit follow each other from segment to segment."""
    joined: list[list[Any]] = []
    for signals in segments:
        before = list(joined)
        for signal in signals:
            parts = next((parts for parts in before if _follows(signal, parts[-1])), None)
            if parts is None:
                joined.append([signal])
            else:
                parts.append(signal.rescale(parts[0].units))
                before = [one for one in before if one is not parts]
    names, repeat = labels([label_of(parts[0]) or "signal" for parts in joined], "signals")
    notes = ["signals: those that share a name, and do not continue one another, were numbered"] if repeat else []
    series = {}
    for name, parts in zip(names, joined):
        times = np.concatenate([in_seconds(name, part.times) for part in parts])
        values = np.concatenate([magnitude(part) for part in parts])
        series[name], more = clean_series(times, values, channels(parts[0]), unit_of(parts[0]), name)
        notes += more
    return series, notes


def _follows(signal: Any, before: Any) -> bool:
    """Whether it continues a signal of an earlier segment."""
    alike = label_of(signal) == label_of(before) and signal.shape[1:] == before.shape[1:]
    return alike and signal.dimensionality.simplified == before.dimensionality.simplified


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
