"""What commands do with poses: wrong points are corrected and go into the file, and each animal is placed by itself."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from neurofm.app import _bouts
from neurofm.app.command import Command, Context, Host, Question
from neurofm.app.verbs.correct import unwritten
from neurofm.data.embedding import of_one
from neurofm.data.placed import COLUMNS
from neurofm.data.tracks import Tracks
from neurofm.words import counted


def tracks_of(context: Context) -> str:
    """The tracks that were clicked, or that the view shows which was; "" if none."""
    there = [name for name, one in list(context.session.sources.items()) if isinstance(one, Tracks) and one.keypoints]
    if context.kind != "view":
        return context.name if context.name in there else ""
    shown = getattr(context.session.view(context.name), Tracks.kind, None)
    return "" if shown is None else shown or context.session.latest(there)


def has_points(context: Context) -> bool:
    """Whether there are key points."""
    return bool(tracks_of(context))


def has_unwritten(context: Context) -> bool:
    """Whether points were corrected that are in no file yet."""
    return bool(unwritten(context.session, tracks_of(context)))


def ask_table(context: Context, host: Host) -> None:
    """Choose a table of corrected points."""
    name = tracks_of(context)

    def read(paths: list[Path]) -> None:
        host.later(partial(context.session.correct, name, paths[0]), f"Reading {paths[0].name}", say)

    def say(count: int) -> None:
        host.tell(f"{counted(count, 'point')} of {name} corrected; the file is as it was")

    kinds = (("Tables", ("*.csv", "*.tsv", "*.parquet")),)
    host.ask_path(Question(title=f"Corrected points ({', '.join(COLUMNS[:5])})", kinds=kinds), read)


def write(context: Context, host: Host) -> None:
    """Put corrected points into their file, beside the window."""
    name = tracks_of(context)

    def say(kept: Any) -> None:
        host.tell(f"The file of {name} has the corrected points; as it was it is kept in {kept.name}")

    host.later(partial(context.session.overwrite, name), f"Writing the points of {name}", say)


def individuals(context: Context) -> list[str]:
    """Animals that a run could place one by one: of what is open where several are in one source."""
    session = context.session
    if context.name not in session.runs:
        return []
    sources = (session.sources[name] for name in session.suiting(context.name))
    several = map(_whose, sources)
    return list(dict.fromkeys(name for names in several if len(names) > 1 for name in names))


def _whose(source: Any) -> tuple[str, ...]:
    return tuple(getattr(source, "individuals", ()))


def embed_each(context: Context, host: Host) -> None:
    """Place the frames of each animal by itself."""
    session, run = context.session, context.name
    for individual in individuals(context):
        names = [name for name in session.suiting(run) if individual in _whose(session.sources[name])]
        session.embed(run, names, part=of_one(individual))
    host.show("jobs")


COMMANDS = (
    Command(
        name="embed_each",
        title="Place each animal by itself",
        on=("run",),
        offered=lambda context: bool(individuals(context)),
        do=embed_each,
    ),
    Command(
        name="bouts_each",
        title="Find bouts of each animal…",
        on=("embedding",),
        offered=_bouts.can_find_each,
        do=_bouts.ask_find_each,
    ),
    Command(
        name="correct", title="Correct points from a table…", on=("source", "view"), offered=has_points, do=ask_table
    ),
    Command(
        name="overwrite",
        title="Put corrected points into their file",
        on=("source", "view"),
        offered=has_unwritten,
        do=write,
    ),
)
