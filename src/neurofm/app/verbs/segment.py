"""Segment: a run says what each voxel of a volume is; labels appear where one looks while the others are computed."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm import registry
from neurofm.app.pictures import late
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs import open as opening
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.data.volume import Volume, bare
from neurofm.errors import DataError
from neurofm.specs import VerbSpec
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

LABEL = "structure"  # what the labels tell
APART = 1.5  # times that voxels may be larger or smaller than those that were learned from


def begin(
    session: Catalog,
    run: str,
    volume: str,
    box: Sequence[Sequence[int]] | None = None,
    *,
    near: Sequence[int] | None = None,
    probabilities: bool = False,
    precision: str = "auto",
    name: str = "",
    out: str | Path = "",
    resume: bool = False,
) -> Job:
    """Say what each voxel of a volume is, in the background; the labels are a volume of their own.

    Parameters
    ----------
    box : first voxel and the one after the last along z, y and x; all of the volume if None
    near : voxel, z y x, around which to begin; the middle if None
    probabilities : whether those of each class are kept beside
    precision : "float32" equals one pass over all of the volume; "auto" takes fewer digits where these agree
    name : of the labels; those of the volume and the run if ""
    out : folder to write (`.zarr`); one among the runs if ""
    resume : whether to go on with what is in that folder

    Raises
    ------
    LookupError
        If there is no such run or volume, or the run does not say what voxels are.
    ValueError
        If the box is no box.
    """
    check_choice("run", run, [name for name in session.runs if segments(session, name)])
    check_choice("volume", volume, [n for n, s in session.sources.items() if isinstance(s, Volume) and s.image])
    spans = None if box is None else [[int(low), int(high)] for low, high in box]
    (data,) = session.files([volume])
    name = name or f"{volume} by {run}"
    place = Path(out) if out else _free(session.folder / "labels", name)
    options: dict[str, Any] = {"run": run, "names": [volume], "precision": precision}
    options |= {"box": spans} if spans else {}
    options |= {"probabilities": True} if probabilities else {}
    action = session.actions.add("segment", name, **options)
    arguments: dict[str, Any] = {
        "run": str(session.runs[run].path),
        "data": data,
        "box": spans,
        "place": str(place),
        "resume": resume,
    }
    arguments |= {"near": None if near is None else list(near), "name": name}
    arguments |= {"probabilities": probabilities, "precision": precision}
    return session.jobs.submit("segment", arguments, f"Segment {volume}", action=action)


def segments(session: Catalog, run: str) -> bool:
    """Whether a run says what voxels are."""
    model = session.runs[run].config["model"]
    if model not in registry.names("neurofm.models"):
        return False
    course = registry.get("neurofm.training.courses", registry.said("neurofm.models", model, "course", "windows"))
    return hasattr(course, "network")


def work(
    step: Step,
    folder: Path,
    *,
    run: str,
    data: Paths,
    place: str,
    box: Sequence[Sequence[int]] | None = None,
    near: Sequence[int] | None = None,
    probabilities: bool = False,
    precision: str = "auto",
    resume: bool = False,
    name: str = "",
) -> Plain:
    """An OME-Zarr of labels."""
    from neurofm import training
    from neurofm.training.segmenting import segment

    (volume,) = read([data])
    trained = training.load(run)
    course: Any = trained.course
    check_spacing(trained.config, volume)
    came = segment(
        course.network(trained), volume.image, place, course.classes(trained), label=LABEL, unit=volume.unit,
        box=None if box is None else tuple((low, high) for low, high in box), near=near,
        probabilities=probabilities, precision=precision, resume=resume, step=step,
    )  # fmt: skip
    told = {"why": came.way.why, "precision": came.way.precision, "failed": came.failed}
    return {"out": str(came.out), "chunks": came.chunks, **told}


def check_spacing(config: Any, volume: Volume) -> None:
    """Refuse a volume whose voxels have another size or order than those that were learned from, where that is told."""
    learned = [one["spacing"] for one in config.get("data", []) if "spacing" in one]
    if learned and not any(
        all(1 / APART <= own / other <= APART for own, other in zip(volume.spacing, one)) for one in learned
    ):
        where = next(iter(volume.paths), volume.session)
        problem = f"is {volume.spacing.tolist()}, and the run learned from {learned[0]}; is the order of axes right?"
        raise DataError(where, "spacing", problem)


def previewed(session: Catalog, job: Job, folder: Path) -> None:
    """Show what is there of the labels by now."""
    _put(session, folder, job.arguments["name"])


def took(session: Catalog, job: Job) -> None:
    """Show the labels; the script computes them again with as many digits as were used."""
    if job.state != "done":
        return _jobs.give_up(session, job)
    if failed := job.result["failed"]:
        place, why = next(iter(failed.items()))
        job.text = f"{counted(len(failed), 'chunk')} left out ({place}: {why}); Resume tries again"
    name = _put(session, Path(job.result["out"]), job.arguments["name"])
    again = any(action.name == job.action.options["run"] for action in session.actions)
    if again:
        session.actions.drop(session.actions.last("open", name))
        job.action.options["precision"] = job.result["precision"]
    else:
        session.actions.drop(job.action)
    return None


def resumes(job: Job) -> bool:
    """Whether chunks are left."""
    return job.state in ("stopped", "failed") or bool(job.result.get("failed"))


def _put(session: Catalog, path: Path, name: str) -> str:
    """Open a store; where it is open, what was seen of it stays until it is read again."""
    from neurofm import io

    volume: Any = replace(io.read(str(path)), session=name)  # type: ignore[type-var]
    there = session.sources.get(name)
    if there is None:
        return opening.add(session, volume)
    if isinstance(there, Volume) and (there.paths, there.whole.shape) == (volume.paths, volume.whole.shape):
        for pyramid in there.labels.values():
            for voxels in pyramid.levels:
                bare(voxels).renew()  # type: ignore[attr-defined]
            late.renew(pyramid)
        return name
    session.sources[name] = volume
    session.tell("source", name)
    return name


def code(action: Action, script: Script) -> list[str]:
    run, (volume,) = action.options["run"], action.options["names"]
    if script.variable(run) is None or script.variable(volume) is None:
        return []
    options = {k: v for k, v in action.options.items() if k not in ("run", "names")} | {"name": action.name}
    told = "".join(f", {key}={value!r}" for key, value in options.items())
    return [f"session.segment({run!r}, {volume!r}{told}).wait()"]


def _free(home: Path, name: str) -> Path:
    """A folder that is not there yet."""
    names = itertools.chain([name], (f"{name} {k}" for k in itertools.count(2)))
    return next(home / f"{one}.zarr" for one in names if not (home / f"{one}.zarr").exists())


def _span(field: Field) -> list[int]:
    return [_options.whole(item) for item in field.items()]


SPEC = VerbSpec(
    begin=begin,
    options={
        "run": Field.text, "names": _options.one_name, "precision": Field.text,
        "box": _options.several(_span), "probabilities": Field.flag,
    },
    optional=("box", "probabilities"),
    code=code,
    work=work,
    took=took,
    previewed=previewed,
    resumes=resumes,
)  # fmt: skip
