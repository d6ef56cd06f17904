"""Conditions: a table says which animals were in which of two, and their bouts are compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from neurofm.app.session import Session
    from neurofm.data.source import Source

MINE = "NeuroFM condition"  # a column that nothing else has
WHOLE = ("session", "subject")  # what a row can be about


def differences(sources: Sequence[Source], conditions: Path, by: str) -> dict[str, Any]:
    """What differs in bouts between the two conditions that a table gives sessions or subjects."""
    from neurofm.app.session import Session
    from neurofm.app.state import user_tables

    session, table = Session(sources), user_tables.read(conditions)
    by = _called(table).get(by.strip().lower(), by)
    if by not in table:
        there = ", ".join(map(str, table))
        raise DataError(conditions, by, f"is no column; there are {there}: say with --by which holds the condition")
    table = table[table[by].notna()].assign(**{by: table[by].map(lambda name: str(name).strip())})
    names = list(dict.fromkeys(table[by]))
    if len(names) != 2:
        raise DataError(conditions, by, f"holds {len(names)} conditions ({', '.join(names[:4])}); keep the rows of two")
    space, rows, strange = _about(session, conditions, table, by)
    session.join(rows, on=space, space=space)
    for name in names:
        session.group(name, space, session.where(space, MINE, name))
    told = session.compare_bouts(*names)
    lines = [{str(k): v for k, v in row.items()} for row in told.to_dict("records")]
    warnings = _warnings(session, space, strange)
    return {"first": names[0], "second": names[1], "differences": lines, "warnings": warnings}


def _called(table: pd.DataFrame) -> dict[str, str]:
    """Columns by their names without case and blanks."""
    return {name.strip().lower(): name for name in reversed(list(map(str, table)))}


def _about(session: Session, conditions: Path, table: pd.DataFrame, by: str) -> tuple[str, pd.DataFrame, list[str]]:
    """What the rows are about, their conditions under the names that it has here, and names that nothing here has.

    Columns of sessions and subjects are told by their names; any other is taken by what it names.
    """
    from neurofm.data.shown import several

    called = _called(table.drop(columns=by))
    keys = {key: table[called[key]] for key in WHOLE if key in called}
    if len(keys) > 1 and not keys["session"].is_unique:
        whole = table.assign(**{key: _named(session, key, column) for key, column in keys.items()})
        return "subject", whole[[*keys, by]].rename(columns={by: MINE}).dropna(), []
    columns = [keys[key] for key in WHOLE if key in keys][:1] or [table[name] for name in called.values()]
    ways = [(space, _named(session, space, column)) for column in columns for space in WHOLE]
    if not ways:
        raise DataError(conditions, by, "is the only column; another must say of which session or subject each row is")
    space, named = max(ways, key=lambda way: (way[1].notna().sum(), way[0] == str(way[1].name).lower()))
    column = table[named.name]
    if named.isna().all():
        there = dict.fromkeys(name for one in WHOLE for name in _names(session, one).values())
        raise DataError(conditions, str(named.name), f"names {several(column)}, and open are {several(there)}")
    rows = table.assign(**{space: named, MINE: table[by]})[[space, MINE]].dropna()
    return space, rows, list(dict.fromkeys(map(str, column[named.isna()])))


def _named(session: Session, space: str, column: pd.Series) -> pd.Series:
    """What each value is called here: case and suffixes of files are forgiven; None where it names nothing."""
    from neurofm.app.state.user_tables import keys

    there = _names(session, space)
    alike: dict[str, set[str]] = {}
    for name, own in there.items():
        alike.setdefault(name.casefold(), set()).add(own)

    def meant(word: str) -> str | None:
        for one in (word, Path(word).stem):
            close = alike.get(one.casefold(), ())
            if one in there or len(close) == 1:
                return there[one] if one in there else next(iter(close))
        return None

    return keys(column.to_frame(), [str(column.name)])[column.name].str.strip().map(meant)


def _names(session: Session, space: str) -> dict[str, str]:
    """Things by their names; sessions by those of their files, too."""
    if space == "session":
        files = {Path(path).stem: name for name, source in session.sources.items() for path in source.paths}
        return files | {name: name for name in session.sources}
    named = session.table(space)[space] if space in session.tables() else ()
    return {str(name): str(name) for name in named if name}


def _warnings(session: Session, space: str, strange: list[str]) -> list[str]:
    """Who was scored and is in neither condition, and names of the table that are nobody's."""
    from neurofm.app.verbs.relabel import ethograms
    from neurofm.data.ethogram import NOBODY
    from neurofm.data.shown import several

    table, scored = session.table(space), ethograms(session)
    told = table[MINE].notna()
    if space == "session":
        clocks = {session.sources[name].clock for name in table["session"][told]}
        left = [name for name, one in scored.items() if one.clock not in clocks]
    else:
        left = [name or NOBODY for name in table["subject"][~told & table["session"].isin([*scored])]]
    lone = [f"left out, since the table gives no condition: {several(dict.fromkeys(left))}"] if left else []
    return lone + ([f"in the table, but not open: {several(strange)}"] if strange else [])
