"""What a network is shown of a volume: patches to learn from, and boxes that it is judged in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from neurofm.data import spans
from neurofm.data.ids import Ids
from neurofm.data.split import Split, share_out, stretches
from neurofm.data.volume import Box, Pyramid, Volume
from neurofm.data.voxel_truth import BORDERS, EDGE, LOOKED, Classes, Truth, boxes, planar, truth, where
from neurofm.errors import DataError

PIECES, FEWER, WIDE = 20, 10, 32  # of a volume that is split; fewer where they would be less wide than this
GAP = 8.0  # voxels between what is learned from and what it is judged by, at most
STUDY, PLANES = "prasad", ((110, 379), (380, 409), (420, 470))  # whose benchmark is split along z in this way
BULK, PLANE, WIDEST = 48, 128, 128  # voxels along a patch: of volumes, of planes, and at most
GRAIN = 8  # of which the edges of patches are multiples
AROUND = 0.5  # share of the patches around a voxel of a class that is drawn first
KEPT = 64  # voxels of each class that are remembered of a box
HALO, JUDGED = 16, 96  # voxels around a box, and along it, when it is judged
GAIN, OFFSET = 0.1, 0.1  # by which grey values are changed, the second in their sd

Spans = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Lesson:
    """A volume with what each voxel is, and which part of it is for what.

    Parameters
    ----------
    truth : which class each voxel is of
    spans : voxels along `along`, by "train", "valid" and "test"
    along : axis
    size : voxels of a patch, z y x
    flat : whether planes are seen one by one
    """

    truth: Truth
    spans: Spans
    along: int
    size: tuple[int, int, int]
    flat: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.truth.volume.whole.shape

    @cached_property
    def weight(self) -> float:
        """Voxels to learn from."""
        return max(spans.duration(self.spans["train"]), 1.0) / self.shape[self.along] * float(np.prod(self.shape))

    def image(self, box: Box) -> NDArray[np.float32]:
        """(z, y, x) grey values."""
        return np.asarray(image_of(self.truth.volume).levels[0][box], np.float32)

    def ids(self, box: Box) -> Ids:
        """(z, y, x) local ids of voxels."""
        z, y, x = (np.arange(s.start, s.stop) for s in box)
        return np.ravel_multi_index(np.ix_(z, y, x), self.shape)

    def boxes(self, name: str, most: float) -> list[Box]:
        """Boxes of the part "train", "valid" or "test", or of all, with about so many voxels at most, or `inf`."""
        edge = (1, 2 * PLANE, 2 * PLANE) if self.flat else (JUDGED,) * 3
        every = self.spans[name] if name else np.array([[0, self.shape[self.along]]])
        parts = [box for low, high in every.astype(int).tolist() for box in self._part(low, high, edge)]
        largest = max((np.prod([s.stop - s.start for s in box]) for box in parts), default=1)
        count = max(most / largest, 1)
        if len(parts) <= count:
            return parts
        return [parts[k] for k in np.sort(np.random.default_rng(0).choice(len(parts), int(count), replace=False))]

    def _part(self, low: int, high: int, edge: Sequence[int]) -> list[Box]:
        shape, corner = list(self.shape), [0, 0, 0]
        shape[self.along], corner[self.along] = high - low, low
        return boxes(shape, edge, LOOKED, corner)

    def examples(self, box: Box) -> Classes:
        """(z, y, x) the classes that may be learned; -1 elsewhere."""
        told = self.truth(box)
        inside = spans.inside(np.arange(box[self.along].start, box[self.along].stop) + 0.5, self.spans["train"])
        shape = [1, 1, 1]
        shape[self.along] = -1
        return np.where(inside.reshape(shape), told, -1)

    @cached_property
    def anchors(self) -> list[NDArray[np.int64]]:
        """Of each class that can be learned some voxels (voxel, 3)."""
        rng, kept = np.random.default_rng(0), [[np.zeros((0, 3), np.int64)] for _ in self.truth.classes]
        for low, high in self.spans["train"].astype(int).tolist():
            for box in self._part(low, high, (1, EDGE, EDGE) if self.flat else (EDGE,) * 3):
                told, first = self.examples(box), np.array([s.start for s in box])
                for k in range(len(kept)):
                    at = np.argwhere(told == k)
                    kept[k].append(rng.permutation(at)[:KEPT] + first)
        return [each for each in map(np.concatenate, kept) if len(each)]

    @cached_property
    def around(self) -> float:
        """Share of the patches around a voxel of some class: all where most is not told."""
        told = [(self.truth(box) >= 0).mean() for box in self.boxes("train", float(EDGE**3) * 8)]
        return AROUND if np.mean(told) > 0.5 else 1.0

    def draw(self, rng: np.random.Generator, grey: Sequence[float]) -> tuple[NDArray[np.float32], Classes]:
        """A patch and its classes, mirrored and turned at random, a little brighter or darker.

        Parameters
        ----------
        grey : mean and sd of the grey values
        """
        low = self._corner(rng)
        z, y, x = (slice(a, a + n) for a, n in zip(low, self.size))
        image, told = self.image((z, y, x)), self.examples((z, y, x))
        flips = [slice(None, None, -1 if back else 1) for back in rng.random(3) < 0.5]
        order = self._turn(rng)
        image, told = image[tuple(flips)].transpose(order), np.ascontiguousarray(told[tuple(flips)].transpose(order))
        mean, sd = grey[:2]
        image = (image - mean) * rng.uniform(1 - GAIN, 1 + GAIN) + mean + sd * rng.normal(0, OFFSET)
        return np.ascontiguousarray(image, np.float32), told

    def _corner(self, rng: np.random.Generator) -> list[int]:
        size, shape = np.array(self.size), np.array(self.shape)
        if self.anchors and rng.random() < self.around:
            at = self.anchors[rng.integers(len(self.anchors))]
            middle = at[rng.integers(len(at))] + np.rint(rng.uniform(-1 / 3, 1 / 3, 3) * size).astype(int)
        else:
            middle = rng.integers(0, shape)
            train = self.spans["train"]
            lengths = np.diff(train, axis=1).ravel()
            chosen = train[rng.choice(len(train), p=lengths / lengths.sum())]
            middle[self.along] = rng.integers(int(chosen[0]), max(int(chosen[1]), int(chosen[0]) + 1))
        corner: list[int] = np.clip(middle - size // 2, 0, shape - size).tolist()
        return corner

    def _turn(self, rng: np.random.Generator) -> tuple[int, int, int]:
        """An order of the axes in which only those that are alike take each other's place."""
        spacing, size = self.truth.volume.spacing, self.size
        a, b, c = rng.permutation(3).tolist()
        alike = [np.isclose(spacing[i], spacing[k]) and size[i] == size[k] for i, k in zip((a, b, c), range(3))]
        if all(alike):
            return a, b, c
        turned = rng.random() < 0.5 and np.isclose(spacing[1], spacing[2]) and size[1] == size[2]
        return (0, 2, 1) if turned else (0, 1, 2)


