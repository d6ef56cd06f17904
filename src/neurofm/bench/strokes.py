"""Learning from strokes: nuclei counted in real pictures after a few strokes, beside a threshold with a watershed.

Paths are pairs: an image, and labels that number its nuclei. The strokes are drawn as a user would draw them who knows
the truth: some in nuclei, some where there is nothing, some along the border of two that touch; then, round by round,
one more of each where what was learned is wrong. All are short, three voxels wide and in a single plane.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm import io, progress
from neurofm.bench._table import Row, row, tell
from neurofm.data import painted as painting
from neurofm.data.volume import Held, Pyramid, Volume
from neurofm.errors import DataError
from neurofm.specs import BenchSpec

NOTHING, CELL, BORDER = 1, 2, 3
NAMES = {NOTHING: "nothing", CELL: "cell", BORDER: "border"}
SEEDS, ROUNDS, FIRST = 3, 4, 3  # and strokes of each kind at first; one of each in a further round
LENGTH, LEAST = 16, 30  # voxels of a stroke, and of a nucleus that is counted

Mask = NDArray[np.bool_]
Numbers = NDArray[np.integer]


def run(paths: Sequence[str], quick: bool, seed: int, peer: str) -> list[Row]:
    """Three seeds of strokes on each pair of an image and its truth (one, if quick)."""
    rows: list[Row] = []
    for image, truth in progress.each(_pairs(paths), "picture"):
        rows += counted(image, truth, range(seed, seed + (1 if quick else SEEDS)))
    return rows


def counted(volume: Volume, truth: Numbers, seeds: Sequence[int]) -> list[Row]:
    """How wrong the count of nuclei is, in percent, after each round of strokes and by the threshold."""
    true, rows = len(np.unique(truth[truth > 0])), []
    every = [_learned(volume, truth, seed) for seed in seeds]
    for number in range(ROUNDS):
        now = [rounds[number] for rounds in every]
        case = f"{volume.session}, {3 * (FIRST + number)} strokes"
        tell(f"{case}: {[one['count'] for one in now]} of {true}")
        errors = [100 * abs(one["count"] - true) / true for one in now]
        rows.append(row(case, "learned from strokes", "count error", errors, "%", _counts(now, true)))
        rows.append(row(case, "learned from strokes", "Dice", [one["dice"] for one in now]))
        rows.append(row(case, "learned from strokes", "first labels", [one["seconds"] for one in now], "s"))
    beside = _threshold(volume, truth)
    error = 100 * abs(beside["count"] - true) / true
    rows.append(row(volume.session, "Otsu and watershed", "count error", error, "%", _counts([beside], true)))
    rows.append(row(volume.session, "Otsu and watershed", "Dice", beside["dice"]))
    return rows


def _learned(volume: Volume, truth: Numbers, seed: int) -> list[dict[str, float]]:
    """What is counted after each round."""
    from neurofm.training import strokes

    rng, drawn = np.random.default_rng(seed), np.zeros(truth.shape, np.uint8)
    said: Numbers | None = None
    rounds = []
    for number in range(ROUNDS):
        for _ in range(1 if number else FIRST):
            for kind, mask in _places(truth, said).items():
                drawn[stroke(mask, rng)] = kind
        began = time.perf_counter()
        here = painted(volume, drawn)
        said = strokes.learn(here, "strokes")(here, tuple(slice(0, n) for n in truth.shape))  # type: ignore[arg-type]
        seconds = time.perf_counter() - began
        rounds.append(_judged(said == CELL, said > 0, truth, volume) | {"seconds": seconds})
    return rounds


def painted(volume: Volume, drawn: Numbers) -> Volume:
    """The image with strokes on it."""
    image = volume.whole
    at = np.flatnonzero(drawn)
    on = painting.painted(
        painting.blank(image), painting.Paint(image.shape).more(at, drawn.ravel()[at].astype(np.int64))
    )
    return Volume(session=volume.session, image=image, labels={"strokes": on}, names={"strokes": NAMES})


def stroke(mask: Mask, rng: np.random.Generator) -> Mask:
    """A short line through a random voxel of a mask, in its plane and as far as the mask goes, three voxels wide."""
    from scipy.ndimage import binary_dilation

    drawn = np.zeros(mask.shape, bool)
    if not mask.any():
        return drawn
    z, y, x = rng.permutation(np.argwhere(mask))[0]
    plane, line, angle = mask[z], np.zeros(mask.shape[1:], bool), rng.uniform(0, np.pi)
    for side in (1, -1):
        for step in range(LENGTH // 2):
            at = round(y + side * step * np.sin(angle)), round(x + side * step * np.cos(angle))
            if not all(0 <= a < n for a, n in zip(at, plane.shape)) or not plane[at]:
                break
            line[at] = True
    drawn[z] = binary_dilation(line, np.ones((3, 3))) & plane
    return drawn


def _places(truth: Numbers, said: Numbers | None) -> dict[int, Mask]:
    """Where a stroke of each kind may be: where it is wrong, if it is wrong anywhere."""
    from skimage.segmentation import find_boundaries

    touching = _touching(truth)
    inner = (truth > 0) & ~np.stack([find_boundaries(plane) for plane in truth])
    right = {NOTHING: truth == 0, CELL: inner, BORDER: touching}
    if said is None:
        return right
    wrong = {NOTHING: (truth == 0) & (said > 0), CELL: inner & (said != CELL), BORDER: touching & (said == CELL)}
    return {kind: wrong[kind] if wrong[kind].any() else right[kind] for kind in right}


def _touching(truth: Numbers) -> Mask:
    """Voxels of nuclei that are beside another nucleus."""
    touching = np.zeros(truth.shape, bool)
    for axis in range(3):
        here, there = (np.moveaxis(truth, axis, 0)[part] for part in (np.s_[:-1], np.s_[1:]))
        meet, marked = (here != there) & (here > 0) & (there > 0), np.moveaxis(touching, axis, 0)
        marked[:-1] |= meet
        marked[1:] |= meet
    return touching


def _threshold(volume: Volume, truth: Numbers) -> dict[str, float]:
    """The same by Otsu's threshold."""
    from skimage.filters import threshold_otsu

    grey = volume.whole.levels[0][:, :, :]
    inside = grey > threshold_otsu(grey)
    return _judged(inside, inside, truth, volume)


