"""How well decoders of all kinds do on a recording, as a job brought it, and the runs it left to be opened."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from neurofm.app.jobs import Job
    from neurofm.app.session import Session

TASK = "compare_decoders"
FOLD, QUICK = 120.0, 45.0  # seconds of one core that a fold takes, about: 159 trials of 174 units


@dataclass(frozen=True, eq=False)
class Decoders:
    """What `Session.compare_decoders` found.

    Parameters
    ----------
    recording : its name
    metric : "accuracy" or "R2"
    folder : where our models of the first fold stay as runs
    rows : for each decoder its name, what it is `shown`, its `scores` (one a fold, None where the truth is constant),
        the mean `cpu_s` of a fold (None if it only pools what others say) and the name of its `run` ("" if it has none)
    """

    recording: str
    metric: str
    folder: Path
    rows: Sequence[Mapping[str, Any]]

    @property
    def table(self) -> pd.DataFrame:
        """A row for each decoder: mean and standard deviation over folds, and seconds of CPU."""
        scores = [np.array(row["scores"], float) for row in self.rows]
        found = {
            "decoder": [row["decoder"] for row in self.rows],
            "shown": [row["shown"] for row in self.rows],
            f"mean {self.metric}": [s.mean() for s in scores],
            "sd": [s.std(ddof=1) if len(s) > 1 else np.nan for s in scores],
            "CPU s": [np.nan if row["cpu_s"] is None else row["cpu_s"] for row in self.rows],
            "run": [row["run"] for row in self.rows],
        }
        return pd.DataFrame(found)

    @property
    def folds(self) -> int:
        """How many each was tried on."""
        return len(self.rows[0]["scores"]) if self.rows else 0


def lasts(*, quick: bool = False) -> str:
    """How long it may take on this machine, in words."""
    from neurofm.analysis.binned import FOLDS

    rounds = -(-FOLDS // min(os.cpu_count() or 1, FOLDS))
    return f"about {QUICK:.0f} s" if quick else f"about {-(-rounds * FOLD // 60):.0f} min"


def newest(session: Session, recording: str = "") -> Decoders | None:
    """What was found of a recording, or of any last if none is named."""
    found = [made for name, made in list(session.decoders.items()) if recording in ("", name)]
    return found[-1] if found else None


def job_of(session: Session, recording: str = "") -> Job | None:
    """The newest job that compares decoders, of a recording if one is named; None unless it goes on."""
    jobs = [job for job in session.jobs if job.task == TASK and recording in ("", job.arguments["recording"])]
    return jobs[-1] if jobs and not jobs[-1].over else None
