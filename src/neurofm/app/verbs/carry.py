"""Carry: a decoder of one animal answers for another, with labels of some of the other's trials and without any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
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
from neurofm.data.recording import TRIALS, Recording
from neurofm.data.target import class_columns
from neurofm.errors import NeuroFMError
from neurofm.specs import ResultSpec, RowSpec, VerbSpec
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

VERB, HALVES = "carry", 10
NUMBERS = ("accuracy", "sd", "permuted", "permuted_sd", "chance")  # of a row
USED, UNUSED = "used", "none"


@dataclass(frozen=True, eq=False)
class Carried:
    """How well decoders of one animal answer for another.

    Parameters
    ----------
    one, other : recordings, that which the decoder is of and that which it answers for
    target : the column of the trials that is told
    rows : of each `system` whether it uses `labels` of the other; mean `accuracy` and `sd` over halves, the same with
        conditions `permuted`, accuracy by `chance`, and `n` halves; None for what is no number
    """

    one: str
    other: str
    target: str
    rows: Sequence[Mapping[str, Any]]

    @property
    def table(self) -> pd.DataFrame:
        """A row for each way, those that use labels of the other first, the best of each first."""
        table = pd.DataFrame(self.rows, columns=["system", "labels", *NUMBERS, "n"])
        table = table.astype(dict.fromkeys(NUMBERS, float))
        table = table.sort_values(["labels", "accuracy"], ascending=False, kind="stable", ignore_index=True)
        said = [USED if used else UNUSED for used in table["labels"]]
        return table.assign(labels=said).rename(columns={"labels": f"labels of {self.other}"})


def begin(session: Catalog, one: str, other: str, *, target: str = "", halves: int = HALVES, seed: int = 0) -> Job:
    """Carry a decoder of one recording to another, whose units are others, in the background.

    What comes of it is `session.results["carry"]["ONE to OTHER"].table`: how well it answers for half of the other's
    trials, by ways that use labels of the other half, and by ways that use none.

    Parameters
    ----------
    one, other : names of recordings, that which the decoder is of and that which it answers for
    target : column of the trials that is told; the first that both have if ""
    halves : random halves of the other's trials
    seed : of the halves, and of what is drawn

    Raises
    ------
    LookupError
        If there is no such recording, or the trials of both share no such column.
    ValueError
        If both are the same, or there is no half.
    """
    seed = checks.seed(seed)
    for name in (one, other):
        check_choice("recording", name, session.recordings)
    target = chosen(session.recordings[one], session.recordings[other], target, halves)
    options: dict[str, Any] = {"target": target, "halves": halves, "seed": seed}
    name, files = f"{one} to {other}", session.files([one, other])
    action = session.actions.add(VERB, name, names=[one, other], **options)
    arguments = {"data": files, "called": [one, other], **options}
    return session.jobs.submit(VERB, arguments, f"Carry a decoder from {name}", action=action)


def chosen(one: Recording, other: Recording, target: str, halves: int) -> str:
    """The column of the trials that is told, checked."""
    if one.session == other.session:
        raise ValueError(f"a decoder is carried to another recording, and both are {one.session}; name two")
    if halves < 1:
        raise ValueError(f"halves must be 1 or more, got {halves}")
    both = shared(one, other)
    if not both:
        problem = f"trials of {one.session} and {other.session} share no column of conditions"
        raise LookupError(f"{problem}; give both a table of trials with their targets")
    if target:
        check_choice(f"condition of the trials of {one.session} and {other.session}", target, both)
    return target or both[0]


def shared(one: Recording, other: Recording) -> list[str]:
    """Columns of conditions that the trials of both have."""
    there = class_columns(other)
    return [name for name in class_columns(one) if name in there]


def work(
    step: Step, folder: Path, *, data: list[Paths], called: Sequence[str], target: str, halves: int, seed: int
) -> Plain:
    """How well each way answers."""
    from neurofm import io
    from neurofm.analysis import carry

    step(0.0, "reading")
    pair: list[Any] = [one if one.session == name else io.renamed(one, name) for one, name in zip(read(data), called)]
    one, other = (_only(recording, target) for recording in pair)
    try:
        table = carry.compare(one, other, halves=halves, seed=seed, step=step)
    except (ValueError, LookupError) as error:  # of the data
        raise NeuroFMError(str(error)) from error
    rows = [{str(key): _plain(value) for key, value in row.items()} for row in table.to_dict("records")]
    return {"one": called[0], "other": called[1], "target": target, "rows": rows}


def took(session: Catalog, job: Job) -> None:
    """Keep what came of it, unless one of both was closed meanwhile, or is another under its name."""
    if job.state != "done":
        return _jobs.give_up(session, job)
    carried = Carried(**job.result)
    names = (carried.one, carried.other)
    if all(name in session.sources for name in names) and [session.places[n] for n in names] == job.arguments["data"]:
        session.put_result(VERB, f"{carried.one} to {carried.other}", carried)
    return None


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    usual = {"halves": HALVES, "seed": 0}
    more = "".join(f", {key}={o[key]!r}" for key in ("target", "halves", "seed") if o[key] != usual.get(key))
    return [
        f"job = session.carry({', '.join(map(repr, o['names']))}{more})",
        "job.wait()",
        f"print(session.results['{VERB}'][{action.name!r}].table.to_string())",
    ]


def _only(recording: Recording, target: str) -> Recording:
    """The recording without other conditions that could be told."""
    trials = recording.intervals[TRIALS]
    others = [name for name in class_columns(recording) if name != target]
    return replace(recording, series={}, intervals={**recording.intervals, TRIALS: trials.drop(columns=others)})


def _plain(value: Any) -> Any:
    """JSON has no NaN."""
    return None if isinstance(value, float) and not isfinite(value) else value


# ---- how the table shows it


def _shown(state: Any, session: Catalog) -> Carried | None:
    """The comparison that is named, or the newest."""
    held = session.results.get(VERB, {})
    return held.get(state.recording) or next(reversed(list(held.values())), None)


def _frame(state: Any, session: Catalog) -> pd.DataFrame:
    carried = _shown(state, session)
    return pd.DataFrame() if carried is None else carried.table.drop(columns=["chance", "n"]).dropna(axis=1, how="all")


def _missing(state: Any, session: Catalog) -> tuple[str, str]:
    job = _jobs.newest(session, VERB)
    if job is not None and not job.over:
        return "A decoder is being carried over …", "jobs"
    return "Carry a decoder to another recording, from the menu of a recording, to see how well it answers", "open"


def _note(state: Any, session: Catalog) -> str:
    """Of what the rows are, and what they are to be held against."""
    carried = _shown(state, session)
    if carried is None or not carried.rows:
        return ""
    row = carried.rows[0]
    halves = f"{row['n']} random halves" if row["n"] > 1 else "one random half"
    told = f"{carried.target} of {carried.other} by a decoder of {carried.one}, over {halves} of its trials"
    return f" of {told}; chance is {row['chance']:.3g}, permuted is with conditions shuffled"


def _choices(state: Any, session: Catalog) -> dict[str, tuple[str, ...]]:
    return {"recording": ("", *session.results.get(VERB, {}))}


# ---- how it is kept


def _words(carried: Carried) -> str:
    return f"{carried.target} by {counted(len(carried.rows), 'way')}"


def _write(carried: Carried) -> dict[str, Any]:
    pair = {"one": carried.one, "other": carried.other, "target": carried.target}
    return pair | {"rows": [dict(row) for row in carried.rows]}


def _read(name: str, item: Field) -> Carried:
    item.only(("name", "one", "other", "target", "rows"))
    rows = []
    for row in item["rows"].items():
        row.only(("system", "labels", *NUMBERS, "n"))
        values = {"system": row["system"].text(), "labels": row["labels"].flag(), "n": row["n"].whole(1)}
        rows.append(values | {key: None if row[key].value is None else row[key].number(0) for key in NUMBERS})
    return Carried(item["one"].text(), item["other"].text(), item["target"].text(), rows)


SPEC = VerbSpec(
    begin=begin,
    options={"names": _options.names, "target": Field.text, "halves": _options.whole, "seed": _options.whole},
    code=code,
    work=work,
    took=took,
    result=ResultSpec(title="Carried decoders", words=_words, write=_write, read=_read, of_source=False),
    rows={"carried": RowSpec(title="carried decoders", frame=_frame, missing=_missing, note=_note, choices=_choices)},
)
