"""Learn: from a few strokes that were painted on a volume, what its other voxels are, in seconds."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurofm import checks
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.state.volumes import volumes
from neurofm.app.verbs import _jobs, _labels, _options, segment
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.app.verbs.paint import STROKES
from neurofm.checks import check_choice
from neurofm.data.volume import Volume
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

SMALL = 1 << 16  # numbers that two bytes hold


def begin(
    session: Catalog, volume: str, *, label: str = "", box: Sequence[Sequence[int]] | None = None,
    near: Sequence[int] | None = None, name: str = "", seed: int = 0,
) -> Job:  # fmt: skip
    """Learn from strokes what voxels are, in the background; the labels are a volume of their own.

    Numbers called "nothing" or "background" become 0. Voxels near the strokes are labelled first. Learned again by the
    same name, the new labels take the place of the old, unless these were painted on meanwhile.

    Parameters
    ----------
    volume : name; it has an image and strokes, labels of a few voxels, 0 elsewhere (see `paint`)
    label : which labels the strokes are; those called "strokes", or the only ones, if ""
    box : first voxel and the one after the last along z, y and x, of what is labelled; all of the volume if None
    near : voxel, z y x, around which to begin; the middle of the strokes if None
    name : of the labels; "VOLUME learned" if ""

    Raises
    ------
    LookupError
        If there is no such volume, or it has no image or no such labels.
    ValueError
        If the box is not within the volume.
    DataError
        If the strokes are of fewer than two numbers.
    """
    from neurofm.training import strokes

    seed = checks.seed(seed)
    there = volumes(session)
    check_choice("volume", volume, there)
    if there[volume].image is None:
        raise LookupError(f"{volume} has labels only; open the image, and paint on that (a file's name can say labels)")
    label = strokes_of(there[volume], label)
    strokes.told(there[volume], label)
    spans = None if box is None else _spans(box, there[volume].whole.shape)
    name = name or _name(session, volume)
    options: dict[str, Any] = {"names": [volume], "label": label} | ({"box": spans} if spans else {})
    options |= {"seed": seed} if seed else {}
    action = session.actions.add("learn", name, **options)
    (data,) = session.files([volume])
    place = _labels.free(session.folder / "labels", name)
    arguments = {"data": data, "label": label, "box": spans, "near": near, "seed": seed, "place": str(place)}
    return session.jobs.submit("learn", arguments | {"name": name}, f"Learn from strokes on {volume}", action=action)


def strokes_of(volume: Volume, label: str = "") -> str:
    """The labels that are the strokes of a volume."""
    usual = STROKES if STROKES in volume.labels else next(iter(volume.labels), "")
    if not volume.labels:
        raise LookupError(f"{volume.session} has no strokes; paint some first: session.paint, or Paint labels…")
    if not label and usual != STROKES and len(volume.labels) > 1:
        raise LookupError(f"say which labels of {volume.session} are the strokes: {', '.join(volume.labels)}")
    check_choice(f"labels in {volume.session}", label or usual, volume.labels)
    return label or usual


def work(
    step: Step, folder: Path, *, data: Paths, place: str, label: str = "", box: Sequence[Sequence[int]] | None = None,
    near: Sequence[int] | None = None, seed: int = 0, name: str = "",
) -> Plain:  # fmt: skip
    """An OME-Zarr of labels."""
    from neurofm.data.voxel_truth import boxes
    from neurofm.io import _label_store
    from neurofm.training import strokes

    (volume,) = read([data])
    label = strokes_of(volume, label)
    step(0.0, "Learning from strokes")
    learned = strokes.learn(volume, label, seed=seed)
    spans = box or [[0, n] for n in volume.whole.shape]
    low, size = [a for a, _ in spans], [b - a for a, b in spans]
    edge = strokes.pieces(volume.whole.shape, flat=learned.flat)
    every = boxes(size, edge, math.prod(size), low)
    first = near or _middle(volume, label)
    every.sort(key=lambda one: math.dist([(s.start + s.stop - 1) / 2 for s in one], first))
    names = {number: told for number, told in learned.classes.items() if told.lower() not in strokes.EMPTY}
    image = volume.image
    store = _label_store.create(
        Path(place), size, label=segment.LABEL, names=names, spacing=image.spacing[0], unit=volume.unit,
        origin=image.origin + image.spacing[0] * low, dtype="uint32" if max(names, default=0) >= SMALL else "",
    )  # fmt: skip
    for number, one in enumerate(every, 1):
        there = [(s.start - a, s.stop - a) for s, a in zip(one, low)]
        store.write(there, learned(volume, one).astype(store.dtype))
        step(number / len(every), f"{number:,} of {len(every):,} boxes", preview=Path(place))
    return {"out": place, "boxes": len(every), "classes": list(names.values())}


def _spans(box: Sequence[Sequence[int]], shape: Sequence[int]) -> list[list[int]]:
    spans = [[int(low), int(high)] for low, high in box]
    if len(spans) != 3 or any(not 0 <= low < high <= n for (low, high), n in zip(spans, shape)):
        size = " x ".join(f"{n:,}" for n in shape)
        raise ValueError(f"box {spans} is not within the {size} voxels of the image; give first and last of z, y and x")
    return spans


def _middle(volume: Volume, label: str) -> list[float]:
    """The stroke voxel that is nearest to the middle of all."""
    from neurofm.training import strokes

    at = np.stack(np.unravel_index(strokes.told(volume, label)[0], volume.whole.shape), 1)
    middle: list[float] = at[np.linalg.norm(at - at.mean(0), axis=1).argmin()].astype(float).tolist()
    return middle


def previewed(session: Catalog, job: Job, folder: Path) -> None:
    """Show what is there of the labels by now."""
    _labels.put(session, folder, job.arguments["name"])


def took(session: Catalog, job: Job) -> None:
    """Show the labels, in place of those that were learned before; the script learns them again."""
    if job.state != "done":
        return _jobs.give_up(session, job)
    name = _labels.put(session, Path(job.result["out"]), job.arguments["name"])
    session.actions.drop(session.actions.last("open", name))
    for action in session.actions.all("learn", name):
        if action is not job.action:
            session.actions.drop(action)
    return None


def code(action: Action, script: Script) -> list[str]:
    (volume,) = action.options["names"]
    options = {k: v for k, v in action.options.items() if k != "names"} | {"name": action.name}
    return [f"session.learn({volume!r}{''.join(f', {key}={value!r}' for key, value in options.items())}).wait()"]


def _name(session: Catalog, volume: str) -> str:
    """Of the labels: one that is not there, or that of labels which nobody has painted on."""
    usual = f"{volume} learned"
    names = itertools.chain([usual], (f"{usual} {k}" for k in itertools.count(2)))
    return next(n for n in names if n not in session.sources or not session.actions.all("paint", n))


SPEC = VerbSpec(
    begin=begin,
    options={
        "names": _options.one_name, "label": Field.text, "box": _options.several(_labels.span), "seed": _options.whole,
    },
    optional=("box", "seed"),
    code=code,
    work=work,
    took=took,
    previewed=previewed,
)  # fmt: skip
