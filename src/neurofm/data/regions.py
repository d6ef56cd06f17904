"""Units by the brain region they are in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.recording import Recording

NOWHERE = ("", "root", "void", "nan")  # names that say of no region


def regions(recording: Recording) -> NDArray[np.str_]:
    """(unit,) the region of each, "" where it is unknown."""
    units = recording.units
    column = units["region"].fillna("") if "region" in units else pd.Series([""] * len(units))
    names = column.to_numpy(str)
    return np.where(np.isin(names, NOWHERE), "", names)


def neighbours(recording: Recording, rows: Sequence[int] | NDArray[np.int64]) -> NDArray[np.bool_]:
    """(unit,) True for all units of the regions that hold one of some units.

    Raises
    ------
    ValueError
        If no region of theirs is known, or the recording has no other.
    """
    names = regions(recording)
    chosen = set(names[np.asarray(rows, np.int64)]) - {""}
    if not chosen:
        raise ValueError(f"the region of these units of {recording.session} is not known; hide units instead")
    if len(set(names) - {""}) < 2:
        raise ValueError(f"all units of {recording.session} are of one region; hide units instead")
    return np.isin(names, sorted(chosen))
