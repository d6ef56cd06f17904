"""Latents of sources as an embedding, and those of trials as means of their moments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neurofm.data import Embedding, Recording
from neurofm.data.ids import pack, seconds
from neurofm.projection import pca
from neurofm.runs import RunFolder
from neurofm.training.course import Rows


def embedding(run: RunFolder, sources: Sequence[Any], each: Sequence[Rows], of: str, part: str = "") -> Embedding:
    """One embedding of the latents of several sources, with a map of its two main directions."""
    values = np.concatenate([rows.values for rows in each])
    return Embedding(
        name=" ".join(word for word in (run.name, of, part) if word), space=of, values=values, xy=pca(values),
        ids=np.concatenate([pack(k, rows.ids) for k, rows in enumerate(each)]),
        labels=tuple(label for rows in each for label in rows.labels),
        sessions=tuple(source.session for source in sources), run=str(run.path), method="PCA",
    )  # fmt: skip


def check_trials(recording: Recording) -> None:
    """Refuse a recording that has none; LookupError says what to embed instead."""
    if not len(recording.intervals.get("trials", ())):
        raise LookupError(f"{recording.session} has no trials; embed its moments with of='time'")


def trial_means(recording: Recording, moments: Rows) -> Rows:
    """Means of the moments of each trial.

    Raises
    ------
    LookupError
        If no trial holds a moment.
    """
    trials, times = recording.intervals["trials"], seconds(moments.ids, recording.start)
    total = np.concatenate([np.zeros((1, moments.values.shape[1])), moments.values.cumsum(0, dtype=float)])
    first, last = np.searchsorted(times, trials["start"]), np.searchsorted(times, trials["stop"])
    rows = np.flatnonzero((last > first) & np.isfinite(trials["stop"]))
    if not len(rows):
        raise LookupError(f"no trial of {recording.session} holds a moment that the run sees; embed of='time'")
    mean = (total[last[rows]] - total[first[rows]]) / (last - first)[rows, None]
    return Rows(rows, mean.astype(np.float32), [f"{recording.session}/trial {k}" for k in rows])
