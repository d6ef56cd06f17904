"""What a model says about a source, beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from neurofm.checks import check_choice, floats
from neurofm.data.given import ids_given
from neurofm.data.ids import SPACES, Ids
from neurofm.data.libraries import data_array, library, tsd_frame
from neurofm.data.recording import TIME, Recording
from neurofm.data.series import Series
from neurofm.data.shown import Shown, several
from neurofm.words import counted, main_score

HIDDEN = "hidden "  # target of what a model filled in, before the word for what was hidden: "hidden units"
HIDES = ("units", "region", "rest", "time")  # what can be hidden; "rest" is all but a region


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Prediction(Shown):
    """A decoded series, class or rate.

    Parameters
    ----------
    session : name of the source
    space : what is decoded one by one: moments, unless the source has other things
    target : name of the series that was decoded; "rates"; "hidden units" (region, rest, time) if that was filled in
    times : (time,) seconds; NaN of what has none
    ids : (time,) packed ids of these moments, or other things
    values : (time, feature) decoded, in the unit of the target
    truth : (time, feature) measured at the same times; NaN where it was not
    held_out : (time,) True where neither training nor model choice saw the truth; of what was filled in, True where
        it was hidden
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
    space: str = TIME

    def __post_init__(self) -> None:
        check_choice("space", self.space, SPACES)
        object.__setattr__(self, "ids", ids_given(self.ids, self.space))
        for name in ("times", "values", "truth"):
            object.__setattr__(self, name, floats(f"prediction {name}", getattr(self, name)))
        object.__setattr__(self, "held_out", np.asarray(self.held_out, bool))
        rows, wide = (len(self.ids),), (len(self.ids), len(self.names))
        for name, wanted in (("times", rows), ("held_out", rows), ("values", wide), ("truth", wide)):
            if getattr(self, name).shape != wanted:
                shape = getattr(self, name).shape
                raise ValueError(f"prediction {name} must be {wanted}, for each of its ids and names, got {shape}")

    @property
    def unscored(self) -> str:
        """Why there is no score of some features, or of any; "" where all have one."""
        known = np.isfinite(self.truth[self.held_out]).any(0)
        if not self.held_out.any() or known.all():
            return ""
        which = several([name for name, each in zip(self.names, known) if not each]) if known.any() else "anything"
        return f"no score of {which}, since it is not known in {self.session} where it could be judged"

    def facts(self) -> dict[str, Any]:
        """What is said of how much, and how good that is."""
        return {
            "": self.name,
            "of": self.target,
            "features": several(self.names),
            "rows": counted(len(self.ids), self.space),
            "held out": f"{np.count_nonzero(self.held_out):,}",
            "score": main_score(self.metrics),
            "but": self.unscored,
        }

    @property
    def hides(self) -> str:
        """Which of `HIDES` was hidden and filled in; "" of any other prediction."""
        return self.target.removeprefix(HIDDEN) if self.kind == "rates" and self.target.startswith(HIDDEN) else ""

    @property
    def name(self) -> str:
        """What it goes by in a session: its run and its source."""
        hidden = " hidden" if self.hides else ""
        return f"{Path(self.run).name} {self.session}{hidden}".strip()

    def to_frame(self) -> pd.DataFrame:
        """A row each: `ids`, `session`, `time`, `held_out`, and of each feature `values_NAME` and `truth_NAME`."""
        told = {"ids": self.ids, "session": self.session, "time": self.times, "held_out": self.held_out}
        said = {f"values_{name}": self.values[:, k] for k, name in enumerate(self.names)}
        return pd.DataFrame(told | said | {f"truth_{name}": self.truth[:, k] for k, name in enumerate(self.names)})

    def to_xarray(self) -> Any:
        """A Dataset: `values` and `truth` (time, feature), and which times are `held_out`."""
        both = {n: data_array(self.times, getattr(self, n), self.names, self.unit) for n in ("values", "truth")}
        about = {"session": self.session, "target": self.target, "run": self.run}
        return library("xarray").Dataset(both | {"held_out": ("time", self.held_out)}, attrs=about)

    def to_pynapple(self) -> Any:
        """A TsdFrame (time, feature) of what was decoded."""
        return tsd_frame(*self._timed())

    def to_nwb(self, path: str | Path | None = None) -> Any:
        """An NWBFile in memory with what was decoded as a series "TARGET_decoded", or the path that was written."""
        times, values, names = self._timed()
        series = {f"{self.target}_decoded": Series(times, values, names, self.unit)}
        return Recording(session=self.session, series=series).to_nwb(path)

    def _timed(self) -> tuple[NDArray[np.float64], NDArray[np.floating], tuple[str, ...]]:
        if not np.isfinite(self.times).all():
            raise ValueError(f"rows of {self.name} are each a {self.space}, which has no time; use to_frame()")
        return self.times, self.values, self.names
