"""What a recording is, in a few numbers: what `neurofm info` tells."""

from __future__ import annotations

from typing import Any

import numpy as np

from neurofm.data import spans
from neurofm.data.recording import Recording

MOST_NAMES = 12  # told of a series


def summary(recording: Recording) -> dict[str, Any]:
    """Plain values (fit for JSON): what it is, ids, spans, units, series, gaps and warnings."""
    return {
        "path": "+".join(recording.paths),
        "kind": "recording",
        "session": recording.session,
        "subject": recording.subject,
        "units": len(recording.units),
        "spikes": len(recording.spikes),
        "regions": _counts(recording, "region"),
        "start_s": recording.start,
        "stop_s": recording.stop,
        "duration_s": spans.duration(recording.domain) if len(recording.domain) else 0.0,
        "spans": len(recording.domain),
        "rate_hz": _rates(recording),
        "series": {name: _series(series) for name, series in recording.series.items()},
        "intervals": {name: len(table) for name, table in recording.intervals.items()},
        "gaps": {name: recording.gaps(name).tolist() for name in recording.series if len(recording.gaps(name))},
        "warnings": recording.warnings(),
    }


def _counts(recording: Recording, column: str) -> dict[str, int]:
    if column not in recording.units:
        return {}
    return {str(name): int(count) for name, count in recording.units[column].value_counts(sort=True).items()}


def _rates(recording: Recording) -> dict[str, float]:
    """Quantiles of the units' rates."""
    if recording.units.empty:
        return {}
    low, middle, high = np.quantile(recording.rates(), [0.0, 0.5, 1.0])
    return {"min": float(low), "median": float(middle), "max": float(high)}


def _series(series: Any) -> dict[str, Any]:
    step = np.diff(series.times)
    return {
        "samples": len(series.times),
        "features": len(series.names),
        "names": list(series.names[:MOST_NAMES]),
        "unit": series.unit,
        "rate_hz": float(1 / np.median(step)) if len(step) else None,
        "start_s": float(series.times[0]) if len(series.times) else None,
        "stop_s": float(series.times[-1]) if len(series.times) else None,
    }
