"""What is open and what is picked, in a line and as a table."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from neurofm.app.memory import remember
from neurofm.data.ids import unpack
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.state.catalog import Catalog
    from neurofm.app.state.link import Link


def summary(session: Catalog) -> str:
    """What is open and how much of it is picked: "ada, bo · 96 units · 3 units picked"."""
    held: dict[str, int] = {}  # things of the first space of each source that has a table
    for source in list(session.sources.values()):
        space, count = next(((n, s.count) for n, s in source.spaces().items() if s.table), ("", 0))
        held[space] = held.get(space, 0) + (count or 0)
    counts = [counted(count, space) for space, count in held.items() if space]
    return " · ".join([", ".join(session.sources) or "nothing is open", *counts, *_picks(session)])


def picks(session: Catalog) -> str:
    """How much is picked: "3 units, 2 trials picked"; "" if nothing is."""
    return "".join(_picks(session))


def _picks(session: Catalog) -> list[str]:
    counts = [_count(session, space) for space in session.selection.spaces()]
    return [f"{', '.join(counts)} picked"] if counts else []


def _count(session: Catalog, space: str) -> str:
    """How many are picked; what several sources have at the same time, as a video and its tracks, counts once."""
    numbers, each = np.unique(unpack(session.selection.picked(space))[0], return_counts=True)
    sources, beside = session.numbered(), _side_by_side(session, space)
    most: dict[str, int] = {}
    for number, count in zip(numbers.tolist(), each.tolist()):
        key = sources[number].clock if number in beside else str(number)
        most[key] = max(most.get(key, 0), count)
    kinds = dict.fromkeys(sources[number].kind for number in numbers.tolist() if number in beside)
    of = f" of {' and '.join(kinds)}" if len(most) == 1 and len(kinds) > 1 else ""
    return counted(sum(most.values()), space) + of


def _side_by_side(session: Catalog, space: str) -> set[int]:
    """Numbers of sources whose things are those of another on their clock."""
    sources, numbers = session.numbered(), set[int]()
    for link in session.selection.links:
        if link.a == link.b == space:
            pairs = remember(link, "sources", partial(_pairs, link))
            numbers |= {n for pair in pairs if len({sources[k].clock for k in pair}) == 1 for n in pair}
    return numbers


def _pairs(link: Link) -> list[tuple[int, int]]:
    """Numbers of two sources that it ties."""
    one, other = unpack(link.ids_a)[0], unpack(link.ids_b)[0]
    return list(set(zip(one[one != other].tolist(), other[one != other].tolist())))


def picked(session: Catalog, space: str = "") -> pd.DataFrame:
    """What is picked, a row per thing with all that is known of it: of `space`, or of what was picked in last."""
    space = space or session.selection.last or session.tables()[0]
    ids = session.selection.picked(space)
    if space in session.tables():
        table = session.table(space)
        return table[table.index.isin(ids)]
    labels = {"label": [session.label(space, int(id)) for id in ids]}
    return pd.DataFrame(labels | {c: session.values(space, c, ids) for c in session.columns(space)}, index=ids)
