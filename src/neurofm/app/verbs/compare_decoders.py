"""Compare decoders: decoders of all kinds and our models on the same folds of a recording."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from neurofm import checks
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs, _learning, _options, load
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.data import Recording
from neurofm.data.activity import best
from neurofm.data.target import targets
from neurofm.runs import RunFolder
from neurofm.specs import ResultSpec, RowSpec, VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

VERB = "compare_decoders"
FOLD, QUICK = 120.0, 45.0  # seconds of one core that a fold takes, about: 159 trials of 174 units
EFFORTS = ("full", "quick")


@dataclass(frozen=True, eq=False)
class Decoders:
    """How well decoders of all kinds do on a recording, and the runs that are left to be opened.

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
        columns = {
            "decoder": [row["decoder"] for row in self.rows],
            "shown": [row["shown"] for row in self.rows],
            f"mean {self.metric}": [s.mean() for s in scores],
            "sd": [s.std(ddof=1) if len(s) > 1 else np.nan for s in scores],
            "CPU s": [np.nan if row["cpu_s"] is None else row["cpu_s"] for row in self.rows],
            "run": [row["run"] for row in self.rows],
        }
        return pd.DataFrame(columns)

    @property
    def folds(self) -> int:
        """How many each was tried on."""
        return len(self.rows[0]["scores"]) if self.rows else 0


def begin(
    session: Catalog, recording: str = "", *, quick: bool = False, seed: int = 0, out: str | Path | None = None
) -> Job:
    """Set decoders of all kinds and our models on the same five folds of a recording, in the background.

    Cells without spikes are decoded from their activity, without our models, which expect counts.

    What comes of it is `decoders[recording]`, whose `table` has a row for each, and our models of the first fold as
    runs that `open_decoder` opens.

    Parameters
    ----------
    recording : its name; the first if ""
    quick : one fold and few steps, which tells what it costs, not how good our models are
    out : the runs' folder

    Raises
    ------
    DataError, LookupError
        If no recording is open, or nothing in it can be decoded, or too few trials.
    """
    from neurofm.analysis.binned import with_activity

    seed = checks.seed(seed)
    if not session.recordings:
        raise LookupError("open a recording to compare decoders on it")
    recording = recording or session.latest(session.recordings)
    (data,) = session.files([recording])
    with_activity(session.recordings[recording])  # says what is missing
    place = Path(out) if out else session.free_folder("decoders")
    options = {"quick": quick, "seed": seed}
    action = session.actions.add(VERB, place.name, names=[recording], **options)
    arguments = {"recording": recording, "data": data, "out": str(place), **options}
    title = f"Compare decoders on {recording}"
    job = session.jobs.submit(VERB, arguments, title, action=action, fresh=True)
    session.changed.emit("job", title)
    return job


def lacks(recording: Recording) -> str:
    """Why nothing can be decoded from a recording, in a few words; "" if something may be."""
    if not len(recording.spikes):
        return "it has no spikes"
    return "" if targets([recording]) else "it has no behaviour"


def open_decoder(session: Catalog, recording: str, row: int) -> str:
    """Open the run that a decoder left, and ask for what there is to see of the recording in it; gives its name.

    Parameters
    ----------
    row : of `decoders[recording].table`

    Raises
    ------
    DataError
        If the run is gone.
    LookupError
        If that decoder is none of our models.
    """
    compared = of(session)
    check_choice("recording whose decoders were compared", recording, compared)
    decoder = compared[recording].rows[row]
    if not decoder["run"]:
        raise LookupError(f"{decoder['decoder']} is no model that can be opened; choose one with a run")
    name, path = str(decoder["run"]), compared[recording].folder / decoder["run"]
    if name not in session.runs or session.runs[name].path.resolve() != path.resolve():
        load.add(session, RunFolder(path))
        _learning.look(session, name, [recording])
    return name


def work(
    step: Step, folder: Path, *, recording: str, data: Paths, out: str = "", quick: bool = False, seed: int = 0
) -> Plain:
    """How well decoders of all kinds do on one recording, by fold; ours of the first fold stay as runs in `out`."""
    from neurofm.analysis import binned, decoders

    (source,) = read([data])
    place = Path(out or folder / "decoders")
    folds = decoders.compare(
        source, folds=1 if quick else binned.FOLDS, quick=quick, seed=seed, folder=place, step=step
    )
    rows = [
        asdict(line) | {"scores": [_number(x) for x in line.scores], "cpu_s": _number(line.cpu_s)}
        for line in decoders.lines(folds)
    ]
    metric = "accuracy" if binned.with_activity(source).classes else "R2"
    return {"recording": recording, "metric": metric, "folder": str(place), "rows": rows}


def took(session: Catalog, job: Job) -> None:
    """Keep the comparison, unless its recording was closed meanwhile, or is another under its name."""
    if job.state != "done":
        return _jobs.give_up(session, job)
    compared = Decoders(**job.result | {"folder": Path(job.result["folder"])})
    there = compared.recording in session.sources
    if there and session.places[compared.recording] == job.arguments["data"]:
        session.put_result(VERB, compared.recording, compared)
    return None


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    (name,), more = o["names"], "".join(f", {key}={o[key]!r}" for key in ("quick", "seed") if o[key])
    return [
        f"job = session.compare_decoders({name!r}{more})",
        "job.wait()",
        f"print(session.decoders[{name!r}].table.to_string())",
    ]


