"""What layers of an image are about: units by their labels, moments and units by where they are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.app.pictures.layers.recording import electrode_places, position_of
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.link import NONE, union
from neurofm.data.ids import Ids, pack
from neurofm.data.recording import UNIT

NOBODY = -1  # the id of a row that is no unit
Corners = NDArray[np.float64]  # (corner, 2) y and x


def unit_ids(labels: Sequence[object], session: Catalog, recording: str = "") -> Ids:
    """(row,) the unit that each label names, -1 for none.

    A label is "session/unit" as tables have it, or the unit's alone where one recording is meant or only one has it.
    """
    table = session.table(UNIT)
    if recording:
        table = table[table["session"] == recording]
    whole = table["label"].astype(str)
    alone = whole.str.rsplit("/", n=1).str[-1]
    ids = pd.Series(table.index, index=whole)
    ids = pd.concat([ids, pd.Series(table.index, index=alone)[~alone.duplicated(keep=False).to_numpy()]])
    ids = ids[~ids.index.duplicated()]
    return ids.reindex([str(label) for label in labels]).fillna(NOBODY).to_numpy(np.int64)


def moments_inside(session: Catalog, shapes: Sequence[Corners], names: Sequence[str] | None = None) -> Ids:
    """Sorted moments at which an animal is inside any of some closed shapes: of these recordings, or of all."""
    from neurofm.app.views._kernels import in_polygon

    moments = NONE
    for name, recording in session.recordings.items():
        if names is not None and name not in names:
            continue
        series = position_of(recording)
        if series is None:
            continue
        xy = np.asarray(series.values[:, :2], float)
        inside = np.zeros(len(xy), bool)
        for corners in shapes:
            inside |= in_polygon(xy, np.ascontiguousarray(corners[:, ::-1], float))
        edges = np.flatnonzero(np.diff(np.r_[False, inside, False]))
        half = float(np.median(np.diff(series.times))) / 2 if len(series.times) > 1 else 0.0
        stretches = zip(series.times[edges[::2]] - half, series.times[edges[1::2] - 1] + half)
        moments = union(moments, *(session.moments(name, a, b) for a, b in stretches))
    return moments


def units_inside(session: Catalog, shapes: Sequence[Corners]) -> Ids:
    """Sorted units whose electrodes are inside any of some closed shapes."""
    from neurofm.app.views._kernels import in_polygon

    units = NONE
    for name, recording in session.recordings.items():
        places, rows = electrode_places(recording)
        inside = np.zeros(len(rows), bool)
        for corners in shapes:
            inside |= in_polygon(places, np.asarray(corners, float))
        units = union(units, np.sort(pack(session.number(name), rows[inside])))
    return units
