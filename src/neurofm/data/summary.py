"""Parts of what `neurofm info` tells, in plain values fit for JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.series import Series

MOST_NAMES = 12  # told of a series


def counts(table: pd.DataFrame, column: str) -> dict[str, int]:
    """How many rows say what in a column, the commonest first; nothing where the table lacks it."""
    if column not in table:
        return {}
    return {str(name): int(count) for name, count in table[column].value_counts(sort=True).items()}


def spread(rates: NDArray[np.float64]) -> dict[str, float]:
    """The least, the middle and the largest of those that are known; nothing of nothing."""
    rates = rates[np.isfinite(rates)]
    if not len(rates):
        return {}
    low, middle, high = np.quantile(rates, [0.0, 0.5, 1.0])
    return {"min": float(low), "median": float(middle), "max": float(high)}


def about(series: Series) -> dict[str, Any]:
    """How much of what was measured, how densely, and when."""
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
