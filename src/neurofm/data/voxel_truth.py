"""What voxels are, as models learn it: classes by name, from labels that number classes or single things.

Labels whose numbers have names, or that have few numbers, say what a voxel is. Others number single things (cells,
neurons); of these inside and border are learned, so that the things can be told apart again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import Box, Held, Pyramid, Volume
from neurofm.errors import DataError

NOTHING, INSIDE, BORDER = "nothing", "inside", "border"
BORDERS = " borders"  # after the name of labels, where they number things
UNLABELLED = ("ignore", "ignored", "unlabelled", "unlabeled", "unknown", "not labelled")  # names of "nobody says"
FEW = 8  # numbers without names that are classes still
MOST = 64  # classes
FEW_BOXES, SAMPLED = 64, 1 << 14  # boxes, and values of each, from which it is told what grey values are like
SMALL = 1 << 16  # numbers that are counted without sorting
EDGE, LOOKED = 64, 256  # voxels along a box, and boxes, of what is looked at to know what is there
KEPT = 96 << 20  # voxels up to which a volume is taken into memory to be learned from
COARSE = 5.0  # times further apart than the nearest neighbours, from which planes are learned one by one

Classes = NDArray[np.int64]
_loaded: WeakKeyDictionary[Volume, dict[str, Pyramid]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False)
class Truth:
    """Which class each voxel of a volume is of.

    Parameters
    ----------
    volume : with an image and the labels
    label : name of these
    things : whether they number single things, of which inside and border are told
    classes : names, in the order of their numbers here
    ignored : a number that means that nobody says what is there; -1 for none
    """

    volume: Volume
    label: str
    things: bool
    classes: tuple[str, ...]
    ignored: int = -1

    def __call__(self, box: Box) -> Classes:
        """(z, y, x) the class of each voxel; -1 where nobody says."""
        if self.label not in self.volume.labels:
            return np.full([s.stop - s.start for s in box], -1)
        pyramid = self.volume.labels[self.label]
        if not self.things:
            return self._classes(pyramid.levels[0][box].astype(np.int64))
        from skimage.segmentation import find_boundaries

        wide = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in box)
        numbers = pyramid.levels[0][wide].astype(np.int64)
        if planar(self.volume):
            edge = np.stack([find_boundaries(plane, mode="inner") for plane in numbers])
        else:
            edge = find_boundaries(numbers, mode="inner")
        classes = self._order[np.where(numbers == 0, 0, np.where(edge, 2, 1))]
        classes[numbers == self.ignored] = -1
        return np.asarray(classes[tuple(slice(s.start - w.start, s.stop - w.start) for s, w in zip(box, wide))])

    @cached_property
    def _order(self) -> Classes:
        """Numbers here of nothing, inside and border."""
        return np.array([_place(name, self.classes) for name in (NOTHING, INSIDE, BORDER)])

    def _classes(self, numbers: Classes) -> Classes:
        named = self.volume.names.get(self.label, {})
        there = _there(numbers)[0]
        of = [-1 if n == self.ignored else _place(name_of(named, int(n)), self.classes) for n in there.tolist()]
        return np.asarray(np.array(of, np.int64)[np.searchsorted(there, numbers)])


def truth(volume: Volume, target: str, classes: Sequence[str], ignored: int = -1) -> Truth:
    """The truth of a target, its voxels in memory if these are not too many."""
    label, things = target.removesuffix(BORDERS), target.endswith(BORDERS) and target not in volume.labels
    return Truth(in_memory(volume, label), label, things, tuple(classes), ignored)


def in_memory(volume: Volume, label: str = "") -> Volume:
    """The image and one of the labels, at their finest scale, in memory if they are not too large; read once."""
    if np.prod(volume.whole.shape, dtype=float) > KEPT:
        return volume
    image = None if volume.image is None else _held(volume, volume.image, "")
    labels = {label: _held(volume, volume.labels[label], label)} if label in volume.labels else {}
    return replace(volume, image=image, labels=labels) if labels or image else volume


def _held(volume: Volume, pyramid: Pyramid, part: str) -> Pyramid:
    held = _loaded.setdefault(volume, {})
    if part not in held:
        voxels = pyramid.levels[0]
        kept = voxels if getattr(voxels, "instant", False) else Held(voxels[:, :, :])
        held[part] = Pyramid((kept,), pyramid.spacing[:1], pyramid.origin)
    return held[part]


def target_of(volumes: Sequence[Volume], wanted: str = "", ignored: int = -1) -> str:
    """The labels asked for, else the first that have names, else the first: of things with `BORDERS` behind.

    Raises
    ------
    DataError
        If a volume has no such labels.
    """
    shared = shared_labels(volumes, wanted)
    if wanted:
        return wanted
    named = [name for name in shared if any(volume.names.get(name) for volume in volumes)]
    label = (named or shared)[0]
    return label + BORDERS if any(_numbers_things(volume, label, ignored) for volume in volumes) else label


def shared_labels(volumes: Sequence[Volume], wanted: str = "") -> list[str]:
    """Names of the labels that all of these volumes have, and those asked for among them.

    Raises
    ------
    DataError
        If there are none.
    """
    shared = [name for name in volumes[0].labels if all(name in volume.labels for volume in volumes)]
    label = wanted.removesuffix(BORDERS)
    for volume in volumes if wanted else ():
        if wanted not in volume.labels and label not in volume.labels:
            has = ", ".join(volume.labels) or "none"
            raise DataError(where(volume), "labels", f"are not called '{label}'; there are {has}")
    if not shared and not wanted:
        raise no_labels(volumes)
    return shared


def no_labels(volumes: Sequence[Volume], without: Sequence[str] = ()) -> DataError:
    """What is missing where volumes share no labels, and what helps; without them these models learn."""
    bare = next((volume for volume in volumes if not volume.labels), None)
    if bare is not None:
        image = Path(where(bare))
        like = f", as in {image.name}+labels{''.join(image.suffixes)}" if bare.paths else ""
        free = f", or train {' or '.join(without)}, which learns without labels" if without else ""
        return DataError(where(bare), "labels", f"are missing; join the image with labels of it{like}{free}")
    called = ", ".join(f"{', '.join(volume.labels)} in {volume.session}" for volume in volumes)
    return DataError(where(volumes[0]), "labels", f"are called otherwise in each volume, {called}; name them alike")


def _numbers_things(volume: Volume, label: str, ignored: int) -> bool:
    return not volume.names.get(label) and len(set(numbers(volume, label)) - {0, ignored}) > FEW


def numbers(volume: Volume, label: str) -> dict[int, int]:
    """How many voxels have each number of some labels, of those that are looked at."""
    counts: dict[int, int] = {}
    held = in_memory(volume, label).labels[label].levels[0]
    for box in boxes(held.shape, (EDGE,) * 3, LOOKED):
        for number, count in zip(*(each.tolist() for each in _there(held[box].astype(np.int64)))):
            counts[number] = counts.get(number, 0) + count
    return counts


def _there(given: Classes) -> tuple[Classes, Classes]:
    """Numbers in an array, and how often."""
    if given.size and given.min() >= 0 and given.max() < SMALL:
        counts = np.bincount(given.ravel())
        return np.flatnonzero(counts), counts[counts > 0]
    there, counts = np.unique(given, return_counts=True)
    return there, counts


def classes_of(volumes: Sequence[Volume], target: str, ignored: int = -1) -> dict[int, str]:
    """The classes that are there, by number; nothing first.

    Raises
    ------
    DataError
        If there are fewer than two, or so many that they must be single things.
    """
    label = target.removesuffix(BORDERS)
    things = target.endswith(BORDERS) and target not in volumes[0].labels
    every: dict[int, str] = {}
    for volume in volumes:
        for number in numbers(volume, label):
            if number != ignored:
                every.setdefault(number, name_of(volume.names.get(label, {}), number))
    if things:
        every = {k: name for k, name in enumerate((NOTHING, INSIDE, BORDER)) if name != NOTHING or 0 in every}
    every = _apart({number: name for number, name in sorted(every.items()) if name.lower() not in UNLABELLED})
    place = where(volumes[0])
    if len(every) > MOST:
        problem = f"have {len(every):,} numbers, so they tell single things apart; learn '{label}{BORDERS}' instead"
        raise DataError(place, f"labels '{label}'", problem)
    if len(every) < 2:
        only = next(iter(every.values()), NOTHING)
        problem = f"say only '{only}'; paint examples of two classes at least (0 counts as nothing unless ignored)"
        raise DataError(place, f"labels '{label}'", problem)
    return every


def _apart(every: Mapping[int, str]) -> dict[int, str]:
    """The first number of each name: volumes may number the same classes otherwise."""
    first: dict[str, int] = {}
    for number, name in every.items():
        first.setdefault(name, number)
    return {number: name for name, number in first.items()}


def name_of(named: Mapping[int, str], number: int) -> str:
    """What a number is called; 0 is nothing, unless it has a name."""
    return named.get(number, NOTHING if number == 0 else str(number))


def planar(volume: Volume) -> bool:
    """Whether its planes are learned one by one: there is but one, or they lie far apart."""
    spacing = volume.spacing
    return volume.flat or bool(spacing[0] >= COARSE * spacing[1:].min())


def boxes(shape: Sequence[int], edge: Sequence[int], most: int, low: Sequence[int] = (0, 0, 0)) -> list[Box]:
    """Boxes side by side that fill a shape, or so many of them, drawn evenly.

    Parameters
    ----------
    shape, edge : voxels of what is filled, and of a box
    low : where it begins
    """
    counts = [-(-n // e) for n, e in zip(shape, edge)]
    total = int(np.prod(counts, dtype=np.int64))
    rows = np.arange(total)
    if total > most:
        rows = np.sort(np.random.default_rng(0).choice(total, most, replace=False))
    at = np.stack(np.unravel_index(rows, counts), -1).reshape(-1, 3)
    return [_box(corner, edge, shape, low) for corner in (at * np.asarray(edge)).tolist()]


def _box(corner: Iterable[int], edge: Sequence[int], shape: Sequence[int], low: Sequence[int]) -> Box:
    z, y, x = (slice(a + c, a + min(c + e, n)) for a, c, e, n in zip(low, corner, edge, shape))
    return z, y, x


def where(volume: Volume) -> str:
    """What to name in a sentence about it."""
    return (*volume.paths, volume.session)[0]


def _place(name: str, classes: Sequence[str]) -> int:
    return list(classes).index(name) if name in classes else -1


def grey(volumes: Sequence[Volume]) -> tuple[float, float, float, float]:
    """Mean, sd, least and largest of the grey values of volumes, of what is looked at; 0 where none is a number."""
    images = [held.image.levels[0] for held in map(in_memory, volumes) if held.image is not None]
    parts = (level[box].ravel() for level in images for box in boxes(level.shape, (EDGE,) * 3, FEW_BOXES))
    every = np.concatenate([np.zeros(0), *(part[:: 1 + len(part) // SAMPLED] for part in parts)])
    every = every[np.isfinite(every)]
    if not len(every):
        return 0.0, 0.0, 0.0, 0.0
    return float(every.mean()), float(every.std()), float(every.min()), float(every.max())
