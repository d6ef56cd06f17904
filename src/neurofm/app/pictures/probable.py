"""How probable each class is where labels lie, where that was kept beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike

from neurofm.data.volume import Pyramid, Turned, Voxels, bare

LEAST, MOST = 0.05, 3  # a class that is told of is as probable as that, and one of so many
CERTAIN = 255  # what stands for 1
_kept: WeakKeyDictionary[Pyramid, dict[str, Voxels]] = WeakKeyDictionary()


def words(labels: Pyramid, place: ArrayLike) -> str:
    """The likeliest classes at a place z y x, such as "striatum 0.83, cortex 0.12"; "" where nothing is known."""
    row = np.rint((np.asarray(place, float) - labels.origin) / labels.spacing[0]).astype(int)
    if (row < 0).any() or (row >= labels.shape).any():
        return ""
    shares = {name: float(voxels[tuple(row.tolist())]) / CERTAIN for name, voxels in of(labels).items()}
    order = sorted(shares, key=lambda name: -shares[name])[:MOST]
    return ", ".join(f"{name} {shares[name]:.2f}" for name in order if shares[name] >= LEAST)


def of(labels: Pyramid) -> dict[str, Voxels]:
    """By class, whole numbers up to 255 for 1, in the voxels of the labels' finest level; empty if there are none."""
    if labels not in _kept:
        _kept[labels] = _read(labels.levels[0])
    return _kept[labels]


def _read(voxels: Voxels) -> dict[str, Voxels]:
    from neurofm.io import is_address, ome_zarr

    where: Any = getattr(bare(voxels), "where", None)
    if where is None or is_address(where.path) or not (Path(where.path) / ome_zarr.PROBABILITIES).is_dir():
        return {}
    return {name: _turned(share, voxels) for name, share in ome_zarr.probabilities(Path(where.path)).items()}


def _turned(share: Voxels, like: Voxels) -> Voxels:
    return Turned(_turned(share, like.voxels), like.order) if isinstance(like, Turned) else share
