"""Voxels without a number, as masks and stitching leave them: how many there are, and what stands for them."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

PLANES, MOST = 8, 1 << 25  # planes, and voxels, that are looked at unless all is in memory
_shares: WeakKeyDictionary[Any, float] = WeakKeyDictionary()  # by image


def share(image: Any) -> float:
    """Share of the voxels of an image (a `Pyramid`) that are NaN or infinite, of those that are looked at.

    All of a small image in memory are, else some planes of the coarsest level.
    """
    if image.dtype.kind != "f":
        return 0.0
    if image not in _shares:
        voxels = image.levels[0] if getattr(image.levels[0], "instant", False) else image.levels[-1]
        depth, plane = voxels.shape[0], int(np.prod(voxels.shape[1:]))
        most = depth if getattr(voxels, "instant", False) and depth * plane <= MOST else min(PLANES, MOST // plane)
        rows = np.unique(np.linspace(0, depth - 1, max(most, 1) + 2)[1:-1].round().astype(int))
        rows = np.arange(depth) if most == depth else rows
        _shares[image] = float(np.mean([np.mean(~np.isfinite(voxels[int(row)])) for row in rows]))
    return _shares[image]


def filled(grey: NDArray[Any]) -> NDArray[Any]:
    """Grey values with the mean of the others for those that are NaN or infinite; 0 where all are."""
    there = np.isfinite(grey) if grey.dtype.kind == "f" else np.ones(1, bool)
    if there.all():
        return grey
    return np.where(there, grey, grey[there].mean() if there.any() else 0).astype(grey.dtype)
