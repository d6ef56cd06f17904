"""Coarser levels of images that have none, as OME-Zarr 0.5 in the user's cache; the finest stay where they are.

Levels are made one from the other, block by block, and each is kept as soon as it is there: what was stopped goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.volume import AXES, PLANE, Pyramid, Turned, Volume, Voxels
from neurofm.errors import DataError
from neurofm.io import _stores
from neurofm.io._copies import cache_folder
from neurofm.io._place import is_address
from neurofm.io._stores import created
from neurofm.io._voxels import Where

FORMAT = 1  # of what is in the cache
EDGE = PLANE // 4  # voxels along an edge of the coarsest level, at most
BLOCK = 64 << 20  # bytes that are read at once
CHUNK, WIDE = 64, 512  # voxels along an edge of a chunk; of one that is a single plane
FILES = 5_000  # of a folder that are looked at
OURS = "neurofm"  # what a group says beside what OME-Zarr knows

Step = Callable[[float, str], Any]
Spans = tuple[slice, slice, slice]


def wanted(pyramid: Pyramid) -> bool:
    """Whether coarser levels would help."""
    return max(pyramid.levels[-1].shape) > EDGE


def place(path: str, part: str) -> Path:
    """Where the levels of a file's image ("") or labels are, or would be, for as long as it stays as it is."""
    where = path if is_address(path) else os.path.realpath(path)
    key = hashlib.blake2b(repr((FORMAT, where, part, _state(path))).encode(), digest_size=16).hexdigest()
    return cache_folder("levels") / f"{key}.zarr"


def placed(pyramid: Pyramid, path: str, part: str = "") -> Pyramid:
    """The same, whose voxels say where they are from, with coarser levels of it that were made before."""
    pyramid = joined(pyramid, path, part)
    for level, voxels in enumerate(pyramid.levels):
        voxels.where = Where(path, part, level)  # type: ignore[attr-defined]
    return pyramid


def joined(pyramid: Pyramid, path: str, part: str) -> Pyramid:
    """The same with the levels that the cache holds, if it wants some."""
    if not wanted(pyramid):
        return pyramid
    folder = place(path, part)
    if not folder.exists():
        return pyramid
    factors = _about(folder)["factors"]
    levels = [_opened(folder / str(k)) for k in range(1, len(factors) + 1)]
    first = len(pyramid.levels)
    spacing = pyramid.spacing[-1] * np.array([np.ones(3), *factors])[1:]
    return Pyramid(
        (*pyramid.levels, *levels), np.concatenate([pyramid.spacing[:first], spacing]), pyramid.origin, pyramid.begins
    )


def looked(pyramid: Pyramid) -> Pyramid:
    """The same with the levels that were made since it was read, its axes in whatever order."""
    fine, order = pyramid.levels[-1], [0, 1, 2]
    while isinstance(fine, Turned):
        order, fine = [fine.order[k] for k in order], fine.voxels
    where = getattr(fine, "where", None)
    if where is None:
        return pyramid
    back = np.argsort(order)
    bare = Pyramid((fine,), pyramid.spacing[-1:, back], pyramid.origin[back])
    more = joined(bare, where.path, where.part)
    levels = [level if order == [0, 1, 2] else Turned(level, order) for level in more.levels[1:]]
    for number, level in enumerate(more.levels[1:], len(pyramid.levels)):
        level.where = Where(where.path, where.part, number)  # type: ignore[attr-defined]
    spacing = np.concatenate([pyramid.spacing, more.spacing[1:, order]])
    return Pyramid((*pyramid.levels, *levels), spacing, pyramid.origin, pyramid.begins)


def make(volume: Volume, step: Step = lambda done, words: None) -> dict[str, str]:
    """Make the levels of all of a volume's images that want some; gives what could not be read, and why, by box.

    Raises
    ------
    ValueError
        If none wants any.
    DataError
        If they cannot be written.
    """
    images = {"": volume.image} if volume.image is not None else {}
    pyramids = {part: one for part, one in (images | dict(volume.labels)).items() if one is not None and wanted(one)}
    if not pyramids:
        raise ValueError(f"{volume.session} is no larger than {EDGE} voxels at its coarsest level; it needs no other")
    bad: dict[str, str] = {}
    for number, (part, pyramid) in enumerate(pyramids.items()):
        where = getattr(pyramid.levels[-1], "where", None)
        if where is None:
            raise ValueError(
                f"the voxels of {volume.session} are in no file that has them as they are; export it first"
            )

        def told(done: float, words: str, number: int = number) -> None:
            step((number + done) / len(pyramids), words)

        try:
            _write(pyramid, place(where.path, where.part), told, mean=part == "")
        except OSError as error:
            raise DataError(
                where.path, part, f"got no coarser levels ({error}); is there room in the cache?"
            ) from error
        bad |= getattr(pyramid.levels[-1], "bad", {})
    return bad


