"""Leaf: a small copy of a video is made, so that any frame of it is shown at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurofm.app.script import Script
from neurofm.app.state.catalog import Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs
from neurofm.app.verbs._work import Plain, Step
from neurofm.checks import check_choice
from neurofm.data.video import Video
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job


def begin(session: Catalog, video: str, *, idle: bool = False) -> Job:
    """Make a small copy of a video in the background; while one leafs it is shown until the exact frame is decoded.

    Parameters
    ----------
    idle : True if nobody asked for it: it makes way for all other work, and stands in no script

    Raises
    ------
    LookupError
        If there is no such video.
    ValueError
        If its pictures are in no file, which are there at once anyway.
    """
    videos = {name: source for name, source in session.sources.items() if isinstance(source, Video)}
    check_choice("video", video, videos)
    path = getattr(videos[video].frames, "path", "")
    if not path:
        raise ValueError(f"the pictures of {video} are in memory and need no copy")
    action = None if idle else session.actions.add("leaf", video)
    return session.jobs.submit("leaf", {"video": path}, f"Small copy of {video}", action=action, idle=idle)


def work(step: Step, folder: Path, *, video: str) -> Plain:
    """The file of the copy, in the user's cache."""
    from neurofm.io import _proxy

    return {"out": str(_proxy.make(Path(video), lambda done: step(done, "Making a small copy")))}


def took(session: Catalog, job: Job) -> None:
    if job.state != "done":
        return _jobs.give_up(session, job)
    for source in list(session.sources.values()):
        frames: Any = getattr(source, "frames", None)
        if getattr(frames, "path", "") == job.arguments["video"]:
            frames.look()
    return None


def code(action: Action, script: Script) -> list[str]:
    return [f"session.leaf({action.name!r}).wait()"]


SPEC = VerbSpec(begin=begin, options={}, code=code, work=work, took=took)
