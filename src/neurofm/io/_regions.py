"""Regions of interest in the pictures of imaging: a volume of their planes, whose labels are named by the units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import UNSCALED, Held, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.words import counted

LABEL = "roi"  # what its labels are called
ENDING = "image"  # behind the name of the recording
LARGEST = 1 << 28  # pixels of all planes
TOLD = 5  # names in a note


@dataclass(frozen=True, eq=False)
class Region:
    """One region of interest.

    Parameters
    ----------
    name : of its unit
    pixels : (pixel, 3) its pixels, z y x
    first : how early it is drawn; those that are drawn later lie above
    """

    name: str
    pixels: NDArray[np.int64]
    first: int = 0


def volume(
    path: Path, session: str, regions: Sequence[Region], pictures: Sequence[NDArray[np.floating] | None],
    shape: Sequence[int] = (0, 0), notes: Sequence[str] = (),
) -> Volume | None:  # fmt: skip
    """Planes with the mean picture of each, where all have one, and labels of the regions; None without any region.

    Where regions overlap the smaller one is drawn. Labels are numbered from 1 on in the order of the regions.

    Parameters
    ----------
    pictures : (y, x) of each plane, None where there is none
    shape : pixels along y and x, at least; more where a region reaches further

    Raises
    ------
    DataError
        If there are so many pixels that the file must be damaged.
    """
    kept = [region for region in regions if len(region.pixels)]
    if not kept:
        return None
    high = np.max([*(region.pixels.max(0) for region in kept), [len(pictures) - 1, 0, 0]], 0) + 1
    known = [picture for picture in pictures if picture is not None]
    size = np.max([high[1:], shape, *(picture.shape for picture in known)], 0)
    whole = (int(high[0]), *map(int, size))
    if np.prod(whole, dtype=float) > LARGEST:
        raise DataError(path, LABEL, f"reaches over {whole} pixels (plane, y, x); it is damaged")
    labels, told = _drawn(regions, whole)
    image = None
    if known and len(known) == whole[0]:
        image = Pyramid((Held(np.stack([_padded(picture, whole[1:]) for picture in known])),), np.ones(3))
    names = {k: region.name for k, region in enumerate(regions, 1) if len(region.pixels)}
    return Volume(
        session=f"{session} {ENDING}", image=image, labels={LABEL: Pyramid((Held(labels),), np.ones(3))},
        names={LABEL: names}, unit=UNSCALED, paths=(str(path),), notes=(*notes, *told),
    )  # fmt: skip


def _drawn(regions: Sequence[Region], shape: tuple[int, ...]) -> tuple[NDArray[np.uint32], list[str]]:
    """Numbers of regions by pixel, and how many lie below others."""
    labels = np.zeros(shape, np.uint32)
    covered = 0
    for k in sorted(range(len(regions)), key=lambda k: (regions[k].first, -len(regions[k].pixels))):
        at = tuple(regions[k].pixels.T)
        covered += int(np.count_nonzero(labels[at]))
        labels[at] = k + 1
    left = set(np.unique(labels).tolist())
    hidden = [region.name for k, region in enumerate(regions, 1) if len(region.pixels) and k not in left]
    notes = [f"regions overlap in {counted(covered, 'pixel')}, where the smaller one is drawn"] if covered else []
    return labels, notes + _named("lie wholly below others and are not seen", hidden)


def empty(names: Sequence[str]) -> list[str]:
    """The note on regions without a mask that can be drawn."""
    return _named("have no mask that can be drawn", names)


def _named(words: str, names: Sequence[str]) -> list[str]:
    more = f" and {len(names) - TOLD} more" if len(names) > TOLD else ""
    return [f"regions {', '.join(names[:TOLD])}{more} {words}"] if names else []


def _padded(picture: NDArray[np.floating], shape: Sequence[int]) -> NDArray[np.float32]:
    edges = [(0, most - there) for most, there in zip(shape, picture.shape)]
    return np.pad(np.asarray(picture, np.float32), edges)
