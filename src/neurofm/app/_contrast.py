"""What is known of the things in two groups, side by side for a comparison."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from neurofm.app.link import among
from neurofm.app.views._words import remember
from neurofm.data.ids import Ids, pack, unpack

if TYPE_CHECKING:
    from neurofm.app.session import Session

STRETCH = 1.0  # seconds without a moment of the group, after which another stretch begins
IDENTITY = ("label", "group")  # columns that say which, not what


def tables(session: Session, first: str, second: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row per thing of each group, without those in both; of moments, a row per stretch of them.

    Raises
    ------
    ValueError
        If the groups hold other kinds of things, or the same.
    """
    a, b = session.groups[first], session.groups[second]
    if a.space != b.space:
        kinds = ["moments" if group.space == "time" else f"{group.space}s" for group in (a, b)]
        raise ValueError(f"'{first}' holds {kinds[0]} and '{second}' {kinds[1]}; compare groups of one kind")
    shared = np.intersect1d(a.ids, b.ids)
    parts = [group.ids[~among(group.ids, shared)] for group in (a, b)]
    for name, other_name, part in ((first, second, parts[0]), (second, first, parts[1])):
        if not len(part):
            raise ValueError(f"nothing is only in '{name}', not in '{other_name}' too; compare groups that differ")
    one, other = (_of(session, a.space, ids) for ids in parts)
    return one, other


def _of(session: Session, space: str, ids: Ids) -> pd.DataFrame:
    if space == "time":
        return _stretches(session, ids)
    table = session.table(space)
    found = table.drop(columns=[c for c in IDENTITY if c in table]).reindex(ids)
    return found.assign(**_features(session, ids)) if space == "unit" else found


def _features(session: Session, ids: Ids) -> dict[str, pd.Series]:
    """Rate, regularity and tuning, of the units' recordings."""
    from neurofm.analysis.features import unit_features

    parts = []
    for number, recording in session.numbered().items():
        if (unpack(ids)[0] == number).any():
            table = remember(recording, "features", partial(unit_features, recording))
            parts.append(table.set_axis(pd.Index(pack(number, np.arange(len(table))))))
    found = pd.concat(parts).reindex(ids)
    return {str(name): found[name] for name in found}


def _stretches(session: Session, ids: Ids) -> pd.DataFrame:
    """The middle of each stretch: moments that follow each other say nearly the same, so that each is no witness."""
    from neurofm.analysis.compare import is_angle, mean_vector

    number, local = unpack(ids)
    begins = np.r_[True, (np.diff(number) != 0) | (np.diff(local) > STRETCH * 1e6)]
    columns = [c for c in session.columns("time") if c not in IDENTITY]
    groups = pd.DataFrame({c: session.values("time", c, ids) for c in columns}).groupby(np.cumsum(begins))

    def middle(values: pd.Series) -> object:
        good = values.dropna()
        if not len(good) or values.dtype.kind not in "fiu":
            return values.iloc[0]
        return float(np.angle(mean_vector(good))) if is_angle(str(values.name)) else float(good.median())

    return pd.DataFrame({c: groups[c].agg(middle) for c in columns})
