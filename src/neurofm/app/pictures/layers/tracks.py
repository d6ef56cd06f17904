"""Tracks on napari's canvas: the way of each animal, where they are at the one time, and their points and skeletons."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neurofm.app.colors import named
from neurofm.app.pictures.layers._line import blunted
from neurofm.data import pose
from neurofm.data.pose_features import centre
from neurofm.data.tracks import Tracks

if TYPE_CHECKING:
    from neurofm.app.session import Session

Layer = tuple[Any, dict[str, Any], str]  # data, options, kind

PIXELS = "px"  # the unit of the canvas
POSITIONS = 100_000  # of the slider at most
CORNERS = 3_000  # of the line that shows the way of an animal
FAINT = 0.25  # opacity of a point that is surely a guess
STRAY = (1.0, 1.0, 1.0, 1.0)  # rim of such a point


def layers(tracks: Tracks) -> list[Layer]:
    """Ways as faint lines, centres (time, y, x) that give the slider its range, points and skeleton of one moment.

    What shows one moment says in its metadata `at`: seconds -> attributes of the layer, and `drag` takes what was
    dragged there: (session, rows, places). Where points are in no pixels,
    names say in what, and nothing is shown until it is asked for: a video beside them would be measured otherwise.
    """
    if not len(tracks.times) or not tracks.keypoints:
        return []
    size = pose.size(tracks.points) or 1.0
    rgba = named(tracks.individuals, tracks.individuals).rgba / 255
    frames = _frames(tracks)
    ways = centre(np.asarray(tracks.points[frames]))[..., 1::-1]  # y, x
    shown = [*_ways(tracks, ways, size, rgba), *_centres(tracks, frames, ways, size, rgba)]
    begin = float(tracks.times[0])
    points = partial(_points, tracks, rgba)
    held = points(begin)
    features = {"individual": np.repeat(tracks.individuals, len(tracks.keypoints))}
    features["keypoint"] = np.tile(tracks.keypoints, len(tracks.individuals))
    options = {
        "name": f"{tracks.session} points", "size": 0.22 * size, "border_width": 0.2, "features": features,
        "metadata": {"at": points, "drag": partial(_dragged, tracks.session)},
    }  # fmt: skip
    shown.append((held.pop("data"), options | held, "points"))
    if tracks.skeleton:
        bones = partial(_bones, tracks, rgba)
        held = bones(begin)
        options = {"name": f"{tracks.session} skeleton", "vector_style": "line", "edge_width": 0.06 * size}
        shown.append((held.pop("data"), options | held | {"metadata": {"at": bones}}, "vectors"))
    return shown if tracks.unit == PIXELS else [_hidden(layer, tracks.unit) for layer in shown]


def _hidden(layer: Layer, unit: str) -> Layer:
    data, options, kind = layer
    return data, options | {"name": f"{options['name']} ({unit})", "visible": False}, kind


def _frames(tracks: Tracks) -> NDArray[np.intp]:
    """Frames for which there is a position of the slider."""
    count = len(tracks.times)
    return np.linspace(0, count - 1, min(count, POSITIONS // max(len(tracks.individuals), 1))).round().astype(np.intp)


def _ways(tracks: Tracks, ways: NDArray[Any], size: float, rgba: NDArray[Any]) -> list[Layer]:
    """A line for each animal, where it was seen at all."""
    every = max(-(-len(ways) // CORNERS), 1)
    lines = [way[np.isfinite(way).all(1)][::every] for way in ways.transpose(1, 0, 2)]
    kept = [k for k, line in enumerate(lines) if len(line) and np.ptp(line, axis=0).any()]
    if not kept:
        return []
    width = 0.05 * size
    options = {
        "name": f"{tracks.session} ways", "shape_type": "path", "edge_color": rgba[kept], "opacity": 0.3,
        "face_color": "transparent", "edge_width": width,
    }  # fmt: skip
    return [([blunted(lines[k], width) for k in kept], options, "shapes")]


def _centres(
    tracks: Tracks, frames: NDArray[np.intp], ways: NDArray[Any], size: float, rgba: NDArray[Any]
) -> list[Layer]:
    """Centres (position, y, x) of all animals, on a grid of seconds, as napari's slider wants them."""
    times = tracks.times[frames]
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    position = np.round((times - times[0]) / step)
    frame, animal = np.argwhere(np.isfinite(ways).all(-1)).T
    if not len(frame):
        return []
    places = np.c_[position[frame], ways[frame, animal]]
    options = {
        "name": f"{tracks.session} centres", "scale": (step, 1.0, 1.0), "translate": (float(times[0]), 0.0, 0.0),
        "size": 0.5 * size, "face_color": "transparent", "border_color": rgba[animal], "border_width": 0.15,
    }  # fmt: skip
    return [(places, options, "points")]


def _points(tracks: Tracks, rgba: NDArray[Any], seconds: float) -> dict[str, Any]:
    """All points at a time: fainter the less sure, with a rim where one is far from its animal."""
    places, frame = _places(tracks, seconds)
    seen: NDArray[np.bool_] = ~np.isnan(places[..., 0] + places[..., 1])
    sure, far = np.ones(seen.shape), np.zeros(seen.shape, bool)
    if frame is not None:
        far = tracks.strays_at(frame)
        sure = sure if tracks.confidence is None else np.asarray(tracks.confidence[frame], float)
    color = np.repeat(rgba, len(tracks.keypoints), 0)
    color[:, 3] = np.where(seen, FAINT + (1 - FAINT) * sure, 0.0).ravel()  # napari draws in 2-D what is not `shown`
    rim = np.where((far & seen).reshape(-1, 1), STRAY, color)
    flat = np.where(seen[..., None], places, 0.0).reshape(-1, 2)
    return {"data": flat, "shown": seen.ravel(), "face_color": color, "border_color": rim}


def _dragged(name: str, session: Session, rows: Iterable[int], places: NDArray[np.floating]) -> None:
    """Put key points of the one time where they were dragged to."""
    tracks: Any = session.sources.get(name)
    frame = None if tracks is None else tracks.frame_at(session.time)
    if frame is None:
        return
    whose = [divmod(int(row), len(tracks.keypoints)) for row in rows]
    points = [
        (frame, tracks.individuals[a], tracks.keypoints[k], float(x), float(y)) for (a, k), (y, x) in zip(whose, places)
    ]
    session.correct(name, points)


def _places(tracks: Tracks, seconds: float) -> tuple[NDArray[np.float64], int | None]:
    """(individual, keypoint, 2) y and x at a time, and the frame; NaN where none is near."""
    frame = tracks.frame_at(seconds)
    places = np.asarray(tracks.points[frame or 0])[..., 1::-1].astype(float)
    return (np.full_like(places, np.nan) if frame is None else places), frame


def _bones(tracks: Tracks, rgba: NDArray[Any], seconds: float) -> dict[str, Any]:
    """Lines (line, 2, 2) between the joined points that were seen: where each begins, and where to."""
    places, _ = _places(tracks, seconds)
    ends = places[:, np.array(tracks.skeleton, int)]  # (individual, line, 2, 2)
    lines = np.stack([ends[:, :, 0], ends[:, :, 1] - ends[:, :, 0]], 2)
    seen = np.isfinite(lines.reshape(*lines.shape[:2], 4)).all(-1)
    color = np.repeat(rgba[:, None], lines.shape[1], 1)
    return {"data": lines[seen], "edge_color": color[seen]}


SPEC = layers
