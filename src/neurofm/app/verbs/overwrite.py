"""Overwrite: points that were corrected go into the file that they came from, which is kept as it was beside it."""

from __future__ import annotations

from pathlib import Path

from neurofm.app.state.catalog import Catalog
from neurofm.app.verbs._edits import WRITTEN
from neurofm.app.verbs.correct import corrections
from neurofm.checks import check_choice
from neurofm.data import placed
from neurofm.data.recording import COPY
from neurofm.data.tracks import Tracks
from neurofm.specs import VerbSpec


def begin(session: Catalog, tracks: str) -> Path:
    """Put corrected points into the file of the tracks, in its own format; gives where it is kept as it was.

    Nothing else in the file changes: where that cannot be, it stays as it was.

    Raises
    ------
    LookupError
        If there are no such tracks.
    ValueError
        If no point of them was corrected.
    DataError
        If no file holds them, or it cannot hold the points: the message says which can.
    """
    from neurofm.io import _amend

    there = {name: source for name, source in list(session.sources.items()) if isinstance(source, Tracks)}
    check_choice("tracks", tracks, there)
    source, actions = there[tracks], corrections(session, tracks)
    opened = session.actions.last("open", tracks)
    asked = {} if opened is None else opened.options
    path = asked.get("path", "")
    if not path or not isinstance(path, str) or COPY.fullmatch(Path(path).name):
        raise _amend.refused(Path(source.session), "no file holds these tracks")
    if not actions:
        raise ValueError(f"no point of {tracks} was corrected; drag one, or call session.correct")
    rows = [row for action in actions for row in action.options["points"]]
    corrected = {one[:3] for one in placed.given(source, rows)}
    kept = _amend.overwrite(source, path, reader=asked.get("reader", ""), corrected=corrected)
    for action in actions:
        action.options[WRITTEN] = True
    return kept


SPEC = VerbSpec(begin=begin)
