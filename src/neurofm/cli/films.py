"""The command that makes films of a video: what stands beside it, and which stretches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neurofm import show
from neurofm.cli.arguments import Out, check_suffix
from neurofm.cli.call import command
from neurofm.cli.progress import progress
from neurofm.errors import NeuroFMError
from neurofm.words import a_kind

if TYPE_CHECKING:
    from neurofm.app.session import Session
    from neurofm.data.video import Video

Span = tuple[float | None, float | None]


@command(show.films)
def movie(
    paths: Annotated[
        list[str], typer.Argument(metavar="VIDEO [PATH...]", help="A video; its tracks, bouts and recording beside it.")
    ],
    out: Out,
    start: Annotated[float | None, typer.Option(help="Second at which the film begins.")] = None,
    stop: Annotated[float | None, typer.Option(help="Second at which it ends.")] = None,
    behavior: Annotated[str, typer.Option(help="Only bouts of this behaviour, of a file of bouts.")] = "",
    each: Annotated[bool, typer.Option("--each", help="A film of each bout.")] = False,
    zero: Annotated[
        float | None, typer.Option(help="Second of the recording at which the video begins; puts it on that clock.")
    ] = None,
    below: Annotated[list[str] | None, typer.Option(help="What stands below: raster, trace, ethogram.")] = None,
) -> Any:
    """A film of stretches of a video (.mp4), with the pose over it, spikes and behaviour below."""
    check_suffix(out, (".mp4",))
    with progress("filming") as step:
        return _films(
            paths, out, span=(start, stop), behavior=behavior, each=each, zero=zero, below=below, step=step
        )  # fmt: skip


def _films(
    paths: Sequence[str], out: Path, *, span: Span, behavior: str, each: bool, zero: float | None,
    below: Sequence[str] | None, step: Callable[..., Any],
) -> dict[str, Any]:  # fmt: skip
    """Write them, and say which files there are.

    Raises
    ------
    NeuroFMError
        If the first path is no video, a recording is not on its clock, or there are no such bouts.
    """
    from neurofm.app.session import Session
    from neurofm.app.verbs import movie

    session = Session([str(path) for path in paths])
    video = _video(session, paths[0])
    _together(session, video.session, zero)
    spans = _spans(session, video.session, span, behavior)
    wanted = movie.BELOW if below is None else below
    written = movie.write(session, out, spans, video=video.session, each=each, below=wanted, step=step)
    return {"out": [str(file) for file in written], "stretches": len(spans)}


def _video(session: Session, path: str) -> Video:
    from neurofm.data.video import Video

    first = next(iter(session.sources.values()))
    if not isinstance(first, Video):
        raise NeuroFMError(f"{path} holds {a_kind(first.kind)}; name the video first, and what belongs to it behind")
    return first


def _together(session: Session, video: str, zero: float | None) -> None:
    """Put the video, and what belongs to it, on the clock of the recording that was named beside it."""
    recording = session.recording()
    if recording is None or session.sources[video].clock == recording.clock:
        return
    if zero is None:
        raise NeuroFMError(f"say with --zero at which second of {recording.session} the video begins")
    session.share_clock(video, recording.session, zero=zero)


def _spans(session: Session, video: str, span: Span, behavior: str) -> list[list[float]]:
    """Stretches of the bouts of a behaviour, or all, from the start to the stop."""
    from neurofm.app.verbs import movie
    from neurofm.data.ethogram import Ethogram

    shown: Any = session.sources[video]
    whole = shown.domain[0] if len(shown.domain) else (0.0, 0.0)
    start, stop = (float(edge if given is None else given) for given, edge in zip(span, whole))
    pieces = [[start, stop]]
    if behavior:
        ethograms = [one for one in session.sources.values() if isinstance(one, Ethogram) and one.clock == shown.clock]
        bouts = [one.edges[(one.bouts["behavior"] == behavior).to_numpy()] for one in ethograms]
        pieces = [[max(a, start), min(b, stop)] for edges in bouts for a, b in edges.tolist() if a < stop and b > start]
        if not pieces:
            names = sorted({name for one in ethograms for name in one.behaviors})
            there = f"there are {', '.join(names)}" if names else "name a file of bouts of this video"
            raise NeuroFMError(f"no bout of '{behavior}' is in it; {there}")
    return movie.stretches(session, shown, pieces)
