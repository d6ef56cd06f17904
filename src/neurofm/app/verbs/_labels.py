"""What verbs do alike that write labels of a volume chunk by chunk, as a volume of their own."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm.app.pictures import late, probable
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs import open as opening
from neurofm.checks import check_choice
from neurofm.data.volume import Volume
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.jobs import Job


def begin(
    session: Catalog, verb: str, title: str, run: str, volume: str, box: Sequence[Sequence[int]] | None, name: str,
    out: str | Path, told: Mapping[str, Any], given: Mapping[str, Any],
) -> Job:  # fmt: skip
    """Submit the job of a verb that says something of a volume.

    Parameters
    ----------
    told : options that the script has, where they are set
    given : others, which change nothing of what comes of it
    """
    check_choice("volume", volume, [n for n, s in session.sources.items() if isinstance(s, Volume) and s.image])
    spans = None if box is None else [[int(low), int(high)] for low, high in box]
    (data,) = session.files([volume])
    place = Path(out) if out else free(session.folder / "labels", name)
    asked = {"run": run, "names": [volume]} | ({"box": spans} if spans else {})
    action = session.actions.add(verb, name, **asked, **{key: value for key, value in told.items() if value})
    arguments: dict[str, Any] = {"run": str(session.runs[run].path), "data": data, "box": spans, "place": str(place)}
    near = given["near"]
    arguments |= {**given, "near": None if near is None else [int(at) for at in near], "name": name}
    return session.jobs.submit(verb, arguments | dict(told), title, action=action)


def previewed(session: Catalog, job: Job, folder: Path) -> None:
    """Show what is there of the labels by now."""
    put(session, folder, job.arguments["name"])


def took(session: Catalog, job: Job) -> None:
    """Show the labels; the script makes them again where it makes the run."""
    if job.state != "done":
        return _jobs.give_up(session, job)
    if failed := job.result["failed"]:
        place, why = next(iter(failed.items()))
        job.text = f"{counted(len(failed), 'chunk')} left out ({place}: {why}); Resume tries again"
    elif black := job.result.get("black"):
        job.text = f"Done, but {counted(black, 'chunk')} of the image are zero everywhere; are they missing there?"
    name = put(session, Path(job.result["out"]), job.arguments["name"])
    again = any(action.name == job.action.options["run"] for action in session.actions)
    session.actions.drop(session.actions.last("open", name) if again else job.action)
    return None


def resumes(job: Job) -> bool:
    """Whether chunks are left."""
    return job.state in ("stopped", "failed") or bool(job.result.get("failed"))


def put(session: Catalog, path: Path, name: str) -> str:
    """Open a store; where it is open, what was seen of it stays until it is read again."""
    from neurofm import io
    from neurofm.io._origin import retold

    volume: Any = io.read(str(path))
    volume = volume if volume.session == name else retold(volume, f"is called '{name}' here", name)
    there = session.sources.get(name)
    if there is None:
        return opening.add(session, volume)
    if isinstance(there, Volume) and (there.paths, there.whole.shape) == (volume.paths, volume.whole.shape):
        for pyramid in there.labels.values():
            for voxels in (*pyramid.levels, *probable.of(pyramid).values()):
                _renew(voxels)
            late.renew(pyramid)
        return name
    session.sources[name] = volume
    session.tell("source", name)
    return name


def _renew(voxels: Any) -> None:
    """Let what others have written since be seen, under what is turned or painted over it."""
    while hasattr(voxels, "voxels"):
        voxels = voxels.voxels
    if hasattr(voxels, "renew"):
        voxels.renew()


def code(action: Action, script: Script) -> list[str]:
    """The line that makes them again."""
    run, (volume,) = action.options["run"], action.options["names"]
    if script.variable(run) is None or script.variable(volume) is None:
        return []
    options = {k: v for k, v in action.options.items() if k not in ("run", "names")} | {"name": action.name}
    told = "".join(f", {key}={value!r}" for key, value in options.items())
    return [f"session.{action.kind}({run!r}, {volume!r}{told}).wait()"]


def free(home: Path, name: str) -> Path:
    """A folder that is not there yet."""
    names = itertools.chain([name], (f"{name} {k}" for k in itertools.count(2)))
    return next(home / f"{one}.zarr" for one in names if not (home / f"{one}.zarr").exists())


def span(field: Field) -> list[int]:
    return [_options.whole(item) for item in field.items()]


OPTIONS: dict[str, Any] = {"run": Field.text, "names": _options.one_name, "box": _options.several(span)}
