"""Probe: what linear probes read of labels from a run, and without one, in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from neurofm import checks
from neurofm.analysis import probing
from neurofm.app.memory import remember
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.specs import ResultSpec, RowSpec, VerbSpec
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

VERB = "probe"
TEXT, NUMBERS = ("label", "of", "features", "score"), ("value", "chance")  # columns of the table
JUDGED = "judged"  # and how many rows that is over


@dataclass(frozen=True, eq=False)
class Probes:
    """What was read of the labels of a source.

    Parameters
    ----------
    run : name of the run whose latents were probed
    rows : for each label and set of features `label`, `of` (what it is a label of), `features`, `score` ("F1", "R2"),
        `value` and `chance`, and `judged`, over how many rows that is
    """

    run: str
    rows: Sequence[Mapping[str, Any]]

    @property
    def table(self) -> pd.DataFrame:
        """A row for each label and set of features, the best of a label first."""
        table = pd.DataFrame(self.rows, columns=[*TEXT, *NUMBERS, JUDGED])
        order = pd.Categorical(table["label"], table["label"].unique())
        return table.assign(_order=order).sort_values(
            ["_order", "value"], ascending=[True, False], kind="stable", ignore_index=True
        ).drop(columns="_order")  # fmt: skip


def begin(session: Catalog, run: str = "", source: str = "", labels: Sequence[str] = (), *, seed: int = 0) -> Job:
    """Read labels by linear probes from the latents of a run, in the background.

    What comes of it is `session.results["probe"][source].table`: from each of the run's spaces, from random weights,
    and from what needs no network.

    Parameters
    ----------
    run : the newest that can be probed if "": one that learned from tracks, or from patches of a volume
    source : with labels, of the kind that the run learned from; the first that is open if ""
    labels : of frames or trials, or what labels of a volume say of patches; all if none
    seed : of the random weights

    Raises
    ------
    LookupError
        If there is no such run, source or label.
    """
    seed = checks.seed(seed)
    fitting = runs(session)
    if not fitting:
        raise LookupError("train a model on tracks or on patches first; then what it knows of labels can be probed")
    run = run or fitting[-1]
    check_choice("run that can be probed", run, fitting)
    there = labelled(session, session.runs[run].takes)
    source = source or next(iter(there), "")
    if not source:
        raise LookupError(f"open {session.runs[run].takes} with labels; labels are what is probed")
    check_choice(f"{session.runs[run].takes} with labels", source, there)
    for name in labels:
        check_choice("label", name, _labels(session.sources[source]))
    (data,) = session.files([source])
    options: dict[str, Any] = {"labels": list(labels), "seed": seed}
    action = session.actions.add(VERB, source, run=run, names=[source], **options)
    arguments = {"run": str(session.runs[run].path), "source": source, "data": data, **options}
    return session.jobs.submit(VERB, arguments, f"Probe {source}", action=action)


def runs(session: Catalog) -> list[str]:
    """Those that can be probed."""
    return [name for name, run in list(session.runs.items()) if probing.can(run.takes, run.spaces)]


def labelled(session: Catalog, kind: str = "") -> list[str]:
    """What is open, of any kind or of this one, and has labels that can be probed."""
    fitting = [(name, source) for name, source in list(session.sources.items()) if kind in ("", source.kind)]
    return [name for name, source in fitting if _labels(source)]


def work(step: Step, folder: Path, *, run: str, source: str, data: Paths, labels: Sequence[str], seed: int) -> Plain:
    """Scores of all labels from all features."""
    from neurofm import training

    (there,) = read([data])
    table = probing.table(training.load(run), there, labels, seed=seed, step=step)
    rows = [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]
    return {"source": source, "rows": [row for row in rows if isfinite(row["value"])]}


def took(session: Catalog, job: Job) -> None:
    """Keep what was read, unless the source was closed meanwhile, or is another under its name."""
    if job.state != "done":
        return _jobs.give_up(session, job)
    name = job.result["source"]
    if name in session.sources and session.places[name] == job.arguments["data"]:
        session.put_result(VERB, name, Probes(Path(job.arguments["run"]).name, job.result["rows"]))
    return None


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    (name,) = o["names"]
    if script.variable(o["run"]) is None:
        return []
    more = "".join(f", {key}={o[key]!r}" for key in ("labels", "seed") if o[key])
    return [
        f"job = session.probe({o['run']!r}, {name!r}{more})",
        "job.wait()",
        f"print(session.results['{VERB}'][{name!r}].table.to_string())",
    ]


def _labels(source: Any) -> list[str]:
    return remember(source, "probed", lambda: probing.labels(source))


# ---- how the table shows it


def _newest(state: Any, session: Catalog) -> tuple[str, Probes | None]:
    """What was read of the source that is chosen, or of any last."""
    held = session.results.get(VERB, {})
    named = state.recording if state.recording in session.sources else ""
    fitting = [(name, probes) for name, probes in list(held.items()) if named in ("", name)]
    return fitting[-1] if fitting else (named, None)


def _frame(state: Any, session: Catalog) -> pd.DataFrame:
    _, probes = _newest(state, session)
    return pd.DataFrame() if probes is None else probes.table


def _missing(state: Any, session: Catalog) -> tuple[str, str]:
    job = _jobs.newest(session, VERB)
    if job is not None and not job.over:
        return "Labels are being probed …", "jobs"
    if not runs(session):
        return "Train a model on tracks or on patches to see what it knows of labels", "train"
    if not labelled(session, session.runs[runs(session)[-1]].takes):
        return f"Open {session.runs[runs(session)[-1]].takes} with labels to probe them", "open"
    return f"See what {runs(session)[-1]} knows of the labels, beside what needs no network", VERB


def _note(state: Any, session: Catalog) -> str:
    name, probes = _newest(state, session)
    return "" if probes is None else f" of {name} from {probes.run}, on what was held out"


def _choices(state: Any, session: Catalog) -> dict[str, tuple[str, ...]]:
    return {"recording": ("", *labelled(session))}


# ---- how it is kept


def _words(probes: Probes) -> str:
    return f"{counted(len({row['label'] for row in probes.rows}), 'label')} from {probes.run}"


def _write(probes: Probes) -> dict[str, Any]:
    return {"run": probes.run, "rows": [dict(row) for row in probes.rows]}


def _read(name: str, item: Field) -> Probes:
    item.only(("name", "run", "rows"))
    rows = []
    for row in item["rows"].items():
        row.only((*TEXT, *NUMBERS, JUDGED))
        values = {key: row[key].text() for key in TEXT} | {key: row[key].number() for key in NUMBERS}
        rows.append(values | {JUDGED: row[JUDGED].whole()})
    return Probes(item["run"].text(), rows)


SPEC = VerbSpec(
    begin=begin,
    options={
        "run": Field.text, "names": _options.one_name, "labels": _options.several(Field.text), "seed": _options.whole,
    },
    needs=("run",),
    code=code,
    work=work,
    took=took,
    result=ResultSpec(title="Probes", words=_words, write=_write, read=_read),
    rows={"probe": RowSpec(title="probes", frame=_frame, missing=_missing, note=_note, choices=_choices)},
)  # fmt: skip
