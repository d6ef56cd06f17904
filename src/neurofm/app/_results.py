"""What a job brings, taken into the session that asked for it. Runs in the job's thread."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from neurofm.app import _spaces
from neurofm.app._run import RunCard
from neurofm.app.decoders import TASK, Decoders
from neurofm.data import store
from neurofm.data.embedding import Embedding
from neurofm.data.prediction import Prediction
from neurofm.errors import DataError

if TYPE_CHECKING:
    from neurofm.app.jobs import Job
    from neurofm.app.work import Work


def preview(session: Work, job: Job, folder: Path) -> None:
    """Show what a run that is still learning sees by now."""
    for file in sorted(folder.glob("*.npz")):
        try:
            _take(session, store.load(file), _run_name(job))
        except (DataError, LookupError):  # half gone already, or of a recording closed meanwhile: the next one counts
            continue


def finished(session: Work, job: Job) -> None:
    """Take what a job made; for a run, ask at once for what there is to see of it."""
    if job.task in ("train", "finetune"):
        _note(session, job)
    if job.state != "done":
        if job.task == TASK:
            gone = TASK, Path(job.arguments["out"]).name
            session.actions = [a for a in session.actions if (a.kind, a.name) != gone]
        if job.task == "embed":
            name = " ".join(filter(None, (_run_name(job), job.arguments["of"], job.arguments.get("part", ""))))
            if name not in session.embeddings:
                session.actions = [a for a in session.actions if (a.kind, a.name) != ("embed", name)]
        if job.task in ("embed", "hide", TASK):
            session.changed.emit("job", job.title)  # its view says why
        return
    if "run" in job.result:
        _take_run(session, job)
    elif job.task == TASK:
        found = Decoders(**job.result | {"folder": Path(job.result["folder"])})
        opened = found.recording in session.recordings  # not closed meanwhile, nor another under its name
        if opened and session._sources[found.recording] == job.arguments["data"]:
            session._keep("decoder", found.recording, found)
    elif job.task == "umap":
        made = store.load(job.result["out"])
        if isinstance(made, Embedding) and made.name in session.embeddings:
            session.show(made)
    else:
        _take(session, store.load(job.result["out"]), _run_name(job))


def _take_run(session: Work, job: Job) -> None:
    name = session.add(RunCard(job.result["run"]))
    action = next(a for a in reversed(session.actions) if a.name == name and a.kind == job.task)
    see(session, name, [n for n in action.options["names"] if n in session.recordings])


def see(session: Work, run: str, names: list[str]) -> None:
    """Ask for what there is to see of recordings in a run."""
    for recording in names:
        session.predict(run, recording)
    _spaces.see(session, run, names)


def _note(session: Work, job: Job) -> None:
    """Remember how far a training came that did not come to its end."""
    for action in session.actions:
        if action.name == _run_name(job) and action.kind == job.task:
            steps = [int(m["step"]) for m in job.metrics if "step" in m]
            action.done = None if job.state == "done" else max(steps, default=0)


def _run_name(job: Job) -> str:
    return Path(job.arguments["out" if job.task in ("train", "finetune") else "run"]).name


def _take(session: Work, made: Embedding | Prediction, run: str) -> None:
    if isinstance(made, Prediction):
        session.show(replace(made, run=run))
        return
    name = f"{run} {made.name.removeprefix(Path(made.run).name).strip() or made.space}"
    session.show(replace(made, name=name, run=run, xy=_as_it_lay(session, name, made)))


def _as_it_lay(session: Work, name: str, made: Embedding) -> NDArray[np.floating]:
    """The map turned as the one before it lies, so that the picture does not jump."""
    from neurofm.projection import align

    before = session.embeddings.get(name)
    if before is None or before.xy.shape != made.xy.shape or len(made.xy) < 3:
        return made.xy
    return align(made.xy, before.xy)
