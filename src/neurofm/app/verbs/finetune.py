"""Finetune: a run is adapted to other sources, in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _learning
from neurofm.app.verbs._work import Paths, Plain, Step, read, trained
from neurofm.checks import check_choice
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job


def begin(
    session: Catalog,
    run: str,
    names: Sequence[str],
    settings: Mapping[str, object] | None = None,
    *,
    units_only: bool = False,
    choose: bool = False,
    seed: int = 0,
    device: str = "auto",
    out: str | Path | None = None,
) -> Job:
    """Adapt a run to other sources in the background.

    Raises
    ------
    DataError, LookupError, ValueError
        As `train` does, and if both `units_only` and `choose` are asked for.
    """
    check_choice("run", run, session.runs)
    base = session.runs[run]
    if units_only and choose:
        raise ValueError("give either choose or units_only: the one decides about the other")
    told = _learning.check(session, base.config["model"], names, base, seed=seed, device=device, settings=settings)
    place = Path(out) if out else session.free_folder(run)
    options = {"units_only": units_only, "choose": choose, **told}
    arguments = {"run": str(base.path), "data": session.files(names), "out": str(place), **options}
    action = session.actions.add("finetune", place.name, run=run, names=list(names), **options)
    return session.jobs.submit("finetune", arguments, f"Adapt {run} as {place.name}", action=action, fresh=True)


def work(
    step: Step,
    folder: Path,
    *,
    run: str,
    data: Sequence[Paths],
    out: str = "",
    units_only: bool = False,
    choose: bool = False,
    settings: Mapping[str, object] | None = None,
    seed: int = 0,
    device: str = "auto",
    resume: bool = False,
) -> Plain:
    """A run folder of `run` adapted to new sources."""
    from neurofm import training

    options: dict[str, Any] = {"seed": seed, "device": device, "settings": settings, "resume": resume}
    options |= {"units_only": units_only, "choose": choose}
    return trained(training.finetune(run, read(data), out or folder / "run", step=step, **options))


def code(action: Action, script: Script) -> list[str]:
    only = "".join(f", {how}=True" for how in ("units_only", "choose") if action.options.get(how))
    run, data = script.variable(action.options["run"]), script.several(action.options["names"])
    return _learning.code(action, script, f"nf.finetune({run}, {data}{only}, ")


SPEC = VerbSpec(
    begin=begin,
    options={"run": Field.text, "units_only": Field.flag, "choose": Field.flag, **_learning.OPTIONS},
    optional=("units_only", "choose", *_learning.OPTIONAL),
    needs=("run",),
    gives="run",
    code=code,
    work=work,
    took=_learning.took,
    previewed=_learning.previewed,
    resumes=_learning.resumes,
)
