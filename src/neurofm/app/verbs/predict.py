"""Predict: a run decodes a source."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.results import Result
from neurofm.app.verbs import _options
from neurofm.app.verbs._jobs import take_file
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.data.prediction import Prediction
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job


def begin(session: Catalog, run: str, name: str) -> Job:
    """Decode a source with a run."""
    check_choice("run", run, session.runs)
    (data,) = session.files([name])
    action = session.actions.add("predict", f"{run} {name}", run=run, names=[name])
    arguments = {"run": str(session.runs[run].path), "data": data}
    return session.jobs.submit("predict", arguments, f"Decode {name} by {run}", action=action)


def work(step: Step, folder: Path, *, run: str, data: Paths, out: str = "") -> Plain:
    """A prediction of one source, as `.npz`."""
    from neurofm import training
    from neurofm.data import store

    (source,) = read([data])
    prediction = training.load(run).predict(source, progress=lambda done: step(done, "Decoding"))
    step(1.0, prediction.unscored or "Decoded")
    return {"out": str(store.save(prediction, out or folder / "prediction.npz"))}


def code(action: Action, script: Script) -> list[str]:
    run = script.variable(action.options["run"])
    (name,) = action.options["names"]
    return [] if run is None else [f"session.add({run}.predict({script.variable(name)}))"]


def traced(session: Catalog, name: str, result: Result) -> bool:
    if not isinstance(result, Prediction) or result.hides:
        return False
    session.actions.add("predict", name, run=Path(result.run).name, names=[result.session])
    return True


SPEC = VerbSpec(
    begin=begin,
    options={"run": Field.text, "names": _options.one_name},
    code=code,
    work=work,
    took=take_file,
    traced=traced,
)
