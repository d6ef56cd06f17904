"""Tables of clusters as phy keeps them: `cluster_group.tsv`, `cluster_info.tsv`, `cluster_KSLabel.tsv` and the like."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from neurofm.io._contents import MARKS, decimal
from neurofm.io._optional import optional

TABLES = re.compile(r"cluster_[^/]+\.(tsv|csv)", re.IGNORECASE)
INFO = "cluster_info"  # what phy made of all others, some time ago
IDS = ("cluster_id", "id", "cluster")  # columns that say which cluster a row is of
RENAMED = {
    "ch": "channel", "sh": "shank", "amp": "amplitude", "fr": "firing_rate", "rate": "firing_rate", "label": "quality"
}  # fmt: skip
NUMBERS = ("channel", "shank", "amplitude", "firing_rate", "depth", "n_spikes")
PER_SECOND = r"\s*(?:spk/s|Hz)\s*$"  # as early phy writes rates


def tables(home: Path) -> tuple[pd.DataFrame, list[str]]:
    """What the tables of a folder tell, a row per cluster, indexed by its id; words are "" where nothing is told.

    Of several that tell the same, the more special one is believed; what cannot be read is left out and told.
    """
    files = sorted(file for file in home.iterdir() if TABLES.fullmatch(file.name) and file.is_file())
    columns: dict[str, pd.Series[Any]] = {}
    notes: list[str] = []
    for file in sorted(files, key=lambda file: file.stem.lower() == INFO):
        with optional(notes, file.name):
            table, told = _table(file)
            notes += told
            for name, column in table.items():
                columns[str(name)] = columns[str(name)].combine_first(column) if name in columns else column
    whole = pd.DataFrame(columns)
    words = [str(name) for name in whole if whole[name].dtype.kind not in "fiub"]
    return whole.assign(**{name: whole[name].fillna("").astype(str) for name in words}), notes


def separated(file: Path) -> pd.DataFrame:
    """A table of text, whichever mark its header has between columns; with ; a comma may be in numbers.

    Raises
    ------
    ValueError, OSError
        If it is none.
    """
    text = file.read_bytes().decode("utf-8-sig", "replace")
    if "\0" in text:
        raise ValueError("holds bytes that are no text in UTF-8")
    mark = max(MARKS, key=text.partition("\n")[0].count)
    table = pd.read_csv(io.StringIO(text), sep=mark, decimal=decimal(text.splitlines(), mark))
    return table.rename(columns=lambda name: str(name).strip())


def _table(file: Path) -> tuple[pd.DataFrame, list[str]]:
    """The columns of one table, indexed by cluster, each cluster once."""
    table = separated(file)
    key = next((name for name in IDS if name in table), None)
    if key is None:
        return pd.DataFrame(), [f"{file.name}: has no column {IDS[0]}, left out"]
    ids = pd.to_numeric(table[key], errors="coerce").to_numpy(float)
    whole = np.isfinite(ids) & (ids % 1 == 0)
    once = whole & ~pd.Series(ids).duplicated().to_numpy()
    again = int((whole & ~once).sum())
    notes = [f"{file.name}: {(~whole).sum()} rows name no cluster and were left out"] if not whole.all() else []
    notes += [f"{file.name}: {again} rows are of clusters that came before, and were left out"] if again else []
    table = table.drop(columns=[name for name in IDS if name in table])[once].set_index(ids[once].astype(np.int64))
    table = table.rename(columns={old: new for old, new in RENAMED.items() if new not in table})
    for name in (name for name in NUMBERS if name in table and table[name].dtype.kind not in "fiu"):
        words = table[name].astype(object)
        table[name] = pd.to_numeric(words.astype(str).str.replace(PER_SECOND, "", regex=True), errors="coerce")
        lost = int((table[name].isna() & words.notna()).sum())
        notes += [f"{file.name}: {name} is no number in {lost} rows, left out there"] if lost else []
    return table, notes
