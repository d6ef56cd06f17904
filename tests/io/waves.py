"""A kind of data that the product does not know, and the reader of its files: a line of numbers after the word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from neurofm.data.source import Space, Tie
from neurofm.specs import ReaderSpec


@dataclass(frozen=True, eq=False)
class Waves:
    session: str
    heights: NDArray[np.float64]
    paths: tuple[str, ...] = ()
    kind: ClassVar[str] = "wave"
    subject: str = ""
    notes: tuple[str, ...] = ()
    clock: str = ""

    @property
    def domain(self) -> NDArray[np.float64]:
        return np.zeros((0, 2))

    def spaces(self) -> Mapping[str, Space]:
        return {}

    def ties(self) -> Iterable[Tie]:
        return ()

    def summary(self) -> dict[str, Any]:
        return {"kind": self.kind, "session": self.session, "path": "+".join(self.paths), "warnings": []}


def accepts(path: Path) -> bool:
    return path.read_bytes().startswith(b"waves ")


def read(path: Path) -> Waves:
    _, session, *heights = path.read_text().split()
    return Waves(session, np.array(heights, float), (str(path),))


def write(waves: Waves, path: Path) -> Path:
    path.write_text(" ".join(["waves", waves.session, *map(repr, waves.heights.tolist())]))
    return path


SPEC = ReaderSpec(
    title="Waves", patterns=("*.wave",), accepts=accepts, read=read, kind="wave", write=write, native=".wave"
)