def lesson(
    source: Volume, series: str, classes: Sequence[str], parts: Spans, *, edge: int, ignored: int, flat: bool
) -> Lesson:
    """What a network learns from a source; labels that it does not have tell nothing."""
    told = truth(source, series, classes, ignored)
    return Lesson(told, parts, axis(source), size(source, edge, flat=flat), flat)


def image_of(volume: Volume) -> Pyramid:
    """Its grey values.

    Raises
    ------
    DataError
        If there are none.
    """
    if volume.image is None:
        problem = "is missing; there are only labels, give the image that they lie on"
        raise DataError(where(volume), "image", problem)
    return volume.image


def axis(source: Volume) -> int:
    """The axis across which a volume is cut: along z if planes are apart from each other, else the longest."""
    if published(source) or (planar(source) and source.whole.shape[0] > 3):
        return 0
    return int(np.argmax(source.whole.shape))


def split(source: Volume, rng: np.random.Generator) -> Split:
    """The published spans of planes where a volume is of that study, else a fifth held out and a tenth for choosing."""
    parts = published(source)
    if parts:
        return Split(*parts)
    along = axis(source)
    length = source.whole.shape[along]
    whole = np.array([[0.0, length]])
    if along == 0 and planar(source):
        return share_out(_whole(stretches(whole, min(length, PIECES))), whole, rng, gap=0.0)
    pieces = _whole(stretches(whole, PIECES if length >= PIECES * WIDE else min(FEWER, length)))
    gap = np.floor(min(GAP, float(np.median(np.diff(pieces))) / 4))
    return share_out(pieces, whole, rng, gap=float(gap))


