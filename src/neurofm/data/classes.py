"""Columns of a table that name a few classes; one that is written as a number here and as a word there is one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

MOST = 32
WHOLE = re.compile(r"(-?(?:0|[1-9]\d*))(?:\.0*)?")  # a whole number as people write it
NUMBERING = ("trial", "id", "index", "number")  # columns that count rows and say nothing of them


def class_names(table: pd.DataFrame | None) -> list[str]:
    """Columns whose values are a few classes, each with several rows; none where there is no table."""
    return [] if table is None else [str(name) for name in table if _is_class(str(name), table[name])]


def word(value: object) -> str:
    """A class as people write it: 3, whether a file holds 3, 3.0 or "3.0"."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    said = str(value).strip()
    whole = WHOLE.fullmatch(said)
    return whole[1] if whole else said


def words(values: ArrayLike) -> NDArray[Any]:
    """(value,) each as people write it, "" where there is none."""
    codes, different = pd.factorize(np.asarray(values, object).ravel())
    return np.array([*map(word, different), ""], object)[codes]


def in_order(names: Iterable[str]) -> list[str]:
    """Names of classes, each once: by their numbers where all are whole numbers, else by the alphabet."""
    different = set(names)
    numbers = all(WHOLE.fullmatch(name) for name in different)
    return sorted(different, key=lambda name: (int(name) if numbers else 0, name))


def _is_class(name: str, column: pd.Series) -> bool:
    if name.lower() in ("start", "stop", *NUMBERING) or "time" in name.lower():
        return False
    values = column.dropna()
    if pd.api.types.is_float_dtype(values) and not np.equal(np.mod(values, 1), 0).all():
        return False
    if pd.api.types.is_object_dtype(values) and not values.map(lambda v: isinstance(v, str | bool | int | float)).all():
        return False
    return 2 <= len(set(map(word, values.unique()))) <= min(MOST, len(values) // 2)