def halved(block: NDArray[Any], factor: Sequence[int], *, mean: bool) -> NDArray[Any]:
    """(z, y, x) voxels that are each the mean of so many, or the most frequent of them; the larger of equals."""
    edges = [(0, -n % f) for n, f in zip(block.shape, factor)]
    block = np.pad(block, edges, mode="edge") if any(after for _, after in edges) else block
    (z, y, x), (a, b, c) = block.shape, factor
    cells = block.reshape(z // a, a, y // b, b, x // c, c)
    if mean:
        exact = np.float32 if block.dtype.itemsize < 4 and block.dtype.kind in "iub" else np.float64
        means = cells.mean((1, 3, 5), dtype=exact)
        return (np.rint(means) if block.dtype.kind in "iub" else means).astype(block.dtype)
    rows = np.sort(cells.transpose(1, 3, 5, 0, 2, 4).reshape(a * b * c, z // a, y // b, x // c), axis=0)
    best, count = rows[0], (rows == rows[0]).sum(0, dtype=np.uint8)
    for row in rows[1:]:
        times = (rows == row).sum(0, dtype=np.uint8)
        best, count = np.where(times >= count, row, best), np.maximum(count, times)
    return best


def _write(pyramid: Pyramid, folder: Path, step: Step, *, mean: bool) -> None:
    """All levels below the coarsest, in a folder that gets its name once they are there."""
    if folder.exists():
        return
    draft = folder.with_name(f".{folder.name}.part")
    draft.mkdir(exist_ok=True)
    plans = list(_plans(pyramid))
    voxels: Voxels = pyramid.levels[-1]
    for number, (shape, factor, done, share) in enumerate(plans, 1):
        part, finished = draft / str(number), draft / f".{number}"
        if not finished.exists():
            words = f"Level {number} of {len(plans)}"
            told = partial(_tell, step, done, share, words)
            array = created(part, shape, str(voxels.dtype), _chunk(shape, voxels), AXES)
            _halve(voxels, array, factor, told, mean=mean)
            finished.touch()
        voxels = _opened(part)
    _describe(draft, pyramid, [factor for _, factor, _, _ in plans])
    draft.replace(folder)


def _tell(step: Step, done: float, share: float, words: str, part: float) -> None:
    step(done + share * part, words)


def _plans(pyramid: Pyramid) -> Iterator[tuple[tuple[int, ...], list[int], float, float]]:
    """Shape and factor of each level, and the share of the work that is done before and that it is."""
    shape, spacing = pyramid.levels[-1].shape, pyramid.spacing[-1].copy()
    steps: list[tuple[tuple[int, ...], list[int], int]] = []
    while max(shape) > EDGE:
        finest = min(s for s, n in zip(spacing, shape) if n > 1)
        factor = [2 if n > 1 and s < 2 * finest * (1 - 1e-9) else 1 for s, n in zip(spacing, shape)]
        steps.append((tuple(-(-n // f) for n, f in zip(shape, factor)), factor, int(np.prod(shape, dtype=object))))
        spacing, shape = spacing * factor, steps[-1][0]  # type: ignore[assignment]
    done, whole = 0, sum(work for _, _, work in steps)
    for level, factor, work in steps:
        yield level, factor, done / whole, work / whole
        done += work


def _halve(voxels: Voxels, to: Any, factor: list[int], step: Callable[[float], Any], *, mean: bool) -> None:
    boxes = list(_blocks(to.shape, voxels, factor))
    for number, box in enumerate(boxes):
        step(number / len(boxes))
        wide = tuple(slice(s.start * f, min(s.stop * f, n)) for s, f, n in zip(box, factor, voxels.shape))
        to[box].write(halved(voxels[wide], factor, mean=mean)).result()
    step(1.0)


def _blocks(shape: Sequence[int], voxels: Voxels, factor: Sequence[int]) -> Iterator[Spans]:
    """Boxes of whole chunks of the coarser level; of planes that are read whole, all of each."""
    sizes = list(_chunk(shape, voxels))
    each = voxels.dtype.itemsize * int(np.prod(factor))
    for axis in (2, 1, 0):
        if voxels.chunks[0] == 1 and axis > 0:
            sizes[axis] = shape[axis]
            continue
        while sizes[axis] < shape[axis] and 2 * each * np.prod(sizes, dtype=float) <= BLOCK:
            sizes[axis] *= 2
    for low in product(*(range(0, n, size) for n, size in zip(shape, sizes))):
        z, y, x = (slice(a, min(a + size, n)) for a, size, n in zip(low, sizes, shape))
        yield z, y, x


def _chunk(shape: Sequence[int], voxels: Voxels) -> tuple[int, int, int]:
    sizes = (1, WIDE, WIDE) if voxels.chunks[0] == 1 else (CHUNK, CHUNK, CHUNK)
    z, y, x = (min(size, n) for size, n in zip(sizes, shape))
    return z, y, x


def _opened(place: Path) -> Any:
    told = _stores.page(str(place), "zarr.json")
    if told is None:
        raise DataError(place, "zarr.json", "is gone from the cache; make the coarser levels again")
    chunks = told["chunk_grid"]["configuration"]["chunk_shape"]
    return _stores.Chunks(str(place), {"driver": "zarr3"}, told["shape"], told["data_type"], chunks, (0, 1, 2), {})


def _describe(folder: Path, pyramid: Pyramid, factors: list[list[int]]) -> None:
    """As OME-Zarr 0.5 has it, so that others read these levels, too."""
    total, levels = np.ones(3), []
    for number, factor in enumerate(factors, 1):
        total = total * factor
        scale = pyramid.spacing[-1] * total
        begin = pyramid.offset(len(pyramid.levels) - 1) + (scale - pyramid.spacing[-1]) / 2
        steps = [{"type": "scale", "scale": scale.tolist()}, {"type": "translation", "translation": begin.tolist()}]
        levels.append({"path": str(number), "coordinateTransformations": steps})
    axes = [{"name": axis, "type": "space", "unit": "micrometer"} for axis in AXES]
    ome = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": levels}]}
    ours = {"factors": np.cumprod(factors, 0).tolist()}
    group = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": ome, OURS: ours}}
    (folder / "zarr.json").write_text(json.dumps(group), "utf8")


def _about(folder: Path) -> Any:
    return json.loads((folder / "zarr.json").read_text("utf8"))["attributes"][OURS]


def _state(path: str) -> list[tuple[str, int, int]]:
    """Another once a file, or one in a folder, was written to; nothing is asked of addresses."""
    if is_address(path):
        return []
    from neurofm.io import _origin

    return [_origin._about(file) for file in _origin._files([path])]