def _whole(pieces: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.rint(pieces)


def published(source: Volume) -> list[NDArray[np.float64]]:
    """Spans of planes to learn from, to choose by and held out, of a volume of the published study; else none."""
    if not any(STUDY in name.lower() for name in (*source.paths, source.session)):
        return []
    first = round(float(source.whole.origin[0] / source.spacing[0]))
    here = [spans.intersect([[a - first, b - first]], [[0, source.whole.shape[0]]]) for a, b in PLANES]
    return here if all(len(each) for each in here) else []


def size(source: Volume, edge: int = 0, *, flat: bool) -> tuple[int, int, int]:
    """Voxels of a patch, z y x: as many micrometres along each axis, and as many voxels as usual in a thin volume."""
    shape, spacing = np.array(source.whole.shape), source.spacing
    if flat:
        y, x = np.minimum(shape[1:], edge or PLANE)
        return 1, int(y), int(x)
    apart = spacing / spacing.min()
    deep = min(int(shape[0]), max(round((edge or BULK) / apart[0]), 1))
    usual = (edge or BULK) ** 3 / apart.prod()
    fitting = np.sqrt(usual / deep * apart[1] * apart[2]) // GRAIN * GRAIN
    wide = edge or min(max(fitting, GRAIN), WIDEST)
    y, x = (min(int(n), max(round(wide / a), 1)) for n, a in zip(shape[1:], apart[1:]))
    return deep, y, x


def strides(spacing: ArrayLike, levels: int, *, flat: bool) -> list[list[int]]:
    """Steps from scale to scale, z y x: an axis whose voxels lie twice as far apart waits for the others."""
    apart, steps = np.array(spacing, float), []
    for _ in range(levels - 1):
        apart[0] = np.inf if flat else apart[0]
        step = np.where(apart < 2 * apart.min(), 2, 1)
        steps.append(step.tolist())
        apart = apart * step
    return steps


def around(
    box: Box, shape: Sequence[int], grid: Sequence[int], *, flat: bool
) -> tuple[Box, tuple[slice, slice, slice]]:
    """A box with what is around it, which begins on a grid, and where the box lies in that."""
    halos = (0, 2 * HALO, 2 * HALO) if flat else (HALO,) * 3
    first = [max((s.start - h) // g * g, 0) for s, h, g in zip(box, halos, grid)]
    z, y, x = (slice(a, min(s.stop + h, n)) for a, s, h, n in zip(first, box, halos, shape))
    inner = tuple(slice(s.start - a, s.stop - a) for s, a in zip(box, first))
    return (z, y, x), inner  # type: ignore[return-value]


def counted(lessons: Sequence[Lesson]) -> dict[str, int]:
    """Voxels of each class that can be learned, of those that are looked at."""
    counts: dict[str, int] = {}
    for one in lessons:
        total = np.zeros(len(one.truth.classes), np.int64)
        for box in one.boxes("train", float(EDGE**3) * LOOKED):
            told = one.examples(box)
            total += np.bincount(told[told >= 0], minlength=len(total))
        counts = {name: counts.get(name, 0) + int(n) for name, n in zip(one.truth.classes, total)}
    return counts


def notes(lessons: Sequence[Lesson], counts: Mapping[str, int]) -> Iterator[str]:
    """What a user should know of what is learned."""
    one = lessons[0]
    if one.truth.things:
        yield f"'{one.truth.label}' numbers single things, so it is learned what is inside and what is their border"
    named = {name for each in lessons for name in each.truth.volume.names.get(one.truth.label, {}).values()}
    for name in [] if one.truth.things else sorted(named | set(counts)):
        if not counts.get(name):
            yield f"'{name}' has no example where it is learned from, so it is left out; paint some to have it"
    share = np.mean([each.around == 1.0 for each in lessons])
    if share:
        yield "most voxels have no label, so only those that have one are learned"


def label_of(volume: Volume, series: str) -> str:
    """The labels that a target is about."""
    return series if series in volume.labels else series.removesuffix(BORDERS)
