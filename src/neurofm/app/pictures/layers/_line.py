"""Lines that napari's canvas draws as long as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SHARP = -0.9  # cosine of the turn from which on a join of a wide line is drawn as two


def blunted(line: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """A line (corner, 2) that turns back nowhere at once, without corners nearer than half a width to the one before.

    Where it turns back, a corner half a width aside makes two turns of it: the sides of a wide line that comes back on
    itself meet far away, or nowhere, and napari draws it up to there.
    """
    kept = [0]
    for k, corner in enumerate(line):
        if np.abs(corner - line[kept[-1]]).max() >= width / 2:
            kept.append(k)
    line = np.asarray(line, float)[kept]
    if len(line) < 2:
        return line[:1].repeat(2, 0)
    step = np.diff(line, axis=0)
    along = step / np.linalg.norm(step, axis=1, keepdims=True)
    back = np.flatnonzero((along[:-1] * along[1:]).sum(1) < SHARP)
    aside = np.stack([-along[back, 1], along[back, 0]], 1) * width / 2
    return np.insert(line, back + 2, line[back + 1] + aside, axis=0)
