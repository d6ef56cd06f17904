"""Map regions: a run of patches says which region each place of a volume is in; labels, with how probable each is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm import registry
from neurofm.app.state.catalog import Catalog
from neurofm.app.verbs import _labels, _options
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.errors import RunError
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job


def begin(
    session: Catalog,
    run: str,
    volume: str,
    box: Sequence[Sequence[int]] | None = None,
    *,
    stride: int = 0,
    near: Sequence[int] | None = None,
    name: str = "",
    out: str | Path = "",
    resume: bool = False,
) -> Job:
    """Say which region each place of a volume is in, in the background; the map is a volume of labels of its own.

    Parameters
    ----------
    box : first voxel and the one after the last along z, y and x; all of the volume if None
    stride : voxels from patch to patch, which a voxel of the map covers; a quarter of a patch if 0
    near : voxel, z y x, around which to begin; the middle if None
    name : of the map; that of the volume if ""
    out : folder to write (`.zarr`); one among the runs if ""
    resume : whether to go on with what is in that folder

    Raises
    ------
    LookupError
        If there is no such run or volume, or the run names no regions.
    """
    check_choice("run", run, [name for name in session.runs if maps(session, name)])
    given: dict[str, Any] = {"near": near, "resume": resume}
    name, title = name or f"{volume} regions", f"Regions of {volume}"
    return _labels.begin(session, "map_regions", title, run, volume, box, name, out, {"stride": stride}, given)


def maps(session: Catalog, run: str) -> bool:
    """Whether a run names the regions of patches."""
    about = session.runs[run]
    model = about.config["model"]
    if model not in registry.names("neurofm.models") or not about.target.names:
        return False
    course = registry.get("neurofm.training.courses", registry.said("neurofm.models", model, "course", "windows"))
    return hasattr(course, "says")


def work(
    step: Step, folder: Path, *, run: str, data: Paths, place: str, box: Sequence[Sequence[int]] | None = None,
    stride: int = 0, near: Sequence[int] | None = None, resume: bool = False, name: str = "",
) -> Plain:  # fmt: skip
    """An OME-Zarr of labels, with probabilities."""
    from neurofm import training
    from neurofm.training.mapping import map_regions

    (volume,) = read([data])
    trained = training.load(run)
    course: Any = trained.course
    if not hasattr(course, "says"):
        raise RunError(
            run,
            "model",
            f"is {trained.config['model']}, which names no regions; give a run that learned the areas of an image",
        )
    spans = None if box is None else tuple((low, high) for low, high in box)
    options: dict[str, Any] = {"box": spans, "stride": stride, "near": near, "resume": resume, "step": step}
    mapped = map_regions(trained, trained.model, course, volume, place, **options)
    return {"out": str(mapped.out), "chunks": mapped.chunks, "failed": mapped.failed}


SPEC = VerbSpec(
    begin=begin,
    options=_labels.OPTIONS | {"stride": _options.whole},
    optional=("box", "stride"),
    code=_labels.code,
    work=work,
    took=_labels.took,
    previewed=_labels.previewed,
    resumes=_labels.resumes,
)
