"""Hide: a part of a recording is hidden from a run, which fills it in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurofm import registry
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.results import Result
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.data.ids import unpack
from neurofm.data.prediction import HIDES, Prediction
from neurofm.data.recording import TIME, TRIAL, UNIT, Recording
from neurofm.data.regions import neighbours, regions
from neurofm.data.spans import SpanArray, duration, inside, stretches, tidy
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

MISSING = {
    "units": "pick units to hide them and see what {run} fills in",
    "region": "pick a unit to hide its region and see what {run} fills in",
    "rest": "pick units to hide all but their region and see what {run} fills in",
    "time": "pick moments or trials to hide all units then and see what {run} fills in",
}
WHEN = "time"  # of HIDES, the one that hides seconds


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
        return f"{self.run} {self.recording} hidden"

    @property
    def missing(self) -> str:
        """What to pick before anything can be hidden; "" if enough is picked."""
        return "" if (self.spans if self.what == WHEN else self.units) else MISSING[self.what].format(run=self.run)

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
        if self.what == WHEN:
            many = f" ({len(self.spans)} stretches)" if len(self.spans) > 1 else ""
            return f"all units in the {duration(np.array(self.spans)):.3g} s that are picked{many}"
        if self.what == "units":
            return them
        here = neighbours(recording, self.units)
        where = ", ".join(sorted(set(regions(recording)[here])))
        return f"all {here.sum()} units of {where}" if self.what == "region" else f"all but {where}, and {them}"


def begin(session: Catalog, run: str = "", recording: str = "", what: str = "units") -> Job:
    """Hide what is picked from a run that can fill it in, and see how well it does (see `Run.hide`).

    Parameters
    ----------
    run : its name; the newest that can and knows the recording if ""
    recording : its name; the one that something is picked in if ""
    what : the picked "units", the "region" they are in, the "rest" (all but that region, and they themselves), or
        all units in the "time" of the picked moments or trials

    Raises
    ------
    LookupError
        If no run can fill in what is hidden.
    ValueError
        If nothing is picked that could be hidden.
    """
    hiding = wanted(session, run, recording, what)
    if hiding.missing:
        raise ValueError(hiding.missing)
    title = f"Hide {hiding.words(session.recordings[hiding.recording])}"
    (data,) = session.files([hiding.recording])
    action = _write(session, hiding)
    arguments = {"run": str(session.runs[hiding.run].path), "data": data, **hiding.arguments}
    job = session.jobs.submit("hide", arguments, title, action=action)
    session.changed.emit("job", title)
    return job


def work(
    step: Step,
    folder: Path,
    *,
    run: str,
    data: Paths,
    units: Sequence[int] = (),
    spans: Sequence[Sequence[float]] = (),
    what: str = "units",
    out: str = "",
) -> Plain:
    """What the run fills in where a part of one recording is hidden from it, as `.npz`."""
    from neurofm import training
    from neurofm.data import store

    def progress(done: float) -> None:
        step(done, "Filling in")

    (recording,) = read([data])
    filled = training.load(run).hide(recording, units=units, spans=spans, what=what, progress=progress)
    return {"out": str(store.save(filled, out or folder / "prediction.npz"))}


def stands(action: Action, later: Sequence[Action]) -> bool:
    """Until something else of the same recording is hidden from the same run."""
    return not any((other.kind, other.name) == (action.kind, action.name) for other in later)


def code(action: Action, script: Script) -> list[str]:
    o, run = action.options, script.variable(action.options["run"])
    if run is None:
        return []
    (name,) = o["names"]
    units = f", units={script.ids(np.array(o['units'], np.int64))}" if o["units"] else ""
    spans = f", spans={o['spans']!r}" if o["spans"] else ""
    return [f"session.add({run}.hide({script.variable(name)}{units}{spans}, what={o['what']!r}))"]


def traced(session: Catalog, name: str, result: Result) -> bool:
    if not isinstance(result, Prediction) or not result.hides:
        return False
    _write(session, told(session, result))
    return True


# ---- what is meant, and what came of it


def able(session: Catalog) -> list[str]:
    """Runs that can fill in what is hidden, the newest last."""
    return [name for name, run in list(session.runs.items()) if run.fills]


def teachers() -> str:
    """Titles of the models that learn to fill in, as a sentence has them."""
    package = "neurofm.models"
    names = [name for name in registry.names(package) if registry.said(package, name, "fills", False)]
    return " or ".join(registry.said(package, name, "title", name) for name in names)


def wanted(session: Catalog, run: str = "", recording: str = "", what: str = "units") -> Hiding:
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
    shown = session.recording(recording or _picked_in(session, what))
    if shown is None:
        raise LookupError(
            f"open a recording, train {teachers()} on it, and see what it fills in where a part is hidden"
        )
    names = able(session)
    if run and run not in names:
        raise LookupError(f"train {teachers()}: {run} cannot fill in what is hidden")
    if not names:
        raise LookupError(f"train {teachers()} on {shown.session} to see what it fills in where a part is hidden")
    seen = [name for name in names if shown.session in session.runs[name].config.get("splits", {})]
    number, local = unpack(session.selection.picked(UNIT))
    units = local[number == session.number(shown.session)]
    return Hiding(
        run=run or (seen or names)[-1], recording=shown.session, what=what, units=tuple(units.tolist()),
        spans=_spans(session, shown) if what == WHEN else (),
    )  # fmt: skip


def result(session: Catalog, hiding: Hiding) -> Prediction | None:
    """What was filled in there; where nothing is picked, the last that was."""
    filled, recording = session.predictions.get(hiding.name), session.recordings[hiding.recording]
    if filled is None or filled.hides != hiding.what:
        return None
    if hiding.missing:
        return filled
    rows: Any = hiding.units
    if hiding.what == "region":
        rows = np.flatnonzero(neighbours(recording, rows))
    names = tuple(recording.units["label"].map(str).iloc[list(rows)])
    if hiding.what != WHEN:
        return filled if names == filled.names else None
    same = np.array_equal(filled.held_out, inside(filled.times, np.array(hiding.spans)))
    return filled if same and names in ((), filled.names) else None


def told(session: Catalog, filled: Prediction) -> Hiding:
    """What had been hidden when this was filled in."""
    recording = session.recordings[filled.session]
    rows = np.flatnonzero(recording.units["label"].map(str).isin(filled.names))
    spans = _plain(stretches(filled.times, filled.held_out)) if filled.hides == WHEN else ()
    return Hiding(
        run=Path(filled.run).name, recording=filled.session, what=filled.hides, units=tuple(rows.tolist()), spans=spans
    )


def job_of(session: Catalog, hiding: Hiding) -> Job | None:
    """The newest job that does this, None if there is none."""
    run, data = str(session.runs[hiding.run].path), session.places.get(hiding.recording)
    return _jobs.newest(session, "hide", run=run, data=data, **hiding.arguments)


def _write(session: Catalog, hiding: Hiding) -> Action:
    return session.actions.add("hide", hiding.name, run=hiding.run, names=[hiding.recording], **hiding.arguments)


def _picked_in(session: Catalog, what: str) -> str:
    """The recording in which units, or moments or trials, are picked; "" if none are."""
    spaces = (TIME, TRIAL) if what == WHEN else (UNIT,)
    ids = np.concatenate([session.selection.picked(space) for space in spaces])
    source = session.numbered().get(int(unpack(ids[:1])[0][0])) if len(ids) else None
    return "" if source is None else source.session


def _spans(session: Catalog, recording: Recording) -> tuple[tuple[float, float], ...]:
    """Seconds of the moments that were picked, or of the trials where these were."""
    picked, spaces = session.selection.picked, {space for space, _, _ in session.selection.steps()}
    if TIME in spaces or TRIAL not in spaces or recording.trials is None:
        return _plain(session.spans_of(picked(TIME), recording.session))
    number, rows = unpack(picked(TRIAL))
    trials = recording.trials.iloc[rows[number == session.number(recording.session)]]
    edges = trials[["start", "stop"]].to_numpy(float)
    return _plain(tidy(edges[np.isfinite(edges).all(1)]))


def _plain(spans: SpanArray) -> tuple[tuple[float, float], ...]:
    """To the microsecond, so that they are short as code."""
    return tuple((round(float(a), 6), round(float(b), 6)) for a, b in spans)


SPEC = VerbSpec(
    begin=begin,
    options={
        "run": Field.text, "names": _options.one_name, "what": _options.choice(*HIDES),
        "units": _options.several(Field.whole), "spans": _options.several(_options.span),
    },
    code=code,
    work=work,
    took=_jobs.take_file,
    stands=stands,
    traced=traced,
)  # fmt: skip
