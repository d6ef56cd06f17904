"""Pose: the key points of each animal at the one time, over the frame of the video where that is open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from psygnal import evented

from neurofm.app import colors
from neurofm.app.describe import describe as words
from neurofm.app.memory import remember
from neurofm.app.pictures.scene import Axis, Grips, Line, Points, Scene, Shape, Viewport
from neurofm.app.state.link import NONE, among
from neurofm.app.verbs.correct import unwritten
from neurofm.app.views import video as video_view
from neurofm.app.views._bands import downwards
from neurofm.data import pose
from neurofm.data.ids import Ids, pack
from neurofm.data.tracks import SUBJECT, Tracks
from neurofm.data.video import Video, filmed
from neurofm.specs import ViewSpec
from neurofm.words import counted

if TYPE_CHECKING:
    from neurofm.app.session import Session
    from neurofm.app.state.catalog import Catalog

CROSS = 0.12  # size of a point, against how wide its animal is
SECOND = 1.0  # after the last frame of all films, that may be a camera's own
OFF, LATER = 1.1, 0.1  # of a picture's size and a film's length, what points may be beyond that are of its animals


@evented
@dataclass
class State:
    """What of the pose is shown.

    Parameters
    ----------
    tracks : name; those that were opened or chosen last if ""
    confidence : of the points that are shown at least, where it is told
    skeleton : whether joined points are joined by lines
    drag : whether a point that is wrong can be dragged to where it is
    """

    tracks: str = ""
    confidence: Annotated[float, {"min": 0.0, "max": 1.0}] = 0.0
    skeleton: bool = True
    drag: bool = False


def scene(state: State, session: Catalog, viewport: Viewport) -> Scene:
    """Points as crosses and lines between them, in the colour of their animal, on what was filmed."""
    tracks = _shown(state, session)
    if tracks is None or not len(tracks.times) or not tracks.keypoints:
        return Scene("Pose", message="There are no key points in it; open tracks of some", action="open")
    film = _film(session, tracks)
    below = Scene("") if film is None else video_view.scene(video_view.State(film.session), session, viewport)
    top, (x, y) = _frame(tracks, film, viewport.y)
    frame = tracks.frame_at(session.time)
    rgba = colors.named(tracks.individuals, tracks.individuals, dark=True if film else viewport.dark).rgba
    marks = [] if frame is None else _marks(state, session, tracks, frame, top, rgba)
    legend = tuple(zip(tracks.individuals, rgba))[: len(colors.OKABE_ITO) + 1]
    note = f"{tracks.session} · {_note(state, tracks, frame)}{_unwritten(session, tracks)}"
    if film is None and _filmed(session, tracks):
        note += f" · in {tracks.unit}, so not over the video"
    elif film is None and tracks.unit == "px" and video_view.choices(video_view.State(), session)["video"][1:]:
        clocks = {tracks.session, *(one.clock for one in list(session.sources.values()) if one is not tracks)}
        named = Path(tracks.clock).name if tracks.clock not in clocks else ""
        note += f" · their video {named} is not open" if named else " · none of the videos says that it is theirs"
    return Scene(
        "Pose",
        (*below.marks, *marks),
        x,
        y,
        legend=legend if len(tracks.individuals) > 1 else (),
        note=note,
        warning=below.warning or ("" if film is None else _apart(tracks, film, _filmed(session, tracks))),
        equal=True,
        grips=_grips(state, session, tracks, frame, top) if state.drag and frame is not None else None,
    )


def hit(state: State, session: Catalog, shape: Shape) -> tuple[str, Ids]:
    """Animals whose middle is under the shape; under a point the nearest one."""
    tracks = _shown(state, session)
    frame = None if tracks is None or not tracks.keypoints else tracks.frame_at(session.time)
    if tracks is None or frame is None:
        return SUBJECT, NONE
    top, _ = _frame(tracks, _film(session, tracks))
    middle = _middles(_places(tracks, frame, top))
    seen = np.flatnonzero(np.isfinite(middle).all(1))
    if shape.kind != "point":
        return SUBJECT, _ids(session, tracks, seen[_inside(middle[seen], shape)])
    apart = np.linalg.norm(middle[seen] - shape.xy[0], axis=1)
    near = apart <= max(3 * max(shape.reach), 1.5 * _size(tracks))
    return SUBJECT, _ids(session, tracks, seen[near][np.argsort(apart[near])[:1]])


def drag(state: State, session: Session, key: tuple[int, ...], x: float, y: float) -> None:
    """Put a key point elsewhere in its frame."""
    number, frame, individual, keypoint = key
    tracks = session.numbered().get(number)
    if not isinstance(tracks, Tracks):
        raise LookupError("the tracks of this point are not open any more")
    top, _ = _frame(tracks, _film(session, tracks))
    session.correct(tracks.session, [(frame, tracks.individuals[individual], tracks.keypoints[keypoint], x, top - y)])


def _grips(state: State, session: Catalog, tracks: Tracks, frame: int, top: float) -> Grips:
    """The points that are shown."""
    places = _places(tracks, frame, top)
    at = np.argwhere(np.isfinite(places).all(-1) & _sure(state, tracks, frame))
    head = np.array([session.number(tracks.session), frame])
    return Grips(places[tuple(at.T)], np.c_[np.broadcast_to(head, (len(at), 2)), at])


def _inside(places: NDArray[np.float64], shape: Shape) -> NDArray[np.bool_]:
    from neurofm.app.views._kernels import in_box, in_polygon

    corners = np.asarray(shape.xy, float)
    return in_box(places, corners.min(0), corners.max(0)) if shape.kind == "box" else in_polygon(places, corners)


def choices(state: State, session: Catalog) -> dict[str, tuple[str, ...]]:
    """Tracks that are open."""
    return {"tracks": ("", *_tracks(session))}


def _tracks(session: Catalog) -> dict[str, Tracks]:
    return {name: source for name, source in list(session.sources.items()) if isinstance(source, Tracks)}


def _shown(state: State, session: Catalog) -> Tracks | None:
    there = _tracks(session)
    return there.get(state.tracks) or there.get(session.latest(there))


def _film(session: Catalog, tracks: Tracks) -> Video | None:
    """The video that runs on the same clock, that which they were made from before others; none for other units."""
    return filmed(tracks, _filmed(session, tracks))


def _filmed(session: Catalog, tracks: Tracks) -> list[Video]:
    return [v for v in list(session.sources.values()) if isinstance(v, Video) and v.clock == tracks.clock]


def _frame(
    tracks: Tracks, film: Video | None, seen: tuple[float, float] | None = None
) -> tuple[float, tuple[Axis, Axis]]:
    """The y that is at the bottom of the picture, and its axes: the film's, or what the points reach to."""
    if film is not None:
        height, width = film.size
        top, reach = height - 1.0, (-0.5, height - 0.5)
        return top, (Axis("x", "px", (-0.5, width - 0.5)), downwards("y", "px", reach, top, seen))
    low, high = remember(tracks, "reach", lambda: _reach(tracks))
    x, reach, top = (
        Axis("x", tracks.unit, (float(low[0]), float(high[0]))),
        (0.0, float(high[1] - low[1])),
        float(high[1]),
    )
    return top, (x, downwards("y", tracks.unit, reach, top, seen))


