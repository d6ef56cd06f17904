"""What training a model and adapting a run do alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm import checks
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.results import take
from neurofm.app.verbs import _options, embed, load, predict
from neurofm.checks import check_choice
from neurofm.data.target import RATES
from neurofm.errors import DataError
from neurofm.runs import RunFolder
from neurofm.training import asked

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

OPTIONS: dict[str, Any] = {
    "names": _options.names, "seed": _options.whole, "device": Field.text, "settings": _options.settings,
}  # fmt: skip
OPTIONAL = ("seed", "device", "settings")


def check(
    session: Catalog, model: str, names: Sequence[str], base: RunFolder | None = None, **options: Any
) -> dict[str, Any]:
    """Settings, seed and device as a job is given them; what could only fail in it is refused before it is begun.

    Raises
    ------
    DataError, LookupError, ValueError
        If there is no such source, setting, target or device, a value is out of its range, or a source is of another
        kind, or has behaviour and no units.
    """
    ways: dict[str, Callable[[Any], Any]] = {
        "seed": checks.seed,
        "device": asked.device,
        "settings": partial(asked.settings, model),
    }
    told = {name: ways[name](value) for name, value in options.items()}
    for name in names:
        check_choice("source", name, session.sources)
    _check_units(session, names)
    asked.check_sources(model, [session.sources[name] for name in names], told["settings"], base)
    return told


def _check_units(session: Catalog, names: Sequence[str]) -> None:
    """Refuse to learn from a file of behaviour that was opened without its spikes."""
    for name in names:
        recording = session.recordings.get(name)
        if recording is not None and not len(recording.units):
            remedy = "join it with its spikes (Join with… in the Explorer, session.join_with)"
            raise DataError(recording.origin, "units", f"holds behaviour alone and nothing to learn from; {remedy}")


def previewed(session: Catalog, job: Job, folder: Path) -> None:
    """Show what a run that is still learning sees by now."""
    from neurofm.data import store

    for file in sorted(folder.glob("*.npz")):
        try:
            take(session, store.load(file), Path(job.arguments["out"]).name)
        except (DataError, LookupError):  # half gone already, or of a source closed meanwhile: the next one counts
            continue


def took(session: Catalog, job: Job) -> None:
    """Take the run, and ask at once for what there is to see of it; of one that did not end, how far it came."""
    steps = [int(line["step"]) for line in job.metrics if "step" in line]
    job.action.done = None if job.state == "done" else max(steps, default=0)
    if job.state != "done":
        _behind(session, Path(job.arguments["out"]).name)
        return
    run = load.add(session, RunFolder(job.result["run"]))
    _drop_previews(session, run)
    look(session, run, [name for name in job.action.options["names"] if name in session.sources])


def resumes(job: Job) -> bool:
    """Whether it was stopped, or failed and left a checkpoint."""
    if job.state == "failed":
        return (Path(job.arguments["out"]) / "checkpoint.json").is_file()
    return bool(job.state == "stopped")


def _behind(session: Catalog, run: str) -> None:
    """Put what a run showed before it was stopped behind what others have made: it is not the newest any more."""
    places: dict[str, dict[str, Any]] = {"embedding": session.embeddings, "prediction": session.predictions}
    for kind, place in places.items():
        stopped = [name for name, shown in place.items() if Path(shown.run).name == run]
        for name in [name for name in place if name not in stopped]:
            place[name] = place.pop(name)
        for name in stopped:
            session.tell(kind, name)


def _drop_previews(session: Catalog, run: str) -> None:
    """Let go of maps of all latents at once, which showed how a run learned, where each part gets one of its own."""
    for name, shown in list(session.embeddings.items()):
        if Path(shown.run).name == run and not shown.part and session.runs[run].parts_of(shown.space):
            del session.embeddings[name]
            session.changed.emit("embedding", name)


def look(session: Catalog, run: str, names: list[str]) -> None:
    """Ask for what there is to see of sources in a run."""
    target = session.runs[run].target
    for name in names if target.series or target.kind == RATES else ():  # without labels there is nothing to say
        predict.begin(session, run, name)
    embed.all_spaces(session, run, names)


def code(action: Action, script: Script, call: str) -> list[str]:
    """Lines that train; those of a job that was stopped go as far as it came."""
    settings = dict(action.options.get("settings") or {})
    settings |= {} if action.done is None else {"until": action.done}
    name = script.new(action.name)
    more = "".join(f", {key}={action.options[key]!r}" for key in ("seed", "device") if key in action.options)
    more += f", settings={settings!r}" if settings else ""
    # a script that runs again takes the run that it made, which train compares with what is asked for
    made = f"{name} = {call}out={f'runs/{action.name}'!r}, resume=True{more})"
    return [made, f"session.add({name})", f"print({name}.metrics)"]