def lasts(*, quick: bool = False) -> str:
    """How long it may take on this machine, in words."""
    from neurofm.analysis.binned import FOLDS

    rounds = -(-FOLDS // min(os.cpu_count() or 1, FOLDS))
    return f"about {QUICK:.0f} s" if quick else f"about {-(-rounds * FOLD // 60):.0f} min"


def of(session: Catalog) -> dict[str, Decoders]:
    """What was compared, by the name of the recording."""
    return session.results.get(VERB, {})


def newest(session: Catalog, recording: str = "") -> Decoders | None:
    """What was compared on a recording, or on any last if none is named."""
    compared = [decoders for name, decoders in list(of(session).items()) if recording in ("", name)]
    return compared[-1] if compared else None


def job_of(session: Catalog, recording: str = "") -> Job | None:
    """The newest job that compares decoders, of a recording if one is named; None unless it goes on."""
    job = _jobs.newest(session, VERB, **({"recording": recording} if recording else {}))
    return None if job is None or job.over else job


def _number(value: float) -> float | None:
    return value if isfinite(value) else None  # JSON has no NaN


# ---- how the table shows it


def _frame(state: Any, session: Catalog) -> pd.DataFrame:
    compared = newest(session, _named(state, session))
    return pd.DataFrame() if compared is None else compared.table.dropna(axis=1, how="all")


def _missing(state: Any, session: Catalog) -> tuple[str, str]:
    named = _named(state, session)
    if job_of(session, named):
        return f"Decoders are compared on {named or 'a recording'} …", "jobs"
    name, time = named or next(iter(session.recordings), "a recording"), lasts(quick=state.effort == "quick")
    return f"Compare decoders of all kinds and our models on {name} ({time} on this machine)", VERB


def _note(state: Any, session: Catalog) -> str:
    """On what they were tried, and what can be done with them."""
    compared = newest(session, _named(state, session))
    if compared is None:
        return ""
    folds = f"{compared.folds} folds" if compared.folds > 1 else "one fold and few steps"
    if not any(row["run"] for row in compared.rows):
        return f" on {folds} of {compared.recording}" + _without(session.recordings.get(compared.recording))
    return f" on {folds} of {compared.recording}; double-click one with a run to open it"


def _without(recording: Any) -> str:
    """Why no model of ours is among them, where that is so."""
    names = () if recording is None or len(recording.spikes) else best(recording)
    return f"; from {', '.join(names)}, since there are no spikes, which our models need" if names else ""


def _choices(state: Any, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Recordings, and the effort if they are not compared yet, nor being compared."""
    named = _named(state, session)
    asked = newest(session, named) is None and job_of(session, named) is None
    return {"recording": ("", *session.recordings), "effort": EFFORTS if asked else ()}


def _activate(state: Any, session: Catalog, index: int) -> None:
    """Open the run of a decoder, if it has one."""
    compared = newest(session, _named(state, session))
    if compared is not None and compared.rows[index]["run"]:
        open_decoder(session, compared.recording, index)


def _named(state: Any, session: Catalog) -> str:
    """The recording that was chosen, "" if it is gone."""
    return state.recording if state.recording in session.recordings else ""


# ---- how it is kept


def _words(decoders: Decoders) -> str:
    folds = f"{decoders.folds} folds" if decoders.folds > 1 else "one fold"
    return f"{len(decoders.rows)} on {folds}"


def _write(decoders: Decoders) -> dict[str, Any]:
    rows = [dict(row) | {"scores": list(row["scores"])} for row in decoders.rows]
    return {"metric": decoders.metric, "folder": str(decoders.folder), "rows": rows}


def _read(name: str, item: Field) -> Decoders:
    item.only(("name", "metric", "folder", "rows"))
    rows = [_read_row(row) for row in item["rows"].items()]
    if not rows or len({len(row["scores"]) for row in rows}) > 1:
        item["rows"].wrong("must each have as many scores as there are folds")
    return Decoders(name, item["metric"].choice(("accuracy", "R2")), Path(item["folder"].text()), rows)


def _read_row(row: Field) -> dict[str, Any]:
    row.only(("decoder", "shown", "scores", "cpu_s", "run"))
    scores, run = [_read_number(score) for score in row["scores"].items()], row["run"].text()
    if not scores:
        row["scores"].wrong("is empty")
    if Path(run).name != run:
        row["run"].wrong("must be the name of a folder")
    said = {"decoder": row["decoder"].text(), "shown": row["shown"].text()}
    return said | {"scores": scores, "cpu_s": _read_number(row["cpu_s"]), "run": run}


def _read_number(field: Field) -> float | None:
    return None if field.value is None else field.number()


SPEC = VerbSpec(
    begin=begin,
    options={"names": _options.one_name, "quick": Field.flag, "seed": _options.whole},
    code=code,
    work=work,
    took=took,
    result=ResultSpec(
        title="Decoders",
        words=_words,
        write=_write,
        read=_read,
        moved=lambda decoders, where: replace(decoders, folder=Path(where(str(decoders.folder)))),
        files=lambda decoders: (str(decoders.folder),),
    ),
    rows={
        "decoder": RowSpec(
            title="decoders", frame=_frame, missing=_missing, note=_note, choices=_choices, activate=_activate
        )
    },
)
