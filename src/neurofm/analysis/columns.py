"""Units compared by columns of their tables: where they lie, and how their spikes look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.analysis.animals import Animal, Prepared
from neurofm.analysis.cells import Step, silent
from neurofm.analysis.profiles import squared
from neurofm.errors import DataError

POSITION = ("depth", "x", "y", "z")
WAVEFORM = (
    "peakToTrough", "waveform_duration", "waveform_halfwidth", "PT_ratio", "repolarization_slope", "recovery_slope",
    "spread", "velocity_above", "velocity_below", "amps", "amplitude",
)  # fmt: skip
Floats = NDArray[np.float32]


class Columns:
    """Mean squared difference of columns; nothing is drawn, so that halves tell nothing."""

    conditions: Mapping[str, int] = {}
    told: Mapping[str, Any] = {}

    def __init__(self, names: Sequence[str], values: Sequence[NDArray[np.float64]], notes: Sequence[str] = ()) -> None:
        self.features, self.notes = tuple(names), tuple(notes)
        self._known: list[NDArray[np.bool_]] = [np.asarray(np.isfinite(rows).all(1)) for rows in values]
        self._rows = [np.nan_to_num(rows, posinf=0, neginf=0).astype(np.float32) for rows in values]

    def profile(self, k: int) -> Floats:
        return self._rows[k]

    def whole(self, i: int, j: int) -> Floats:
        return squared(self._rows[i], self._rows[j])

    def halves(self, k: int, seed: int) -> None:
        return None

    def used(self, k: int) -> NDArray[np.bool_]:
        return self._known[k]


def by_columns(
    animals: Sequence[Animal], *, columns: Sequence[str], what: str, alike: bool, seed: int = 0, step: Step = silent
) -> Prepared:
    """Animals whose units have some of the columns.

    Parameters
    ----------
    columns : that may be known
    what : the word for them
    alike : whether they are of one scale; else each is divided by its standard deviation over all units

    Raises
    ------
    DataError
        If the animals share none of them.
    """
    tables = [_table(animal) for animal in animals]
    shared = [name for name in columns if all(_known(table, name) for table in tables)]
    if not shared:
        raise DataError(animals[0].label, "units", f"have no {what} that all animals have; match by what they do")
    values = [table[shared].to_numpy(float) for table in tables]
    if not alike:
        every = np.concatenate(values)
        spread = np.nanstd(every, axis=0)
        values = [(rows - np.nanmean(every, axis=0)) / np.where(spread > 0, spread, 1.0) for rows in values]
    return Columns(shared, values)


by_position = partial(by_columns, columns=POSITION, what="position", alike=True)
by_waveform = partial(by_columns, columns=WAVEFORM, what="waveform", alike=False)


def _table(animal: Animal) -> pd.DataFrame:
    table: Any = animal.source.spaces()["unit"].table
    return table()


def _known(table: pd.DataFrame, name: str) -> bool:
    return name in table and pd.api.types.is_numeric_dtype(table[name]) and bool(table[name].notna().any())
