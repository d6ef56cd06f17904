"""A wave: how high the water stands at a few gauges, frame by frame, on a clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from neurofm.data.source import Space

FRAME, BOUT = "frame", "bout"


@dataclass(frozen=True, eq=False, kw_only=True)
class Wave:
    """Frames, and bouts of weather.

    Parameters
    ----------
    times : (frame,) seconds
    heights : (frame, gauge)
    wind : (frame,)
    bouts : a row for each bout of weather, with `start` and `stop` in seconds and `weather`
    clock : whose seconds these are
    """

    kind: ClassVar[str] = "wave"
    session: str
    times: np.ndarray
    heights: np.ndarray
    wind: np.ndarray
    bouts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["start", "stop", "weather"]))
    clock: str
    subject: str = ""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def domain(self):
        return np.array([[self.times[0], self.times[-1] + np.diff(self.times).mean()]])

    def spaces(self):
        frames = Space(
            count=len(self.times), columns=("height", "wind"), at=self._at, times=lambda: self.times,
            label=lambda k: f"{self.session}/frame {k}", samples=lambda: [np.arange(len(self.times))],
            telling=("wind",),
        )  # fmt: skip
        bouts = Space(
            count=len(self.bouts), table=self._table, times=lambda: self.bouts[["start", "stop"]].to_numpy(float),
            telling=("weather",), told={"weather": "{}"},
        )  # fmt: skip
        return {FRAME: frames, BOUT: bouts}

    def ties(self):
        return ()

    def summary(self):
        return {
            "kind": self.kind, "session": self.session, "subject": self.subject, "path": "+".join(self.paths),
            "frames": len(self.times), "duration_s": float(np.diff(self.domain).sum()), "clock": self.clock,
            "weather": self.bouts["weather"].value_counts().to_dict(), "warnings": list(self.notes),
        }  # fmt: skip

    def _at(self, column, local):
        return {"height": self.heights.mean(1), "wind": self.wind}[column][local]

    def _table(self):
        label = [f"{self.session}/bout {k}" for k in range(len(self.bouts))]
        return self.bouts.assign(label=label, session=self.session)
