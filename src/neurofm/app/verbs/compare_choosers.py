"""Compare choosers: what all kinds of models make of the choices that a run is judged by, in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from neurofm import checks
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.data.choices import Choices
from neurofm.specs import ResultSpec, RowSpec, VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

VERB = "compare_choosers"
NUMBERS, COUNTS = ("log_likelihood", "sd"), ("trials", "subjects")  # columns of the table


@dataclass(frozen=True, eq=False)
class Choosers:
    """How likely models found what was chosen.

    Parameters
    ----------
    run : name of the run that they stand beside
    rows : of each `model` its `log_likelihood` a trial, the `sd` over subjects of how much that is below the run's, and
        over how many `trials` of how many `subjects` that is
    """

    run: str
    rows: Sequence[Mapping[str, Any]]

    @property
    def table(self) -> pd.DataFrame:
        """A row for each model, the best first."""
        return pd.DataFrame(self.rows, columns=["model", *NUMBERS, *COUNTS])


def begin(session: Catalog, run: str = "", source: str = "", *, seed: int = 0) -> Job:
    """Set all kinds of models of choosers beside a run, in the background; two networks learn for it, in minutes.

    What comes of it is `session.results["compare_choosers"][source].table`.

    Parameters
    ----------
    run : the newest that learned from choices if ""
    source : choices that it learned from; the first that are open if ""
    seed : of the networks

    Raises
    ------
    LookupError
        If there is no such run or source.
    """
    seed = checks.seed(seed)
    fitting = runs(session)
    if not fitting:
        raise LookupError("train a model on choices first; then others can be set beside it")
    run = run or fitting[-1]
    check_choice("run that learned from choices", run, fitting)
    learned = choices(session, run)
    if not learned:
        raise LookupError(f"open the choices that {run} learned from; only of them it is known who was held out")
    source = source or learned[0]
    check_choice(f"choices that {run} learned from", source, learned)
    (data,) = session.files([source])
    action = session.actions.add(VERB, source, run=run, names=[source], seed=seed)
    arguments = {"run": str(session.runs[run].path), "source": source, "data": data, "seed": seed}
    return session.jobs.submit(VERB, arguments, f"Compare choosers on {source}", action=action)


def runs(session: Catalog) -> list[str]:
    """Runs that learned from choices."""
    return [name for name, run in list(session.runs.items()) if run.takes == Choices.kind]


def choices(session: Catalog, run: str) -> list[str]:
    """Those that are open and that it learned from."""
    folder = session.runs[run]
    there = [(name, source) for name, source in list(session.sources.items()) if isinstance(source, Choices)]
    return [name for name, source in there if folder.called(source) in folder.sessions]


def work(step: Step, folder: Path, *, run: str, source: str, data: Paths, seed: int) -> Plain:
    """Log-likelihoods of the second halves of held-out subjects by all models."""
    from neurofm import training
    from neurofm.analysis import choosers

    (held,) = read([data])
    table = choosers.table(training.load(run), held, seed=seed, step=step)
    return {"source": source, "rows": [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]}


def took(session: Catalog, job: Job) -> None:
    """Keep what came of it, unless the choices were closed meanwhile, or are others under their name."""
    if job.state != "done":
        return _jobs.give_up(session, job)
    name = job.result["source"]
    if name in session.sources and session.places[name] == job.arguments["data"]:
        session.put_result(VERB, name, Choosers(Path(job.arguments["run"]).name, job.result["rows"]))
    return None


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    (name,) = o["names"]
    if script.variable(o["run"]) is None:
        return []
    more = f", seed={o['seed']}" if o["seed"] else ""
    return [
        f"job = session.compare_choosers({o['run']!r}, {name!r}{more})",
        "job.wait()",
        f"print(session.results['{VERB}'][{name!r}].table.to_string())",
    ]


# ---- how the table shows it


def _newest(state: Any, session: Catalog) -> tuple[str, Choosers | None]:
    """What came of the choices that are named, or of any last."""
    held = session.results.get(VERB, {})
    named = state.recording if state.recording in session.sources else ""
    fitting = [(name, result) for name, result in list(held.items()) if named in ("", name)]
    return fitting[-1] if fitting else (named, None)


def _frame(state: Any, session: Catalog) -> pd.DataFrame:
    _, result = _newest(state, session)
    return pd.DataFrame() if result is None else result.table.drop(columns=list(COUNTS))


def _missing(state: Any, session: Catalog) -> tuple[str, str]:
    job = _jobs.newest(session, VERB)
    if job is not None and not job.over:
        return "Models of choosers are being compared …", "jobs"
    fitting = runs(session)
    if not fitting:
        return "Train a model on choices to set others beside it", "train"
    if not choices(session, fitting[-1]):
        return f"Open the choices that {fitting[-1]} learned from to set other models beside it", "open"
    return f"Set Q-learning, regressions and recurrent networks beside {fitting[-1]} (minutes)", VERB


def _note(state: Any, session: Catalog) -> str:
    name, result = _newest(state, session)
    if result is None or not result.rows:
        return ""
    counts = f"{result.rows[0]['trials']:,} trials of {result.rows[0]['subjects']:,} held-out subjects"
    return f" of {name} beside {result.run}, over the second half: {counts}"


def _choices(state: Any, session: Catalog) -> dict[str, tuple[str, ...]]:
    return {"recording": ("", *dict.fromkeys(name for run in runs(session) for name in choices(session, run)))}


# ---- how it is kept


def _words(result: Choosers) -> str:
    return f"{len(result.rows)} models beside {result.run}"


def _write(result: Choosers) -> dict[str, Any]:
    return {"run": result.run, "rows": [dict(row) for row in result.rows]}


def _read(name: str, item: Field) -> Choosers:
    item.only(("name", "run", "rows"))
    rows = []
    for row in item["rows"].items():
        row.only(("model", *NUMBERS, *COUNTS))
        values = {"model": row["model"].text()} | {key: row[key].number() for key in NUMBERS}
        rows.append(values | {key: row[key].whole() for key in COUNTS})
    return Choosers(item["run"].text(), rows)


SPEC = VerbSpec(
    begin=begin,
    options={"run": Field.text, "names": _options.one_name, "seed": _options.whole},
    needs=("run",),
    code=code,
    work=work,
    took=took,
    result=ResultSpec(title="Models of choosers", words=_words, write=_write, read=_read),
    rows={"chooser": RowSpec(title="choosers", frame=_frame, missing=_missing, note=_note, choices=_choices)},
)
