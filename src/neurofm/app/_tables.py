"""What is known of each thing in each space: its name and its columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.ids import Ids, pack, seconds, unpack
from neurofm.data.recording import Recording
from neurofm.data.series import Series

Numbered = Mapping[int, Recording]


def units(recordings: Numbered) -> pd.DataFrame:
    """A row per unit of all recordings, indexed by id."""
    tables = []
    for number, recording in recordings.items():
        table = recording.units.assign(session=recording.session, subject=recording.subject, rate=recording.rates())
        tables.append(_indexed(table.assign(label=recording.unit_names), number))
    return _joined(tables, ["label", "session", "subject", "rate"])


def trials(recordings: Numbered) -> pd.DataFrame:
    """A row per trial, indexed by id."""
    tables = []
    for number, recording in recordings.items():
        table = recording.intervals.get("trials")
        if table is not None:
            label = [f"{recording.session}/trial {k}" for k in range(len(table))]
            table = table.assign(label=label, session=recording.session, duration=table["stop"] - table["start"])
            tables.append(_indexed(table, number))
    return _joined(tables, ["label", "session", "start", "stop"])


def sessions(recordings: Numbered) -> pd.DataFrame:
    """A row per recording, indexed by id."""
    rows = [{"label": r.session, "session": r.session, "subject": r.subject} for r in recordings.values()]
    return pd.DataFrame(rows, index=pack(list(recordings), 0), columns=["label", "session", "subject"])


def look_up(table: pd.DataFrame, column: str, ids: Ids) -> NDArray[Any]:
    """(id,) values of one column; NaN for ids that are not in the table."""
    return table[column].reindex(ids).to_numpy()


def of_moments(recordings: Numbered, column: str, ids: Ids) -> NDArray[Any]:
    """(id,) values of "time", "session", "trial", "speed", "direction" or "series.feature" at moments.

    Raises
    ------
    LookupError
        If no recording has such a column.
    """
    number, local = unpack(ids)
    wordy = column in ("session", "subject")
    found: NDArray[Any] = np.full(len(ids), "", object) if wordy else np.full(len(ids), np.nan)
    known = False
    for n, recording in recordings.items():
        here = number == n
        if not here.any():
            continue
        values = _at(recording, column, seconds(local[here], recording.start))
        if values is not None:
            found[here], known = values, True
    if not known and len(ids):
        raise LookupError(f"no recording has '{column}' for moments; try time, session, speed or a series")
    return found


def moment_columns(recordings: Numbered) -> list[str]:
    """What moments can be coloured by."""
    series = {f"{name}.{f}" for r in recordings.values() for name, s in r.series.items() for f in s.names}
    moving = ["speed", "direction"] if any(_plane(r) for r in recordings.values()) else []
    trial = ["trial"] if any("trials" in r.intervals for r in recordings.values()) else []
    return ["time", "session", *trial, *moving, *sorted(series)]


def _at(recording: Recording, column: str, times: NDArray[np.float64]) -> Any:
    if column in ("session", "subject"):
        return getattr(recording, column)
    if column == "time":
        return times
    if column == "trial":
        return _trial(recording, times)
    if column in ("speed", "direction"):
        return _motion(recording, column, times)
    name, _, feature = column.rpartition(".")
    series = recording.series.get(name)
    if series is None or feature not in series.names:
        return None
    return _measured(series, times)[:, series.names.index(feature)]


def _measured(series: Series, times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values at moments, which stand for times only to the microsecond, so that the first and last sample count."""
    if not len(series.times):
        return np.full((len(times), len(series.names)), np.nan)
    near = np.clip(times, series.times[0], series.times[-1])
    return np.where(np.abs(near - times)[:, None] < 1e-6, series.at(near), np.nan)


def _trial(recording: Recording, times: NDArray[np.float64]) -> NDArray[np.float64] | None:
    table = recording.intervals.get("trials")
    if table is None or not len(table):
        return None
    order = np.argsort(table["start"].to_numpy(), kind="stable")
    place = np.searchsorted(table["start"].to_numpy()[order], times, "right") - 1
    row = order[np.maximum(place, 0)]
    return np.where((place >= 0) & (times < table["stop"].to_numpy()[row]), row, np.nan)


def _motion(recording: Recording, column: str, times: NDArray[np.float64]) -> NDArray[np.float64] | None:
    plane = _plane(recording)
    if plane is None or len(plane[1].times) < 2:
        return None
    name, series = plane
    velocity = series.values[:, :2] if "vel" in name else np.gradient(series.values[:, :2], series.times, axis=0)
    vx, vy = _measured(Series(series.times, velocity, ("x", "y")), times).T
    return np.hypot(vx, vy) if column == "speed" else np.arctan2(vy, vx)


def _plane(recording: Recording) -> tuple[str, Series] | None:
    """The first series that moves in two dimensions, velocity before position."""
    found = [(name, s) for name, s in recording.series.items() if len(s.names) >= 2]
    return min(found, key=lambda item: "vel" not in item[0], default=None)


def _indexed(table: pd.DataFrame, number: int) -> pd.DataFrame:
    return table.set_axis(pd.Index(pack(number, np.arange(len(table)))), axis=0)


def _joined(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame(columns=columns, index=pd.Index([], dtype=np.int64))
    return pd.concat(tables)
