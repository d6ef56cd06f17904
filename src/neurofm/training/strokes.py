"""Learn from strokes in seconds: a random forest on blurs and edges, from the few voxels that somebody has painted.

Grey values are taken in units of their usual spread, and far ones as logarithms, so that things that are many times
brighter than others look like these. How likely each class is becomes smooth over neighbouring voxels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.blank import filled
from neurofm.data.painted import Blank, below, paint_of
from neurofm.data.volume import Box, Volume
from neurofm.data.voxel_truth import NOTHING, UNLABELLED, boxes, planar, where
from neurofm.errors import DataError
from neurofm.training.lessons import around, image_of

SCALES = (0.7, 6.0)  # sd of the narrowest and the widest blur, in voxels
TREES, LEAF = 50, 2  # and voxels that a leaf is of, at least
SMOOTH, REACH = 1.0, 3  # sd of the blur of what is likely, and voxels that this looks away
SHOWN = 3000  # voxels of each number that it learns from, at most
PIECE, WIDE = 64, 512  # voxels along a box that is looked at at once; of a plane
WHOLE = 1 << 28  # voxels of labels that are looked through for strokes
SAMPLED = 1 << 16  # grey values from which it is told what they are like
EMPTY = (NOTHING, "background")  # names of what is not labelled

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learned from strokes.

    Parameters
    ----------
    forest : says how likely each number is
    classes : what each number means
    grey : usual grey value, and spread
    flat : whether planes are seen one by one
    """

    forest: Any
    classes: Mapping[int, str]
    grey: tuple[float, float]
    flat: bool

    def __call__(self, volume: Volume, box: Box) -> Numbers:
        """(z, y, x) the likeliest number of each voxel of a box; 0 for nothing."""
        from scipy.ndimage import gaussian_filter

        shape = volume.whole.shape
        halo = [0 if self.flat else REACH, REACH, REACH]
        wide = tuple(slice(max(s.start - h, 0), min(s.stop + h, n)) for s, h, n in zip(box, halo, shape))
        told = features(volume, wide, self.grey, flat=self.flat)  # type: ignore[arg-type]
        odds = self.forest.predict_proba(told).reshape(*(s.stop - s.start for s in wide), -1)
        odds = gaussian_filter(odds, (0 if self.flat else SMOOTH, SMOOTH, SMOOTH, 0))
        inner = tuple(slice(s.start - w.start, s.stop - w.start) for s, w in zip(box, wide))
        return np.asarray(self._numbers[odds.argmax(-1)][inner])

    @property
    def _numbers(self) -> Numbers:
        return np.array([0 if self.classes[n].lower() in EMPTY else n for n in self.forest.classes_.tolist()])


def learn(volume: Volume, label: str, *, seed: int = 0) -> Learned:
    """What strokes say of grey values around them.

    Raises
    ------
    DataError
        If strokes are of fewer than two numbers, or the image is missing or the same everywhere.
    """
    from sklearn.ensemble import RandomForestClassifier

    at, numbers, classes = told(volume, label)
    flat, grey = planar(volume), _grey(volume)
    rng = np.random.default_rng(seed)
    kept = np.sort(np.concatenate([rng.permutation(np.flatnonzero(numbers == n))[:SHOWN] for n in classes]))
    x, y = [], []
    for box, rows in _tiles(at[kept], volume.whole.shape, flat=flat):
        z_y_x = np.stack(np.unravel_index(at[kept][rows], volume.whole.shape)) - [[s.start] for s in box]
        row = np.ravel_multi_index(tuple(z_y_x), [s.stop - s.start for s in box])
        x.append(features(volume, box, grey, flat=flat)[row])
        y.append(numbers[kept][rows])
    forest = RandomForestClassifier(TREES, min_samples_leaf=LEAF, class_weight="balanced", random_state=seed)
    return Learned(forest.fit(np.concatenate(x), np.concatenate(y)), classes, grey, flat)


