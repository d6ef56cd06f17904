"""What is known of the frames and the trials of tracks that can be probed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.classes import class_names
from neurofm.data.tracks import Tracks

FEW = 12  # different numbers, at most, that are classes
NO_LABELS = ("start", "stop")  # columns of trials that say when


def labels_of(tracks: Tracks) -> dict[str, NDArray[Any]]:
    """Labels that say anything, by name: of frames (frame,), then of trials (trial,)."""
    frames = {name: values for name, values in tracks.labels.items() if values.ndim == 1 and len(kinds(values)) > 1}
    table = tracks.trials
    if table is None:
        return frames
    columns = [str(name) for name in table if name not in (*NO_LABELS, *frames)]
    numbers = [name for name in columns if table[name].dtype.kind in "fiu" and table[name].nunique() > 1]
    chosen = [name for name in columns if name in {*class_names(table), *numbers}]
    return frames | {name: table[name].to_numpy() for name in chosen}


def are_classes(values: NDArray[Any]) -> bool:
    """Whether values (row,) are of a few kinds, rather than measured."""
    return values.dtype.kind in "USbO" or len(kinds(values)) <= FEW


def known(values: NDArray[Any]) -> NDArray[np.bool_]:
    """(row,) where a label says something."""
    if values.dtype.kind in "US":
        return np.asarray(values != "")
    return np.asarray(~pd.isna(values))


def kinds(values: NDArray[Any]) -> NDArray[Any]:
    """The different values of a label."""
    return np.asarray(pd.unique(values[known(values)]))
