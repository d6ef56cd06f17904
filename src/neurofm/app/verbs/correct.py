"""Correct: key points are put where they are, by hand or from a table; it can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.user_tables import read
from neurofm.app.verbs import _edits, _options
from neurofm.app.verbs._edits import WRITTEN
from neurofm.checks import check_choice
from neurofm.data import placed
from neurofm.data.placed import Placed
from neurofm.data.tracks import Tracks
from neurofm.specs import VerbSpec


def begin(session: Catalog, tracks: str, points: Any) -> int:
    """Put key points where they are, in memory; `overwrite` puts them into the file. Gives how many were elsewhere.

    Parameters
    ----------
    tracks : name
    points : rows of frame, individual, key point, x and y, or without a place where the point is not seen; or a table
        with such columns, or the file of one (`.csv`, `.tsv`, `.parquet`)

    Raises
    ------
    LookupError
        If there are no such tracks, or no such individual or key point.
    ValueError
        If there is no such frame, or a place is no numbers.
    DataError
        If the file is no such table.
    """
    there = {name: source for name, source in list(session.sources.items()) if isinstance(source, Tracks)}
    check_choice("tracks", tracks, there)
    before = there[tracks]
    given = {one[:3]: one for one in placed.given(before, _rows(before, points))}
    moved = [one for one in given.values() if one != placed.of(before, *one[:3])]
    if moved:
        _edit(session, tracks, before, moved)
    return len(moved)


def corrections(session: Catalog, tracks: str) -> list[Action]:
    """What was done so to tracks."""
    return session.actions.all("correct", tracks)


def unwritten(session: Catalog, tracks: str) -> list[list[Any]]:
    """Points that were corrected and that no file holds yet."""
    actions = (action for action in corrections(session, tracks) if not action.options.get(WRITTEN))
    return [row for action in actions for row in action.options["points"]]


def code(action: Action, script: Script) -> list[str]:
    rows = ", ".join(repr(tuple(row)) for row in action.options["points"])
    return [f"session.correct({action.name!r}, [{rows}])"]


def _rows(tracks: Tracks, points: Any) -> list[Any]:
    if isinstance(points, str | Path):
        points = read(points)
    return placed.rows(points, tracks.individuals) if isinstance(points, pd.DataFrame) else list(points)


def _edit(session: Catalog, name: str, before: Tracks, moved: list[Placed]) -> None:
    after = placed.corrected(before, moved)
    were = [placed.of(before, *one[:3]) for one in moved]
    done = _edits.action(session, "correct", name, points=_named(before, moved))
    back = Action(kind="correct", name=name, options={"points": _named(before, were)})
    _edits.put(session, name, before, after, done, back=back)


def _named(tracks: Tracks, points: Iterable[Placed]) -> list[list[object]]:
    return [placed.named(tracks, one) for one in points]


def _row(field: Field) -> list[Any]:
    items = field.items()
    if not 3 <= len(items) <= 6:
        field.wrong("must be a frame, an individual, a key point and its place")
    return [_options.whole(items[0]), items[1].text(), items[2].text(), *(item.number() for item in items[3:])]


SPEC = VerbSpec(
    begin=begin,
    options={"points": _options.several(_row), WRITTEN: Field.flag},
    optional=(WRITTEN,),
    edits=True,
    code=code,
)
