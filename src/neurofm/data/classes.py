"""Columns of a table that name a few classes."""

from __future__ import annotations

import numpy as np
import pandas as pd

MOST = 32
NUMBERING = ("trial", "id", "index", "number")  # columns that count rows and say nothing of them


def class_names(table: pd.DataFrame | None) -> list[str]:
    """Columns whose values are a few classes, each with several rows; none where there is no table."""
    return [] if table is None else [str(name) for name in table if _is_class(str(name), table[name])]


def _is_class(name: str, column: pd.Series) -> bool:
    if name.lower() in ("start", "stop", *NUMBERING) or "time" in name.lower():
        return False
    values = column.dropna()
    if pd.api.types.is_float_dtype(values) and not np.equal(np.mod(values, 1), 0).all():
        return False
    if pd.api.types.is_object_dtype(values) and not values.map(lambda v: isinstance(v, str | bool | int | float)).all():
        return False
    return 2 <= values.nunique() <= min(MOST, len(values) // 2)
