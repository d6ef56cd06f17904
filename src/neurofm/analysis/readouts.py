"""Read-outs of semantics: what labels say of each patch of a plane, in numbers that a network should know as well.

After task 3 of MTNeuro (Quesada et al. 2022): how many cells, how large they are, how far from each other, and the
shares of vessels and axons. A cell counts in the patch that holds the middle of its section; its neighbours and its
edge are looked for a little beyond the patch, so that no cell is cut where patches meet.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.analysis.cells import neighbours
from neurofm.data.cells import CELL
from neurofm.data.patches import Corners, numbers_of, windows
from neurofm.data.structures import KINDS
from neurofm.data.volume import Volume

CELLS, SIZE, NEAREST, THIRD = "cells", "cell size", "nearest cell", "third cell"
SHARE = "{} share"
AROUND = 24  # voxels beyond a patch that are looked at
SURE = 0.9  # of the voxels of a patch that its area must have

Floats = NDArray[np.float64]


def names_of(volume: Volume) -> list[str]:
    """What its labels can say of patches: areas, numbers of cells, and shares of classes."""
    made = _structures(volume)
    shares = [SHARE.format(name) for name in volume.names[made].values()] if made else []
    areas = [label for label, names in volume.names.items() if label != made and len(names) > 1]
    return [*areas, *((CELLS, SIZE, NEAREST, THIRD) if _cells(volume) else ()), *shares]


def readouts(volume: Volume, corners: Corners, edge: int) -> dict[str, NDArray[Any]]:
    """All of them, each (patch,): names of areas, "" for none; sizes in um², distances in um, NaN where no cell is.

    Parameters
    ----------
    corners : (patch, 3) first voxels, z y x
    edge : voxels
    """
    made, cells = _structures(volume), _cells(volume)
    told: dict[str, NDArray[Any]] = {}
    for label in names_of(volume):
        if label in volume.names:
            numbers = numbers_of(volume.labels[label], corners, edge, SURE)
            told[label] = np.array([volume.name(label, int(n)) if n > 0 else "" for n in numbers], str)
    if cells:
        of, number = cells
        wide = windows(volume.labels[of].levels[0], corners - np.array([0, AROUND, AROUND]), edge + 2 * AROUND)
        each = np.array([_sections(one, number, volume.spacing[1:]) for one in wide]).reshape(-1, 4)
        told |= dict(zip((CELLS, SIZE, NEAREST, THIRD), each.T))
    if made:
        there = windows(volume.labels[made].levels[0], corners, edge)
        told |= {SHARE.format(name): (there == n).mean((1, 2)) for n, name in volume.names[made].items()}
    return told


def _structures(volume: Volume) -> str:
    """The labels that tell what voxels are made of; "" for none."""
    kinds = set(KINDS.values())
    return next((label for label, names in volume.names.items() if kinds & {n.lower() for n in names.values()}), "")


def _cells(volume: Volume) -> tuple[str, int] | None:
    """The labels that tell cells, and the number of their class; 0 where each has its own number."""
    if CELL in volume.labels:
        return CELL, 0
    made = _structures(volume)
    number = next((n for n, name in volume.names.get(made, {}).items() if name.lower() == CELL), None)
    return None if number is None else (made, number)


def _sections(window: NDArray[np.integer], of: int, spacing: Floats) -> tuple[float, ...]:
    """Of the cells whose middle is in the inner patch: their number, mean size and mean distances to neighbours."""
    from scipy import ndimage

    numbers = ndimage.label(window == of)[0] if of else window
    every = np.unique(numbers[numbers > 0])
    places = np.array(ndimage.center_of_mass(numbers > 0, numbers, every)).reshape(-1, 2)
    inside = ((places >= AROUND - 0.5) & (places < np.array(window.shape) - AROUND - 0.5)).all(1)
    if not inside.any():
        return 0.0, np.nan, np.nan, np.nan
    size = ndimage.sum_labels(np.ones(window.shape), numbers, every[inside]) * np.prod(spacing)
    far = [_mean(one[inside]) for one in neighbours(places * spacing).values()]
    return float(inside.sum()), float(size.mean()), *far


def _mean(values: Floats) -> float:
    return float(values[np.isfinite(values)].mean()) if np.isfinite(values).any() else np.nan
