"""Train: a model learns from sources, in the background; what it learns shows while it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm import registry
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _learning
from neurofm.app.verbs._work import Paths, Plain, Step, read, trained
from neurofm.data import Recording
from neurofm.errors import RunError
from neurofm.specs import VerbSpec
from neurofm.words import things

if TYPE_CHECKING:
    from neurofm.app.jobs import Job
    from neurofm.data.source import Source
    from neurofm.runs import RunFolder

MODELS, COURSES = "neurofm.models", "neurofm.training.courses"


def begin(
    session: Catalog,
    model: str,
    names: Sequence[str] = (),
    settings: Mapping[str, object] | None = None,
    *,
    seed: int = 0,
    device: str = "auto",
    out: str | Path | None = None,
) -> Job:
    """Train a model on sources (all that are open and that it takes) in the background.

    Raises
    ------
    LookupError
        If there is no such model, source, setting or device, or nothing is open that the model takes.
    ValueError
        If a setting is out of its range.
    DataError
        If a source is of another kind than the model takes, or has no units, or nothing that it could decode.
    """
    model = registry.called(MODELS, model)
    names = list(names) or suited(session, model)
    if not names:
        raise LookupError(f"open the {taken(model).kind} that '{model}' is to learn from")
    options = _learning.check(session, model, names, seed=seed, device=device, settings=settings)
    place = Path(out) if out else session.free_folder(model)
    arguments = {"model": model, "data": session.files(names), "out": str(place), **options}
    action = session.actions.add("train", place.name, model=model, names=names, **options)
    return session.jobs.submit("train", arguments, f"Train {place.name}", action=action, fresh=True)


def suited(session: Catalog, model: str) -> list[str]:
    """Open sources that a model can learn from, found without loading it."""
    takes = taken(model)
    return [name for name, source in session.sources.items() if isinstance(source, takes)]


def lacks(session: Catalog, name: str) -> str:
    """Why no model can learn from a source, in a few words; "" if one can."""
    source = session.sources[name]
    if not any(isinstance(source, taken(model)) for model in registry.names(MODELS)):
        return f"no model learns from {things(source.kind)}"
    return "it has behaviour alone" if isinstance(source, Recording) and not len(source.units) else ""


def taken(model: str) -> type[Source]:
    """The kind of source that a model learns from, found without loading it."""
    takes: type[Source] = registry.get(COURSES, registry.said(MODELS, model, "course", "windows")).takes
    return takes


def go_on(session: Catalog, run: RunFolder) -> Job:
    """Go on with a training whose program ended before it did, from what it stored last.

    Raises
    ------
    LookupError
        If what it learns from is not open, or it was to adapt another run.
    RunError
        If the folder does not say what it learns from.
    """
    config, name = run.config, run.name
    if not {"data", "seed", "schedule"} <= set(config):
        raise RunError(run.path, "config.json", "does not say what it learns from; train it anew")
    if config.get("base"):
        raise LookupError(f"{name} was adapting another run; open that, and adapt it again")
    names = [one["session"] for one in config["data"]]
    if closed := [one for one in names if one not in session.sources]:
        raise LookupError(f"open {', '.join(closed)} first: {name} learns from it")
    options = {"seed": config["seed"], "settings": {**config["config"], **config["schedule"]}}
    begun = (one for one in session.actions if (one.kind, one.name) == ("train", name) and name not in session.runs)
    action = next(begun, None) or session.actions.add("train", name, model=config["model"], names=names, **options)
    action.done = None
    arguments = {"model": config["model"], "data": session.files(names), "out": str(run.path), "seed": config["seed"]}
    return session.jobs.submit("train", {**arguments, "resume": True}, f"Train {name}", action=action, fresh=True)


def resume(session: Catalog, job: Job) -> Job:
    """Go on with a job that was stopped, or failed, where it ended."""
    job.action.done = None
    if not any(job.action is one for one in session.actions):
        session.actions.append(job.action)
    return session.jobs.submit(job.task, {**job.arguments, "resume": True}, job.title, action=job.action, fresh=True)


def work(
    step: Step,
    folder: Path,
    *,
    model: str,
    data: Sequence[Paths],
    out: str = "",
    settings: Mapping[str, object] | None = None,
    seed: int = 0,
    device: str = "auto",
    resume: bool = False,
) -> Plain:
    """A run folder of `model` trained on the sources."""
    from neurofm import training

    options: dict[str, Any] = {"seed": seed, "device": device, "settings": settings, "resume": resume}
    return trained(training.train(model, read(data), out or folder / "run", step=step, **options))


def code(action: Action, script: Script) -> list[str]:
    call = f"nf.train({action.options['model']!r}, {script.several(action.options['names'])}, "
    return _learning.code(action, script, call)


SPEC = VerbSpec(
    begin=begin,
    options={"model": Field.text, **_learning.OPTIONS},
    optional=_learning.OPTIONAL,
    gives="run",
    code=code,
    work=work,
    took=_learning.took,
    previewed=_learning.previewed,
    resumes=_learning.resumes,
)
