"""One int64 says which source and which thing in it: ``source number << 44 | local``.

The local part is the row (unit, trial) or, for moments, microseconds since the source's start. In a source on its
own the number is 0, so that ids are plain rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

SHIFT = 44
SPACES = (
    "unit", "time", "frame", "trial", "bout", "subject", "session", "region", "patch", "cell", "node", "channel",
    "voxel", "match",
)  # fmt: skip

Ids = NDArray[np.int64]


def pack(source: ArrayLike, local: ArrayLike) -> Ids:
    """Ids of the `local` things of source number `source`."""
    return (np.asarray(source, np.int64) << SHIFT) | np.asarray(local, np.int64)


def unpack(ids: ArrayLike) -> tuple[Ids, Ids]:
    """Source numbers and local parts of `ids`."""
    ids = np.asarray(ids, np.int64)
    return ids >> SHIFT, ids & ((1 << SHIFT) - 1)


def moments(times: ArrayLike, start: float) -> Ids:
    """Local ids of `times` (s) in a source that begins at `start` (s)."""
    return np.round((np.asarray(times, float) - start) * 1e6).astype(np.int64)


def seconds(local: ArrayLike, start: float) -> NDArray[np.float64]:
    """Times (s) of the moments that `moments` numbered."""
    return np.asarray(local, np.int64) / 1e6 + start
