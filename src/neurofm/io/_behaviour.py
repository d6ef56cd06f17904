"""Tracks of one animal as behaviour, where they are to become part of a recording."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from neurofm.data.source import Source
from neurofm.data.tracks import Tracks


def as_behaviour(part: Source) -> Source:
    """Tracks of one animal as a recording without units, a series for each point; all else as it is."""
    from neurofm.io._arrays import recording

    if not isinstance(part, Tracks) or len(part.individuals) != 1 or not part.keypoints:
        return part
    names = list("xyz"[: part.points.shape[-1]])
    series = {
        "position" if name == "point" else name: pd.DataFrame(part.points[:, 0, k].astype(float), part.times, names)
        for k, name in enumerate(part.keypoints)
    }
    made = recording(behaviour=series, session=part.session, subject=part.subject)
    units = {name: replace(one, unit=part.unit) for name, one in made.series.items()}
    return replace(made, series=units, paths=part.paths, notes=(*part.notes, *made.notes))
