"""What pictures of matches share: which are shown, of which two animals, and which units are picked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Line
from neurofm.data.ids import Ids
from neurofm.data.matches import Matches

if TYPE_CHECKING:
    from neurofm.app.colors import Color
    from neurofm.app.state.catalog import Catalog
    from neurofm.data.embedding import Embedding

INVITATION = "Match the units of two recordings to see which are alike"
MOST = 300  # lines between matched units


def first_step(session: Catalog) -> str:
    """The command of an empty view: to match units where two recordings have them, else to open some."""
    return "match_units" if sum(len(one.units) > 0 for one in session.recordings.values()) > 1 else "open"


class Pair(NamedTuple):
    """Two animals of some matches.

    Parameters
    ----------
    one, other : their rows
    rows, columns : units of each, by their rows among all
    distance : (row, column)
    """

    one: int
    other: int
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    distance: NDArray[np.float32]


def there(session: Catalog) -> dict[str, Matches]:
    """Matches that are open, by name."""
    return {name: source for name, source in list(session.sources.items()) if isinstance(source, Matches)}


def shown(name: str, session: Catalog) -> Matches | None:
    """The matches of that name, else the newest that are open."""
    matches = there(session)
    return matches.get(name) or next(reversed(matches.values()), None)


def pair(matches: Matches, one: str, other: str) -> Pair | None:
    """The animals of these names; for one that is not named, or has no distances, the first that has; None if none."""
    names = [str(name) for name in matches.animals["label"]]
    pairs = [(i, j) for i, j in matches.distances] + [(j, i) for i, j in matches.distances]
    wanted = [(i, j) for i, j in pairs if (not one or names[i] == one) and (not other or names[j] == other)] or [
        (i, j) for i, j in pairs if not one or names[i] == one
    ]
    for i, j in wanted or pairs:
        distance = matches.distance(i, j)
        if distance is not None and distance.size:
            return Pair(i, j, matches.rows(i), matches.rows(j), distance)
    return None


def ids(session: Catalog, matches: Matches) -> Ids:
    """(unit,) id of each unit in what is open; -1 where its recording or graph is not."""

    def make() -> Ids:
        if matches.space not in session.tables():
            return np.full(len(matches.units), -1)
        table = session.table(matches.space)
        row = pd.Index(table["label"]).get_indexer(matches.units["label"])
        return np.where(row >= 0, table.index.to_numpy(np.int64)[row], -1)

    return remember(matches, ("ids", session.version, len(session.numbers)), make)


def picked(session: Catalog, matches: Matches) -> NDArray[np.bool_]:
    """(unit,) which are picked."""
    return np.isin(ids(session, matches), session.selection.picked(matches.space))


def asked(session: Catalog, matches: Matches) -> NDArray[np.int64]:
    """Rows of the units that a user picked, the last first, without those that are picked since they are like them."""
    own, chosen = ids(session, matches), picked(session, matches)
    turn = np.full(len(own), -1)
    for k, (space, given, mode) in enumerate(session.selection.steps()):
        if space == matches.space and mode != "remove":
            turn[np.isin(own, given)] = k
    direct = np.flatnonzero(chosen & (turn >= 0))
    return direct[np.argsort(-turn[direct], kind="stable")] if len(direct) else np.flatnonzero(chosen)


def found(matches: Matches, one: int, other: int) -> pd.DataFrame:
    """Pairs of two animals: their units `a`, of the one, and `b`, of the other, `q`, and whether one can be `sure`."""
    ends = matches.pairs[["a", "b"]].to_numpy(np.int64)
    whose = matches.animal[ends]
    flipped = one > other
    here = (whose == sorted((one, other))).all(1)
    a, b = ends[here].T[:: -1 if flipped else 1]
    return pd.DataFrame(
        {"a": a, "b": b, "q": matches.pairs["q"].to_numpy(float)[here], "sure": matches.matched[here]},
        index=np.flatnonzero(here),
    )


def lines(session: Catalog, embedding: Embedding, xy: NDArray[np.floating], color: Color) -> tuple[Line, ...]:
    """Lines between matched units that an embedding shows: of those that are picked, of all where none is."""
    ends: list[Any] = []
    for matches in there(session).values():
        if matches.space != embedding.space:
            continue
        own, chosen = ids(session, matches), picked(session, matches)
        pairs = matches.pairs.loc[matches.matched, ["a", "b"]].to_numpy(np.int64)
        pairs = pairs[chosen[pairs].any(1)] if chosen.any() else pairs
        row = pd.Index(embedding.ids).get_indexer(own[pairs].ravel()).reshape(-1, 2)
        ends.append(row[(row >= 0).all(1) & (own[pairs] >= 0).all(1)])
    rows = np.concatenate(ends)[:MOST] if ends else np.zeros((0, 2), np.int64)
    if not len(rows):
        return ()
    across = np.full((len(rows), 3, 2), np.nan)
    across[:, :2] = xy[rows]
    flat = across.reshape(-1, 2)
    return (Line(flat[:, 0], flat[:, 1], color, 1.0, "like each other"),)