def _reach(tracks: Tracks) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least and largest x and y of some frames, and a little more."""
    rows = np.linspace(0, len(tracks.times) - 1, min(len(tracks.times), 2_000)).astype(int)
    places = np.asarray(tracks.points[rows])[..., :2].reshape(-1, 2).astype(float)
    places = places[np.isfinite(places).all(1)]
    if not len(places):
        return np.zeros(2), np.ones(2)
    low, high = np.quantile(places, [0.001, 0.999], axis=0)
    more = 0.05 * float((high - low).max()) or 1.0
    return low - more, high + more


def _apart(tracks: Tracks, film: Video, films: list[Video]) -> str:
    """What says that these are not the tracks of that video; "" if they may be."""
    low, high = remember(tracks, "reach", lambda: _reach(tracks))
    more = 0.05 / 1.1 * (high - low).max()  # that the reach has on each side
    (height, width), beyond = film.size, (high - more).round()
    about = f"is {film.session} their video?"
    if beyond[0] > OFF * width or beyond[1] > OFF * height:
        return f"points reach x {beyond[0]:,.0f}, y {beyond[1]:,.0f} px, and frames are {width:,} x {height:,}: {about}"
    last = max((float(video.times[-1]) for video in films if len(video.times)), default=np.inf)
    ends = float(tracks.times[-1]) - last
    if ends > max(LATER * float(tracks.times[-1] - tracks.times[0]), SECOND):
        return f"tracks go on for {ends:,.0f} s after the last frame: {about}"
    return ""


def _size(tracks: Tracks) -> float:
    """How wide an animal is."""
    return float(remember(tracks, "size", lambda: pose.size(tracks.points)))


def _places(tracks: Tracks, frame: int, top: float) -> NDArray[np.float64]:
    """(individual, keypoint, 2) places in the picture."""
    places = np.asarray(tracks.points[frame], float)[..., :2].copy()
    places[..., 1] = top - places[..., 1]
    return places


def _middles(places: NDArray[np.float64]) -> NDArray[np.float64]:
    return pose.median(places, 1)


def _ids(session: Catalog, tracks: Tracks, rows: NDArray[np.intp]) -> Ids:
    return pack(session.number(tracks.session), rows)


def _sure(state: State, tracks: Tracks, frame: int) -> NDArray[np.bool_]:
    """(individual, keypoint) whether it is sure enough to be shown."""
    shape = (len(tracks.individuals), len(tracks.keypoints))
    return np.ones(shape, bool) if tracks.confidence is None else tracks.confidence[frame] >= state.confidence


def _marks(
    state: State, session: Catalog, tracks: Tracks, frame: int, top: float, rgba: NDArray[np.uint8]
) -> list[Line | Points]:
    places = _places(tracks, frame, top)
    places[~_sure(state, tracks, frame)] = np.nan
    far = tracks.strays_at(frame)
    ids = _ids(session, tracks, np.arange(len(tracks.individuals)))
    picked = among(ids, session.selection.picked(SUBJECT))
    marks: list[Line | Points] = []
    for k, name in enumerate(tracks.individuals):
        wide = 3.0 if picked[k] else 1.5
        if state.skeleton and tracks.skeleton:
            marks.append(_line(places[k][np.array(tracks.skeleton)], rgba[k], wide, name))
        marks.append(_line(_crosses(places[k][~far[k]], CROSS * _size(tracks)), rgba[k], wide, name))
        if far[k].any():
            marks.append(_line(_crosses(places[k][far[k]], 3 * CROSS * _size(tracks)), rgba[k], 3.0, f"{name}, far"))
    middle = _middles(places)
    seen = np.isfinite(middle).all(1)
    if seen.any():
        marks.append(Points(SUBJECT, ids[seen], middle[seen], rgba[seen], 8.0))
    return marks


def _crosses(places: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    """(line, 2, 2) the two lines of a cross at each place."""
    arms = np.array([[[-1, -1], [1, 1]], [[-1, 1], [1, -1]]]) * size / 2
    return (places[:, None, None] + arms).reshape(-1, 2, 2)


def _line(pieces: NDArray[np.float64], color: NDArray[np.uint8], width: float, name: str) -> Line:
    """Pieces (line, 2, 2) as one line that is broken between them."""
    broken = np.full((len(pieces), 3, 2), np.nan)
    broken[:, :2] = pieces
    x, y = broken.reshape(-1, 2).T
    return Line(x, y, color, width, name)


def _unwritten(session: Catalog, tracks: Tracks) -> str:
    count = len({tuple(row[:3]) for row in unwritten(session, tracks.session)})
    return f" · {counted(count, 'point')} corrected, not in the file yet" if count else ""


def _note(state: State, tracks: Tracks, frame: int | None) -> str:
    if frame is None:
        return "no frame is near this time"
    seen = np.isfinite(tracks.points[frame]).all(-1)
    shown = int((seen & _sure(state, tracks, frame)).sum())
    far = int(tracks.strays_at(frame).sum())
    told = f"frame {frame:,} of {len(tracks.times):,} · {tracks.times[frame]:.3f} s · {shown} of {seen.size} points"
    return told + (f", {far} far from their animal" if far else "")


SPEC = ViewSpec(
    title="Pose",
    state=State,
    scene=scene,
    hit=hit,
    describe=lambda state, session, space, id: words(session, space, id),
    choices=choices,
    drag=drag,
    needs=Tracks.kind,
    invitation="Open tracks of key points to see how animals are held",
    place="tab of tuning",
    order=1,
)
