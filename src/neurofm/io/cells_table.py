"""Cells as a plain table of text: z, y and x of each in micrometres, its number, and what else is known of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from neurofm.data.cells import NEEDED, Cells
from neurofm.data.volume import AXES
from neurofm.errors import DataError
from neurofm.io._bouts import head, rows, written
from neurofm.io._bouts import table as tabled
from neurofm.specs import ReaderSpec

TELLING = {"number", "size", "voxels"}  # columns of which one says that what lies there are cells


def accepts(path: Path) -> bool:
    """Whether its first line names the three axes, and a number or a size of what lies there."""
    lines = head(path)
    return bool(lines) and set(AXES) <= set(lines[0]) and bool(TELLING & set(lines[0]))


def read(path: Path) -> Cells:
    """A cell a row; they are numbered from 1 in their order where there is no column of numbers."""
    first, *others = rows(path)
    table = tabled(path, first, others)
    notes: tuple[str, ...] = ()
    if "number" not in table:
        table.insert(0, "number", np.arange(1, len(table) + 1).astype(str))
        notes = ("there is no column 'number'; cells are numbered in the order of the rows",)
    columns = {str(name): _typed(str(name), table[name]) for name in table}
    try:
        return Cells(session=path.name.split(".")[0], cells=pd.DataFrame(columns), paths=(str(path),), notes=notes)
    except ValueError as error:
        raise DataError(path, "", str(error)) from error


def write(cells: Cells, path: Path) -> Path:
    """Every column of the cells; regions as a whole, and boxes, are left out."""
    return written(path, lambda part: cells.cells.to_csv(part, index=False))


def _typed(name: str, column: pd.Series) -> pd.Series:
    """Numbers where there is nothing else in it, yes and no as such, else words."""
    if set(column) <= {"True", "False"}:
        return column == "True"
    numbers = pd.to_numeric(column.replace("", None), errors="coerce")
    plain = numbers.notna().any() and (numbers.notna() | (column == "")).all()
    return numbers if (plain or name in NEEDED) and name != "region" else column


SPEC = ReaderSpec(
    title="Table of cells", patterns=("*.csv", "*.tsv"), accepts=accepts, read=read, kind="cells", write=write
)
