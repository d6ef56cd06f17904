"""Segmenting: labels of a volume of any size, chunk by chunk into a store, so that it can be stopped and go on.

Beside the store lies a record, a line for each chunk that is written. A chunk of the image that cannot be read is left
out and named; the others go on, and it is tried again when the work is resumed.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neurofm.data.volume import MICRON, Pyramid, Voxels
from neurofm.errors import DataError
from neurofm.io import _label_store
from neurofm.training import tiles
from neurofm.training.chunks import Record, check_same, checked, digest, file, ordered, read, told
from neurofm.training.tiles import Cube, Reach, Spans

CORE, PLANE = (64, 128, 128), 512  # voxels of a chunk: as many as the caches of a processor like; and of single planes
GAIN, AGREED = 1.3, 0.995  # less digits are used where they are so much quicker, and so many labels stay the same
PROBE = 48  # voxels along an edge in which that is tried
LOOKS = 9  # chunks that are looked at before a volume is called empty
Step = Callable[..., None]


@dataclass(frozen=True)
class Way:
    """How chunks are computed: their size, and digits, with the reason in words."""

    core: Cube
    precision: str
    why: str


@dataclass
class Segmented:
    """What came of it.

    Parameters
    ----------
    out : the store
    way : how it was computed
    chunks : how many there are
    failed : why chunks could not be done, by where they are
    """

    out: Path
    way: Way
    chunks: int
    failed: dict[str, str] = field(default_factory=dict)


def segment(
    net: torch.nn.Module,
    image: Pyramid,
    out: str | os.PathLike[str],
    classes: Mapping[int, str],
    *,
    label: str = "structure",
    unit: str = MICRON,
    box: Spans | None = None,
    near: Sequence[int] | None = None,
    probabilities: bool = False,
    precision: str = "auto",
    core: Cube | None = None,
    resume: bool = False,
    step: Step = lambda *_, **__: None,
) -> Segmented:
    """Write the likeliest class of each voxel of a box of an image into an OME-Zarr store.

    Parameters
    ----------
    classes : number that stands for each class in the labels, and its name, in the order in which the network says them
    box : voxels from low to high along z, y, x; all if None
    near : voxel around which to begin; the middle of the box if None
    probabilities : whether those of each class are kept, too
    precision : float32, which equals one pass over all of the volume; bfloat16 or float16; or "auto"
    core : voxels of a chunk along each axis; as suits the machine if None
    resume : whether to go on with what is there, if it is of the same network and image

    Raises
    ------
    DataError
        If the box is not in the image or the image is empty there, or what is there is of something else.
    """
    out, voxels = Path(out), image.levels[0]
    box = checked(out, box, voxels.shape)
    measure = tiles.reach(net)
    record = Record(out.with_name(f"{out.name}.chunks"))
    about: dict[str, Any] = {"box": [list(span) for span in box], "classes": {str(k): v for k, v in classes.items()}}
    about |= {"shape": list(voxels.shape), "probabilities": probabilities, "network": digest(net)}
    about |= {"image": file(voxels)}
    kept = record.plan if resume and out.exists() else None
    if kept is not None:
        check_same(out, kept, about)
        way, store = Way(*(tuple(kept["core"]), kept["precision"], kept["why"])), _label_store.LabelStore(out)
    else:
        way = choose(net, measure, voxels, box, precision=precision, core=core)
        store = _label_store.create(
            out, [high - low for low, high in box], label=label, unit=unit, spacing=image.spacing[0],
            names={k: name for k, name in classes.items() if k}, classes=list(classes.values()) * probabilities,
            origin=image.origin + image.spacing[0] * [low for low, _ in box],
        )  # fmt: skip
        record.begin(about | {"core": list(way.core), "precision": way.precision, "why": way.why})
    boxes = ordered(tiles.cut(box, way.core), near or [(low + high) // 2 for low, high in box])
    _check_not_empty(out, voxels, boxes)
    work = _Work(net, voxels, store, measure, way, np.array(list(classes)), box, probabilities)
    left = [one for one in boxes if one not in record.done]
    failed = {}
    for number, (one, why) in enumerate(work.each(left), len(boxes) - len(left) + 1):
        if why:
            failed[told(one)] = why
        else:
            record.add(one)
        step(number / len(boxes), f"{number:,} of {len(boxes):,} chunks · {way.why}", preview=out)
    return Segmented(out, way, len(boxes), failed)


def choose(
    net: torch.nn.Module,
    measure: Reach,
    voxels: Voxels,
    box: Spans,
    *,
    precision: str = "auto",
    core: Cube | None = None,
) -> Way:
    """Size of chunks and digits that suit the machine, tried on voxels from the middle of the box."""
    core = core or (_planes(measure, voxels.shape) if measure.flat or voxels.shape[0] == 1 else CORE)
    size = " x ".join(str(min(n, high - low)) for n, (low, high) in zip(core, box))
    if precision != "auto":
        return Way(core, precision, f"chunks of {size} voxels in {precision}, as was asked for")
    fast = _fast(net)
    if not fast:
        return Way(core, "float32", f"chunks of {size} voxels in float32, as this machine has no quicker numbers")
    gain, agreed = _tried(net, measure, voxels, box, fast)
    outcome = f"{fast} is {gain:.1f} times as quick here, with {100 * agreed:.1f} % of labels the same"
    good = gain >= GAIN and agreed >= AGREED
    return Way(
        core, fast if good else "float32", f"chunks of {size} voxels in {fast if good else 'float32'}: {outcome}"
    )


@dataclass(frozen=True)
class _Work:
    net: torch.nn.Module
    voxels: Voxels
    store: _label_store.LabelStore
    measure: Reach
    way: Way
    numbers: NDArray[Any]
    box: Spans
    probabilities: bool

    def each(self, boxes: Sequence[Spans]) -> Iterator[tuple[Spans, str]]:
        """Each box once it is written, or why it could not be; the next is read meanwhile."""
        with ThreadPoolExecutor(1, "tile") as reader:
            waits = [reader.submit(self._read, box) for box in boxes[:1]]
            for k, box in enumerate(boxes):
                wait = waits.pop()
                waits += [reader.submit(self._read, later) for later in boxes[k + 1 : k + 2]]
                try:
                    tile = wait.result()
                except Exception as error:  # whatever a store raises is told, and the others go on
                    yield box, (str(error).strip() or type(error).__name__).split("\n")[0]
                    continue
                self._put(box, tile)
                yield box, ""

    def _read(self, box: Spans) -> NDArray[np.float32]:
        return np.asarray(read(self.voxels, self.measure.around(box, self.voxels.shape)), np.float32)

    def _put(self, box: Spans, tile: NDArray[np.float32]) -> None:
        (said,) = tiles.answer(self.net, [tile], self.measure, self.way.precision)
        said = tiles.inside(said, box, self.measure.around(box, self.voxels.shape))
        there = [(low - begin, high - begin) for (low, high), (begin, _) in zip(box, self.box)]
        shares = said.softmax(0).cpu().numpy() if self.probabilities else None
        labels = self.numbers[said.argmax(0).cpu().numpy()]
        self.store.write(there, labels.astype(np.uint8 if self.numbers.max() < 256 else np.uint16), shares)


def _check_not_empty(out: Path, voxels: Voxels, boxes: Sequence[Spans]) -> None:
    """Refuse an image that is zero wherever it is looked at."""
    for k in np.unique(np.linspace(0, len(boxes) - 1, min(LOOKS, len(boxes))).astype(int)):
        try:
            if read(voxels, boxes[k]).any():
                return
        except Exception:
            return  # it is told of that chunk itself
    raise DataError(out, "image", "is zero wherever it was looked at; choose a box that holds something")


def _planes(measure: Reach, shape: Sequence[int]) -> Cube:
    return (1 if shape[0] == 1 else 8, PLANE, PLANE)


def _fast(net: torch.nn.Module) -> str:
    """Numbers of fewer digits that the machine computes with by itself; "" if there are none."""
    device = next((one.device.type for one in net.parameters()), "cpu")
    if device == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    if device == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported() and torch.cpu._is_avx512_bf16_supported():
        return "bfloat16"
    return ""


def _tried(net: torch.nn.Module, measure: Reach, voxels: Voxels, box: Spans, fast: str) -> tuple[float, float]:
    """How much quicker fewer digits are, and the share of labels that stay the same."""
    edges = (1, 4 * PROBE, 4 * PROBE) if measure.flat or voxels.shape[0] == 1 else (PROBE,) * 3
    middle = [(low + high) // 2 for low, high in box]
    begin = [max(min(m - e // 2, n - e), 0) for m, e, n in zip(middle, edges, voxels.shape)]
    tile = np.asarray(voxels[tuple(slice(b, b + e) for b, e in zip(begin, edges))])
    seconds: dict[str, float] = {}
    labels: dict[str, NDArray[Any]] = {}
    for precision in ("float32", fast):
        for _ in range(2):
            began = time.perf_counter()
            said = tiles.answer(net, [tile, tile], measure, precision)[0].argmax(0).cpu().numpy()
            seconds[precision] = min(time.perf_counter() - began, seconds.get(precision, math.inf))
        labels[precision] = said
    return seconds["float32"] / seconds[fast], float((labels["float32"] == labels[fast]).mean())
