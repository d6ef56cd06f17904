"""What commands do with videos: when their frames were taken, and how quick they are to leaf through."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from neurofm.app.command import Command, Context, Host, Question
from neurofm.app.verbs.time_frames import Timed
from neurofm.data.video import Video


def is_video(context: Context) -> bool:
    """Whether a video was clicked."""
    return isinstance(context.session.sources.get(context.name), Video)


def has_frames(context: Context) -> bool:
    """Whether what was clicked has frames that can be timed."""
    return isinstance(context.session.sources.get(context.name), Timed)


def ask_times(context: Context, host: Host) -> None:
    """Choose a file with the time of each frame."""

    def read(paths: list[Path]) -> None:
        work = partial(context.session.time_frames, context.name, paths[0])
        host.later(work, f"Reading {paths[0].name}", say)

    def say(_: Any) -> None:
        host.tell(f"{context.name} has the times of its frames from the file")

    kinds = (("Times", ("*.csv", "*.tsv", "*.txt", "*.npy")),)
    host.ask_path(Question(title="Times of frames", kinds=kinds), read)


def leaf(context: Context, host: Host) -> None:
    """Make a small copy."""
    try:
        context.session.leaf(context.name)
    except ValueError as error:
        return host.refuse(error)
    return host.show("jobs")


COMMANDS = (
    Command(name="frame_times", title="Times of its frames…", on=("source",), offered=has_frames, do=ask_times),
    Command(name="leaf", title="Make it quick to leaf through", on=("source",), offered=is_video, do=leaf),
)
