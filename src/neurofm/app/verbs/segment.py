"""Segment: a run says what each voxel of a volume is; labels appear where one looks while the others are computed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm import registry
from neurofm.app.saved.field import Field
from neurofm.app.state.catalog import Catalog
from neurofm.app.verbs import _labels
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.errors import RunError
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

LABEL = "structure"  # what the labels tell


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
    scheduler: str = "",
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
    scheduler : address of a scheduler of dask, whose workers see the same files; this machine alone if ""

    Raises
    ------
    LookupError
        If there is no such run or volume, or the run does not say what voxels are.
    ValueError
        If the box is no box.
    """
    check_choice("run", run, [name for name in session.runs if segments(session, name)])
    told: dict[str, Any] = {"probabilities": probabilities, "precision": precision}
    given: dict[str, Any] = {"near": near, "resume": resume, "scheduler": scheduler}
    name = name or f"{volume} by {run}"
    return _labels.begin(session, "segment", f"Segment {volume}", run, volume, box, name, out, told, given)


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
    scheduler: str = "",
    name: str = "",
) -> Plain:
    """An OME-Zarr of labels."""
    from neurofm import training
    from neurofm.training.segmenting import inside, segment
    from neurofm.training.spread import Cluster

    (volume,) = read([data])
    trained = training.load(run)
    course: Any = trained.course
    if not hasattr(course, "network"):
        raise RunError(
            run,
            "model",
            f"is {trained.config['model']}, which does not say what voxels are; give a run that learned labels",
        )
    spans = inside(place, box, volume.whole.shape)
    course.check(trained, volume, spans)
    came = segment(
        course.network(trained), volume.image, absolute(place), course.classes(trained), label=LABEL,
        unit=volume.unit, box=spans, near=near,
        probabilities=probabilities, precision=precision, resume=resume, step=step,
        cluster=Cluster(scheduler, partial(opened, absolute(run), absolute(data))) if scheduler else None,
    )  # fmt: skip
    told = {"why": came.way.why, "precision": came.way.precision, "failed": came.failed, "black": came.black}
    return {"out": str(came.out), "chunks": came.chunks, **told}


def opened(run: str, data: Paths) -> tuple[Any, Any]:
    """The network of a run, and the image of a volume, at a worker of a cluster."""
    from neurofm import training

    trained = training.load(run)
    (volume,) = read([data])
    return trained.course.network(trained), volume.image  # type: ignore[attr-defined]


def absolute(data: Paths) -> Any:
    """Paths as they are wherever a process began; addresses stay."""
    if not isinstance(data, str):
        return [absolute(part) for part in data]
    from neurofm.io import is_address

    return data if is_address(data) else str(Path(data).absolute())


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
