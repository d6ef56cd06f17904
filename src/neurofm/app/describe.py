"""One line on one thing, the same in every view."""

from __future__ import annotations

from neurofm.app.state.catalog import Catalog
from neurofm.data.ids import unpack


def describe(session: Catalog, space: str, id: int) -> str:
    """Its label, and what its source tells of such things: `rat/17 · CA1 · 3.2 Hz`."""
    label = session.label(space, id)
    source = session.numbered().get(int(unpack(id)[0]))
    told = source.spaces()[space].told if source is not None and space in source.spaces() else {}
    if not label or not told or id not in session.table(space).index:
        return label
    row = session.table(space).loc[id]
    values = [(row.get(column), words) for column, words in told.items()]
    return " · ".join([label, *(words.format(v) for v, words in values if v is not None and v == v and v != "")])
