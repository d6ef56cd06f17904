"""A table of pairs of two animals' units: the best for each, those of a method, and how sure each is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.analysis import confidence, matching
from neurofm.analysis.confidence import Gauge

Ints = NDArray[np.int64]
Distances = NDArray[np.floating]
COLUMNS = {"a": int, "b": int, "q": float, "given": bool}


def pairs(
    distance: Distances, one: Gauge, other: Gauge, used: NDArray[np.bool_], others: NDArray[np.bool_], method: str,
    given: Sequence[tuple[int, int]] = (),
) -> pd.DataFrame:  # fmt: skip
    """A row for each unit that can be judged and its best in the other animal, and those of the method.

    Parameters
    ----------
    distance : (unit, unit of the other) scaled where there are halves
    one, other : what halves of their own data say
    used, others : (unit,) and (unit of the other,) that can be judged
    method : one of `matching.METHODS`
    given : pairs that a user said are the same; their units are in no other pair

    Returns
    -------
    DataFrame with the columns of `Matches.pairs`. `q` is 1 for those that are not the nearest of each other among all
    units of both animals, and NaN for all where there are no halves to tell it by.
    """
    said = np.array(list(given), np.int64).reshape(-1, 2)
    rows = np.flatnonzero(used & ~np.isin(np.arange(len(used)), said[:, 0]))
    columns = np.flatnonzero(others & ~np.isin(np.arange(len(others)), said[:, 1]))
    every: list[tuple[int, int, float, bool]] = [(int(a), int(b), np.nan, True) for a, b in said]
    if len(rows) and len(columns):
        one, other = one.of(rows), other.of(columns)
        table = distance[np.ix_(rows, columns)]
        told, sure = one.within is not None and other.within is not None, {}
        if told:
            a, b, q = confidence.compete(table, one, other)
            sure = dict(zip(zip(a.tolist(), b.tolist()), q.tolist()))
        listed = dict.fromkeys(_listed(table, one, other, method))
        unsure = 1.0 if told else np.nan
        every += [(int(rows[a]), int(columns[b]), sure.get((a, b), unsure), False) for a, b in listed]
    frame = pd.DataFrame(every, columns=list(COLUMNS)).astype(COLUMNS).sort_values(["a", "b"], ignore_index=True)
    there = np.flatnonzero(others | np.isin(np.arange(len(others)), said[:, 1]))
    return frame.assign(**_told(distance, frame["a"].to_numpy(), frame["b"].to_numpy(), there))


def rated(table: pd.DataFrame, sure: pd.DataFrame) -> pd.DataFrame:
    """The same pairs with the `q` that a way tells of `row` and `column`, and 1 where it tells none.

    Parameters
    ----------
    table : as from `pairs`
    sure : as from `Anchored.sure`
    """
    told = {(int(row), int(column)): q for row, column, q in zip(sure["row"], sure["column"], sure["q"])}
    q = [told.get((int(a), int(b)), 1.0) for a, b in zip(table["a"], table["b"])]
    return table.assign(q=np.where(table["given"], np.nan, q))


def _listed(table: Distances, one: Gauge, other: Gauge, method: str) -> list[tuple[int, int]]:
    """The nearest of each row and of each column, then the pairs of the method."""
    alone = float(np.median(table.min(1)))
    if one.within is not None and other.within is not None and min(table.shape) > 1:
        own = [
            np.where(np.eye(len(within), dtype=bool), np.inf, within).min(1) for within in (one.within, other.within)
        ]
        alone = float(np.median(np.concatenate(own)))
    backwards = matching.nearest(table.T)[::-1]
    every = matching.nearest(table), backwards, matching.chosen(method, table, alone)
    return [pair for rows, columns in every for pair in zip(rows.tolist(), columns.tolist())]


def _told(distance: Distances, rows: Ints, columns: Ints, there: Ints) -> dict[str, NDArray[np.generic]]:
    """Distance, rank and margin of pairs among the columns that are there."""
    own = distance[rows, columns]
    others = distance[np.ix_(rows, there)].astype(float)
    rank = 1 + (others < own[:, None]).sum(1)
    others[columns[:, None] == there] = np.inf
    following = others.min(1, initial=np.inf)
    margin = np.where(np.isfinite(following), following / np.maximum(own, 1e-12) - 1, np.nan)
    return {"distance": own.astype(float), "rank": rank.astype(np.int64), "margin": margin}