def told(volume: Volume, label: str) -> tuple[Numbers, Numbers, dict[int, str]]:
    """Sorted places of voxels that strokes say something of, their numbers, and what each number means.

    Raises
    ------
    DataError
        If there are no strokes of two numbers, or they do not lie on the image.
    """
    image, pyramid = image_of(volume), volume.labels[label]
    if pyramid.shape != image.shape:
        sizes = (" x ".join(map(str, each)) for each in (pyramid.shape, image.shape))
        problem = "are {} voxels, where the image is {}; give strokes of its size".format(*sizes)
        raise DataError(where(volume), f"labels '{label}'", problem)
    paint, named = paint_of(pyramid), volume.names.get(label, {})
    if isinstance(below(pyramid).levels[0], Blank):
        at, numbers = paint.at[paint.numbers > 0], paint.numbers[paint.numbers > 0]
    else:
        at, numbers = _looked(volume, label)
    every = {n: named.get(n, str(n)) for n in np.unique(numbers).tolist()}
    classes = {n: name for n, name in every.items() if name.lower() not in UNLABELLED}
    if len(classes) < 2:
        only = f" are only of '{next(iter(classes.values()))}'" if classes else " are missing"
        problem = f"{only}; paint some of two numbers at least, as 1 for what is nothing and 2 for a cell".strip()
        raise DataError(where(volume), f"strokes in '{label}'", problem)
    right = np.isin(numbers, list(classes))
    return at[right], numbers[right], classes


def features(volume: Volume, box: Box, grey: tuple[float, float], *, flat: bool) -> NDArray[np.float32]:
    """(voxel, feature) blurs, edges and curvatures at all scales."""
    from skimage.feature import multiscale_basic_features

    wide, inner = around(box, volume.whole.shape, (1, 1, 1), flat=flat)
    middle, spread = grey
    image = np.arcsinh((filled(image_of(volume).levels[0][wide].astype(np.float32)) - middle) / spread)
    low, high = SCALES
    planes = image if flat else [image]
    every = [multiscale_basic_features(plane, sigma_min=low, sigma_max=high) for plane in planes]
    seen = np.stack(every) if flat else every[0]
    return np.asarray(seen[inner].reshape(-1, seen.shape[-1]), np.float32)


def pieces(shape: tuple[int, int, int], *, flat: bool) -> tuple[int, int, int]:
    """Voxels of a box that is said at once, z y x."""
    z, y, x = (min(n, e) for n, e in zip(shape, (1, WIDE, WIDE) if flat else (PIECE // 2, PIECE, PIECE)))
    return z, y, x


def _tiles(at: Numbers, shape: tuple[int, int, int], *, flat: bool) -> Iterator[tuple[Box, Numbers]]:
    """Small boxes that hold some of the places each, and which."""
    place = np.stack(np.unravel_index(at, shape), 1)
    _, which = np.unique(place // pieces(shape, flat=flat), axis=0, return_inverse=True)
    for tile in range(which.max() + 1):
        rows = np.flatnonzero(which == tile)
        z, y, x = (slice(int(a), int(b) + 1) for a, b in zip(place[rows].min(0), place[rows].max(0)))
        yield (z, y, x), rows


def _looked(volume: Volume, label: str) -> tuple[Numbers, Numbers]:
    """The same of labels that are in a file."""
    voxels = volume.labels[label].levels[0]
    if np.prod(voxels.shape, dtype=float) > WHOLE:
        problem = "are too large to look for strokes in them; paint new ones over the image"
        raise DataError(where(volume), f"labels '{label}'", problem)
    places, numbers = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for box in boxes(voxels.shape, (PIECE, WIDE, WIDE), WHOLE):
        held = voxels[box]
        at = np.nonzero(held)
        places.append(np.ravel_multi_index([k + s.start for k, s in zip(at, box)], voxels.shape))
        numbers.append(held[at].astype(np.int64))
    order = np.argsort(np.concatenate(places))
    return np.concatenate(places)[order], np.concatenate(numbers)[order]


def _grey(volume: Volume) -> tuple[float, float]:
    """Usual grey value, and spread, from the coarsest level."""
    coarse = image_of(volume).levels[-1]
    every = [coarse[box].ravel() for box in boxes(coarse.shape, (PIECE,) * 3, PIECE)]
    sample = np.concatenate([part[:: 1 + len(part) // SAMPLED] for part in every]).astype(float)
    sample = sample[np.isfinite(sample)]
    middle = float(np.median(sample)) if len(sample) else 0.0
    spread = float(np.median(np.abs(sample - middle))) or float(sample.std()) if len(sample) else 0.0
    if not spread:
        problem = f"is {middle:g} everywhere, so there is nothing to see; check the file"
        raise DataError(where(volume), "image", problem)
    return middle, spread * 1.4826  # of a normal distribution
