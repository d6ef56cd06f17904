"""What is open and what is picked, in a line and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog


def summary(session: Catalog) -> str:
    """What is open and how much of it is picked: "ada, bo · 96 units · 3 units picked"."""
    held: dict[str, int] = {}  # things of the first space of each source that has a table
    for source in list(session.sources.values()):
        space, count = next(((n, s.count) for n, s in source.spaces().items() if s.table), ("", 0))
        held[space] = held.get(space, 0) + (count or 0)
    counts = [counted(count, space) for space, count in held.items() if space]
    return " · ".join([", ".join(session.sources) or "nothing is open", *counts, *_picks(session)])


def picks(session: Catalog) -> str:
    """How much is picked: "3 units picked · 2 trials picked"; "" if nothing is."""
    return " · ".join(_picks(session))


def _picks(session: Catalog) -> list[str]:
    counts = {space: len(session.selection.picked(space)) for space in session.selection.spaces()}
    return [f"{counted(count, space)} picked" for space, count in counts.items()]


def picked(session: Catalog, space: str = "") -> pd.DataFrame:
    """What is picked, a row per thing with all that is known of it: of `space`, or of what was picked in last."""
    space = space or session.selection.last or session.tables()[0]
    ids = session.selection.picked(space)
    if space in session.tables():
        table = session.table(space)
        return table[table.index.isin(ids)]
    labels = {"label": [session.label(space, int(id)) for id in ids]}
    return pd.DataFrame(labels | {c: session.values(space, c, ids) for c in session.columns(space)}, index=ids)
