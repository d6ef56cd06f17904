"""Join: the columns of a user's table are added to the things that its rows are about."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state import tables, user_tables
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.user_tables import UserTable
from neurofm.app.verbs import locate
from neurofm.checks import check_choice
from neurofm.specs import VerbSpec


def begin(
    session: Catalog, table: pd.DataFrame | str | Path, *, name: str = "", on: str = "", space: str = ""
) -> UserTable:
    """Add the columns of a user's table to the units, trials or sessions that its rows are about.

    Parameters
    ----------
    table : rows, or a `.csv`, `.tsv` or `.parquet` file
    on, space : the shared column and what it names, where several could be meant

    Raises
    ------
    DataError
        If it cannot be read, joins to nothing, or to several.
    """
    path = "" if isinstance(table, pd.DataFrame) else _whole(table)
    rows = table if isinstance(table, pd.DataFrame) else user_tables.read(path)
    name = name or (Path(path).stem if path else _free_name(session))
    own = {one: tables.table(session.numbered(), one) for one in session.tables()}  # without columns of other tables
    user_table = user_tables.join(name, rows.rename(columns=str), own, on=on, space=space, path=path)
    session.edit("table", "user_tables", name, {**_others(session, name), name: user_table})
    return user_table


def unjoin(session: Catalog, name: str) -> None:
    """Take the columns of a user's table away again."""
    check_choice("joined table", name, session.user_tables)
    session.edit("table", "user_tables", name, _others(session, name))


def current(session: Catalog) -> list[Action]:
    """The tables that are joined now, and how those of animals in an atlas came about."""
    return [
        locate.action_of(session, t.name)
        or Action(kind="join", name=t.name, options={"path": _file(t), "on": t.key[-1], "space": t.space})
        for t in session.user_tables.values()
    ]


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    return [f"session.join({o['path']!r}, name={action.name!r}, on={o['on']!r}, space={o['space']!r})"]


def _free_name(session: Catalog) -> str:
    names = (f"table {k}" for k in range(1, len(session.user_tables) + 2))
    return next(name for name in names if name not in session.user_tables)


def _others(session: Catalog, name: str) -> dict[str, UserTable]:
    return {key: table for key, table in session.user_tables.items() if key != name}


def _file(table: UserTable) -> str:
    """Where a script finds a table: its file, or a copy in the cache of what has none."""
    if table.path and Path(table.path).exists():
        return table.path
    from platformdirs import user_cache_path

    from neurofm.app.saved.arrays import Arrays

    arrays = Arrays(user_cache_path("neurofm") / "tables")
    return str(arrays.folder / arrays.put(table))


def _whole(path: str | Path) -> str:
    """The whole path, so that a script finds it from any folder."""
    return str(Path(path).resolve()) if Path(path).exists() else str(path)


SPEC = VerbSpec(
    begin=begin, options={"path": Field.text, "on": Field.text, "space": Field.text}, code=code, current=current
)
