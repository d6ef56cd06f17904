"""Coarsen: an image that has no coarser levels gets them, so that all of it is seen at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs
from neurofm.app.verbs._work import Plain, Step
from neurofm.checks import check_choice
from neurofm.data.painted import Painted
from neurofm.data.volume import Pyramid, Volume
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job


def begin(session: Catalog, volume: str) -> Job:
    """Make coarser levels of a volume in the background, in the user's cache; its file stays as it is.

    Voxels of an image become means, of labels the most frequent number. What was stopped goes on where it was, and
    what has all the levels that help stays as it is.

    Raises
    ------
    LookupError
        If there is no such volume.
    ValueError
        If it is in memory, where it needs none.
    """
    there = {name: source for name, source in session.sources.items() if isinstance(source, Volume)}
    check_choice("volume", volume, there)
    return session.jobs.submit(
        "coarsen", {"data": _parts(there[volume])}, f"Coarser levels of {volume}",
        action=session.actions.add("coarsen", volume),
    )  # fmt: skip


def _parts(volume: Volume) -> list[list[str]]:
    """The file and the part of it whose voxels each image is that wants levels, however a session has placed them."""
    from neurofm.io import _levels
    from neurofm.io._voxels import reference

    lies = [reference(one) for one in _images(volume) if _levels.wanted(one)]
    if None in lies or not (lies or volume.paths):  # a script that is run again finds those that it made
        raise ValueError(f"the voxels of {volume.session} are in memory and need no coarser levels")
    return [[one.where.path, one.where.part] for one in lies if one is not None]


def work(step: Step, folder: Path, *, data: list[list[str]]) -> Plain:
    """Boxes that could not be read, and why."""
    from neurofm import io
    from neurofm.io import _levels
    from neurofm.io._volume_parts import as_part

    files: dict[str, Any] = {path: io.read(path) for path in dict.fromkeys(path for path, _ in data)}
    parts = {part: as_part(files[path], part) for path, part in data}
    wanted = {part: one for part, one in parts.items() if one is not None and _levels.wanted(one)}
    if not wanted:
        return {"bad": {}}
    volume = Volume(session=next(iter(files)), image=wanted.pop("", None), labels=wanted)
    return {"bad": _levels.make(volume, step)}


def _images(volume: Volume) -> list[Pyramid]:
    every = (volume.image, *volume.labels.values())
    return [one for one in every if one is not None and not isinstance(one.levels[0], Painted)]


def took(session: Catalog, job: Job) -> None:
    if job.state != "done":
        return _jobs.give_up(session, job)
    from neurofm import io

    for name, source in list(session.sources.items()):
        if isinstance(source, Volume):
            after = _looked(source)
            if after is not source:
                bad = [f"{box} ({why})" for box, why in job.result["bad"].items()]
                note = f"coarser levels are black where it could not be read: {', '.join(bad[:3])}" if bad else ""
                session.sources[name] = io.standing(after, source, note)
                session.tell("source", name)
    return None


def _looked(volume: Volume) -> Volume:
    """The same with all levels that there are by now."""
    from neurofm.io import _levels

    image = None if volume.image is None else _levels.looked(volume.image)
    labels = {name: _levels.looked(one) for name, one in volume.labels.items()}
    after = replace(volume, image=image, labels=labels)
    return after if after.facts()["levels"] != volume.facts()["levels"] or _more(after, volume) else volume


def _more(after: Volume, before: Volume) -> bool:
    return any(len(one.levels) > len(before.labels[name].levels) for name, one in after.labels.items())


def code(action: Action, script: Script) -> list[str]:
    return [f"session.coarsen({action.name!r}).wait()"]


SPEC = VerbSpec(begin=begin, options={}, code=code, work=work, took=took)
