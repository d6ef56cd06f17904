"""Share clock: what was scored or filmed apart is put on the clock of a recording; it can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _edits, _options
from neurofm.checks import check_choice, number
from neurofm.data.clock import misfit
from neurofm.data.source import Source
from neurofm.data.spans import SpanArray, duration, intersect
from neurofm.specs import VerbSpec
from neurofm.words import a_kind

SAME = 1e-6  # seconds by which times may differ that are the same


@runtime_checkable
class Movable(Protocol):
    """A source that can be put on another clock."""

    @property
    def zero(self) -> float:
        """Second of its clock at which its own second 0 is."""

    def on_clock(self, clock: str, zero: float = 0.0) -> Any:
        """The same on that clock, on which its own second 0 is `zero`."""


def begin(session: Catalog, name: str, other: str, *, zero: float = 0.0, along: Sequence[str] | None = None) -> None:
    """Put a source on the clock of another, so that they move together and picks are carried over.

    What belongs to it moves with it: poses with their video, and the video with them.

    Parameters
    ----------
    zero : second of the other at which the first one's own second 0 is
    along : names of what moves with it; what belongs to it unless given

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
        raise ValueError(f"'{name}' holds {a_kind(before.kind)}, whose times are its own; put the other on its clock")
    if not target.clock:
        raise ValueError(f"'{other}' has no clock; choose a source that has one")
    after = before.on_clock(target.clock, zero)
    looks = in_other_units(after, target)
    if looks:
        raise ValueError(f"times of '{name}' look {looks}")
    if not _meet(after.domain, target.domain):
        spans = " and ".join(f"{one[0, 0]:.6g} to {one[-1, 1]:.6g} s" for one in (after.domain, target.domain))
        raise ValueError(f"'{name}' and '{other}' share no time ({spans}); say with zero= when it began")
    along = [one for one in together(session, name) if one != other] if along is None else along
    moved = {one: _later(session.sources[one], target.clock, zero - before.zero) for one in along}
    done = _edits.action(session, "share_clock", name, other=other, zero=zero, along=list(moved) or None)
    _edits.put(session, name, before, after, done, moved)


def together(session: Catalog, name: str) -> list[str]:
    """What moves with a source: all on its clock where that is its own, what is of its file or of its frames.

    And what moved with any of them before.
    """
    one = session.sources[name]
    own = one.clock in (one.session, *one.paths)
    there = {other: source for other, source in list(session.sources.items()) if other != name}
    beside = {k: v for k, v in there.items() if isinstance(v, Movable) and v.clock == one.clock}
    belong = {k for k, v in beside.items() if own or bool(set(v.paths) & set(one.paths)) or _of_its_frames(v, one)}
    belong |= {k for k, v in beside.items() if not v.paths and v.zero == getattr(one, "zero", 0.0) != 0}  # made of it
    before = {k for a in session.actions if a.name in {name, *belong} for k in a.options.get("along") or ()}
    return [other for other in beside if other in belong | before]


def _of_its_frames(source: Source, other: Source) -> bool:
    """Whether both have frames, shown at the same times for as long as both last."""
    times, others = getattr(source, "times", None), getattr(other, "times", None)
    if times is None or others is None:
        return False
    both = min(len(times), len(others))
    return both > 1 and bool(np.allclose(times[:both], others[:both], rtol=0, atol=SAME))


def _later(source: Any, clock: str, seconds: float) -> Any:
    if not isinstance(source, Movable):
        raise ValueError(
            f"'{source.session}' holds {a_kind(source.kind)}, whose times are its own; leave it out of along="
        )
    return source.on_clock(clock, source.zero + seconds)


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
    return [f"session.share_clock({action.name!r}, {o['other']!r}, zero={o['zero']!r}{along_code(action)})"]


def along_code(action: Action) -> str:
    """How the script says what moved along, where anything did."""
    along = action.options.get("along")
    return "" if along is None else f", along={along!r}"


def _meet(one: SpanArray, other: SpanArray) -> bool:
    if not len(one) or not len(other):
        return True
    return bool(duration(intersect(one, other)) > 0 or np.isin(one, other).any())


SPEC = VerbSpec(
    begin=begin,
    options={"other": Field.text, "zero": Field.number, "along": _options.several(Field.text)},
    optional=("along",),
    edits=True,
    code=code,
)
