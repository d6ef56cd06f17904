"""What a model says about a recording, beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurofm.data.ids import Ids

MAIN = {"values": "r2", "classes": "accuracy", "rates": "bits_per_spike"}  # the score that counts, by what is decoded
TITLES = {"r2": "R²", "accuracy": "accuracy", "bits_per_spike": "bits per spike"}


def headline(metrics: Mapping[str, Any], suffix: str = "") -> str:
    """The main score among some in words, "R² 0.42"; "" if there is none.

    Parameters
    ----------
    suffix : of its name ("_valid")
    """
    found = [f"{title} {metrics[name + suffix]:.2f}" for name, title in TITLES.items() if name + suffix in metrics]
    return found[0] if found else ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Prediction:
    """A decoded series, class or rate.

    Parameters
    ----------
    session : name of the recording
    target : name of the series that was decoded
    times : (time,) seconds
    ids : (time,) packed ids of these moments
    values : (time, feature) decoded, in the unit of the target
    truth : (time, feature) measured at the same times; NaN where it was not
    held_out : (time,) True where neither training nor model choice saw the truth
    names, unit : of the features
    kind : "values", "classes" (probabilities) or "rates"
    metrics : {"r2": ..., "r2_x": ...} on the held-out times, if any; the main one first
    run : folder or name of the run that made it
    """

    session: str
    target: str
    times: NDArray[np.float64]
    ids: Ids
    values: NDArray[np.floating]
    truth: NDArray[np.floating]
    held_out: NDArray[np.bool_]
    names: tuple[str, ...]
    unit: str = ""
    kind: str = "values"
    metrics: Mapping[str, float] = field(default_factory=dict)
    run: str = ""
