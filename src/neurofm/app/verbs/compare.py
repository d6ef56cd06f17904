"""Compare: what differs between two groups."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.app.memory import remember
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.link import among
from neurofm.app.state.log import Action
from neurofm.app.verbs import _options
from neurofm.data.ids import Ids, pack, unpack
from neurofm.data.recording import UNIT
from neurofm.data.source import start, when
from neurofm.specs import RowSpec, VerbSpec
from neurofm.words import things

STRETCH = 1.0  # seconds without a moment of the group, after which another stretch begins
IDENTITY = ("label", "group")  # columns that say which, not what


def begin(session: Catalog, first: str, second: str, *, identifiers: Sequence[str] | None = None) -> pd.DataFrame:
    """What differs between two groups of units, trials or moments, the surest first (see `analysis.compare`).

    Things in both groups are left out; of moments, each stretch of them counts once.

    Parameters
    ----------
    identifiers : columns whose whole numbers name things and measure nothing; told by their names unless given

    Raises
    ------
    LookupError, ValueError
        If there is no such group, or the two cannot be compared.
    """
    names = None if identifiers is None else tuple(identifiers)
    table = contrast(session, first, second, names).copy()
    options: dict[str, Any] = {"first": first, "second": second}
    options |= {} if names is None else {"identifiers": list(names)}
    if not any(action.kind == "compare" and action.options == options for action in session.actions):
        session.actions.add("compare", f"{first}, {second}", **options)
    return table


def contrast(session: Catalog, first: str, second: str, identifiers: tuple[str, ...] | None = None) -> pd.DataFrame:
    """The same for a picture of it, which leaves no line in the script; not to be changed."""
    from neurofm.analysis.compare import compare
    from neurofm.checks import check_choice

    for name in (first, second):
        check_choice("group", name, session.groups)

    def make() -> pd.DataFrame:
        sides = _sides(session, first, second)
        for name in identifiers or ():
            check_choice("column", name, map(str, sides[0]))
        return compare(*sides, identifiers=identifiers)

    return session.remember(("compare", first, second, identifiers), make)


def stands(action: Action, later: Sequence[Action]) -> bool:
    """While all is open that they may hold, and both groups, written after all that was done, can be compared."""
    groups = {other.name: other.options for other in later if other.kind == "group"}
    first, second = (groups.get(action.options[key]) for key in ("first", "second"))
    if first is None or second is None or any(other.kind == "close" for other in later):
        return False
    ids = [set(np.asarray(group["ids"]).tolist()) for group in (first, second)]
    return first["space"] == second["space"] and bool(ids[0] - ids[1]) and bool(ids[1] - ids[0])


def code(action: Action, script: Script) -> list[str]:
    named = f", identifiers={action.options['identifiers']!r}" if "identifiers" in action.options else ""
    groups = f"{action.options['first']!r}, {action.options['second']!r}"
    return [f"print(session.compare({groups}{named}).to_string())"]


def pair(state: Any, session: Catalog) -> tuple[str, str] | None:
    """The groups that are compared: those named, else the two newest of one kind; None if there are no two."""
    groups = session.groups
    if state.a in groups and state.b in groups and state.a != state.b:
        return state.a, state.b
    for second in reversed(groups.values()):
        for first in reversed(groups.values()):
            if first is not second and first.space == second.space:
                return first.name, second.name
    return None


def _frame(state: Any, session: Catalog) -> pd.DataFrame:
    names = pair(state, session)
    return pd.DataFrame() if names is None else _called(contrast(session, *names).reset_index(drop=True), names)


def _called(table: pd.DataFrame, names: tuple[str, str]) -> pd.DataFrame:
    """The columns of each group under its name."""
    taken = set(map(str, table)) - {"a", "b"}
    shown = [f"group {name}" if name in taken else name for name in names]
    called = dict(zip("ab", shown))
    return table.rename(columns=called | {f"n_{side}": f"n of {name}" for side, name in called.items()})


def _missing(state: Any, session: Catalog) -> tuple[str, str]:
    return "Pick some units or trials and press G, twice, to compare two groups", "train"


def _choices(state: Any, session: Catalog) -> dict[str, tuple[str, ...]]:
    names = ("", *session.groups)
    return {"a": names, "b": names}


# ---- the two sides


def apart(session: Catalog, first: str, second: str) -> tuple[str, list[Ids]]:
    """Of what two groups are, and the ids of each without those in both.

    Raises
    ------
    ValueError
        If they are of two kinds, or nothing is left of one, or nothing of it is open any more.
    """
    a, b = session.groups[first], session.groups[second]
    if a.space != b.space:
        kinds = [things(group.space) for group in (a, b)]
        raise ValueError(f"'{first}' holds {kinds[0]} and '{second}' {kinds[1]}; compare groups of one kind")
    shared = np.intersect1d(a.ids, b.ids)
    parts = [group.ids[~among(group.ids, shared)] for group in (a, b)]
    for name, other_name, part in ((first, second, parts[0]), (second, first, parts[1])):
        if not len(part):
            raise ValueError(f"nothing is only in '{name}', not in '{other_name}' too; compare groups that differ")
        if not set(unpack(part)[0].tolist()) & set(session.numbered()):
            raise ValueError(f"nothing of '{name}' is open any more; compare groups of what is open")
    return a.space, parts


def _sides(session: Catalog, first: str, second: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A row per thing of each group, without those in both; of moments, a row per stretch of them."""
    space, parts = apart(session, first, second)
    one, other = (_side(session, space, ids) for ids in parts)
    return one, other


