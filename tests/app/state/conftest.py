"""Sources that say just what a test wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.source import Space, Tie


@dataclass(frozen=True, eq=False)
class Told:
    """A source of these spaces and ties, from 100 s to 110 s on its clock."""

    kind: ClassVar[str] = "told"
    session: str
    held: Mapping[str, Space] = field(default_factory=dict)
    belong: tuple[Tie, ...] = ()
    clock: str = ""
    subject: str = "somebody"
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def domain(self) -> NDArray[np.float64]:
        return np.array([[100.0, 110.0]])

    def spaces(self) -> Mapping[str, Space]:
        return self.held

    def ties(self) -> Iterable[Tie]:
        return self.belong

    def summary(self) -> dict[str, Any]:
        return {"kind": self.kind, "path": "", "session": self.session, "warnings": []}


def rows(session: str, space: str, **columns: Any) -> Space:
    """A space with a table of these columns."""
    count = len(next(iter(columns.values())))
    label = [f"{session}/{space} {k}" for k in range(count)]
    return Space(count=count, table=lambda: pd.DataFrame({"label": label, "session": session, **columns}))


def measured(**columns: Any) -> Space:
    """A space without a table, in which these values are known of each thing."""
    values = {name: np.asarray(column) for name, column in columns.items()}
    return Space(columns=tuple(values), at=lambda column, local: _column(values, column)[local])


def _column(values: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    if name not in values:
        raise LookupError(name)
    return values[name]
