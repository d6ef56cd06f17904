"""The names that have something of their own in a model: its sessions, and their units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurofm.data import Recording

Vocab = dict[str, list[Any]]


def begin(data: Sequence[Recording]) -> Vocab:
    """`sessions`, the `units` of all of them in a row, and `sizes`, how many units each session has."""
    return {
        "units": [u for r in data for u in r.unit_names], "sessions": [r.session for r in data],
        "sizes": [len(r.units) for r in data],
    }  # fmt: skip


def grow(before: Mapping[str, Sequence[Any]], data: Sequence[Recording], *, by_name: bool) -> Vocab:
    """What a trained model knew, and these recordings.

    Parameters
    ----------
    by_name : the model has a vector for each name, so that none may go; else it has maps from and to all units of a
        session, and those of a session that has other units now are made anew: `fresh` names it
    """
    if by_name:
        new = begin(data)
        names = {k: list(dict.fromkeys([*before[k], *new[k]])) for k in ("units", "sessions")}
        sizes = dict(zip(before["sessions"], before.get("sizes", []))) | dict(zip(new["sessions"], new["sizes"]))
        return names | {"sizes": [sizes.get(name, 0) for name in names["sessions"]]}
    old, new_units = units(before), {r.session: r.unit_names for r in data}
    merged = old | new_units
    return {
        "units": [u for names in merged.values() for u in names], "sessions": list(merged),
        "sizes": [len(names) for names in merged.values()],
        "fresh": [s for s, names in new_units.items() if s in old and differ(old[s], names)],
    }  # fmt: skip


def units(vocab: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    """Names of the units of each session in a row, of a model that has maps from and to all of them.

    Where an earlier version has mixed them up, they are "", which is not known.
    """
    found, first, sizes = {}, 0, vocab.get("sizes", [])
    for session, size in zip(vocab["sessions"], sizes):
        names = list(vocab["units"][first : first + size])
        sound = sum(sizes) == len(vocab["units"]) and all(name.startswith(f"{session}/") for name in names)
        found[session] = names if sound else [""] * size
        first += size
    return found


def differ(known: Sequence[str], now: Sequence[str]) -> bool:
    """Whether these are other units than those that a model knows, as far as it knows their names."""
    return len(known) != len(now) or any(a not in ("", b) for a, b in zip(known, now))