def _judged(cell: Mask, inside: Mask, truth: Numbers, volume: Volume) -> dict[str, float]:
    """Nuclei, counted as `neurofm cells --split` does, and Dice of what is inside of any."""
    from neurofm.analysis import apart, cells

    spacing, out = volume.spacing, np.zeros(truth.shape, np.uint32)
    cells.connected(Held(cell.astype(np.uint8)), 1, out, least=LEAST)
    grey = volume.whole.levels[0]
    apart.split(out, cells.measure(Held(out), spacing, np.zeros(3)), spacing, image=grey)
    common = np.count_nonzero(inside & (truth > 0))
    count = len(cells.measure(Held(out), spacing, np.zeros(3), least=LEAST))
    return {"count": count, "dice": 2 * common / max(int(inside.sum()) + int((truth > 0).sum()), 1)}


def _counts(now: Sequence[dict[str, float]], true: int) -> str:
    return f"{', '.join(str(int(one['count'])) for one in now)} of {true}"


def _pairs(paths: Sequence[str]) -> list[tuple[Volume, Numbers]]:
    """Images, and numbers of their nuclei."""
    every: list[Any] = [io.read(path) for path in paths]
    images, truths = every[::2], every[1::2]
    for path, image in zip(paths[::2], images):
        if not isinstance(image, Volume) or image.image is None:
            raise DataError(path, "", "is no image; give pairs of an image and labels of its nuclei")
    for path, truth, image in zip(paths[1::2], truths, images):
        if not isinstance(truth, Volume) or not truth.labels or truth.whole.shape != image.whole.shape:
            raise DataError(path, "", "are no labels of that image; give pairs of an image and labels of its nuclei")
    if not every or len(every) % 2:
        raise DataError("+".join(paths) or "strokes", "", "must be pairs of an image and labels of its nuclei")
    loaded = [Pyramid((Held(one.image.levels[0][:, :, :]),), one.image.spacing[:1]) for one in images]
    volumes = [Volume(session=one.session, image=image, unit=one.unit) for one, image in zip(images, loaded)]
    return [(volume, next(iter(truth.labels.values())).levels[0][:, :, :]) for volume, truth in zip(volumes, truths)]


SPEC = BenchSpec(title="Nuclei counted after a few strokes", run=run)
