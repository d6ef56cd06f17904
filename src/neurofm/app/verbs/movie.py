"""Movie: the picked stretches of a video as a film, with what was tracked and what was recorded meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from neurofm import registry
from neurofm.app import play
from neurofm.app.saved.field import Field
from neurofm.app.script import Script
from neurofm.app.state.catalog import VIEWS, Catalog
from neurofm.app.state.log import Action
from neurofm.app.verbs import _jobs, _options
from neurofm.app.verbs import open as opening
from neurofm.app.verbs._work import Paths, Plain, Step, read
from neurofm.checks import check_choice
from neurofm.data.source import Source
from neurofm.data.tracks import Tracks
from neurofm.data.video import Video, filmed
from neurofm.errors import DataError
from neurofm.specs import VerbSpec

if TYPE_CHECKING:
    from neurofm.app.jobs import Job

BELOW = ("raster", "trace")  # views along time
KIND = ".mp4"


def begin(
    session: Catalog, path: str | Path, *, video: str = "", spans: ArrayLike | None = None, each: bool = False,
    below: Sequence[str] = BELOW,
) -> Job:  # fmt: skip
    """Write stretches of a video as mp4, in the background: with the pose over it, spikes and behaviour below.

    Parameters
    ----------
    path : of the film; where `each` stretch gets its own, its number stands behind the name
    video : its name; the first that is open if ""
    spans : (stretch, 2) seconds; unless given what is picked, and all of the video where nothing is
    each : whether each stretch becomes a film of its own
    below : views along time that stand below, such as "ethogram"; those with nothing in them are left out

    Raises
    ------
    LookupError
        If there is no such video, or no such view.
    ValueError
        If stretches are not starts and stops, or none is within the video.
    DataError
        If the path does not end in .mp4, or is a file that is open.
    """
    shown = _video(session, video)
    path = Path(path).resolve()
    if path.suffix.lower() != KIND:
        raise DataError(path, "suffix", f"is not {KIND}; name the film with it")
    for name in below:
        check_choice("view", name, [view for view, spec in registry.specs(VIEWS).items() if spec.axis == "time"])
    wanted = stretches(session, shown, spans)
    _check_apart(session, files(path, wanted, each=each))
    names = [name for name, one in session.sources.items() if one is shown or _beside(one, shown)]
    states = {name: asdict(session.view(name)) for name in ("video", "pose", *below)}
    how = {"video": shown.session, "pose": _pose(session, shown), "spans": wanted, "each": each, "below": list(below)}
    arguments = {"path": str(path), "data": session.files(names), "names": names, "states": states, **how}
    action = session.actions.add("movie", shown.session, path=str(path), spans=wanted, each=each, below=list(below))
    return session.jobs.submit("movie", arguments, f"Film of {shown.session}", action=action)


def work(
    step: Step, folder: Path, *, path: str, data: list[Paths], names: list[str], states: dict[str, Any], video: str,
    pose: str, spans: list[list[float]], each: bool, below: list[str],
) -> Plain:  # fmt: skip
    """The files; each is whole, or not there."""
    session = Catalog()
    for source, name in zip(read(data), names):
        opening.add(session, replace(source, session=name))
    for view, state in states.items():
        session.set_view(view, registry.get(VIEWS, view).state(**state))
    written = write(session, Path(path), spans, video=video, pose=pose, each=each, below=below, step=step)
    return {"out": [str(file) for file in written]}


def write(
    session: Catalog, path: Path, spans: Sequence[Sequence[float]], *, video: str, each: bool, below: Sequence[str],
    step: Step, pose: str | None = None,
) -> list[Path]:  # fmt: skip
    """The films of a session in which only what they show is open, over them the `pose` that is named, if any.

    Unless it is said which, it is one whose points are in that video.
    """
    from neurofm.app.pictures import movie

    view, written = _view(session, video, _pose(session, _video(session, video)) if pose is None else pose), []
    films = _films(path, spans, each=each)
    _check_apart(session, [file for file, _ in films])
    for k, (file, pieces) in enumerate(films):

        def tell(done: float, text: str, k: int = k) -> None:
            step((k + done) / len(films), text)

        written.append(movie.film(session, file, pieces, video=video, view=view, below=below, step=tell))
    return written


def files(path: Path, spans: Sequence[Any], *, each: bool) -> list[Path]:
    """Those that are written."""
    return [path.with_stem(f"{path.stem} {k + 1}") for k in range(len(spans))] if each else [path]


def _films(path: Path, spans: Sequence[Any], *, each: bool) -> list[tuple[Path, Sequence[Any]]]:
    """Each file and what is in it."""
    return list(zip(files(path, spans, each=each), [[span] for span in spans] if each else [spans], strict=True))


def _check_apart(session: Catalog, films: Sequence[Path]) -> None:
    """Refuse to write over what is open, as the video itself."""
    for file in films:
        for name, source in list(session.sources.items()):
            if file.exists() and any(Path(one).exists() and file.samefile(one) for one in source.paths):
                raise DataError(file, "", f"is the file of {name}, which a film would replace; choose another name")


def _beside(one: Source, video: Video) -> bool:
    """Whether it happened meanwhile, and is no other camera."""
    return bool(one.clock) and one.clock == video.clock and not isinstance(one, Video)


def _pose(session: Catalog, video: Video) -> str:
    """Tracks whose points are in that video, those of the view of poses before others; "" if there are none."""
    sources = list(session.sources.items())
    videos = [one for _, one in sources if isinstance(one, Video)]
    tracks = {name: one for name, one in sources if isinstance(one, Tracks) and len(one.keypoints)}
    drawn = [name for name, one in tracks.items() if filmed(one, videos) is video]
    chosen = str(session.view("pose").tracks)
    return chosen if chosen in drawn else next(iter(drawn), "")


def _view(session: Catalog, video: str, pose: str) -> str:
    """What shows the video, and the pose over it if there is one."""
    session.view("pose").tracks, session.view("video").video = pose, video
    return "pose" if pose else "video"


def _video(session: Catalog, name: str) -> Video:
    videos = {one: source for one, source in session.sources.items() if isinstance(source, Video)}
    if not videos:
        raise LookupError("no video is open; open one")
    check_choice("video", name or next(iter(videos)), videos)
    return videos[name or next(iter(videos))]


def stretches(session: Catalog, video: Video, given: ArrayLike | None) -> list[list[float]]:
    """Those with frames in them: of what is picked, or else all of the video, unless some are given."""
    from neurofm.app.pictures.movie import numbers_in

    spans = np.asarray(play.picked(session) if given is None else given, float)
    if given is None and not len(spans):
        spans = video.domain
    if spans.ndim != 2 or spans.shape[1] != 2 or not (spans[:, 0] <= spans[:, 1]).all():
        raise ValueError(f"spans must be (stretch, 2) seconds of a start and a later stop, got {spans.tolist()!r:.80}")
    kept: list[list[float]] = [[a, b] for a, b in spans.tolist() if len(numbers_in(video, (a, b)))]
    if not kept:
        first, last = video.domain[0] if len(video.domain) else (0.0, 0.0)
        raise ValueError(f"no frame of {video.session} ({first:.6g} to {last:.6g} s) is within these stretches")
    return kept


def took(session: Catalog, job: Job) -> None:
    if job.state != "done":
        _jobs.give_up(session, job)


def code(action: Action, script: Script) -> list[str]:
    o = action.options
    file = "films/" + PurePath(o["path"]).name
    more = ", each=True" if o["each"] else ""
    call = f"session.movie({file!r}, video={action.name!r}, spans={o['spans']!r}{more}, below={o['below']!r})"
    return [f"{call}.wait()"]


def stands(action: Action, later: Sequence[Action]) -> bool:
    """While all is open that it may show."""
    return not any(other.kind == "close" for other in later)


SPEC = VerbSpec(
    begin=begin,
    options={
        "path": Field.text, "spans": _options.several(_options.span), "each": Field.flag,
        "below": _options.several(Field.text),
    },
    code=code,
    work=work,
    took=took,
    last=True,
    stands=stands,
)  # fmt: skip
