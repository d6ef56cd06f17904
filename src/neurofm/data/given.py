"""Which things a user means: by ids, by names as people see them, by a mask, or by rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.checks import LIKE
from neurofm.data.ids import Ids
from neurofm.words import thing, things

EXACT = 1 << 53  # floats hold every whole number below
SHOWN = 3  # names, or stretches of ids, that a refusal lists

Labels = pd.Series  # names of all things of a space, indexed by id


def ids_given(given: Any, space: str, labels: Labels[Any] | None = None) -> Ids:
    """(thing,) ids of the things of a space that a user means, in the order in which they were given.

    Parameters
    ----------
    given : whole numbers, names, a mask with one value for each thing, rows of a table with a column `label`, or one
        number or name alone
    labels : names of all things, indexed by id; None where they have no names, and only ids can be given

    Raises
    ------
    ValueError
        If it is none of these.
    LookupError
        If there is no such thing.
    """
    values = _flat(given, space, labels)
    if not values.size:
        return np.zeros(0, np.int64)
    kind = _kind(values, space)
    if kind == "ids":
        ids = _whole(values, space)
        if labels is not None:
            _check_there(ids, space, labels.index.to_numpy(np.int64))
        elif ids.min() < 0:
            raise LookupError(f"no {thing(space)} has the id {ids.min()}; ids begin with 0")
        return ids
    if labels is None:
        raise ValueError(f"{things(space)} have no names and are too many for a mask; give ids, got {values[0]!r}")
    return _masked(values, space, labels) if kind == "mask" else _named(values, space, labels)


def _flat(given: Any, space: str, labels: Labels[Any] | None) -> NDArray[Any]:
    """What was given as a list of numbers, of words, or of true and false."""
    if isinstance(given, pd.DataFrame) and "label" in given:
        given = given["label"]
    if isinstance(given, pd.Series) and given.dtype.kind == "b":
        given = _aligned(given, labels)
    if _kind_of(given) in ("ids", "names"):
        given = [given]
    if isinstance(given, Mapping | bytes | pd.DataFrame) or not isinstance(given, Iterable):
        _refuse(space, given)
    if not isinstance(given, np.ndarray | pd.Series | pd.Index):
        given = np.array(list(given), object)
    values = np.asarray(given)
    if values.ndim != 1:
        raise ValueError(f"ids of {things(space)} must be one list, got an array of shape {values.shape}")
    return values


def _aligned(mask: pd.Series[Any], labels: Labels[Any] | None) -> Any:
    """The ids that are true in a mask made from a table of these things, whatever its order; else the mask."""
    numbered = isinstance(mask.index, pd.RangeIndex) or mask.index.dtype.kind != "i"
    if numbered or mask.isna().any() or labels is None or not mask.index.isin(labels.index).all():
        return mask
    return mask.index[mask.to_numpy(bool)]


def _kind(values: NDArray[Any], space: str) -> str:
    """Whether these are "ids", "names" or a "mask"; refused where they are neither, or mixed."""
    each = values if values.dtype.kind == "O" else values[:1]
    kinds = [_kind_of(value) for value in each]
    strange = next((k for k, kind in enumerate(kinds) if kind != kinds[0] or not kind), None)
    if strange is not None:
        _refuse(space, each[strange])
    return kinds[0]


def _kind_of(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "mask"
    if isinstance(value, int | float | np.integer | np.floating):
        return "ids"
    return "names" if isinstance(value, str) else ""


def _refuse(space: str, got: Any) -> NoReturn:
    words = repr(got)[:60] if np.isscalar(got) or got is None or got is pd.NA else type(got).__name__
    raise ValueError(f"{things(space)} are given by ids (whole numbers), names or a mask, got {words}")


def _whole(values: NDArray[Any], space: str) -> Ids:
    """Ids as int64; those that are not whole, or larger than any id, are refused."""
    if values.dtype.kind == "i":
        return values.astype(np.int64, copy=False)
    for value in values.tolist():
        if value != value or abs(value) >= (EXACT if isinstance(value, float) else 1 << 63) or value != int(value):
            _refuse(space, value)
    return values.astype(np.int64)


def _check_there(ids: Ids, space: str, there: Ids) -> None:
    strangers = ids[~np.isin(ids, there)]
    if len(strangers):
        raise LookupError(f"no {thing(space)} has the id {strangers[0]}; there are {_stretches(there)}")


def _masked(values: NDArray[Any], space: str, labels: Labels[Any]) -> Ids:
    if len(values) != len(labels):
        raise ValueError(f"a mask of {things(space)} needs {len(labels):,} values, one for each, got {len(values):,}")
    return labels.index.to_numpy(np.int64)[values.astype(bool)]


def _named(values: NDArray[Any], space: str, labels: Labels[Any]) -> Ids:
    """Ids by label, or by its part behind the source's name where only one thing has that."""
    ids = labels.index.to_numpy(np.int64).tolist()
    names = labels.astype(str).tolist()
    short: dict[str, list[int]] = {}
    for name, id in zip(names, ids):
        short.setdefault(name.partition("/")[2], []).append(id)
    whole = dict(zip(names, ids))
    for name in values:
        if name not in whole and len(short.get(name, ())) != 1:
            _refuse_name(str(name), space, names, len(short.get(name, ())))
    return np.array([whole[name] if name in whole else short[name][0] for name in values], np.int64)


def _refuse_name(name: str, space: str, names: list[str], several: int) -> NoReturn:
    if several:
        alike = [other for other in names if other.partition("/")[2] == name][:SHOWN]
        raise LookupError(f"{several} {things(space)} are called '{name}'; say which: {', '.join(alike)}")
    listed = ", ".join(names) if len(names) <= SHOWN else f"{names[0]} … {names[-1]}"
    meant = "".join(f"; did you mean '{near}'?" for near in get_close_matches(name, names, 1, LIKE))
    raise LookupError(f"no {thing(space)} is called '{name}'; there are {listed or 'none'}{meant}")


def _stretches(ids: Ids) -> str:
    """ "0 to 30", for each run of ids; "none" of none."""
    ids = np.sort(ids)
    runs = [run for run in np.split(ids, np.flatnonzero(np.diff(ids) > 1) + 1) if len(run)]
    told = [f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs[:SHOWN]]
    return ", ".join([*told, *["…"] * (len(runs) > SHOWN)]) or "none"
