"""Chunks of a volume: each read with what is around it, said by a network, and written into a store."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neurofm.data.volume import Turned, Voxels, bare
from neurofm.io._label_store import LabelStore
from neurofm.io._stores import Chunks
from neurofm.training import tiles
from neurofm.training.tiles import Reach, Spans
from neurofm.training.way import Way

_reading = threading.Lock()  # voxels that several threads read do not say whose box was bad


@dataclass(frozen=True)
class Order:
    """What is to be done with each chunk, in values that can be sent to another machine.

    Parameters
    ----------
    out : the store
    numbers : that stand for each class in the labels
    box : of the volume that the store holds
    """

    out: Path
    measure: Reach
    way: Way
    numbers: tuple[int, ...]
    box: Spans
    probabilities: bool


@dataclass(frozen=True)
class Outcome:
    """What came of a chunk: why it could not be read, and how many chunks of the image are black in it."""

    why: str = ""
    black: int = 0


@dataclass(frozen=True)
class Work:
    """A network at work on a volume."""

    net: torch.nn.Module
    voxels: Voxels
    order: Order

    def each(self, boxes: Sequence[Spans]) -> Iterator[tuple[Spans, Outcome]]:
        """Each box once it is written, or could not be read; the next is read meanwhile."""
        order = self.order
        groups = tiles.batches(boxes, order.measure, self.voxels.shape, order.way.batch)
        with ThreadPoolExecutor(1, "tile") as reader:
            waits = [reader.submit(self._read, group) for group in groups[:1]]
            for k, group in enumerate(groups):
                wait = waits.pop()
                waits += [reader.submit(self._read, later) for later in groups[k + 1 : k + 2]]
                yield from self._done(group, wait.result())

    def one(self, box: Spans) -> Outcome:
        """What came of a single box."""
        ((_, outcome),) = self._done([box], self._read([box]))
        return outcome

    def _done(self, boxes: Sequence[Spans], parts: Sequence[NDArray[Any] | str]) -> list[tuple[Spans, Outcome]]:
        whole = {box: part for box, part in zip(boxes, parts) if not isinstance(part, str)}
        if whole:
            order = self.order
            said = tiles.answer(self.net, list(whole.values()), order.measure, order.way.precision)
            for box, one in zip(whole, said):
                self._put(box, one)
        return [(box, self._outcome(box, part)) for box, part in zip(boxes, parts)]

    def _outcome(self, box: Spans, part: NDArray[Any] | str) -> Outcome:
        if isinstance(part, str):
            return Outcome(part)
        around = self.order.measure.around(box, self.voxels.shape)
        own = part[tiles.slices(tuple((low - a, high - a) for (low, high), (a, _) in zip(box, around)))]
        return Outcome(black=black(own, box, self.voxels.chunks))

    def _read(self, boxes: Sequence[Spans]) -> list[NDArray[np.float32] | str]:
        """The tile of each box, or why it could not be read."""
        parts: list[NDArray[np.float32] | str] = []
        for box in boxes:
            try:
                tile = read(self.voxels, self.order.measure.around(box, self.voxels.shape))
                parts.append(np.asarray(tile, np.float32))
            except Exception as error:  # whatever a store raises is told, and the others go on
                parts.append((str(error).strip() or type(error).__name__).split("\n")[0])
        return parts

    def _put(self, box: Spans, said: torch.Tensor) -> None:
        order, numbers = self.order, self._numbers
        said = tiles.inside(said, box, order.measure.around(box, self.voxels.shape))
        there = [(low - begin, high - begin) for (low, high), (begin, _) in zip(box, order.box)]
        shares = said.softmax(0).cpu().numpy() if order.probabilities else None
        self._store.write(there, numbers[said.argmax(0).cpu().numpy()], shares)

    @cached_property
    def _numbers(self) -> NDArray[Any]:
        return np.array(self.order.numbers, np.uint8 if max(self.order.numbers) < 256 else np.uint16)

    @cached_property
    def _store(self) -> LabelStore:
        return LabelStore(self.order.out)


def passing(voxels: Voxels) -> Voxels:
    """The same for who passes over all of it once, so that memory does not grow with what was read."""
    if isinstance(voxels, Turned):
        return replace(voxels, voxels=passing(voxels.voxels))
    return voxels.passing() if isinstance(voxels, Chunks) else voxels


def black(part: NDArray[Any], box: Spans, chunks: Sequence[int]) -> int:
    """How many chunks that begin in a box, and of which it holds voxels, are zero there, as what is missing is read."""
    starts = [range(-(-low // n) * n, high, n) for (low, high), n in zip(box, chunks)]
    spans = ([(s - box[k][0], s - box[k][0] + chunks[k]) for k, s in enumerate(at)] for at in product(*starts))
    return sum(not part[tuple(slice(*span) for span in each)].any() for each in spans)


def read(voxels: Voxels, box: Spans) -> NDArray[Any]:
    """Voxels of a box.

    Raises
    ------
    OSError
        If a part of it cannot be read, which pictures show in black.
    """
    with whole(voxels):
        return voxels[tiles.slices(box)]


@contextmanager
def whole(voxels: Voxels) -> Iterator[None]:
    """While in here, what cannot be read of some voxels is an error rather than black.

    Raises
    ------
    OSError
        If a part could not be read.
    """
    bad: dict[str, str] = getattr(bare(voxels), "bad", {})
    with _reading:
        bad.clear()
        yield
        if bad:
            place, why = next(iter(bad.items()))
            raise OSError(f"the image cannot be read at {place} ({why})")
