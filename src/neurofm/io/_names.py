"""Names that a format keeps for itself, or that no file can hold: others stand in for them, and the file says so."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from neurofm.data.recording import Recording
from neurofm.io._rows import REGION

OWN = (
    "", "values", "timestamps", "timestamp_indices_1s", "domain", "start", "end", "absolute_start", "units", "spikes",
    "session", "subject", "device", "brainset",
)  # fmt: skip
SERIES, INTERVALS, UNITS = "series", "intervals", "units"

Names = dict[str, dict[str, str]]  # the true name by the one that stands in, of each kind or table


def plain(recording: Recording) -> tuple[Recording, Names]:
    """The recording with names that a brainsets file can hold, and what these stand for."""
    groups = {name.partition(".")[0] for name in recording.series}
    series = _stand_ins("series", recording.series, OWN, recording.intervals)
    intervals = _stand_ins("intervals", recording.intervals, OWN, groups)
    regions = (
        () if "region" in recording.units else (*REGION, *map(str.lower, REGION))
    )  # a reader calls the first of these `region`
    names = {SERIES: series, INTERVALS: intervals, UNITS: _columns(recording.units, ("id", *regions))}
    names |= {f"columns {name}": _columns(rows, ("end",)) for name, rows in recording.intervals.items()}
    safe = replace(
        recording,
        units=_renamed(recording.units, names[UNITS]),
        series={series.get(name, name): one for name, one in recording.series.items()},
        intervals={
            intervals.get(name, name): _renamed(rows, names[f"columns {name}"])
            for name, rows in recording.intervals.items()
        },
    )
    return safe, {kind: {new: old for old, new in several.items()} for kind, several in names.items() if several}


def named(recording: Recording, text: str) -> Recording:
    """A recording as it was read, with the names that `plain` had taken from it."""
    if not text:
        return recording
    names: Names = json.loads(text)
    series, intervals = names.get(SERIES, {}), names.get(INTERVALS, {})
    tables = {intervals.get(name, name): rows for name, rows in recording.intervals.items()}
    return replace(
        recording,
        units=recording.units.rename(columns=names.get(UNITS, {})),
        series={series.get(name, name): one for name, one in recording.series.items()},
        intervals={name: rows.rename(columns=names.get(f"columns {name}", {})) for name, rows in tables.items()},
    )


def _columns(rows: pd.DataFrame, own: Collection[str]) -> dict[str, str]:
    return _stand_ins("column", map(str, rows), own, ())


def _stand_ins(kind: str, names: Iterable[str], own: Collection[str], others: Collection[str]) -> dict[str, str]:
    """Another name for each that cannot be written as it is."""
    names = list(names)
    free = (f"{kind} {k}" for k in range(10 * len(names) + 10) if f"{kind} {k}" not in names)
    return {name: next(free) for name in names if _clashes(kind, name, own) or name in others}


def _clashes(kind: str, name: str, own: Collection[str]) -> bool:
    parts = [name] if kind == "column" else name.split(".")
    return any(part in own for part in parts) or "/" in name or "\0" in name or not name.strip(". ")


def _renamed(rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The rows under these names, numbers that may be missing as floats."""
    kept: dict[str, Any] = {names.get(str(name), str(name)): _numbers(rows[name]) for name in rows}
    return pd.DataFrame(kept, index=rows.index)


def _numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    nullable = pd.api.types.is_extension_array_dtype(column.dtype) and pd.api.types.is_numeric_dtype(column)
    return column.astype(float) if nullable and column.isna().any() else column
