"""Sortings of SpikeInterface, known by what they can do, as recordings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from neurofm.data.recording import Recording
from neurofm.data.series import clean_spikes
from neurofm.errors import DataError
from neurofm.io._rows import row_table, with_region


def sorted_of(thing: Any) -> Recording | None:
    """A SpikeInterface sorting or analyzer as a recording; None of anything else.

    Raises
    ------
    DataError
        If it has several segments, or no sampling rate.
    """
    sorting = getattr(thing, "sorting", thing)
    if hasattr(sorting, "get_unit_spike_train") and hasattr(sorting, "get_sampling_frequency"):
        return _sorting(sorting)
    return None


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
