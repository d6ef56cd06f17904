"""A kind of data that another distribution might bring: rows of numbers without units, spikes or a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from neurofm.data.source import Space


@dataclass(frozen=True, eq=False, kw_only=True)
class Table:
    """x (row, feature) and y (row, 1)."""

    kind: ClassVar[str] = "table"
    session: str
    x: np.ndarray
    y: np.ndarray
    subject: str = ""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    clock: str = ""
    domain: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))

    def spaces(self):
        return {"node": Space(count=len(self.x))}

    def ties(self):
        return ()

    def summary(self):
        return {"kind": self.kind, "session": self.session, "path": "", "warnings": []}
