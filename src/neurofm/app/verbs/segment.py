"""Segment: a run says what each voxel of a volume is; labels appear where one looks while the others are computed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm import registry
from neurofm.app.saved.field import Field
from neurofm.app.state.catalog import Catalog
from neurofm.app.verbs import _labels
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.data.volume import Volume
from neurofm.errors import DataError
from neurofm.specs import VerbSpec

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
    where: dict[str, Any] = {"near": near, "name": name or f"{volume} by {run}", "out": out, "resume": resume}
    options: dict[str, Any] = {"probabilities": probabilities, "precision": precision}
    return _labels.begin(session, "segment", f"Segment {volume}", run, volume, box, **where, **options)


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


def took(session: Catalog, job: Job) -> None:
    """Show the labels; the script computes them again with as many digits as were used."""
    if job.state == "done":
        job.action.options["precision"] = job.result["precision"]
    _labels.took(session, job)


SPEC = VerbSpec(
    begin=begin,
    options=_labels.OPTIONS | {"precision": Field.text, "probabilities": Field.flag},
    optional=("box", "probabilities"),
    code=_labels.code,
    work=work,
    took=took,
    previewed=_labels.previewed,
    resumes=_labels.resumes,
)
