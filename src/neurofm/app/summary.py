"""What is open and what is picked, in a line and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from neurofm.app.catalog import MAKERS
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.session import Session


def summary(session: Session) -> str:
    """What is open and how much of it is picked: "ada, bo · 96 units · 3 units picked"."""
    units = sum(len(recording.units) for recording in list(session.recordings.values()))
    picks = {space: len(session.selection.picked(space)) for space in session.selection.spaces()}
    picked = [f"{counted(count, space)} picked" for space, count in picks.items()]
    return " · ".join([", ".join(session.recordings) or "nothing is open", counted(units, "unit"), *picked])


def picked(session: Session, space: str = "") -> pd.DataFrame:
    """What is picked, a row per thing with all that is known of it: of `space`, or of what was picked in last."""
    space = space or session.selection.last or "unit"
    ids = session.selection.picked(space)
    if space in MAKERS:
        table = session.table(space)
        return table[table.index.isin(ids)]
    labels = {"label": [session.label(space, int(id)) for id in ids]}
    return pd.DataFrame(labels | {c: session.values(space, c, ids) for c in session.columns(space)}, index=ids)
