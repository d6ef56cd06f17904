"""Tables of the user's own, joined to things by a column that both have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from neurofm.checks import check_choice
from neurofm.data.classes import words
from neurofm.data.shown import Shown, several
from neurofm.data.source import SESSION
from neurofm.errors import DataError
from neurofm.words import things

NAMING = ("label", "cluster_id", "unit_id")  # columns that name units as people see them
CLUSTER = ("cluster",)  # the column of units that says by which number a sorter knows them
NO_NAME = r"\W+"  # what a column that filters name cannot have


def _separated(path: Path) -> pd.DataFrame:
    from neurofm.io._clusters import separated

    return separated(path)


READ: dict[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _separated,
    ".tsv": _separated,
    ".parquet": pd.read_parquet,
}


@dataclass(frozen=True, eq=False, repr=False)
class UserTable(Shown):
    """Columns that a user's table adds to the things of one space.

    Parameters
    ----------
    name : of the table
    space : of the things that its rows are about
    key : the columns by which a row and a thing belong together
    table : its rows; every combination of the key stands once
    path : file it came from, or ""
    """

    name: str
    space: str
    key: tuple[str, ...]
    table: pd.DataFrame
    path: str = ""

    def facts(self) -> dict[str, Any]:
        """What it adds to what."""
        columns = several(column for column in self.table if column not in self.key)
        return {"": self.name, "of": things(self.space), "by": several(self.key), "columns": columns}

    def added_to(self, table: pd.DataFrame) -> pd.DataFrame:
        """`table`, indexed by id, with these columns; nothing (NaN) where no row belongs to a thing.

        One whose name is taken there takes this table's name behind its own ("region_atlas"), so that both can be seen.
        """
        mine = self.table.drop(columns=[*self.key])
        taken = {column: f"{column}_{re.sub(NO_NAME, '_', self.name)}" for column in mine if column in table}
        mine = mine.rename(columns=taken).drop(columns=[new for new in taken.values() if new in table])
        mine = mine.set_axis(_index(keys(self.table, self.key)))
        return pd.concat([table, mine.reindex(_index(keys(table, self.key))).set_axis(table.index)], axis=1)


def read(path: str | Path) -> pd.DataFrame:
    """A user's table from `.csv`, `.tsv` or `.parquet`.

    Raises
    ------
    DataError
        If it cannot be read or holds nothing.
    """
    path = Path(path)
    if path.suffix.lower() not in READ:
        raise DataError(path, "suffix", f"is none of {', '.join(READ)}; save the table as one of them")
    try:
        table = READ[path.suffix.lower()](path)
    except Exception as error:  # whatever its parser throws
        words = " ".join(str(error).split())[:200]
        raise DataError(path, "", f"cannot be read as a table ({words}); save it again") from error
    if not len(table) or not len(table.columns):
        raise DataError(path, "", "holds no rows; name a table with a header and a row for each thing")
    return table.rename(columns=str)


def join(
    name: str, table: pd.DataFrame, tables: Mapping[str, pd.DataFrame], *, on: str = "", space: str = "", path: str = ""
) -> UserTable:
    """Find what the rows of a user's table are about.

    Parameters
    ----------
    tables : what is known, by space
    on : the column that both have; found if ""
    space : what its rows are about; found if ""

    Raises
    ------
    DataError
        If nothing is shared, if several columns or spaces could be meant, or if several rows are about the same thing.
    """
    where = path or name
    table, on = _labelled(table, tables, on, space)
    if space:
        check_choice("space", space, tables)
    if table.columns.duplicated().any():
        raise DataError(where, "", f"has two columns called {table.columns[table.columns.duplicated()][0]}; rename one")
    about, column = _about(where, table, tables, on, space)
    key = (column,) if column == "session" or "session" not in table or about == SESSION else ("session", column)
    table = table[(keys(table, key) != "").all(axis=1)]
    _check_key(where, keys(table, key), keys(tables[about], key), about, alone="session" not in table)
    return UserTable(name, about, key, table.reset_index(drop=True), path)


def _labelled(table: pd.DataFrame, tables: Mapping[str, pd.DataFrame], on: str, space: str) -> tuple[pd.DataFrame, str]:
    """With whole labels where rows are named by what people see: what stands behind the session, or the cluster's id.

    The column that named them so is called label then, by which they are joined; another of that name goes by
    `quality`, as where units are read.
    """
    for column in (name for name in NAMING if name in table and on in ("", "label", name)):
        given = keys(table, [*(["session"] if "session" in table else []), column])
        for held in (tables[one] for one in tables if space in ("", one) and "session" in tables[one]):
            if given[column].isin(held["label"]).any():
                return table, on
            whole = _whole(given, column, held)
            if whole.notna().any():
                rest = table.drop(columns=column).rename(columns={"label": "quality"})
                return rest.assign(label=whole.fillna(given[column])), "label"
    return table, on


def _whole(given: pd.DataFrame, column: str, things: pd.DataFrame) -> pd.Series[Any]:
    """The label of the one thing that each name can mean; none where that is none, or several."""
    own = [str(label).removeprefix(f"{session}/") for label, session in zip(things["label"], things["session"])]
    ways = [pd.Series(own, things.index, dtype=object), *(_comparable(things[c]) for c in CLUSTER if c in things)]
    for names in ways:
        named = pd.DataFrame({"session": things["session"].astype(str), column: names, "whole": things["label"]})
        key = [name for name in ("session", column) if name in given]
        once = named[~named.duplicated(key, keep=False)]
        whole = given.merge(once[[*key, "whole"]], "left", key).set_axis(given.index)["whole"]
        if whole.notna().any():
            return whole
    return pd.Series(None, given.index, dtype=object)


def keys(table: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """The columns of a key as words, "" where there is none, as in a column that is not there (any more)."""
    none = pd.Series("", index=table.index, dtype=object)
    return pd.DataFrame({k: _comparable(table[k]) if k in table else none for k in key}, index=table.index)


def _index(keys: pd.DataFrame) -> pd.Index[Any]:
    return pd.MultiIndex.from_frame(keys) if keys.shape[1] > 1 else pd.Index(keys.iloc[:, 0].astype(object))


def _about(where: str, table: pd.DataFrame, tables: Mapping[str, pd.DataFrame], on: str, space: str) -> tuple[str, str]:
    """The space and the column by which most things are joined."""
    joins = _joins(table, tables, on, space)
    if not joins:
        columns = ", ".join(dict.fromkeys(str(c) for t in tables.values() for c in t.columns))
        said = f"'{on}'" if on else "any column"
        raise DataError(where, on, f"shares no value of {said} with what is open; a column must be one of {columns}")
    best = [way for way, count in joins.items() if count == max(joins.values())]
    if len(best) > 1:
        words = " or ".join(f"{s} by {k}" for s, k in best)
        raise DataError(where, "", f"could be joined to {words}; say which with on= and space=")
    return best[0]


def _check_key(where: str, theirs: pd.DataFrame, ours: pd.DataFrame, about: str, *, alone: bool) -> None:
    """Refuse a key that several rows of the user's table, or several things that they are about, share."""
    column = ours.columns[-1]
    several = theirs.duplicated()
    if several.any():
        words = ", ".join(f"{k} {v}" for k, v in theirs[several].iloc[0].items())
        raise DataError(where, column, f"has several rows for {words}; keep one, or say another column with on=")
    meant = pd.MultiIndex.from_frame(ours).isin(pd.MultiIndex.from_frame(theirs))
    ambiguous = ours[meant & ours.duplicated().to_numpy()]
    if len(ambiguous):
        told = f"is shared by several {about}s ({ambiguous[column].iloc[0]})"
        remedy = "add a column session to the table" if alone else "name another column with on="
        raise DataError(where, column, f"{told}; {remedy}")


def _joins(table: pd.DataFrame, tables: Mapping[str, pd.DataFrame], on: str, space: str) -> dict[tuple[str, str], int]:
    """How many things each (space, column) would join; a column that names things before one that describes them."""
    joins: dict[tuple[str, str], int] = {}
    for kind in [space] if space else tables:
        things = tables[kind]
        for column in [on] if on else [c for c in things.columns if c in table.columns]:
            if column not in things or column not in table:
                continue
            if column == "session" and kind != SESSION and not on:
                continue
            if not on and _comparable(things[column]).nunique() < len(things) and "session" not in table:
                continue
            theirs = set(_comparable(table[column])) - {""}
            count = int(_comparable(things[column]).isin(theirs).sum())
            if count:
                joins[kind, column] = count
    return joins


def _comparable(column: pd.Series[Any]) -> pd.Series[Any]:
    """Keys as words, so that 3 and 3.0 and "3" are one; "" where there is none."""
    return pd.Series(words(column), column.index, dtype=object)
