"""Blocks and segments of neo, and sortings of SpikeInterface, known by what they can do, as recordings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from neurofm.data.recording import Recording
from neurofm.data.series import Series, clean_spikes
from neurofm.errors import DataError
from neurofm.io._rows import events, left_out, row_table, timed, with_region

WIDEST, FASTEST = 12, 2000.0  # channels, and samples a second, of a signal that can be behaviour
PLAIN = (str, int, float, bool, np.number)


def sorted_of(thing: Any) -> Recording | None:
    """A neo Block or Segment, or a SpikeInterface sorting or analyzer, as a recording; None of anything else.

    Raises
    ------
    DataError
        If a block has several segments, or a sorting no sampling rate.
    """
    if hasattr(thing, "segments") and hasattr(thing, "groups"):
        return _block(thing)
    if hasattr(thing, "spiketrains") and hasattr(thing, "analogsignals"):
        return _segment(thing, "segment")
    sorting = getattr(thing, "sorting", thing)
    if hasattr(sorting, "get_unit_spike_train") and hasattr(sorting, "get_sampling_frequency"):
        return _sorting(sorting)
    return None


def _block(block: Any) -> Recording:
    if len(block.segments) != 1:
        problem = f"has {len(block.segments)} segments; give one of them: neurofm.read(block.segments[0])"
        raise DataError(block.file_origin or block.name or "block", "segments", problem)
    return _segment(block.segments[0], block.name or "block")


def _segment(segment: Any, name: str) -> Recording:
    """Trains are units, events and epochs intervals, slow signals behaviour; times are seconds."""
    trains = [train.load() if hasattr(train, "load") else train for train in segment.spiketrains]
    times = [np.asarray(train.times.rescale("s").magnitude, float) for train in trains]
    spikes, notes = clean_spikes(np.concatenate([*times, []]), np.repeat(range(len(times)), [len(t) for t in times]))
    units, more = _units([train.name for train in trains], [dict(train.annotations) for train in trains])
    intervals, told = _intervals(segment)
    series, further = _signals(segment)
    return Recording(
        session=segment.name or name, spikes=spikes, units=units, series=series, intervals=intervals,
        notes=(*notes, *more, *told, *further),
    )  # fmt: skip


def _units(names: Sequence[Any], known: Sequence[dict[str, Any]]) -> tuple[pd.DataFrame, list[str]]:
    """A row per train: its name where that is its own, and the plain values that are told of all."""
    labels = [str(name) if name else f"unit {k}" for k, name in enumerate(names)]
    labels = labels if len(set(labels)) == len(labels) else [f"unit {k}" for k in range(len(labels))]
    keys = [key for key in (known[0] if known else {}) if all(isinstance(one.get(key), PLAIN) for one in known)]
    table, notes = row_table({key: np.array([one[key] for one in known]) for key in keys}, len(labels), "units")
    table = table.drop(columns="label", errors="ignore")
    return with_region(pd.DataFrame({"label": pd.Series(labels, dtype=str)}).join(table)), notes


def _intervals(segment: Any) -> tuple[dict[str, pd.DataFrame], list[str]]:
    intervals: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    for k, one in enumerate((*segment.events, *segment.epochs)):
        one = one.load() if hasattr(one, "load") else one
        name = one.name if one.name and one.name not in intervals else f"events {k}"
        times, labels = one.times.rescale("s").magnitude, np.asarray(one.labels).astype(str)
        table, told = events(times, name, {"value": labels} if len(labels) == len(times) else {})
        if hasattr(one, "durations") and len(table) == len(times):
            table["stop"] = table["start"] + np.asarray(one.durations.rescale("s").magnitude, float)
        intervals |= {name: table} if len(table) else {}
        notes += told
    return intervals, notes


def _signals(segment: Any) -> tuple[dict[str, Series], list[str]]:
    series: dict[str, Series] = {}
    fast, notes = list[str](), list[str]()
    for k, signal in enumerate(segment.analogsignals):
        name = signal.name or f"signal {k}"
        if signal.shape[1] > WIDEST or float(signal.sampling_rate.rescale("Hz")) > FASTEST:
            fast.append(f"{name} (raw)")
            continue
        signal = signal.load() if hasattr(signal, "load") else signal
        seconds = signal.times.rescale("s").magnitude
        one, told = timed(seconds, signal.magnitude, (), signal.dimensionality.string, name)
        series |= {} if one is None else {name: one}
        notes += told
    return series, [*notes, *left_out(fast)]


def _sorting(sorting: Any) -> Recording:
    rate = float(sorting.get_sampling_frequency())
    if sorting.get_num_segments() != 1:
        problem = f"has {sorting.get_num_segments()} segments; choose one: sorting.select_segments([0])"
        raise DataError("sorting", "segments", problem)
    if not 0 < rate < np.inf:
        raise DataError("sorting", "sampling_frequency", f"must be samples a second above 0, got {rate:g}")
    ids = list(sorting.unit_ids)
    trains = [np.asarray(sorting.get_unit_spike_train(one, return_times=True), float) for one in ids]
    spikes, notes = clean_spikes(np.concatenate([*trains, []]), np.repeat(range(len(ids)), [len(t) for t in trains]))
    known = {key: np.asarray(sorting.get_property(key)) for key in sorting.get_property_keys()}
    table, more = row_table({key: v for key, v in known.items() if key != "label"}, len(ids), "units")
    labels = [one if isinstance(one, str) else f"unit {one}" for one in ids]
    units = with_region(pd.DataFrame({"label": pd.Series(labels, dtype=str)}).join(table))
    return Recording(session="sorting", spikes=spikes, units=units, notes=(*notes, *more))
