"""Which row of a table is which unit: told by names in it wherever there are any, and else by the order of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NAMES = ("label", "cluster_id", "unit_id", "unit_name", "unit", "neuron_id", "cell_id", "id")  # of units, in a table
MOST = 5  # names in an error


def described(given: Any, labels: list[str], *, named: bool) -> tuple[pd.DataFrame, NDArray[np.int32]]:
    """A row per unit under its label, and the row of each that has spikes.

    Parameters
    ----------
    given : a table with a row per unit; units without spikes may have rows, too, where names tell which
    labels : of the units that have spikes
    named : whether these are names, and not just numbers by place

    Raises
    ------
    ValueError
        If it is no table, or has no row of its own for a unit.
    """
    if not isinstance(given, pd.DataFrame):
        raise ValueError(f"units must be a table (pandas.DataFrame), got {type(given).__name__}")
    table, own = given.rename(columns=str), labels
    named = named or labels != [f"unit {k}" for k in range(len(labels))]
    ways = {name: [*map(_bare, names)] for name, names in names_in(table).items() if named or name == "index"}
    way = next((way for way, names in ways.items() if {*map(_bare, labels)} <= {*names}), None)
    if way is None:
        _check_order(len(table), labels, ways if named else {})
        rows = [*range(len(labels))]
    else:
        if len({*ways[way]}) < len(table):
            raise ValueError(f"units must have one row for each unit, but names in {way} repeat")
        rows = [ways[way].index(_bare(label)) for label in labels]
        of_row = dict(zip(rows, labels))
        own = [of_row.get(row, name) for row, name in enumerate(labels_of(names_in(table)[way]))]
    own = labels_of(table["label"]) if "label" in table else own
    table = table.drop(columns="label", errors="ignore").reset_index(drop=True)
    table.insert(0, "label", own)
    return table, np.array(rows, np.int32)


def names_in(table: pd.DataFrame) -> dict[str, Iterable[Any]]:
    """The names of units in a table, by their column or "index"; an index that but numbers the rows is none."""
    columns = {str(column).lower(): column for column in table}
    ways: dict[str, Iterable[Any]] = {str(columns[name]): table[columns[name]] for name in NAMES if name in columns}
    return ways if numbered(table.index) else ways | {"index": table.index}


def numbered(index: pd.Index) -> bool:
    """Whether an index but numbers its rows."""
    return isinstance(index, pd.RangeIndex) and index.name is None and (index.start, index.step) == (0, 1)


def labels_of(names: Iterable[Any]) -> list[str]:
    """What units are called: "unit 7" where they have numbers."""
    return [name if isinstance(name, str) else f"unit {_bare(name)}" for name in names]


def _bare(name: Any) -> str:
    """A name as another table may have it: "7" of 7, 7.0 and "unit 7"."""
    whole = isinstance(name, float | np.floating) and float(name).is_integer()
    return str(int(name) if whole else name).removeprefix("unit ")


def _check_order(rows: int, labels: list[str], ways: dict[str, list[str]]) -> None:
    """Refuse rows in the order of the spikes where names in the table are others, or there are more or fewer."""
    if ways:
        way, names = next(iter(ways.items()))
        lacking = [label for label in labels if _bare(label) not in names]
        raise ValueError(
            f"units has no row for {', '.join(lacking[:MOST])}: names in {way} are {', '.join(names[:MOST])}; tell "
            "whose row is which in a column 'unit_id', or drop the names where rows are in the order of the spikes"
        )
    if rows != len(labels):
        raise ValueError(
            f"units must have a row for each of {len(labels)} units with spikes, got {rows} rows; "
            "a column 'unit_id' tells whose row is which"
        )
