"""What commands do with videos: when their frames were taken, how quick they are to leaf through, films of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from neurofm.app.arrangement import spec
from neurofm.app.command import Command, Context, Host, Question
from neurofm.app.play import picked
from neurofm.app.verbs.movie import KIND, files
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


def can_film(context: Context) -> bool:
    """Whether a video was clicked, or a view of one that is open."""
    if context.kind == "source":
        return is_video(context)
    filmed = any(isinstance(source, Video) for source in context.session.sources.values())
    return filmed and (spec(context.name).needs == Video.kind or context.name.split(" ")[0] == "pose")


def ask_film(context: Context, host: Host, *, each: bool = False) -> None:
    """Choose where to write what is picked of a video, or all of it."""
    session = context.session
    video = context.name if context.kind == "source" else getattr(session.view(context.name), "video", "")

    def write(paths: list[Path]) -> None:
        path = paths[0] if paths[0].suffix.lower() == KIND else paths[0].with_name(f"{paths[0].name}{KIND}")
        asked = [] if each or path != paths[0] else [path]  # whether that may be replaced
        there = [
            file.name
            for file in files(path, picked(session).tolist(), each=each)
            if file.exists() and file not in asked
        ]
        if there:
            return host.refuse(ValueError(f"{there[0]} is there already; choose another name for the film"))
        work = partial(session.movie, path, video=video, each=each)
        return host.later(work, f"Beginning {path.name}", lambda _: host.show("jobs"))

    asked = Question(title="Export a film", kinds=(("Film", (f"*{KIND}",)),), name=f"{video or 'film'}{KIND}")
    host.ask_path(asked, write)


def some_stretches(context: Context) -> bool:
    """Whether several stretches are picked, which can be films of their own."""
    return can_film(context) and len(picked(context.session)) > 1


# fmt: off
COMMANDS = (
    Command(name="frame_times", title="Times of its frames…", on=("source",), offered=has_frames, do=ask_times),
    Command(name="leaf", title="Make it quick to leaf through", on=("source",), offered=is_video, do=leaf),
    Command(name="movie", title="Export a film…", on=("source", "view"), offered=can_film, do=ask_film,
            palette="Export a NeuroFM film of the pick..."),
    Command(name="movies", title="Export a film of each picked stretch…", on=("source", "view"),
            offered=some_stretches, do=partial(ask_film, each=True)),
)
