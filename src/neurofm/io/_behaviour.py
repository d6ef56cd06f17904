"""Tracks of one animal, and choices with times, as parts of a recording, where they are to become that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from neurofm.data.source import Source
from neurofm.data.tracks import Tracks

if TYPE_CHECKING:
    from neurofm.data.choices import Choices
    from neurofm.data.recording import Recording


def as_behaviour(part: Source) -> Source:
    """Tracks of one animal as a recording without units, a series for each point; choices of one subject whose columns
    say when each began and ended, as its trials; all else as it is.
    """
    from neurofm.data.choices import Choices

    if isinstance(part, Tracks) and len(part.individuals) == 1 and part.keypoints:
        return _series(part)
    return _trials(part) if isinstance(part, Choices) and len(part.subjects) == 1 else part


def _series(part: Tracks) -> Recording:
    from neurofm.io._arrays import recording

    names = list("xyz"[: part.points.shape[-1]])
    series = {
        "position" if name == "point" else name: pd.DataFrame(part.points[:, 0, k].astype(float), part.times, names)
        for k, name in enumerate(part.keypoints)
    }
    made = recording(behaviour=series, session=part.session, subject=part.subject)
    units = {name: replace(one, unit=part.unit) for name, one in made.series.items()}
    return replace(made, series=units, paths=part.paths, notes=(*part.notes, *made.notes))


def _trials(part: Choices) -> Source:
    from neurofm.io._arrays import recording
    from neurofm.io._spans import are_trials, span_of, table_of, unit_of
    from neurofm.io._time_unit import SCALES

    columns = {str(name): part.columns[name].to_numpy() for name in part.columns}
    numeric = {name: values for name, values in columns.items() if values.dtype.kind in "fiu"}
    span = span_of(numeric)
    unit, _, sure = unit_of(numeric, *span) if span and are_trials(numeric, *span) else ("", "", False)
    if span is None or not sure or unit not in SCALES:
        return part
    columns |= {"choice": np.array(part.arms, object)[part.action]}
    columns |= {name: part.outcomes[:, k] for k, name in enumerate(part.outcome_names)}
    table, notes = table_of(columns, numeric, span, SCALES[unit])
    try:
        made = recording(trials=table, session=part.session)
    except ValueError:  # they stay what they are
        return part
    return replace(made, paths=part.paths, notes=(*part.notes, *made.notes, *notes))
