"""What a user wants to hide from a run: read from the picks, in words, and found again among what was filled in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurofm.checks import check_choice
from neurofm.data.ids import unpack
from neurofm.data.prediction import HIDES, Prediction
from neurofm.data.recording import Recording
from neurofm.data.regions import neighbours, regions
from neurofm.data.spans import SpanArray, duration, inside, stretches, tidy

if TYPE_CHECKING:
    from neurofm.app.jobs import Job
    from neurofm.app.ledger import Ledger
    from neurofm.app.work import Work

MODELS = ("mtm",)  # that can fill in; a model says so itself by its `fill`, but not without torch
MISSING = {
    "units": "pick units to hide them and see what {run} fills in",
    "region": "pick a unit to hide its region and see what {run} fills in",
    "rest": "pick units to hide all but their region and see what {run} fills in",
    "time": "pick moments or trials to hide all units then and see what {run} fills in",
}


@dataclass(frozen=True, kw_only=True)
class Hiding:
    """What is hidden of a recording from a run; the arguments of `Run.hide` and where they go.

    Parameters
    ----------
    run, recording : names
    what : of `HIDES`
    units : rows of units that are picked
    spans : seconds that are hidden, start and stop of each; none but for "time"
    """

    run: str
    recording: str
    what: str
    units: tuple[int, ...] = ()
    spans: tuple[tuple[float, float], ...] = ()

    @property
    def name(self) -> str:
        """What comes of it is called so."""
        return hidden_name(self.run, self.recording)

    @property
    def missing(self) -> str:
        """What to pick before anything can be hidden; "" if enough is picked."""
        return "" if (self.spans if self.what == "time" else self.units) else MISSING[self.what].format(run=self.run)

    @property
    def arguments(self) -> dict[str, Any]:
        """As plain values."""
        return {"units": list(self.units), "spans": [list(span) for span in self.spans], "what": self.what}

    def words(self, recording: Recording) -> str:
        """What is hidden: "the 5 picked units".

        Raises
        ------
        ValueError
            If the region of the units is not known, or the only one.
        """
        names = recording.units["label"].map(str).iloc[list(self.units)]
        them = f"the {len(names)} picked units" if len(names) > 1 else "".join(names)
        if self.what == "time":
            many = f" ({len(self.spans)} stretches)" if len(self.spans) > 1 else ""
            return f"all units in the {duration(np.array(self.spans)):.3g} s that are picked{many}"
        if self.what == "units":
            return them
        here = neighbours(recording, self.units)
        where = ", ".join(sorted(set(regions(recording)[here])))
        return f"all {here.sum()} units of {where}" if self.what == "region" else f"all but {where}, and {them}"


def hidden_name(run: str, recording: str) -> str:
    """What a run filled in of a recording is called so."""
    return f"{run} {recording} hidden"


def able(session: Ledger) -> list[str]:
    """Runs that can fill in what is hidden, the newest last."""
    return [name for name, run in list(session.runs.items()) if run.config.get("model") in MODELS]


def wanted(session: Ledger, run: str = "", recording: str = "", what: str = "units") -> Hiding:
    """What is picked, as something to hide.

    Parameters
    ----------
    run : its name; the newest that knows the recording, else the newest, if ""
    recording : its name; the one that something is picked in, else the first, if ""

    Raises
    ------
    LookupError
        If nothing is open, or no run can fill in what is hidden.
    """
    check_choice("way to hide", what, HIDES)
    known = session.recording(recording or _picked_in(session, what))
    if known is None:
        raise LookupError("open a recording, train MtM on it, and see what it fills in where a part is hidden")
    names = able(session)
    if run and run not in names:
        raise LookupError(f"train MtM: {run} cannot fill in what is hidden")
    if not names:
        raise LookupError(f"train MtM on {known.session} to see what it fills in where a part is hidden")
    seen = [name for name in names if known.session in session.runs[name].config.get("splits", {})]
    number, local = unpack(session.selection.picked("unit"))
    units = local[number == session.number(known.session)]
    return Hiding(
        run=run or (seen or names)[-1], recording=known.session, what=what, units=tuple(units.tolist()),
        spans=_spans(session, known) if what == "time" else (),
    )  # fmt: skip


def result(session: Ledger, hiding: Hiding) -> Prediction | None:
    """What was filled in there; where nothing is picked, the last that was."""
    found, recording = session.predictions.get(hiding.name), session.recordings[hiding.recording]
    if found is None or found.hides != hiding.what:
        return None
    if hiding.missing:
        return found
    rows: Any = hiding.units
    if hiding.what == "region":
        rows = np.flatnonzero(neighbours(recording, rows))
    names = tuple(recording.units["label"].map(str).iloc[list(rows)])
    if hiding.what != "time":
        return found if names == found.names else None
    same = np.array_equal(found.held_out, inside(found.times, np.array(hiding.spans)))
    return found if same and names in ((), found.names) else None


def told(session: Ledger, made: Prediction) -> Hiding:
    """What had been hidden when this was filled in."""
    recording = session.recordings[made.session]
    rows = np.flatnonzero(recording.units["label"].map(str).isin(made.names))
    spans = _plain(stretches(made.times, made.held_out)) if made.hides == "time" else ()
    return Hiding(
        run=Path(made.run).name, recording=made.session, what=made.hides, units=tuple(rows.tolist()), spans=spans
    )


def job_of(session: Work, hiding: Hiding) -> Job | None:
    """The newest job that does this, None if there is none."""
    this = hiding.arguments | {"run": str(session.runs[hiding.run].path), "data": session._sources[hiding.recording]}
    found = [job for job in session.jobs if job.task == "hide" and this.items() <= job.arguments.items()]
    return found[-1] if found else None


def _picked_in(session: Ledger, what: str) -> str:
    """The recording in which units, or moments or trials, are picked; "" if none are."""
    spaces = ("time", "trial") if what == "time" else ("unit",)
    ids = np.concatenate([session.selection.picked(space) for space in spaces])
    known = session.numbered().get(int(unpack(ids[:1])[0][0])) if len(ids) else None
    return "" if known is None else known.session


def _spans(session: Ledger, recording: Recording) -> tuple[tuple[float, float], ...]:
    """Seconds of the moments that were picked, or of the trials where these were."""
    picked, told = session.selection.picked, {space for space, _, _ in session.selection.steps()}
    if "time" in told or "trial" not in told:
        return _plain(session.spans_of(picked("time"), recording.session))
    number, rows = unpack(picked("trial"))
    trials = recording.intervals["trials"].iloc[rows[number == session.number(recording.session)]]
    edges = trials[["start", "stop"]].to_numpy(float)
    return _plain(tidy(edges[np.isfinite(edges).all(1)]))


def _plain(spans: SpanArray) -> tuple[tuple[float, float], ...]:
    """To the microsecond, so that they are short as code."""
    return tuple((round(float(a), 6), round(float(b), 6)) for a, b in spans)
