"""The names that have something of their own in a model of recordings: its sessions, and their units."""

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


def grow_names(before: Mapping[str, Sequence[Any]], data: Sequence[Recording]) -> Vocab:
    """What a model knew and these recordings, where it has a vector for each name, so that none may go."""
    new = begin(data)
    names = {k: list(dict.fromkeys([*before[k], *new[k]])) for k in ("units", "sessions")}
    sizes = dict(zip(before["sessions"], before.get("sizes", []))) | dict(zip(new["sessions"], new["sizes"]))
    return names | {"sizes": [sizes.get(name, 0) for name in names["sessions"]]}


def grow_sessions(before: Mapping[str, Sequence[Any]], data: Sequence[Recording]) -> Vocab:
    """What a model knew and these recordings, where it has maps from and to all units of a session.

    Those of a session that has other units now are made anew: `fresh` names it.
    """
    old, new = units(before), {r.session: r.unit_names for r in data}
    merged = old | new
    return {
        "units": [u for names in merged.values() for u in names], "sessions": list(merged),
        "sizes": [len(names) for names in merged.values()],
        "fresh": [s for s, names in new.items() if s in old and differ(old[s], names)],
    }  # fmt: skip


def units(vocab: Mapping[str, Sequence[Any]]) -> dict[str, list[str]]:
    """Names of the units of each session in a row, of a model that has maps from and to all of them.

    Where an earlier version has mixed them up, they are "", which is not known.
    """
    names_of, first, sizes = {}, 0, vocab.get("sizes", [])
    for session, size in zip(vocab["sessions"], sizes):
        names = list(vocab["units"][first : first + size])
        sound = sum(sizes) == len(vocab["units"]) and all(name.startswith(f"{session}/") for name in names)
        names_of[session] = names if sound else [""] * size
        first += size
    return names_of


def differ(before: Sequence[str], now: Sequence[str]) -> bool:
    """Whether these are other units than those that a model knows, as far as it knows their names."""
    return len(before) != len(now) or any(a not in ("", b) for a, b in zip(before, now))
