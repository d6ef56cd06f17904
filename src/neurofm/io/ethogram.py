"""Ethograms as they are kept: all that one is, as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurofm.data.ethogram import Ethogram
from neurofm.errors import DataError
from neurofm.io._bouts import ethogram, written
from neurofm.io._file import head
from neurofm.specs import ReaderSpec

FORMAT = "neurofm ethogram"
TEXTS = ("session", "subject", "clock")


def accepts(path: Path) -> bool:
    """Whether it says so in the beginning."""
    return f'"format": "{FORMAT}"'.encode() in head(path, 64)


def read(path: Path) -> Ethogram:
    """What `write` wrote."""
    page = json.loads(path.read_text("utf-8"))
    if not isinstance(page, dict) or page.get("format") != FORMAT:
        raise DataError(path, "format", f"is not '{FORMAT}'; a table of bouts is called .csv or .tsv")
    members = (*TEXTS, "domain", "notes", "bouts")
    missing = [name for name in members if name not in page]
    if missing:
        raise DataError(path, missing[0], "is missing; write the file again")
    return ethogram(
        path,
        pd.DataFrame(page["bouts"]),
        domain=np.array(page["domain"], float).reshape(-1, 2),
        notes=tuple(page["notes"]),
        zero=float(page.get("zero", 0.0)),
        unread=[name for name in page if name not in (*members, "zero", "format")],
        **{name: str(page[name]) for name in TEXTS},
    )


def write(source: Ethogram, path: Path) -> Path:
    """All of it; numbers read back equal."""
    page = {"format": FORMAT, **{name: getattr(source, name) for name in TEXTS}, "notes": list(source.notes)}
    page["zero"] = source.zero
    page |= {"domain": source.domain.tolist(), "bouts": {name: _plain(source.bouts[name]) for name in source.bouts}}
    return written(path, lambda part: part.write_text(json.dumps(page, indent=1, allow_nan=False), "utf-8"))


def _plain(column: pd.Series) -> list[Any]:
    """Its values as JSON has them, None for none."""
    values = column.astype(object).where(column.notna(), None).tolist()
    return [v if isinstance(v, int | float | bool | None) else str(v) for v in values]


SPEC = ReaderSpec(
    title="Ethogram", patterns=("*.ethogram",), accepts=accepts, read=read, kind="ethogram", write=write,
    native=".ethogram",
)  # fmt: skip
