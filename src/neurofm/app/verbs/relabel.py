"""Relabel: bouts get the name of a behaviour, so that behaviours are named, merged and split; it can be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.link import tidy
from neurofm.app.state.log import Action
from neurofm.app.verbs import _edits, _options
from neurofm.checks import check_choice, check_text
from neurofm.data.ethogram import BOUT, Ethogram, Rows, relabel
from neurofm.data.ids import Ids, pack, unpack
from neurofm.specs import VerbSpec

EVER = (-np.inf, np.inf)


def begin(
    session: Catalog,
    to: str,
    of: str | Sequence[str] = (),
    *,
    bouts: Any = None,
    ethogram: str = "",
    subject: str = "",
    start: float | None = None,
    stop: float | None = None,
) -> list[str]:
    """Give bouts the name of a behaviour; gives the ethograms in which there were any.

    A behaviour gets another name (``of="cluster 1"``), is merged with one that is called so already, or is split: by
    time (``start=``, ``stop=``), where bouts that reach out of it are cut, or into the bouts that are picked and the
    rest. What follows itself at once after a merge is one bout.

    Parameters
    ----------
    to : the name they get
    of : behaviours whose bouts are meant
    bouts : ids or names of those that are meant, or rows of their table; those that are picked if neither is given
    ethogram : in which they are; all that are open if ""
    subject : whose bouts are meant; those of all if ""
    start, stop : seconds within which they are called so

    Raises
    ------
    ValueError, LookupError
        If there is no such bout, or no name.
    """
    check_text("to", to)
    to = to.strip()
    if not to:
        raise ValueError("a behaviour needs a name, got an empty one")
    there = ethograms(session)
    if ethogram:
        check_choice("ethogram", ethogram, there)
    span = (EVER[0] if start is None else float(start), EVER[1] if stop is None else float(stop))
    if not span[0] < span[1]:
        raise ValueError(f"start must come before stop, got {start} and {stop} s")
    behaviors = [of] if isinstance(of, str) else list(of)
    rows = {name: _rows(session, one, behaviors, bouts) for name, one in there.items() if ethogram in ("", name)}
    rows = {
        name: k[there[name].bouts["subject"].to_numpy()[k] == subject] if subject else k for name, k in rows.items()
    }
    changed = [name for name, k in rows.items() if len(k) and _changes(there[name], to, k, span)]
    if not any(len(k) for k in rows.values()):
        raise ValueError(_lack(there, behaviors, subject))
    with session.history.together():
        for name in changed:
            _edit(session, name, to, [] if subject else behaviors, rows[name], span)
    return changed


def ethograms(session: Catalog) -> dict[str, Ethogram]:
    """Ethograms that are open, by name."""
    return {name: source for name, source in list(session.sources.items()) if isinstance(source, Ethogram)}


def shown(session: Catalog, name: str) -> Ethogram | None:
    """The ethogram of this name; the one that came last where there is none."""
    there = ethograms(session)
    return there.get(name) or there.get(session.latest(reversed(there)))


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    which = f"of={o['of']!r}" if o["of"] else f"bouts={script.ids(pack(o['number'], np.array(o['rows'], np.int64)))}"
    when = "".join(f", {key}={o[key]!r}" for key in ("start", "stop") if key in o)
    return [f"session.relabel({o['to']!r}, {which}, ethogram={action.name!r}{when})"]


def _rows(session: Catalog, one: Ethogram, behaviors: Sequence[str], bouts: Any) -> Rows:
    """Which rows of an ethogram are meant."""
    if behaviors:
        return np.flatnonzero(one.bouts["behavior"].isin(behaviors)).astype(np.int64)
    ids = session.selection.picked(BOUT) if bouts is None else tidy(session.ids(bouts, BOUT))
    number, local = unpack(ids)
    return local[number == session.number(one.session)]


def _changes(one: Ethogram, to: str, rows: Rows, span: tuple[float, float]) -> bool:
    """Whether any bout gets another name by it."""
    edges, names = one.edges[rows], one.bouts["behavior"].to_numpy()[rows]
    within = (edges[:, 1] >= span[0]) & (edges[:, 0] <= span[1])
    return bool((within & (names != to)).any())


def _lack(there: Mapping[str, Ethogram], behaviors: Sequence[str], subject: str) -> str:
    if subject and not any(subject in one.subjects for one in there.values()):
        known = ", ".join(sorted({name for one in there.values() for name in one.subjects if name})) or "none"
        return f"no bout is of a subject '{subject}'; there are {known}"
    if behaviors:
        known = ", ".join(dict.fromkeys(name for one in there.values() for name in one.behaviors)) or "none"
        return f"no bout is called {' or '.join(map(repr, behaviors))}; there are {known}"
    return "no bout is picked; pick the bouts that are to get a name, or say which with of= or bouts="


def _edit(session: Catalog, name: str, to: str, of: list[str], rows: Rows, span: tuple[float, float]) -> None:
    """Put the edited ethogram in place, with the picks and groups of its bouts, and write how it came about."""
    before, number = session.sources[name], session.number(name)
    options: dict[str, Any] = {"to": to, "of": of, "number": number, "rows": [] if of else rows.tolist()}
    options |= {key: edge for key, edge in zip(("start", "stop"), span) if np.isfinite(edge)}
    action = _edits.action(session, "relabel", name, **options)
    after, ties = relabel(before, to, rows, span)  # type: ignore[arg-type]
    same = len(after.bouts) == len(before.bouts) and np.array_equal(*ties)  # type: ignore[attr-defined]
    moved = partial(_moved, number, ties)
    steps = [] if same else session.selection.steps()
    if steps:
        session.selection.clear()
    _edits.put(session, name, before, after, action)
    groups = {g.name: replace(g, ids=moved(g.ids)) if g.space == BOUT else g for g in session.groups.values()}
    if not same and any(groups[key] != group for key, group in session.groups.items()):
        session.edit("group", "groups", next(iter(groups)), groups)
    for space, ids, mode in steps:
        session.selection.pick(space, moved(ids) if space == BOUT else ids, mode)  # type: ignore[arg-type]


def _moved(number: int, ties: tuple[Rows, Rows], ids: Ids) -> Ids:
    """The same bouts, as they are numbered after an edit."""
    own, local = unpack(ids)
    here = own == number
    return tidy(np.r_[ids[~here], pack(number, ties[1][np.isin(ties[0], local[here])])])


SPEC = VerbSpec(
    begin=begin,
    options={
        "to": Field.text, "of": _options.several(Field.text), "number": _options.whole,
        "rows": _options.several(_options.whole), "start": Field.number, "stop": Field.number,
    },
    optional=("start", "stop"),
    edits=True,
    code=code,
)  # fmt: skip
