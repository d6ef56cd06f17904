"""Binned reaching: `.npz` with spike counts, trial, target and hand movement of each bin."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording
from neurofm.data.series import Series, clean_spikes
from neurofm.errors import DataError
from neurofm.io._counts import spread
from neurofm.io._file import ARRAYS, check_size, head
from neurofm.io._rows import left_out, number, row_table, rows, timed
from neurofm.specs import ReaderSpec

NEEDED = ("spike_counts", "trial", "bin_in_trial", "bin_width_s")
MOVEMENT = ("position", "velocity", "acceleration")
GAP = 1.0  # seconds between trials, whose true distance is not in the file
EXACT = 5_000_000  # counts; up to here they are kept as a series too


def accepts(path: Path) -> bool:
    """Whether it is a zip of arrays with counts and trials."""
    if head(path, 2) != b"PK":
        return False
    with zipfile.ZipFile(path) as file:
        return {f"{name}.npy" for name in NEEDED} <= set(file.namelist())


def read(path: Path) -> Recording:
    """Spikes spread evenly inside each bin, movement at the bins' centres, trials a second apart."""
    arrays, unread = _arrays(path)
    counts, width = arrays["spike_counts"], float(arrays["bin_width_s"])
    start = _starts(arrays["trial"], arrays["bin_in_trial"], width)
    spikes, notes = clean_spikes(*spread(counts, start, width))
    notes += [f"spikes are counts in bins of {width * 1000:g} ms, spread evenly inside each bin"]
    notes += [f"trials have no absolute time and were laid out {GAP:g} s apart"]
    series: dict[str, Series] = {}
    for name in MOVEMENT:
        if name in arrays and _blank(arrays[name]):
            notes += [f"{name} is 0 throughout, as where it was not measured, and was left out"]
        elif name in arrays:
            values, told = rows(arrays[name], len(start), name)
            notes += told
            if values is not None:
                one, more = timed(start + width / 2, values, ("x",), "", name)
                series |= {} if one is None else {name: one}
                notes += more
    labels = [f"unit {k}" for k in range(counts.shape[1])]
    if counts.size <= EXACT:
        series["counts"] = Series(start + width / 2, counts.astype(np.float32), tuple(labels), "spikes per bin")
    return Recording(
        session=path.stem,
        spikes=spikes,
        units=pd.DataFrame({"label": labels}),
        series=series,
        intervals={"trials": _trials(arrays, start, width)},
        domain=np.stack([start, start + width * (1 + 1e-9)], 1),  # so that neighbouring bins touch
        paths=(str(path),),
        notes=(*notes, *left_out(unread)),
    )


def _arrays(path: Path) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """The arrays that we know, those of a value each bin as vectors, and the names of the others."""
    with zipfile.ZipFile(path) as file:
        for item in file.infolist():
            check_size(path, item.filename, item.file_size, item.compress_size)
    with np.load(path, allow_pickle=False) as stored:
        missing = [name for name in NEEDED if name not in stored.files]
        if missing:
            raise DataError(path, missing[0], f"is missing; binned reaching needs {', '.join(NEEDED)}; else {ARRAYS}")
        arrays = {name: stored[name] for name in (*NEEDED, "target", *MOVEMENT) if name in stored.files}
        unread = [name for name in stored.files if name not in arrays]
    if arrays["spike_counts"].ndim != 2 or arrays["spike_counts"].dtype.kind not in "iu":
        raise DataError(path, "spike_counts", f"must be whole numbers (bin, unit), got {arrays['spike_counts'].shape}")
    bins = len(arrays["spike_counts"])
    for name in {"trial", "bin_in_trial", "target"} & set(arrays):
        column, _ = rows(arrays[name], bins, name)
        if column is None or column.ndim > 1:
            raise DataError(
                path, name, f"has shape {arrays[name].shape}, where one value for each of {bins} bins is needed"
            )
        arrays[name] = column
    arrays["bin_width_s"] = np.array(number(path, "bin_width_s", arrays["bin_width_s"]))
    if arrays["spike_counts"].size and arrays["spike_counts"].min() < 0:
        raise DataError(path, "spike_counts", "is negative somewhere")
    if not arrays["bin_width_s"] > 0:
        raise DataError(path, "bin_width_s", f"must be a positive number, got {arrays['bin_width_s']}")
    return arrays, unread


def _starts(trial: NDArray[Any], place: NDArray[Any], width: float) -> NDArray[np.float64]:
    """(bin,) seconds: trials in file order, each bin where it was in its trial."""
    first = np.flatnonzero(np.r_[True, trial[1:] != trial[:-1]][: len(trial)])
    own = place - np.repeat(place[first], np.diff(np.r_[first, len(trial)]))
    length = np.maximum.reduceat(own, first) + 1 if len(first) else first
    begin = np.r_[0.0, np.cumsum(length * width + GAP)[:-1]] if len(first) else np.zeros(0)
    return np.repeat(begin, np.diff(np.r_[first, len(trial)])) + own * width


def _trials(arrays: Mapping[str, NDArray[Any]], start: NDArray[np.float64], width: float) -> pd.DataFrame:
    columns = {"start": start, "stop": start + width, "trial": arrays["trial"]}
    columns |= {"target": arrays["target"]} if "target" in arrays else {}
    table, _ = row_table(columns, len(start), "trials")
    run = (table["trial"] != table["trial"].shift()).cumsum()
    how = {name: "max" if name == "stop" else "first" for name in columns}
    return table.groupby(run, sort=False).agg(how).reset_index(drop=True)


def _blank(values: NDArray[Any]) -> bool:
    return values.dtype.kind in "iuf" and values.size > 0 and not values.any()


SPEC = ReaderSpec(title="Binned reaching", patterns=("*.npz",), accepts=accepts, read=read)