def _side(session: Catalog, space: str, ids: Ids) -> pd.DataFrame:
    if space not in session.tables():
        return _stretches(session, space, ids)
    table = session.table(space)
    rows = table.drop(columns=[c for c in IDENTITY if c in table]).reindex(ids)
    return rows.assign(**_features(session, ids)) if space == UNIT else rows


def _features(session: Catalog, ids: Ids) -> dict[str, pd.Series]:
    """Rate, regularity and tuning, of the units' recordings."""
    from neurofm.analysis.features import unit_features

    parts = []
    for name, recording in session.recordings.items():
        number = session.number(name)
        if (unpack(ids)[0] == number).any():
            table = remember(recording, "features", partial(unit_features, recording))
            parts.append(table.set_axis(pd.Index(pack(number, np.arange(len(table))))))
    features = pd.concat(parts).reindex(ids)
    return {str(name): features[name] for name in features}


def _stretches(session: Catalog, space: str, ids: Ids) -> pd.DataFrame:
    """The middle of each stretch: moments that follow each other say nearly the same, so that each is no witness.

    What was at no moment is a stretch each.
    """
    from neurofm.analysis.compare import is_angle, mean_vector

    number, elapsed = unpack(ids)[0], _elapsed(session, space, ids)
    begins = np.r_[True, (np.diff(number) != 0) | ~(np.diff(elapsed) <= STRETCH * 1e6)]
    columns = [c for c in session.columns(space) if c not in IDENTITY]
    stretches = pd.DataFrame({c: session.values(space, c, ids) for c in columns}).groupby(np.cumsum(begins))

    def middle(values: pd.Series) -> object:
        good = values.dropna()
        if not len(good) or values.dtype.kind not in "fiu":
            return values.iloc[0]
        return float(np.angle(mean_vector(good))) if is_angle(str(values.name)) else float(good.median())

    return pd.DataFrame({c: stretches[c].agg(middle) for c in columns})


def _elapsed(session: Catalog, space: str, ids: Ids) -> NDArray[np.float64]:
    """(id,) whole microseconds since each thing's source began; NaN of what was at no moment."""
    (number, local), sources = unpack(ids), session.numbered()
    elapsed = np.full(len(ids), np.nan)
    for k in set(number.tolist()) & set(sources):
        here = number == k
        times = when(sources[k], space, local[here])
        if times is not None:
            elapsed[here] = np.round((times - start(sources[k])) * 1e6)
    return elapsed


SPEC = VerbSpec(
    begin=begin,
    options={"first": Field.text, "second": Field.text, "identifiers": _options.several(Field.text)},
    optional=("identifiers",),
    code=code,
    last=True,
    stands=stands,
    rows={"comparison": RowSpec(title="columns", frame=_frame, missing=_missing, choices=_choices)},
)
