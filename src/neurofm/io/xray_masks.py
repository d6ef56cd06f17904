"""Masks of X-ray slices as their authors cut them: 8 slices of 256 x 256 in quadrants, one quadrant after the other."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurofm.data.structures import KINDS, recoded
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.io._file import check_size, head
from neurofm.io._images import name_of
from neurofm.io._levels import placed
from neurofm.specs import ReaderSpec

NAME, SHAPE = "labels", (32, 128, 128)
SLICES, APART, VOXEL_UM = 8, 30, 1.17  # planes of the volume that lie between two slices, about


def accepts(path: Path) -> bool:
    """Whether it holds such labels alone, and these go on from quadrant to quadrant rather than from plane to plane."""
    if head(path, 2) != b"PK":
        return False
    with zipfile.ZipFile(path) as file:
        if file.namelist() != [f"{NAME}.npy"] or file.infolist()[0].file_size > 2 * np.prod(SHAPE):
            return False
    labels = _labels(path)
    return labels.shape == SHAPE and labels.dtype == np.uint8 and labels.max() < 4 and _in_quadrants(labels)


def read(path: Path) -> Volume:
    """A stack of slices that lie far apart, which are no continuous volume."""
    structure = recoded(whole(_labels(path)), "xray-thc masks")
    pyramid = Pyramid((Held(structure),), np.array([APART * VOXEL_UM, VOXEL_UM, VOXEL_UM]))
    note = f"{SLICES} slices about {APART} planes apart, put together from quadrants; no image goes with them"
    return Volume(
        session=name_of(path), labels={"structure": placed(pyramid, str(path), "structure")},
        names={"structure": KINDS}, paths=(str(path),), notes=(note,),
    )  # fmt: skip


def whole(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(8, 256, 256) slices from (32, 128, 128): top left of all, then bottom left, top right, bottom right."""
    left, right = (np.concatenate([labels[k : k + SLICES], labels[k + SLICES :][:SLICES]], 1) for k in (0, 2 * SLICES))
    return np.concatenate([left, right], 2)


def _labels(path: Path) -> NDArray[np.uint8]:
    with zipfile.ZipFile(path) as file:
        for item in file.infolist():
            check_size(path, item.filename, item.file_size, item.compress_size)
    with np.load(path, allow_pickle=False) as stored:
        return np.asarray(stored[NAME])


def _in_quadrants(labels: NDArray[np.uint8]) -> bool:
    slices, edge = whole(labels), SHAPE[1]
    seams = [_alike(slices[:, edge - 1], slices[:, edge]), _alike(slices[:, :, edge - 1], slices[:, :, edge])]
    return min(seams) > max(_alike(labels[:-1], labels[1:]), 0.5)


def _alike(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Share of equal labels where either says something."""
    told = (one > 0) | (other > 0)
    return float((one == other)[told].mean()) if told.any() else 0.0


SPEC = ReaderSpec(
    title="masks of X-ray slices", patterns=("*.npz",), accepts=accepts, read=read, kind="volume",
)  # fmt: skip
