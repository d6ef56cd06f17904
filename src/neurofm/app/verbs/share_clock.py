"""Share clock: what was scored or filmed apart is put on the clock of a recording; it can be undone."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _edits
from neurofm.checks import check_choice, number
from neurofm.data.clock import misfit
from neurofm.data.source import Source
from neurofm.data.spans import SpanArray, duration, intersect
from neurofm.specs import VerbSpec


@runtime_checkable
class Movable(Protocol):
    """A source that can be put on another clock."""

    def on_clock(self, clock: str, zero: float = 0.0) -> Any:
        """The same on that clock, on which its own second 0 is `zero`."""


def begin(session: Catalog, name: str, other: str, *, zero: float = 0.0) -> None:
    """Put a source on the clock of another, so that they move together and picks are carried over.

    Parameters
    ----------
    zero : second of the other at which the first one's own second 0 is

    Raises
    ------
    LookupError, ValueError
        If there is no such source, it has times of its own that cannot be moved, or would not be within the other.
    """
    for one in (name, other):
        check_choice("source", one, session.sources)
    before, target = session.sources[name], session.sources[other]
    zero = number("zero", zero, "a number of seconds")
    if not isinstance(before, Movable):
        raise ValueError(f"'{name}' is a {before.kind}, whose times are its own; put the other on its clock")
    if not target.clock:
        raise ValueError(f"'{other}' has no clock; choose a source that has one")
    after = before.on_clock(target.clock, zero)
    looks = in_other_units(after, target)
    if looks:
        raise ValueError(f"times of '{name}' look {looks}")
    if not _meet(after.domain, target.domain):
        spans = " and ".join(f"{one[0, 0]:.6g} to {one[-1, 1]:.6g} s" for one in (after.domain, target.domain))
        raise ValueError(f"'{name}' and '{other}' share no time ({spans}); say with zero= when it began")
    _edits.put(session, name, before, after, _edits.action(session, "share_clock", name, other=other, zero=zero))


def in_other_units(one: Source, other: Source) -> str:
    """What times look like that are no seconds on the clock of another source, and what to do; "" if they may be."""
    if not len(one.domain) or not len(other.domain):
        return ""
    first, second = ((float(source.domain[0, 0]), float(source.domain[-1, 1])) for source in (one, other))
    problem = misfit(first, second)
    return "" if problem is None or problem.looks.endswith("zero") else f"{problem.looks}; {problem.remedy}"


def others(session: Catalog, name: str) -> list[str]:
    """Sources on whose clock it could be put."""
    own = session.sources[name]
    if not isinstance(own, Movable):
        return []
    clocks: dict[str, str] = {}
    for source in list(session.sources.values()):
        if source.clock not in ("", own.clock):
            clocks.setdefault(source.clock, source.session)
    return list(clocks.values())


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    return [f"session.share_clock({action.name!r}, {o['other']!r}, zero={o['zero']!r})"]


def _meet(one: SpanArray, other: SpanArray) -> bool:
    if not len(one) or not len(other):
        return True
    return bool(duration(intersect(one, other)) > 0 or np.isin(one, other).any())


SPEC = VerbSpec(begin=begin, options={"other": Field.text, "zero": Field.number}, edits=True, code=code)
