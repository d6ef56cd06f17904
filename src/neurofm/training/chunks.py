"""Chunks of long work on a volume: their order, a record of those that are done, and voxels of them."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from neurofm.data.volume import Voxels, bare
from neurofm.errors import DataError
from neurofm.process import sync

Spans = tuple[tuple[int, int], ...]  # low and high of z, y, x


def told(box: Spans) -> str:
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


def read(voxels: Voxels, box: Spans) -> NDArray[Any]:
    """Voxels of a box.

    Raises
    ------
    OSError
        If a part of it cannot be read, which pictures show in black.
    """
    with whole(voxels):
        return voxels[tuple(slice(*span) for span in box)]


@contextmanager
def whole(voxels: Voxels) -> Iterator[None]:
    """While in here, what cannot be read is an error rather than black.

    Raises
    ------
    OSError
        If a part could not be read.
    """
    bad: dict[str, str] = getattr(bare(voxels), "bad", {})
    bad.clear()
    yield
    if bad:
        place, why = next(iter(bad.items()))
        raise OSError(f"the image cannot be read at {place} ({why})")


def digest(net: Any) -> str:
    """Of the weights of a network: another for others."""
    every = hashlib.blake2b(digest_size=8)
    for name, value in net.state_dict().items():
        every.update(name.encode() + value.detach().cpu().float().numpy().tobytes())
    return every.hexdigest()


def file(voxels: Voxels) -> str:
    """The file or address that voxels are from; "" of those in memory."""
    where = getattr(bare(voxels), "where", None)
    return "" if where is None else where.path


def checked(out: Path, box: Spans | None, shape: Sequence[int]) -> Spans:
    """A box within a volume, all of it if None."""
    whole = tuple((0, n) for n in shape)
    box = box or whole
    if len(box) != 3 or any(not 0 <= low < high <= n for (low, high), n in zip(box, shape)):
        size = " x ".join(f"{n:,}" for n in shape)
        raise DataError(out, "box", f"of {told(box)} is not within the {size} voxels of the image; give z, y and x")
    return box


def check_same(out: Path, kept: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Refuse to go on with what is of something else."""
    for name, value in about.items():
        if kept.get(name) != value:
            raise DataError(out, name, f"is {kept.get(name)} there, not {value}; name another folder, or begin anew")


def ordered(boxes: Sequence[Spans], near: Sequence[int]) -> list[Spans]:
    """Nearest first."""

    def apart(box: Spans) -> float:
        return math.dist([(low + high - 1) / 2 for low, high in box], near)

    return sorted(boxes, key=apart)
