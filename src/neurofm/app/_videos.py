"""What commands do with videos: whose clock they run on, when their frames were taken, and how quick they are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from neurofm.app.command import Command, Context, Host, Question
from neurofm.data.video import Video


def is_video(context: Context) -> bool:
    """Whether a video was clicked."""
    return isinstance(context.session.sources.get(context.name), Video)


def beside(context: Context) -> list[str]:
    """Sources on another clock, by which a video can run."""
    if not is_video(context):
        return []
    own = context.session.sources[context.name].clock
    return [name for name, source in list(context.session.sources.items()) if source.clock not in ("", own)]


def align(context: Context, host: Host) -> None:
    """Let a video run on the clock of another source."""
    context.session.align(context.name, context.other)
    host.tell(f"{context.name} runs on the clock of {context.other}, by the times that it has")


def ask_times(context: Context, host: Host) -> None:
    """Choose a file with the time of each frame."""

    def read(paths: list[Path]) -> None:
        work = partial(context.session.align, context.name, times=paths[0])
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
    Command(name="align", title="Run on the clock of {other}", on=("source",), others=beside, do=align),
    Command(name="frame_times", title="Times of its frames…", on=("source",), offered=is_video, do=ask_times),
    Command(name="leaf", title="Make it quick to leaf through", on=("source",), offered=is_video, do=leaf),
)
