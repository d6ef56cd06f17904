"""Segmenting: labels of a volume of any size, chunk by chunk into a store, so that it can be stopped and go on.

Beside the store lies a record, a line for each chunk that is written. A chunk of the image that cannot be read is left
out and named; the others go on, and it is tried again when the work is resumed.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from neurofm.data.volume import MICRON, Pyramid, Voxels, bare
from neurofm.errors import DataError
from neurofm.io import _label_store
from neurofm.process import sync
from neurofm.training import spread, tiles
from neurofm.training.chunks import Order, Work, passing, read
from neurofm.training.spread import Cluster
from neurofm.training.tiles import Cube, Spans
from neurofm.training.way import Way, choose

LOOKS = 9  # chunks that are looked at before a volume is called empty
Step = Callable[..., None]


@dataclass
class Segmented:
    """What came of it.

    Parameters
    ----------
    out : the store
    way : how it was computed
    chunks : how many there are
    failed : why chunks could not be done, by where they are
    black : how many chunks of the image are zero, as those that are missing are read
    """

    out: Path
    way: Way
    chunks: int
    failed: dict[str, str] = field(default_factory=dict)
    black: int = 0


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
    cluster: Cluster | None = None,
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
    cluster : where to compute; here if None

    Raises
    ------
    DataError
        If the box is not in the image or the image is empty there, or what is there is of something else.
    """
    out, voxels = Path(out), passing(image.levels[0])
    box = inside(out, box, voxels.shape)
    measure = tiles.reach(net)
    record = Record(out.with_name(f"{out.name}.chunks"))
    about: dict[str, Any] = {"box": [list(span) for span in box], "classes": {str(k): v for k, v in classes.items()}}
    about |= {"shape": list(voxels.shape), "probabilities": probabilities, "network": digest(net)}
    about |= {"image": file(voxels)}
    way = _kept(record, about, precision) if resume and out.exists() else None
    if way is None:
        way = choose(net, measure, voxels, box, precision=precision, core=core)
        _label_store.create(
            out, [high - low for low, high in box], label=label, unit=unit, spacing=image.spacing[0],
            names={k: name for k, name in classes.items() if k}, classes=list(classes.values()) * probabilities,
            origin=image.origin + image.spacing[0] * [low for low, _ in box],
        )  # fmt: skip
        record.begin(about | asdict(way))
    boxes = ordered(tiles.cut(box, way.core), near or [(low + high) // 2 for low, high in box])
    _check_not_empty(out, voxels, boxes)
    work = Work(net, voxels, Order(out, measure, way, tuple(classes), box, probabilities))
    return _done(work, boxes, record, cluster, step)


def _kept(record: Record, about: Mapping[str, Any], precision: str) -> Way | None:
    """How chunks that are there were computed; None if there are none."""
    plan = record.plan
    if plan is None:
        return None
    asked = {} if precision == "auto" else {"precision": precision}
    check_same(record.path, plan, {**about, **asked})
    return Way(tuple(plan["core"]), plan["precision"], plan["why"], plan["batch"])


def _done(work: Work, boxes: Sequence[Spans], record: Record, cluster: Cluster | None, step: Step) -> Segmented:
    """What came of the boxes that are left."""
    done, order = record.done, work.order
    came = Segmented(order.out, order.way, len(boxes))
    left = [box for box in boxes if box not in done]
    each = spread.each(cluster, order, left) if cluster else work.each(left)
    for number, (box, outcome) in enumerate(each, len(boxes) - len(left) + 1):
        came.black += outcome.black
        if outcome.why:
            came.failed[told(box)] = outcome.why
        else:
            record.add(box)
        step(number / len(boxes), f"{number:,} of {len(boxes):,} chunks · {order.way.why}", preview=order.out)
    return came


def told(box: Sequence[Sequence[int]]) -> str:
    """A box in words."""
    return ", ".join(f"{axis} {low:,} to {high:,}" for axis, (low, high) in zip("zyx", box))


class Record:
    """The chunks that are written, a line each, so that a kill at any moment loses one at most."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def plan(self) -> dict[str, Any] | None:
        """What it is a record of; None if there is none."""
        lines = self._lines()
        return json.loads(lines[0]) if lines else None

    @property
    def done(self) -> set[Spans]:
        return {tuple((low, high) for low, high in json.loads(line)) for line in self._lines()[1:]}

    def begin(self, plan: Mapping[str, Any]) -> None:
        self.path.unlink(missing_ok=True)
        self._write(dict(plan))

    def add(self, box: Spans) -> None:
        self._write(box)

    def _write(self, line: Any) -> None:
        with self.path.open("ab") as file:
            file.write(f"{json.dumps(line)}\n".encode())
        sync(self.path)

    def _lines(self) -> list[str]:
        """Whole lines; one that was cut short is forgotten."""
        if not self.path.exists():
            return []
        raw = self.path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        if len(whole) < len(raw):
            os.truncate(self.path, len(whole))
        return whole.decode("utf8").splitlines()


def digest(net: torch.nn.Module) -> str:
    """Another for other weights."""
    every = hashlib.blake2b(digest_size=8)
    for name, value in net.state_dict().items():
        every.update(name.encode() + value.detach().cpu().float().numpy().tobytes())
    return every.hexdigest()


def file(voxels: Voxels) -> str:
    """The file or address that voxels are from; "" of those in memory."""
    where = getattr(bare(voxels), "where", None)
    return "" if where is None else where.path


def inside(out: str | os.PathLike[str], box: Sequence[Sequence[int]] | None, shape: Sequence[int]) -> Spans:
    """A box of an image; all of it if None.

    Raises
    ------
    DataError
        If it is not in the image.
    """
    if box is None:
        return tuple((0, n) for n in shape)
    if len(box) != 3 or any(not 0 <= low < high <= n for (low, high), n in zip(box, shape)):
        size = " x ".join(f"{n:,}" for n in shape)
        problem = f"of {told(box)} is not within the {size} voxels of the image; give z, y and x"
        raise DataError(Path(out), "box", problem)
    return tuple((low, high) for low, high in box)


def check_same(path: Path, kept: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Refuse to go on with what is of something else."""
    for name, value in about.items():
        if kept.get(name) != value:
            raise DataError(path, name, f"is {kept.get(name)} there, not {value}; name another folder, or begin anew")


def _check_not_empty(out: Path, voxels: Voxels, boxes: Sequence[Spans]) -> None:
    """Refuse an image that is zero wherever it is looked at."""
    for k in np.unique(np.linspace(0, len(boxes) - 1, min(LOOKS, len(boxes))).astype(int)):
        try:
            if read(voxels, boxes[k]).any():
                return
        except Exception:
            return  # it is told of that chunk itself
    raise DataError(out, "image", "is zero wherever it was looked at; choose a box that holds something")


def ordered(boxes: Sequence[Spans], near: Sequence[int]) -> list[Spans]:
    """Nearest first."""

    def apart(box: Spans) -> float:
        return math.dist([(low + high - 1) / 2 for low, high in box], near)

    return sorted(boxes, key=apart)
