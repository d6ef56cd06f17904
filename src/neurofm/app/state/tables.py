"""What is known of each thing in each space, put together from what every source says of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.data.classes import words
from neurofm.data.ids import Ids, pack, unpack
from neurofm.data.source import SESSION, Source, Space, when
from neurofm.words import things

Numbered = Mapping[int, Source]
OF_SOURCES = ("session", "subject")  # columns that every thing has from its source
WHO = "subject"  # the column by which things that last are told apart where they overlap


def spaces(sources: Numbered) -> dict[str, list[tuple[int, Space]]]:
    """Who holds what: for each space the sources that have it, in the order in which they came."""
    holders: dict[str, list[tuple[int, Space]]] = {}
    for number, source in sources.items():
        for name, space in source.spaces().items():
            holders.setdefault(name, []).append((number, space))
    return holders


def table(sources: Numbered, name: str) -> pd.DataFrame:
    """A row per thing of a space in all sources, indexed by id."""
    if name == SESSION:
        return _sessions(sources)
    tables = [_indexed(one.table(), number) for number, one in spaces(sources).get(name, ()) if one.table is not None]
    return (
        pd.concat(tables)
        if tables
        else pd.DataFrame(columns=["label", *OF_SOURCES], index=pd.Index([], dtype=np.int64))
    )


def look_up(table: pd.DataFrame, column: str, ids: Ids) -> NDArray[Any]:
    """(id,) values of one column; NaN for ids that are not in the table."""
    return table[column].reindex(ids).to_numpy()


def label(sources: Numbered, name: str, id: int, table: pd.DataFrame | None) -> str:
    """What a user calls one thing of a space, "" if its source is not open; else as its table has it."""
    number, local = (int(part) for part in unpack(id))
    source = sources.get(number)
    if source is None:
        return ""
    held = source.spaces().get(name)
    if held is not None and held.label is not None:
        return held.label(local)
    return f"{source.session}/{name} {local}" if table is None or id not in table.index else str(table.at[id, "label"])


def wordy(values: Any) -> bool:
    """Whether they are words, not amounts."""
    return bool(values.dtype.kind not in "fiub")


class Beside(NamedTuple):
    """Things of one space of a source that last, as bouts do, the column that says what they are, and whose."""

    number: int
    space: str
    column: str
    who: str | None = None  # anybody's


def beside(sources: Numbered, name: str) -> dict[str, Beside]:
    """By what goes on then in other sources on their clock, things without a table can be coloured, too.

    The columns are called "bout.NAME" or "trial.NAME" by that source, and "bout.NAME SUBJECT" where it has several.
    """
    holders = {number for number, _ in spaces(sources).get(name, ())}
    clocks = {sources[number].clock for number in holders} - {""}
    others = {n: source for n, source in sources.items() if n not in holders and source.clock in clocks}
    found: dict[str, Beside] = {}
    for n, source in others.items():
        for called, space in source.spaces().items():
            if space.table is None or not space.telling or space.times is None or space.times().ndim == 1:
                continue
            table = space.table()
            whose = list(table[WHO].drop_duplicates()) if WHO in table else []
            for who in whose if len(whose) > 1 else [None]:
                found[f"{called}.{source.session} {who or ''}".rstrip()] = Beside(n, called, space.telling[0], who)
    return found


def columns_on_demand(sources: Numbered, name: str, others: Mapping[str, Beside]) -> list[str]:
    """What things of a space that has no table can be coloured by, and by what goes on beside them in `others`."""
    own = list(dict.fromkeys(column for _, space in spaces(sources).get(name, ()) for column in space.columns))
    return [*own[:1], OF_SOURCES[0], *own[1:], *others]


def values_on_demand(sources: Numbered, name: str, column: str, ids: Ids, others: Mapping[str, Beside]) -> NDArray[Any]:
    """(id,) values of a column in a space that has no table; NaN where a source lacks it.

    Raises
    ------
    LookupError
        If no source has it.
    """
    number, local = unpack(ids)
    parts: dict[int, NDArray[Any]] = {}
    for n, space in spaces(sources).get(name, ()):
        here = number == n
        if here.any():
            values = _ask(sources[n], space, column, local[here])
            if values is None and column in others:
                values = _going_on(sources, others[column], sources[n], name, local[here])
            if values is not None:
                parts[n] = values
    there = columns_on_demand(sources, name, others) if not parts and len(ids) else [column]
    if column not in there:
        raise LookupError(f"nothing that is open has '{column}' of {things(name)}; there are {', '.join(there)}")
    worded = column in OF_SOURCES or any(part.dtype.kind in "OUS" for part in parts.values())
    values = np.full(len(ids), "", object) if worded else np.full(len(ids), np.nan)
    for n, part in parts.items():
        values[number == n] = part
    return values


def _ask(source: Source, space: Space, column: str, local: Ids) -> NDArray[Any] | None:
    if column in OF_SOURCES:
        return np.full(len(local), getattr(source, column), object)
    try:
        return None if space.at is None else np.asarray(space.at(column, local))
    except LookupError:
        return None


def _going_on(sources: Numbered, beside: Beside, source: Source, name: str, local: Ids) -> NDArray[Any] | None:
    """(id,) words of what is going on at things of a source, "" of nothing; of several the one that began last."""
    other, seconds = sources[beside.number], when(source, name, local)
    space = other.spaces()[beside.space]
    if seconds is None or other.clock != source.clock or space.table is None or space.times is None:
        return None
    table, times = space.table(), space.times()
    said = words(table[beside.column])
    said = said if beside.who is None else np.where(table[WHO] == beside.who, said, "")
    values, since = np.full(len(local), "", object), np.full(len(local), -np.inf)
    for word in dict.fromkeys(said[said != ""]):
        own = times[said == word]
        begin, end = own[np.argsort(own[:, 0], kind="stable")].T
        last = np.searchsorted(begin, seconds, "right") - 1
        on = (last >= 0) & (seconds < np.fmax.accumulate(end)[last]) & (begin[last] > since)
        values[on], since[on] = word, begin[last][on]
    return values


def _sessions(sources: Numbered) -> pd.DataFrame:
    """A row per source."""
    rows = [{"label": s.session, "session": s.session, "subject": s.subject} for s in sources.values()]
    return pd.DataFrame(rows, index=pack(list(sources), 0), columns=["label", *OF_SOURCES])


def _indexed(table: pd.DataFrame, number: int) -> pd.DataFrame:
    return table.set_axis(pd.Index(pack(number, np.arange(len(table)))), axis=0)
